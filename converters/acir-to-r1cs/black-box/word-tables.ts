/**
 * Boolean functions of words by lookups, k bits of each word at a time.
 *
 * A table of f lists, for all chunks x_1 .. x_n of k bits, the entry f(x_1 .. x_n) + sum 2^(s + d i) x_i: the function's
 * value and, in columns above it, its inputs. Entries v_j of the chunks of words are looked up, and added up with weights
 * 2^(k j), which are the same for all columns: V = sum 2^(k j) v_j = f(Y_1 .. Y_n) + sum 2^(s + d i) Y_i for *some* words
 * Y_i. What {@link claimWords} returns is the *claim*
 *
 *     o = V - sum 2^(s + d i) X_i = f(Y_1 .. Y_n) + sum 2^(s + d i) (Y_i - X_i)
 *
 * that f(X_1 .. X_n) = o. It is settled by any row that says that o, or a sum of such o, is small:
 *
 * *Columns.* Let sum_c a_c o_c + e = 0 in the field with small factors a_c, integer forms X_i of magnitude below 2^(d-2),
 * an integer form e with |e| + sum |a_c| 2^(width + 1) < 2^(s-1) for the least s, claims whose columns lie apart from one
 * another, and all columns below p / 4. Every wire in there is bounded by its own lookup, so no sum wraps and the row is one
 * of integers. Were some Y_i other than X_i, the topmost such column would exceed all below it together. So all are equal,
 * all claims are true, and all X_i lie in [0, 2^width'), where width' is the width rounded up to whole chunks.
 *
 * So the cost of a function is one row a chunk, and nothing binds the columns one by one. A claim must be settled before
 * it serves as an input of another: until then it is a field element, not a word.
 */
import { applyTruth, wordEntry } from '../../../src/witness/index.ts';
import { type GadgetBuilder, hint, recordLookup } from '../builder.ts';
import { combineForms, constantForm, constantOf, type Form, scaleForm, subtractForms } from '../forms.ts';
import { tableIdOf, type WordUses } from '../lookups/tables.ts';

/** A Boolean function with the columns of its table. */
export interface WordFunction {
  readonly name: string;
  readonly arity: number;
  /** Bit m is the value where input i is bit i of m. */
  readonly truth: bigint;
  /** The place of the first column (s), and the distance of columns (d). */
  readonly base: number;
  readonly spacing: number;
  /** Chunks are at most this wide: the sum of chunks must fit its column, and a table have a size. */
  readonly chunkMax: number;
}

/** Returns the truth table of a function of `arity` bits. */
function truthOf(arity: number, value: (bits: readonly number[]) => number): bigint {
  let truth = 0n;
  for (let inputs = 0; inputs < 2 ** arity; inputs++) {
    const bits = Array.from({ length: arity }, (_, index) => (inputs >> index) & 1);
    truth |= BigInt(value(bits) & 1) << BigInt(inputs);
  }
  return truth;
}

const sumOf = (bits: readonly number[]): number => bits.reduce((sum, bit) => sum + bit, 0);

/** The functions. Claims of LOW and HIGH columns may stand in one row, for words of 32 bits. */
const LOW = { base: 42, spacing: 34 } as const;
const HIGH = { base: 144, spacing: 34 } as const;

/** x AND y, for words of up to 64 bits. */
export const AND: WordFunction = {
  ...{ name: 'and', arity: 2, truth: truthOf(2, sumIs2), base: 80, spacing: 80, chunkMax: 7 },
};
/** x XOR y XOR z. */
export const PARITY: WordFunction = {
  ...{ name: 'parity', arity: 3, truth: truthOf(3, sumOf), ...LOW, chunkMax: 4 },
};
/** The majority of x, y, z. */
export const MAJORITY: WordFunction = {
  ...{ name: 'majority', arity: 3, truth: truthOf(3, bits => sumOf(bits) >> 1), ...HIGH, chunkMax: 4 },
};
/** x ? y : z. */
export const CHOICE: WordFunction = {
  ...{ name: 'choice', arity: 3, truth: truthOf(3, ([x, y, z]) => (x ? y : z) ?? 0), ...HIGH, chunkMax: 4 },
};
/** x XOR (NOT y AND z), the chi step of Keccak. */
export const CHI: WordFunction = {
  ...{ name: 'chi', arity: 3, truth: truthOf(3, ([x = 0, y = 0, z = 0]) => x ^ ((1 - y) & z)), ...LOW },
  chunkMax: 4,
};
/** The XOR of five, alone in its row; its inputs may have magnitudes up to 2^41. */
export const PARITY_5: WordFunction = {
  ...{ name: 'parity of five', arity: 5, truth: truthOf(5, sumOf), base: 36, spacing: 43, chunkMax: 2 },
};

function sumIs2(bits: readonly number[]): number {
  return sumOf(bits) >> 1;
}

/** Columns end here at the latest (HIGH, doubled), so that rows of smaller fields would wrap. */
const PRIME_BITS_MIN = 252;

/** Tells whether words are to be looked up: the proof system has lookups, and the field is wide enough for the columns. */
export function hasWordTables(builder: GadgetBuilder): boolean {
  return builder.tables !== undefined && builder.prime >> BigInt(PRIME_BITS_MIN) !== 0n;
}

/** Returns the bits of a chunk for which table and lookups together cost least; for uses not counted a table of 2^8 or 2^9. */
export function chunkWidth({ name, arity, chunkMax }: WordFunction, uses: WordUses | undefined): number {
  const byWidth = uses?.counts.get(name);
  if (byWidth === undefined) return Math.min(chunkMax, Math.floor(9 / arity));
  const counts = [...byWidth];
  const cost = (chunk: number): number =>
    counts.reduce((sum, [width, count]) => sum + count * Math.ceil(width / chunk), 2 ** (arity * chunk) + 1);
  let best = 1;
  for (let chunk = 2; chunk <= chunkMax; chunk++) if (cost(chunk) < cost(best)) best = chunk;
  return best;
}

/**
 * Returns the claim o = f(words); see the head of this file.
 * Proves: nothing until o is settled. Costs: a row a chunk; nothing for constants.
 */
export function claimWords(
  builder: GadgetBuilder,
  shape: WordFunction,
  words: readonly Form[],
  width = 32,
): Form {
  const { prime, tables } = builder;
  const { name, truth, base, spacing } = shape;
  const constants = words.flatMap(word => constantOf(word) ?? []);
  if (constants.length === words.length) return constantForm(prime, applyTruth(constants, truth, width));
  if (tables === undefined) return constantForm(prime, 0n);
  const chunk = chunkWidth(shape, tables.wordUses);
  const id = tableIdOf(tables, name, () => listEntries(shape, chunk));
  const header = [words.length, chunk, truth, base, spacing].map(value => constantForm(prime, BigInt(value)));
  const size = Math.ceil(width / chunk);
  const entries = hint(builder, 'word-entries', [...header, ...words], { size });
  for (const entry of entries) recordLookup(builder, id, entry);
  return combineForms(prime, [
    ...entries.map((form, index) => ({ form, factor: 1n << BigInt(index * chunk) })),
    ...words.map((form, index) => ({ form, factor: -(1n << BigInt(base + spacing * index)) })),
  ]);
}

/** Returns the claim o = x XOR y, that is x + y - 2 (x AND y). Costs: as claimWords of AND. */
export function claimXor(builder: GadgetBuilder, left: Form, right: Form, width = 32): Form {
  const both = scaleForm(builder.prime, claimWords(builder, AND, [left, right], width), 2n);
  const sum = combineForms(
    builder.prime,
    [left, right].map(form => ({ form, factor: 1n })),
  );
  return subtractForms(builder.prime, sum, both);
}

/** Returns the claim o = x XOR y XOR z, that is x + y + z - 2 majority: in HIGH columns. Costs: as claimWords. */
export function claimHighParity(builder: GadgetBuilder, words: readonly [Form, Form, Form]): Form {
  const majority = claimWords(builder, MAJORITY, words);
  return combineForms(builder.prime, [
    ...words.map(form => ({ form, factor: 1n })),
    { form: majority, factor: -2n },
  ]);
}

function listEntries(shape: WordFunction, chunk: number): bigint[] {
  const { arity, truth, base, spacing } = shape;
  const mask = (1n << BigInt(chunk)) - 1n;
  return Array.from({ length: 2 ** (arity * chunk) }, (_, row) => {
    const parts = Array.from(
      { length: arity },
      (_part, index) => (BigInt(row) >> BigInt(index * chunk)) & mask,
    );
    return wordEntry(parts, { width: chunk, truth, base: BigInt(base), spacing: BigInt(spacing) });
  });
}
