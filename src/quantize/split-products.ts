/**
 * Dense layers and convolutions of integers that doubles cannot hold: each is taken apart into high * 2^26 + low, both are
 * multiplied in doubles, exactly, and put together again. Some ten times faster than bigints, to which the tests hold them.
 */
import { SAFE_LIMIT } from './integers.ts';
import type { Operand } from './kernel-tools.ts';
import { conv2dInNumbers, denseInNumbers } from './kernels.ts';
import type { QuantConv2dOp, QuantDenseOp, Shape } from './types.ts';

const LOW_BITS = 26;
const LOW_BITS_BIG = BigInt(LOW_BITS);

/**
 * Whether both parts' sums stay below 2^53, for operands of a magnitude and an operator that makes at most `gain` times as
 * much of them.
 */
export function canSplit(magnitude: number, gain: number): boolean {
  const high = Math.ceil(magnitude / 2 ** LOW_BITS) + 1;
  return Math.max(high, 2 ** LOW_BITS) * gain < SAFE_LIMIT;
}

/** Computes what denseInBigints and conv2dInBigints do; {@link canSplit} must hold. */
export function productsBySplitting(
  op: QuantDenseOp | QuantConv2dOp,
  { shape, cells }: Operand<bigint>,
  outputShape: Shape,
): bigint[] {
  const high = new Float64Array(cells.length);
  const low = new Float64Array(cells.length);
  for (let i = 0; i < cells.length; i++) {
    const value = cells[i] as bigint;
    high[i] = Number(value >> LOW_BITS_BIG);
    low[i] = Number(BigInt.asUintN(LOW_BITS, value));
  }
  const unbiased = { ...op, bias: op.bias.map(() => 0n) };
  const multiply = (part: Float64Array): Float64Array =>
    unbiased.kind === 'dense'
      ? denseInNumbers(unbiased, { shape, cells: part })
      : conv2dInNumbers(unbiased, { shape, cells: part }, outputShape);
  const [highs, lows] = [multiply(high), multiply(low)];
  const { bias } = op;
  return Array.from(
    highs,
    (sum, i) => (BigInt(sum) << LOW_BITS_BIG) + BigInt(lows[i] as number) + (bias[i % bias.length] as bigint),
  );
}
