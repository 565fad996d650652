/**
 * Softmax and normalisations, put together from products, sums and inverses.
 *
 * Interval arithmetic does not know that a sum of squares holds each square, so it would make the last product far too
 * wide. These bounds are theorems instead, true of whatever the circuit proves: with y = floor(2^K / sqrt(v)) and
 * v >= c^2 the product |c * y| is at most 2^K; with y = floor(2^K / s) and 0 <= e <= s the product e * y is at most 2^K.
 */
import type { FunctionOp, InverseOp, L2NormalizeOp, LayerNormOp, Node, Op } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount, hull } from '../bounds.ts';
import { append, type Builder, frameOf, freshName, type Value } from '../builder.ts';
import { normaliseScale, withoutOffset, withPlainSign } from '../frame.ts';
import { absolute, maximum, minimum } from '../integers.ts';
import { quantizeAffine } from '../linear.ts';
import type { QuantInverseOp } from '../operators/inverse-types.ts';
import type { Bounds } from '../types.ts';
import { quantizeFunction } from './functions.ts';
import { appendInverse } from './inverses.ts';
import { rearrangeBounds } from './movement.ts';
import { narrowResult } from './narrow.ts';
import { productInterval, productScale } from './products.ts';
import { quantizeReduce } from './reductions.ts';
import type { Quantizer } from './rule.ts';

/** Quantises an L2 normalisation: x * rsqrt(sum of x^2 + epsilon). */
export const quantizeL2Normalize: Quantizer<L2NormalizeOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withoutOffset(builder, operand);
  const sum = sumOfSquares(builder, node, x, 'sum');
  return narrowResult(
    builder,
    node,
    timesRoot(builder, node, { x, sum, epsilon: op.epsilon, name: node.name }),
  );
};

/** Quantises a layer normalisation: deviations from the mean, times the root, then scale and shift by channel. */
export const quantizeLayerNorm: Quantizer<LayerNormOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withoutOffset(builder, operand);
  const deviations = deviationsOf(builder, node, x);
  const variance = sumOfSquares(builder, node, deviations, 'mean');
  const name = freshName(builder, `${node.name}_unit`);
  const unit = timesRoot(builder, node, { x: deviations, sum: variance, epsilon: op.epsilon, name });
  const narrow = narrowResult(builder, node, unit);
  return quantizeAffine(builder, node, { kind: 'affine', scale: op.scale, shift: op.shift }, narrow);
};

/** Quantises a softmax: powers of differences to the maximum, times the reciprocal of their sum. */
export function quantizeSoftmax(builder: Builder, node: Node, operand: Value): Value {
  const x = withPlainSign(builder, operand);
  const top = reduceLast(builder, node, x, 'max');
  const differences = differencesTo(builder, node, x, top);
  const exponential: FunctionOp = { kind: 'function', name: 'exp' };
  const expNode = partOf(builder, node, 'exp', exponential);
  const powers = withPlainSign(
    builder,
    quantizeFunction(builder, { node: expNode, op: exponential, operands: [differences] }),
  );
  const sum = reduceLast(builder, node, powers, 'sum');
  const op: InverseOp = { kind: 'reciprocal', epsilon: 0 };
  const inverse = appendInverse(builder, node, {
    op,
    x: sum,
    name: freshName(builder, `${node.name}_reciprocal`),
  });
  const result = timesRow(builder, node, { x: powers, factor: inverse, name: node.name });
  return narrowResult(builder, node, result);
}

/** A node of a composition: it has the price and the extra bits of the whole. */
function partOf(builder: Builder, node: Node, part: string, op: Op): Node {
  return { ...node, name: freshName(builder, `${node.name}_${part}`), op };
}

function reduceLast(builder: Builder, node: Node, x: Value, reduction: 'sum' | 'mean' | 'max'): Value {
  const op = { kind: 'reduce', reduction, axes: [x.node.shape.length - 1] } as const;
  const part = partOf(builder, node, reduction, op);
  const shape = x.node.shape.slice(0, -1);
  return quantizeReduce(builder, { node: { ...part, shape }, op, operands: [x] });
}

function sumOfSquares(builder: Builder, node: Node, x: Value, reduction: 'sum' | 'mean'): Value {
  const bounds = boundsOf(channelCount(x.node.shape), channel => {
    const interval = boundsAt(x.node.bounds, channel);
    return productInterval(interval, interval, true);
  });
  const name = freshName(builder, `${node.name}_squares`);
  const draft = { name, op: { kind: 'multiply' } as const, shape: x.node.shape, bounds };
  return reduceLast(builder, node, append(builder, { ...draft, ...productScale(x, x) }, [x, x]), reduction);
}

/** Repeats a number for each row along the last axis. */
function spread(builder: Builder, node: Node, x: Value, shape: readonly number[]): Value {
  const length = shape.at(-1) ?? 1;
  const count = shape.reduce((product, size) => product * size, 1);
  const indices = Int32Array.from({ length: count }, (_, i) => Math.floor(i / length));
  const op = { kind: 'rearrange', shape, indices, label: `repeat ${length} times` } as const;
  const { scaleBits } = x.node;
  const bounds = rearrangeBounds(op, x);
  const name = freshName(builder, `${node.name}_spread`);
  return append(builder, { name, op, shape, scaleBits, bounds, frame: frameOf(x.node) }, [x]);
}

/** n * x - sum of the row: n times the deviation from the mean, exactly. */
function deviationsOf(builder: Builder, node: Node, x: Value): Value {
  const { shape, scaleBits } = x.node;
  const count = shape.at(-1) ?? 1;
  const sums = spread(builder, node, reduceLast(builder, node, x, 'sum'), shape);
  const { factor } = frameOf(x.node);
  const scale = normaliseScale(scaleBits, { factor: factor / count, offset: 0 });
  const op = { kind: 'sum', multipliers: [BigInt(count), -1n] } as const;
  const [low, high] = boundsAt(sums.node.bounds, 0);
  const bounds = boundsOf(count, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    // the row's sum holds this element once: n * x - sum = (n - 1) * x - sum of the others
    return [min * BigInt(count - 1) - (high - max), max * BigInt(count - 1) - (low - min)];
  });
  const name = freshName(builder, `${node.name}_deviations`);
  return append(builder, { name, op, shape, bounds, ...scale }, [x, sums]);
}

/** x - top, which is never positive. */
function differencesTo(builder: Builder, node: Node, x: Value, top: Value): Value {
  const { shape, scaleBits } = x.node;
  const tops = spread(builder, node, top, shape);
  const [, most] = boundsAt(tops.node.bounds, 0);
  const bounds = boundsOf(channelCount(shape), channel => {
    const [min] = boundsAt(x.node.bounds, channel);
    return [minimum(0n, min - most), 0n];
  });
  const op = { kind: 'sum', multipliers: [1n, -1n] } as const;
  const name = freshName(builder, `${node.name}_differences`);
  return append(builder, { name, op, shape, scaleBits, bounds, frame: frameOf(x.node) }, [x, tops]);
}

function timesRoot(
  builder: Builder,
  node: Node,
  {
    x,
    sum,
    epsilon,
    name,
  }: { readonly x: Value; readonly sum: Value; readonly epsilon: number; readonly name: string },
): Value {
  const op: InverseOp = { kind: 'rsqrt', epsilon };
  const root = appendInverse(builder, node, { op, x: sum, name: freshName(builder, `${node.name}_rsqrt`) });
  return timesRow(builder, node, { x, factor: root, name });
}

/** x times the inverse of its row, at most 2^precisionBits in magnitude: see the head of this file. */
function timesRow(
  builder: Builder,
  node: Node,
  part: { readonly x: Value; readonly factor: Value; readonly name: string },
): Value {
  const { x, factor, name } = part;
  const { shape } = x.node;
  const row = spread(builder, node, factor, shape);
  const op = factor.node.op as QuantInverseOp;
  const [least, most] = hull(x.node.bounds);
  // a sum holds each of its terms only where none is negative; a sum of squares always does
  const isPart = op.kind === 'rsqrt' || least >= 0n;
  const limit = isPart
    ? 1n << BigInt(op.precisionBits)
    : maximum(absolute(least), most) << BigInt(op.resultBits);
  const bounds: Bounds = boundsOf(channelCount(shape), channel => {
    const [min, max] = productInterval(
      boundsAt(x.node.bounds, channel),
      boundsAt(row.node.bounds, channel),
      false,
    );
    return [maximum(min, -limit), minimum(max, limit)];
  });
  const draft = { name, op: { kind: 'multiply' } as const, shape, bounds };
  return append(builder, { ...draft, ...productScale(x, row) }, [x, row]);
}
