/**
 * Reading constant tables by the bits of an index.
 *
 * A function of k bits is a multilinear polynomial: f = sum_S c_S prod_{i in S} b_i. With a product for each subset S of
 * two bits or more (2^k - k - 1 rows) every table that is read at this index is a linear form, and free. Or split the bits
 * into low and high ones: f = sum_S m_S * (sum_T c_{S,T} m_T) with S over the high bits and T over the low ones. The
 * monomials m_S and m_T cost a product each, shared by all tables with the same index, and each S but the empty one costs
 * one more for each table: about twice the square root of the size for a single table. The number of tables decides.
 */
import { emitRow, type GadgetBuilder } from './builder.ts';
import { addForms, combineForms, type Form, ONE_FORM, ZERO_FORM } from './forms.ts';
import { product } from './gadgets.ts';

/**
 * Returns table[index] for the index with these bits (least significant first); entries beyond the table's end are 0.
 * `tableCount` tables are read at this index in all.
 * Assumes: the bits are boolean. Costs: {@link tablesCost} for all tables together.
 */
export function lookUpConstant(
  builder: GadgetBuilder,
  table: readonly bigint[],
  { bits, tableCount }: { readonly bits: readonly Form[]; readonly tableCount: number },
): Form {
  const coefficients = multilinear(table, bits.length);
  const lowCount = bestSplit(bits.length, tableCount);
  const low = monomials(builder, bits.slice(0, lowCount));
  const high = monomials(builder, bits.slice(lowCount));
  const { prime } = builder;
  const rows = high.map((monomial, s) => {
    const terms = low.map((form, t) => ({ form, factor: coefficients[s * low.length + t] ?? 0n }));
    const row = combineForms(prime, terms);
    return s === 0 ? row : product(builder, monomial, row);
  });
  return addForms(prime, ...rows);
}

/** Rows of reading so many tables at one index, the index's bits not counted. */
export function tablesCost(bitCount: number, tableCount: number): number {
  return splitCost(bitCount, tableCount, bestSplit(bitCount, tableCount));
}

/** Beyond so many low bits a form of all their monomials has more terms than rows are worth. */
const LOW_BITS_MAX = 8;

function bestSplit(bitCount: number, tableCount: number): number {
  let best = 0;
  for (let low = 1; low <= Math.min(bitCount, LOW_BITS_MAX); low++) {
    if (splitCost(bitCount, tableCount, low) < splitCost(bitCount, tableCount, best)) best = low;
  }
  return best;
}

function splitCost(bitCount: number, tableCount: number, low: number): number {
  const high = bitCount - low;
  return 2 ** low - low - 1 + (2 ** high - high - 1) + tableCount * (2 ** high - 1);
}

/** Products of all subsets of the bits; index = the subset's bit mask. */
function monomials(builder: GadgetBuilder, bits: readonly Form[]): readonly Form[] {
  const forms: Form[] = [ONE_FORM];
  for (const bit of bits) {
    const count = forms.length;
    for (let mask = 0; mask < count; mask++) forms.push(product(builder, bit, forms[mask] ?? ONE_FORM));
  }
  return forms;
}

/** Coefficients by bit mask (the Moebius transform of the table). */
function multilinear(table: readonly bigint[], bitCount: number): bigint[] {
  const values = Array.from({ length: 2 ** bitCount }, (_, index) => table[index] ?? 0n);
  for (let bit = 1; bit < values.length; bit *= 2) {
    for (let mask = 0; mask < values.length; mask++) {
      if (mask & bit) values[mask] = (values[mask] ?? 0n) - (values[mask ^ bit] ?? 0n);
    }
  }
  return values;
}

/**
 * Proves: sum 2^i bits[i] <= limit.
 * Assumes: the bits are boolean; fewer bits than the field has elements.
 * Costs: {@link limitCost} rows.
 *
 * Read from the top, `equal` is the product of the bits where the limit has ones: 1 exactly as long as the number has them
 * too. Where the limit has a run of zeros, equal * (sum of the number's bits there) = 0 says that an equal number has
 * zeros. A number that has a zero where the limit has a one is below it, and `equal` stays 0. Ones below the limit's last zero
 * allow anything.
 */
export function assertAtMost(builder: GadgetBuilder, bits: readonly Form[], limit: number): void {
  let equal = ONE_FORM;
  for (const run of runsOf(limit, bits.length)) {
    const members = bits.slice(run.low, run.high);
    if (run.bit === 0) emitRow(builder, equal, addForms(builder.prime, ...members), ZERO_FORM);
    else for (const bit of members.reverse()) equal = product(builder, equal, bit);
  }
}

/** Rows of {@link assertAtMost}. */
export function limitCost(bitCount: number, limit: number): number {
  const runs = runsOf(limit, bitCount);
  const ones = runs.filter(({ bit }) => bit === 1).reduce((sum, { low, high }) => sum + high - low, 0);
  return Math.max(0, ones - 1) + runs.filter(({ bit }) => bit === 0).length;
}

interface Run {
  readonly bit: 0 | 1;
  /** Bits low..high-1. */
  readonly low: number;
  readonly high: number;
}

/** Runs of equal bits from the top down, without the ones that end the limit. */
function runsOf(limit: number, bitCount: number): readonly Run[] {
  const runs: Run[] = [];
  for (let position = bitCount - 1; position >= 0; position--) {
    const bit = Math.floor(limit / 2 ** position) % 2 === 0 ? 0 : 1;
    const last = runs.at(-1);
    if (last?.bit === bit) runs[runs.length - 1] = { ...last, low: position };
    else runs.push({ bit, low: position, high: position + 1 });
  }
  return runs.at(-1)?.bit === 1 ? runs.slice(0, -1) : runs;
}
