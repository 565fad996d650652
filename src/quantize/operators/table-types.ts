/** Unary functions by a table of segments. */

/**
 * With t = floor((x + half) / 2^shiftBits), half = 2^(shiftBits-1) (0 when shiftBits is 0), and v = t - first:
 *
 *     v in [0, 2^lowBits * bases.length)   y = bases[v >> lowBits] + slopes[v >> lowBits] * (v mod 2^lowBits)
 *     v below                              y = below
 *     v above                              y = above + aboveSlope * t
 *
 * A mirrored table is that of an even function beside the line above: y = aboveSlope * max(0, t), plus for |t| within the
 * table bases[|t| >> lowBits] + slopes[|t| >> lowBits] * (|t| mod 2^lowBits); first, below and above are 0.
 *
 * `reachBits[c]` is U of channel c's proof: 0 where the bounds show that v lies inside the table; else
 * -2^(U-1) * size <= v < 2^(U-1) * size is proved for the table's size in steps; for a mirrored
 * table |t| < 2^U * size.
 */
export interface QuantTableOp {
  readonly kind: 'table';
  /** The function, for people: "sigmoid". */
  readonly label: string;
  readonly mirrored: boolean;
  readonly shiftBits: number;
  readonly first: bigint;
  readonly lowBits: number;
  /** As many as slopes, a power of two, at most 256. */
  readonly bases: readonly bigint[];
  readonly slopes: readonly bigint[];
  readonly reachBits: readonly number[];
  readonly below: bigint;
  readonly above: bigint;
  readonly aboveSlope: bigint;
}
