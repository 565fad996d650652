/** Integer operators on rows: along the last axis. */

/**
 * How products that come side by side are proved: `count` results in one number, `bits` bits each. 1 lane: each by itself.
 * With more, the node's readers prove each element to be below 2^(bits - 1) in magnitude (see zkml::product).
 */
export interface QuantLanes {
  readonly count: number;
  readonly bits: number;
  /** Columns at the beginning that are not packed, since what is proved of the others rests on one that is exact. */
  readonly alone: number;
}

/** y[..., i] = a[..., i] * b[...]: each row times its own factor; the scales add. */
export interface QuantScaleRowsOp {
  readonly kind: 'scale-rows';
  readonly lanes: QuantLanes;
}

/** y[...] = the sum of x[..., i]^2. */
export interface QuantSumOfSquaresOp {
  readonly kind: 'sum-of-squares';
}

/**
 * What softmax takes the mean with: with m the largest of a row and t = floor((m - x) / 2^shiftBits),
 *
 *     t in [0, 2^lowBits * bases.length)   y = bases[t >> lowBits] + slopes[t >> lowBits] * (t mod 2^lowBits)
 *     t above                              y = 0
 *
 * The circuit proves t < 2^(lowBits + turnBits) * bases.length.
 */
export interface QuantSoftmaxPowersOp {
  readonly kind: 'softmax-powers';
  readonly shiftBits: number;
  readonly lowBits: number;
  /** As many as slopes, a power of two, at most 256. */
  readonly bases: readonly bigint[];
  readonly slopes: readonly bigint[];
  readonly turnBits: number;
}
