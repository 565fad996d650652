/** Inverses by hint and check. */

/**
 * With v = x * 2^doublings + offset: reciprocal: y = floor(2^precisionBits / v); rsqrt: y = floor(2^precisionBits / sqrt(v)).
 *
 * `low` and `high` are the least and the largest v that can be proved, low >= 1. The circuit proves y < 2^resultBits, and
 * that both rests, r >= 0 below y + 1 and r' >= 0 above y, are below 2^restBits (see zkml::inverse).
 */
export interface QuantInverseOp {
  readonly kind: 'reciprocal' | 'rsqrt';
  readonly doublings: 0 | 1;
  readonly offset: bigint;
  readonly precisionBits: number;
  readonly low: bigint;
  readonly high: bigint;
  readonly resultBits: number;
  readonly restBits: number;
}
