/**
 * Options of the quantiser, their defaults and their checks.
 */
import { BionoirError } from '../errors.ts';

/** One sample of a data set: for each input of the network, in order, the integers that a person holds (pixels). */
export type Sample = readonly ArrayLike<number>[];

export interface QuantizeOptions {
  /** Bits of a layer's largest weight; each bit costs one constraint for every activation that the layer feeds. */
  readonly weightBits?: number;
  /** Bits that an activation keeps of the largest value it is seen to take; the rest is cut, with rounding. */
  readonly activationBits?: number;
  /** What the two may grow to where few activations pay for them, up to where bits are free: behind the last one. */
  readonly freeWeightBits?: number;
  readonly freeActivationBits?: number;
  /**
   * Bits of single nodes by name, in place of all the above: of a linear layer's largest weight, or what an activation or a
   * product keeps. {@link searchBits} finds good ones.
   */
  readonly nodeBits?: Readonly<Record<string, number>>;
  /** Real samples to choose scales (and, on request, widths) from; pseudo-random probes stand in when left out. */
  readonly calibration?: readonly Sample[];
  /**
   * 'exact': every input that passes its range check can be proved. 'calibrated': activations and comparisons prove the
   * widths seen in `calibration` plus a margin where that is narrower; an input beyond them is refused.
   */
  readonly widths?: 'exact' | 'calibrated';
  /** Bits kept of a value whose scale is cut between products, where no activation cuts it. */
  readonly productBits?: number;
  /** Bits that calibrated widths add to the largest magnitude seen. */
  readonly marginBits?: number;
  /**
   * Bits of the lookup table that widths are to fit, for UltraGroth: proven widths grow to multiples of it, which costs
   * nothing there, and cuts shrink to multiples. 0, the default, keeps them as narrow as possible, for Groth16.
   */
  readonly lookupWidth?: number;
  /** Gives channels that later layers hardly weigh fewer bits than others, see balance.ts; off by default. */
  readonly balance?: boolean;
}

export type ResolvedOptions = Required<QuantizeOptions>;

/** Eight-bit signed weights and eight-bit unsigned activations, as usual; measured in test/quantize/fixtures.test.ts. */
export const DEFAULT_QUANTIZE_OPTIONS: ResolvedOptions = {
  weightBits: 7,
  activationBits: 8,
  freeWeightBits: 12,
  freeActivationBits: 16,
  productBits: 12,
  nodeBits: {},
  calibration: [],
  widths: 'exact',
  marginBits: 2,
  lookupWidth: 0,
  balance: false,
};

const MAX_WEIGHT_BITS = 24;
const MAX_ACTIVATION_BITS = 48;
const MAX_MARGIN_BITS = 32;
/** A table of 2^20 rows is larger than any network's. */
const MAX_LOOKUP_WIDTH = 20;

/**
 * Fills in defaults and checks ranges.
 *
 * @throws USAGE for a number of bits out of range, CALIBRATION for calibrated widths without samples.
 */
export function resolveOptions(options: QuantizeOptions): ResolvedOptions {
  const resolved = { ...DEFAULT_QUANTIZE_OPTIONS, ...options };
  checkBits('weightBits', resolved.weightBits, 1, MAX_WEIGHT_BITS);
  checkBits('activationBits', resolved.activationBits, 1, MAX_ACTIVATION_BITS);
  checkBits('freeWeightBits', resolved.freeWeightBits, 1, MAX_WEIGHT_BITS);
  checkBits('freeActivationBits', resolved.freeActivationBits, 1, MAX_ACTIVATION_BITS);
  checkBits('productBits', resolved.productBits, 1, MAX_ACTIVATION_BITS);
  checkBits('marginBits', resolved.marginBits, 0, MAX_MARGIN_BITS);
  checkBits('lookupWidth', resolved.lookupWidth, 0, MAX_LOOKUP_WIDTH);
  for (const [name, bits] of Object.entries(resolved.nodeBits))
    checkBits(`nodeBits.${name}`, bits, 1, MAX_WEIGHT_BITS);
  if (resolved.widths === 'calibrated' && resolved.calibration.length === 0) {
    throw new BionoirError(
      'CALIBRATION',
      "Calibrated widths are asked for, but the option 'calibration' holds no samples; give some, or use widths: 'exact'.",
    );
  }
  return resolved;
}

function checkBits(option: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new BionoirError(
    'USAGE',
    `The quantiser's option '${option}' is ${value}; it must be a whole number from ${min} to ${max}.`,
    { details: { option, value, min, max } },
  );
}
