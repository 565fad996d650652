/** Integer operators that combine elements across axes, and the cut of a scale that stands by itself. */
import type { QuantLanes } from './row-types.ts';

/** Sums over the named axes, which go away. */
export interface QuantReduceSumOp {
  readonly kind: 'reduce-sum';
  readonly axes: readonly number[];
}

/**
 * Largest or smallest over the named axes, as a tournament in row-major order: m = first; m = max(m, next).
 * `differenceBits` is Q with |next - m| < 2^Q.
 */
export interface QuantReduceExtremumOp {
  readonly kind: 'reduce-max' | 'reduce-min';
  readonly axes: readonly number[];
  readonly differenceBits: number;
}

/** [..., m, k] times [..., k, n], a product for each of m * k * n, or for each of m * k and so many lanes of the n. */
export interface QuantMatmulOp {
  readonly kind: 'matmul';
  readonly lanes: QuantLanes;
}

/**
 * y = t = floor((x + half) / 2^shiftBits), half = 2^(shiftBits-1): the scale is cut, of either sign. The circuit proves
 * low[c] <= t < low[c] + 2^bits[c] for channel c (lists of one hold for all channels).
 */
export interface QuantRescaleOp {
  readonly kind: 'rescale';
  readonly shiftBits: number;
  readonly low: readonly bigint[];
  readonly bits: readonly number[];
}
