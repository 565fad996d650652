/**
 * Rows by gadget: what the estimate adds up.
 */
import type { QuantGraph, QuantNode } from './types.ts';

/** The cost of one node. */
export interface NodeEstimate {
  readonly name: string;
  readonly kind: QuantNode['op']['kind'];
  /** Activations, comparisons or range-checked inputs; 0 for linear nodes. */
  readonly gadgetCount: number;
  /** Boolean and product rows. */
  readonly rowCount: number;
  /** Linear rows before they are packed, and the bits they take side by side. */
  readonly linearCount: number;
  readonly linearBits: number;
}

/** What is being estimated. */
export interface Estimation {
  readonly graph: QuantGraph;
  /** Bits of the range table; 0 without lookups. */
  readonly lookupWidth: number;
  /** Rows of a range of so many bits, when tables are planned elsewhere. */
  readonly rangePrice?: (bits: number) => number;
}

/** Rows of one node. */
export type Cost = Omit<NodeEstimate, 'name' | 'kind'>;

/** The cost of what is linear. */
export const FREE: Cost = { gadgetCount: 0, rowCount: 0, linearCount: 0, linearBits: 0 };

/** Rows that prove a range of so many bits: a limb narrower than the table is looked up twice, or is bits. */
export function rangeRows({ lookupWidth, rangePrice }: Estimation, bits: number): number {
  if (rangePrice !== undefined) return bits === 0 ? 0 : rangePrice(bits);
  if (lookupWidth === 0) return bits;
  return Math.floor(bits / lookupWidth) + Math.min(2, bits % lookupWidth);
}

/** `count` comparisons of ranges of some bits, with some products and one linear row each. */
export function gadgets(
  estimation: Estimation,
  count: number,
  bits: readonly number[],
  products: number,
): Cost {
  const total = bits.reduce((sum, each) => sum + each, 0);
  const rows = bits.reduce((sum, each) => sum + rangeRows(estimation, each), 0);
  return {
    gadgetCount: count,
    rowCount: count * (rows + products),
    linearCount: count,
    linearBits: count * (total + 2),
  };
}

/** Adds costs. */
export function sumCosts(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, cost) => ({
      gadgetCount: sum.gadgetCount + cost.gadgetCount,
      rowCount: sum.rowCount + cost.rowCount,
      linearCount: sum.linearCount + cost.linearCount,
      linearBits: sum.linearBits + cost.linearBits,
    }),
    FREE,
  );
}
