/** Operators that compare or choose. Operands are brought to one scale by powers of two, as those of sums are. */
import type { Relation } from '../../graph/index.ts';
import type { SignKnowledge } from '../types.ts';

/**
 * 1 where the relation holds between a * multipliers[0] and b * multipliers[1], else 0. With d their difference a - b (b - a
 * for 'less' and 'less-or-equal'), less 1 for the strict relations: d >= 0. `differenceBits[c]` is Q with -2^Q <= d < 2^Q;
 * 0 for 'equal', which proves no range.
 */
export interface QuantCompareOp {
  readonly kind: 'compare';
  readonly relation: Relation;
  readonly multipliers: readonly bigint[];
  readonly differenceBits: readonly number[];
}

/** Element-wise maximum or minimum of a * multipliers[0] and b * multipliers[1]; |a - b| < 2^differenceBits. */
export interface QuantExtremumOp {
  readonly kind: 'maximum' | 'minimum';
  readonly multipliers: readonly bigint[];
  readonly differenceBits: readonly number[];
}

/**
 * abs: |x|, with |x| < 2^magnitudeBits proved where the sign is not known. sign: -1, 0 or 1, with -2^Q <= x < 2^Q
 * proved for the Q of each channel.
 */
export interface QuantMagnitudeOp {
  readonly kind: 'abs' | 'sign';
  readonly magnitudeBits: readonly number[];
  readonly sign: readonly SignKnowledge[];
}

/** y = b * multipliers[2] + condition * (a * multipliers[0] - b * multipliers[1]) for operands (condition, a, b). */
export interface QuantWhereOp {
  readonly kind: 'where';
  readonly multipliers: readonly bigint[];
}

/**
 * Indices of the k largest elements of a vector of n, largest first, the lower index first in a tie. With
 * C = indexBits, 2^C >= n, keys 2^C x_i + n - 1 - i of the chosen fall by 1 to 2^(differenceBits + C) from one to the next,
 * and those of the others lie less than that below the last.
 */
export interface QuantTopKOp {
  readonly kind: 'top-k';
  readonly k: number;
  readonly indexBits: number;
  readonly differenceBits: number;
}

/** Row x of a table for each element x; row-major, table.length / size rows. */
export interface QuantEmbeddingOp {
  readonly kind: 'embedding';
  readonly size: number;
  readonly table: Int32Array;
}
