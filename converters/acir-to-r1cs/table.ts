/**
 * Reading a constant table by the bits of an index, in about twice the square root of its size.
 *
 * A function of k bits is a multilinear polynomial: f = sum_S c_S prod_{i in S} b_i. Split the bits into low and high
 * ones; then f = sum_S m_S * (sum_T c_{S,T} m_T) with S over the high bits and T over the low ones. The monomials m_S and
 * m_T cost a product each (shared by all tables with the same index), and each S but the empty one costs one more.
 */
import type { GadgetBuilder } from './builder.ts';
import { addForms, combineForms, type Form, ONE_FORM } from './forms.ts';
import { product } from './gadgets.ts';

/**
 * Returns table[index] for the index with these bits (least significant first); entries beyond the table's end are 0.
 * Assumes: the bits are boolean. Costs: {@link tableCost}.
 */
export function lookUpConstant(
  builder: GadgetBuilder,
  table: readonly bigint[],
  bits: readonly Form[],
): Form {
  const coefficients = multilinear(table, bits.length);
  const lowCount = bestSplit(bits.length);
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

/** Rows of a look-up with `bitCount` index bits, the bits themselves not counted. */
export function tableCost(bitCount: number): number {
  return splitCost(bitCount, bestSplit(bitCount));
}

function bestSplit(bitCount: number): number {
  let best = 0;
  for (let low = 1; low <= bitCount; low++) {
    if (splitCost(bitCount, low) < splitCost(bitCount, best)) best = low;
  }
  return best;
}

function splitCost(bitCount: number, low: number): number {
  const high = bitCount - low;
  return 2 ** low - low - 1 + (2 ** high - high - 1) + (2 ** high - 1);
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
