/**
 * Application: what a proof states about a network's output, to whom it is bound, and which of its numbers are public.
 *
 *   classification   public: address, nonce, label
 *   liveness         public: address, nonce, threshold                     score >= threshold, the score stays private
 *   proximity        public: address, nonce, threshold, features           |output - features|^2 <= threshold
 *
 * Behind these come commitments, if asked for: to the features in their place, to the input as the last public number.
 * Numbers are integers at the scale of the network's output; see units.ts.
 */

export type ApplicationKind = 'classification' | 'liveness' | 'proximity';

/** What to state. Everything else follows from the network. */
export interface ApplicationOptions {
  readonly kind: ApplicationKind;
  /** Whether address and nonce are public numbers of the proof; true unless said. Only a classification can go without. */
  readonly bound?: boolean;
  /** Adds one salted Poseidon2 commitment to all inputs, or to those named, as the last public number. */
  readonly commitInput?: boolean | readonly string[];
  /** Of proximity: makes a salted Poseidon2 commitment to the features public instead of the features. */
  readonly commitFeatures?: boolean;
  /** Of liveness: which number of the output is the score; 0 unless said, and needed when there are several. */
  readonly scoreIndex?: number;
  /**
   * Of liveness: the score is the argument of a sigmoid that was left out, and people's thresholds are the sigmoid's.
   * Compiling finds this out by itself.
   */
  readonly isLogit?: boolean;
}

interface ApplicationBase {
  readonly bound: boolean;
  /** Of the commitment to inputs: which they are, and the range that holds all their numbers. */
  readonly input?: CommittedInputs;
}

/** The largest output is at the public label. */
export interface Classification extends ApplicationBase {
  readonly kind: 'classification';
}

/** The output at `scoreIndex` is at least the public threshold. */
export interface Liveness extends ApplicationBase {
  readonly kind: 'liveness';
  readonly scoreIndex: number;
  readonly isLogit: boolean;
  /** How many numbers the network gives. */
  readonly outputCount: number;
  /** Score and threshold are in units of 2^-scaleBits. */
  readonly scaleBits: number;
  /** Score minus threshold is proved to have so many bits. */
  readonly excessBits: number;
  readonly scoreMin: bigint;
  readonly scoreMax: bigint;
}

/** The squared distance of the output from features that were enrolled before is at most the public threshold. */
export interface Proximity extends ApplicationBase {
  readonly kind: 'proximity';
  readonly commitFeatures: boolean;
  readonly featureCount: number;
  /** Outputs are in units of 2^-scaleBits, squared distances in units of 2^-(2 * scaleBits). */
  readonly scaleBits: number;
  /** Features are in steps of 2^stepBits of these units: the lowest bits of an output tell nobody apart. */
  readonly stepBits: number;
  /** The range of features; in steps, it holds every output of the network. */
  readonly features: PackedRange;
  /** The number of features is at most 2^extraBits. */
  readonly extraBits: number;
}

/** What a network's proof states, with the widths that follow from the network's bounds. */
export type Application = Classification | Liveness | Proximity;

/** Integers from `low` to low + 2^bits - 1. */
export interface PackedRange {
  readonly low: bigint;
  readonly bits: number;
}

/** What a commitment to inputs covers: the numbers of one input, row-major, behind those of the other. */
export interface CommittedInputs extends PackedRange {
  /** In the order of the network's inputs. */
  readonly names: readonly string[];
  readonly valueCount: number;
}

/** A number of the field: not negative, below the group order. Texts are decimal, or hexadecimal after 0x. */
export type FieldNumber = bigint | number | string;

/** What one proof claims, as a person says it. */
export interface Claim {
  /** The account that may use the proof: 0x and 40 hexadecimal digits. */
  readonly address?: string;
  /** The number that the consuming contract expects next of this account. */
  readonly nonce?: FieldNumber;
  /**
   * A number in the units of the float network (the squared distance, for proximity): rounded to the stricter side; or a
   * bigint: an integer at the scale of the circuit, taken as it is.
   */
  readonly threshold?: number | bigint;
  /** Enrolled features, integers: see {@link Enrolment}. */
  readonly features?: readonly (bigint | number)[];
  /** The salt of the features' commitment; it was drawn when they were enrolled. */
  readonly featuresSalt?: FieldNumber;
  /** The salt of the input's commitment; drawn at random when left out. Keep it: it opens the commitment. */
  readonly inputSalt?: FieldNumber;
}

/** What a person enrols: the features of one input. */
export interface Enrolment {
  /** Features are in units of 2^-scaleBits. */
  readonly scaleBits: number;
  readonly features: readonly bigint[];
  /** Private; with it and the features anyone can open the commitment. */
  readonly salt: bigint;
  /** What a contract stores when features are committed to. */
  readonly commitment: bigint;
}

/** Public signals that belong together, such as the features. */
export interface SignalSpan {
  readonly name: string;
  readonly count: number;
}
