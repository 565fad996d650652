/** Reductions: sums and means are linear, and divide in the scale; extrema are tournaments. */
import { type ReduceOp, reductionGroups } from '../../graph/index.ts';
import { calibrateBits, fitLookups } from '../activation.ts';
import { boundsAt, boundsOf, channelCount, hull } from '../bounds.ts';
import { append, type Builder, checkWidth, frameOf, type Value } from '../builder.ts';
import { normaliseScale, withPlainSign } from '../frame.ts';
import { bitLength, maximum, minimum, splitTwos } from '../integers.ts';
import type { Bounds } from '../types.ts';
import type { Quantizer, Subject } from './rule.ts';

/** Quantises a reduction. */
export const quantizeReduce: Quantizer<ReduceOp> = (builder, subject) => {
  const { reduction } = subject.op;
  return reduction === 'sum' || reduction === 'mean'
    ? reduceSum(builder, subject)
    : extremum(builder, subject);
};

function reduceSum(builder: Builder, { node, op, operands }: Subject<ReduceOp>): Value {
  const [x] = operands as readonly [Value];
  const count = op.axes.reduce((product, axis) => product * (x.node.shape[axis] ?? 1), 1);
  const { factor, offset } = frameOf(x.node);
  const { odd, twos } = splitTwos(op.reduction === 'mean' ? count : 1);
  const { scaleBits, frame } = normaliseScale(x.node.scaleBits + twos, {
    factor: factor / odd,
    offset: op.reduction === 'mean' ? offset : offset * count,
  });
  const bounds = sumBounds(x, op.axes, channelCount(node.shape));
  const quantised = { kind: 'reduce-sum', axes: op.axes } as const;
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
}

/** Channel by channel where the last axis stays; else every channel adds up. */
function sumBounds({ node }: Value, axes: readonly number[], channels: number): Bounds {
  const last = node.shape.length - 1;
  const count = BigInt(
    axes.filter(axis => axis !== last).reduce((n, axis) => n * (node.shape[axis] ?? 1), 1),
  );
  if (!axes.includes(last)) {
    return boundsOf(channels, channel => {
      const [min, max] = boundsAt(node.bounds, channel);
      return [min * count, max * count];
    });
  }
  let [low, high] = [0n, 0n];
  for (let channel = 0; channel < channelCount(node.shape); channel++) {
    const [min, max] = boundsAt(node.bounds, channel);
    [low, high] = [low + min, high + max];
  }
  return { min: [low * count], max: [high * count] };
}

function extremum(builder: Builder, { node, op, operands }: Subject<ReduceOp>): Value {
  const [operand] = operands as readonly [Value];
  const x = frameOf(operand.node).factor > 0 ? operand : withPlainSign(builder, operand);
  const last = x.node.shape.length - 1;
  const [least, most] = hull(x.node.bounds);
  const spread = op.axes.includes(last)
    ? most - least
    : x.node.bounds.min.reduce((widest, min, i) => maximum(widest, (x.node.bounds.max[i] ?? min) - min), 0n);
  const calibrated = calibrateBits(builder, [bitLength(spread)], () => [observeSpread(x, op.axes)]);
  const [differenceBits = 0] = fitLookups(builder, calibrated);
  checkWidth(node.name, op.kind, differenceBits);
  const kind = op.reduction === 'max' ? 'reduce-max' : 'reduce-min';
  const bounds = op.axes.includes(last) ? { min: [least], max: [most] } : x.node.bounds;
  const quantised = { kind, axes: op.axes, differenceBits } as const;
  const { scaleBits } = x.node;
  const draft = {
    name: node.name,
    op: quantised,
    shape: node.shape,
    scaleBits,
    bounds,
    frame: frameOf(x.node),
  };
  return append(builder, draft, [x]);
}

/** The largest difference within a group, on the samples. */
export function observeSpread(x: Value, axes: readonly number[]): bigint {
  const groups = reductionGroups(x.node.shape, axes);
  let widest = 0n;
  for (const { data } of x.samples) {
    for (const group of groups) {
      const values = group.map(index => BigInt(data[index] ?? 0));
      const [first = 0n, ...rest] = values;
      widest = maximum(widest, maximum(first, ...rest) - minimum(first, ...rest));
    }
  }
  return widest;
}
