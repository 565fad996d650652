/**
 * Recipe: how every R1CS wire follows from solved ACIR witnesses. Lowering writes it beside the constraint system;
 * the solver executes it. It holds no constraint: the checker, which shares no code with the solver, judges the result.
 *
 * A recipe with lookups is executed in two rounds: challenges are known only after the wires of the first round have been
 * committed to.
 *
 * The solver fills *slots*: slot 0 is the constant one, others are copies of ACIR witnesses or outputs of steps. Every
 * wire is one slot (`wireSlots`); slots that simplification has made superfluous as wires stay, since steps may read
 * them. All is in typed columns, for networks have millions of slots.
 */
import type { Expression } from '../acir/types.ts';
import type { SparseRows } from '../r1cs/types.ts';

/**
 * Slots that are copies of ACIR witnesses: slot slots[i] = frame(instances[i]).witnesses[witnesses[i]], or 0 where the
 * solver left the witness unassigned or the frame does not exist (a call whose predicate was 0).
 */
export interface WitnessCopies {
  readonly slots: Uint32Array;
  readonly instances: Uint32Array;
  readonly witnesses: Uint32Array;
}

/**
 * What a step does. It reads one or two linear forms over slots and writes consecutive slots from `first`:
 * - bits: slots first..first+size-1 are bits 0..size-1 (least significant first) of the form's canonical value
 * - product: the product of two forms
 * - linear: the form
 * - inverse: 1 / form, or 0 when the form is 0
 * - divide: floor(form / parameter), then the remainder, on canonical integers
 * - one-hot: slot first+j is 1 when the form equals j, else 0, for j < size
 * - quotient: left / right in the field, or 0 when right is 0
 * - limb-quotient, limb-ratio: arithmetic on integers beyond the field. Operands: four constants (width w; the counts of
 *   limbs that follow), then the limbs of a modulus m, a numerator N and a denominator D. A limb's value is signed, in
 *   (-p/2, p/2]; a number is sum 2^(w i) limb_i. Slots first..first+size-1 are the limbs of w bits of floor(N / m), or
 *   of N / D mod m (0 when D has no inverse)
 * - limbs: digits of the form's canonical value in mixed radix, lowest first. Operands: the form, then a constant for each
 *   slot: its width in bits. The last slot takes all higher bits, whatever its width
 * - word-entries: entries of a table of a Boolean function of n words. Operands: five constants (n; bits k of a chunk; the
 *   function's truth table, bit m for the inputs that are the bits of m; the places s and d of columns), then n words
 *   (canonical values). Slot first+j is f(x_1 .. x_n) + sum_i 2^(s + d i) x_i for the words' bits k j .. k j + k - 1
 * - table-value: f(x) from a list. Operands: x, then three constants (how many values; their bits w; how many share a
 *   constant), then constants that hold the values, lowest first. Slot first is f(x), or 0 beyond the list
 */
export type StepKind =
  | 'bits'
  | 'product'
  | 'linear'
  | 'inverse'
  | 'divide'
  | 'one-hot'
  | 'quotient'
  | 'limb-quotient'
  | 'limb-ratio'
  | 'limbs'
  | 'word-entries'
  | 'table-value';

/** The codes of {@link StepColumns.kinds}: positions in this list. */
export const STEP_KINDS: readonly StepKind[] = [
  'bits',
  'product',
  'linear',
  'inverse',
  'divide',
  'one-hot',
  'quotient',
  'limb-quotient',
  'limb-ratio',
  'limbs',
  'word-entries',
  'table-value',
];

/** Steps in order; a step reads only slots written before it. */
export interface StepColumns {
  readonly kinds: Uint8Array;
  /** Row of `forms` that holds the (left) operand; the right operand is the next row. */
  readonly operands: Uint32Array;
  readonly firsts: Uint32Array;
  readonly sizes: Uint32Array;
  /** Id of the divisor in `coefficients`; 0 where unused. */
  readonly parameters: Uint32Array;
  readonly forms: SparseRows;
  readonly coefficients: readonly bigint[];
}

/**
 * The calls of one run of main as a tree: instance 0 is main; children in call order. A call whose predicate evaluates
 * to 0 leaves no frame in the witness stack, nor do its descendants.
 */
export interface CallInstance {
  readonly instance: number;
  readonly functionIndex: number;
  /** Absent: always taken. Otherwise evaluated over the caller's witnesses. */
  readonly predicate?: Expression;
  readonly children: readonly CallInstance[];
}

/** A table that values are looked up in; see converters/acir-to-r1cs/lookups/argument.ts for what is proved. */
export interface LookupTable {
  readonly size: number;
  /** Entries by row; absent: row j holds j. */
  readonly entries?: readonly bigint[];
  /** Of a read-only memory: the row of the steps' `forms` that holds cell 0; row j then holds the pair (j, cell j). */
  readonly firstCell?: number;
  /** Slots first..first+size-1: how many lookups hit each row (round 1). */
  readonly firstMultiplicity: number;
  /** Slots first..first+size-1: multiplicity / (challenge - entry) (round 2). */
  readonly firstQuotient: number;
}

/** Products of a form over round 1 with the second challenge g, by which pairs become keys: x + g y. */
export interface ChallengeProducts {
  readonly challengeSlot: number;
  /** Slot of product 0; the others follow (round 2). */
  readonly first: number;
  /** Rows of the steps' `forms`. */
  readonly operands: Uint32Array;
}

/** Lookups in columns, one entry each. */
export interface LookupColumns {
  /** The slot of the challenge. */
  readonly challengeSlot: number;
  readonly tables: readonly LookupTable[];
  readonly tableIds: Uint32Array;
  /** Row of the steps' `forms` that holds the key, over slots of round 1; of a read the index, and the value next. */
  readonly operands: Uint32Array;
  /** Slot of lookup 0's 1 / (challenge - key); the others follow (round 2). */
  readonly firstInverse: number;
  /** Present where there are read-only memories. */
  readonly products?: ChallengeProducts;
}

/** How to solve every wire; see the head of this file. */
export interface Recipe {
  readonly prime: bigint;
  readonly slotCount: number;
  /** The slot of each wire; wireSlots[0] = 0. */
  readonly wireSlots: Uint32Array;
  readonly calls: CallInstance;
  readonly copies: WitnessCopies;
  readonly steps: StepColumns;
  /** Present in systems with rounds. */
  readonly lookups?: LookupColumns;
}
