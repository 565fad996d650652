/**
 * Operators that only move, add or average integers: pools, padding, sums, concatenations, reshapes. All are linear and
 * cost no constraint; none rounds, but an average over windows of awkward counts.
 */
import type { ArithmeticOp, ConcatOp, Node, PadOp, Pool2dOp } from '../graph/index.ts';
import {
  boundsAt,
  boundsOf,
  channelCount,
  concatBounds,
  reshapeBounds,
  scaleInterval,
  sumBounds,
  transposeBounds,
  withZero,
} from './bounds.ts';
import { append, type Builder, frameOf, type Value } from './builder.ts';
import { normaliseScale, withoutFrame, withoutOffset } from './frame.ts';
import { maximum, minimum, roundScaled, splitTwos } from './integers.ts';
import type { Bounds, Frame, QuantAveragePool2dOp, QuantConcatOp, QuantSumOp } from './types.ts';
import { countTaps, isPadded, windowOf } from './window.ts';

/** Quantises zero padding; where the operand has an offset, zero must first mean zero. */
export function quantizePad(builder: Builder, node: Node, op: PadOp, operand: Value): Value {
  const x = isPadded(op.padding) ? withoutOffset(builder, operand) : operand;
  const bounds = isPadded(op.padding) ? withZero(x.node.bounds) : x.node.bounds;
  const { scaleBits } = x.node;
  const frame = frameOf(x.node);
  return append(builder, { name: node.name, op, shape: node.shape, scaleBits, bounds, frame }, [x]);
}

/** Quantises a reshape or transposition. */
export function quantizeMove(
  builder: Builder,
  node: Node,
  op: Extract<Node['op'], { readonly kind: 'reshape' | 'transpose' }>,
  x: Value,
): Value {
  const bounds =
    op.kind === 'reshape'
      ? reshapeBounds(x.node.bounds, x.node.shape, op.shape)
      : transposeBounds(x.node.bounds, op.permutation);
  const { scaleBits } = x.node;
  const frame = frameOf(x.node);
  return append(builder, { name: node.name, op, shape: node.shape, scaleBits, bounds, frame }, [x]);
}

/** Quantises average pooling: the division goes into the scale and the frame, exactly wherever it can. */
export function quantizeAveragePool(builder: Builder, node: Node, op: Pool2dOp, x: Value): Value {
  const counts = countTaps(windowOf(op), x.node.shape, node.shape);
  const { multipliers, divisor } = averageMultipliers(counts);
  const { odd, twos } = splitTwos(divisor);
  const old = frameOf(x.node);
  const { scaleBits, frame } = normaliseScale(x.node.scaleBits + twos, {
    factor: old.factor / odd,
    offset: old.offset,
  });
  const { poolSize, strides, padding } = op;
  const quantised: QuantAveragePool2dOp = { kind: 'average-pool2d', poolSize, strides, padding, multipliers };
  const bounds = averageBounds(counts, multipliers, x, channelCount(node.shape));
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
}

/** Exact multipliers of uneven windows may be this large; beyond, reciprocals are rounded to as many bits. */
const MULTIPLIER_BITS = 10;

/** Multipliers m[i] and a divisor d with m[i] / d = 1 / count[i]: exact, or rounded for awkward counts. */
function averageMultipliers(counts: readonly number[]): { multipliers: bigint[]; divisor: number } {
  const smallest = counts.reduce((a, b) => Math.min(a, b));
  const common = counts.reduce(leastCommonMultiple, 1);
  if (common / smallest <= 2 ** MULTIPLIER_BITS) {
    return { multipliers: counts.map(count => BigInt(common / count)), divisor: common };
  }
  const largest = counts.reduce((a, b) => Math.max(a, b));
  const bits = MULTIPLIER_BITS + Math.ceil(Math.log2(largest));
  return { multipliers: counts.map(count => roundScaled(1 / count, bits)), divisor: 2 ** bits };
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

function averageBounds(
  counts: readonly number[],
  multipliers: readonly bigint[],
  x: Value,
  channels: number,
): Bounds {
  const gains = counts.map((count, position) => BigInt(count) * (multipliers[position] ?? 1n));
  const [low, high] = [gains.reduce((a, b) => minimum(a, b)), gains.reduce((a, b) => maximum(a, b))];
  return boundsOf(channels, channel => {
    const interval = boundsAt(x.node.bounds, channel);
    const [least, most] = [scaleInterval(interval, low), scaleInterval(interval, high)];
    return [minimum(least[0], most[0]), maximum(least[1], most[1])];
  });
}

/** Quantises an addition or subtraction: operands are brought to the finest of their scales by powers of two. */
export function quantizeSum(
  builder: Builder,
  node: Node,
  op: ArithmeticOp,
  operands: readonly Value[],
): Value {
  const factors = operands.map(operand => frameOf(operand.node).factor);
  const isShared = factors.every(factor => factor === factors[0]);
  const aligned = isShared ? operands : operands.map(operand => withoutFrame(builder, operand));
  const signs = aligned.map((_, i) => (op.kind === 'subtract' && i > 0 ? -1 : 1));
  const { scaleBits, shifts } = alignScales(aligned);
  const multipliers = shifts.map((shift, i) => BigInt(signs[i] ?? 1) * shift);
  const offset = aligned.reduce((sum, { node: n }, i) => sum + (signs[i] ?? 1) * frameOf(n).offset, 0);
  const frame: Frame = { factor: isShared ? (factors[0] ?? 1) : 1, offset };
  const quantised: QuantSumOp = { kind: 'sum', multipliers };
  const bounds = sumBounds(
    multipliers,
    aligned.map(operand => operand.node.bounds),
  );
  return append(
    builder,
    { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame },
    aligned,
  );
}

/** Quantises a concatenation, aligned as sums are. */
export function quantizeConcat(
  builder: Builder,
  node: Node,
  op: ConcatOp,
  operands: readonly Value[],
): Value {
  const [first] = operands;
  const frame = first === undefined ? { factor: 1, offset: 0 } : frameOf(first.node);
  const isShared = operands.every(({ node: n }) => {
    const other = frameOf(n);
    return other.factor === frame.factor && other.offset === frame.offset;
  });
  const aligned = isShared ? operands : operands.map(operand => withoutFrame(builder, operand));
  const { scaleBits, shifts } = alignScales(aligned);
  const quantised: QuantConcatOp = { kind: 'concat', axis: op.axis, multipliers: shifts };
  const bounds = concatBounds(
    { axis: op.axis, multipliers: shifts, shapes: aligned.map(operand => operand.node.shape) },
    aligned.map(operand => operand.node.bounds),
  );
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds };
  return append(builder, isShared ? { ...draft, frame } : draft, aligned);
}

function alignScales(operands: readonly Value[]): { scaleBits: number; shifts: bigint[] } {
  const scaleBits = Math.max(...operands.map(operand => operand.node.scaleBits));
  const shifts = operands.map(operand => 1n << BigInt(scaleBits - operand.node.scaleBits));
  return { scaleBits, shifts };
}
