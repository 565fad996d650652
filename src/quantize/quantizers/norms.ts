/** Normalisations, put together from sums of squares, their roots' inverses and products; see rows.ts for their bounds. */
import type { InverseOp, L2NormalizeOp, LayerNormOp, Node } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount, magnitude } from '../bounds.ts';
import { append, type Builder, bitsFor, frameOf, freshName, type Value } from '../builder.ts';
import { normaliseScale, withoutOffset } from '../frame.ts';
import { bitLength, maximum, minimum, splitTwos } from '../integers.ts';
import { quantizeAffine } from '../linear.ts';
import { appendInverse } from './inverses.ts';
import { cutScale, narrowActivation, narrowResult } from './narrow.ts';
import { productScale } from './products.ts';
import { spread, sumRows, timesInverse } from './rows.ts';
import type { Quantizer } from './rule.ts';

/** Quantises an L2 normalisation: x * rsqrt(sum of x^2 + epsilon). */
export const quantizeL2Normalize: Quantizer<L2NormalizeOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withoutOffset(builder, operand);
  const { productBits, freeActivationBits } = builder.options;
  const bits = bitsFor(builder, node, productBits, Math.max(productBits, freeActivationBits));
  const sum = sumOfSquares(builder, node, x, 1);
  const plan = { x, sum, epsilon: op.epsilon, name: node.name, bits };
  return narrowResult(builder, node, timesRoot(builder, node, plan));
};

/**
 * Quantises a layer normalisation: deviations from the mean, times the root, then scale and shift by channel unless these
 * do nothing. The result of the normalisation is an activation of either sign: one of its bits is the sign.
 */
export const quantizeLayerNorm: Quantizer<LayerNormOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withoutOffset(builder, operand);
  const bits = bitsOf(builder, node);
  const deviations = deviationsOf(builder, node, x);
  const count = x.node.shape.at(-1) ?? 1;
  const variance = sumOfSquares(builder, node, deviations, count);
  const isPlain = op.scale.every(value => value === 1) && op.shift.every(value => value === 0);
  const name = isPlain ? node.name : freshName(builder, `${node.name}_unit`);
  const plan = { x: deviations, sum: variance, epsilon: op.epsilon, name, bits };
  const unit = narrowActivation(builder, node, timesRoot(builder, node, plan), bits);
  if (isPlain) return unit;
  return quantizeAffine(builder, node, { kind: 'affine', scale: op.scale, shift: op.shift }, unit);
};

function bitsOf(builder: Builder, node: Node): number {
  const { activationBits, freeActivationBits } = builder.options;
  const bits = Math.max(1, activationBits - 1);
  const isFree = (builder.prices.get(node.id) ?? 0) === 0;
  return bitsFor(builder, node, bits, isFree ? freeActivationBits : bits);
}

/** The sum of each row's squares, divided by `count` in the scale. */
function sumOfSquares(builder: Builder, node: Node, x: Value, count: number): Value {
  const { shape } = x.node;
  let most = 0n;
  for (let channel = 0; channel < channelCount(shape); channel++) {
    const [min, max] = boundsAt(x.node.bounds, channel);
    most += maximum(min * min, max * max);
  }
  const square = productScale(x, x);
  const { odd, twos } = splitTwos(count);
  const scale = normaliseScale(square.scaleBits + twos, { factor: square.frame.factor / odd, offset: 0 });
  const op = { kind: 'sum-of-squares' } as const;
  const name = freshName(builder, `${node.name}_squares`);
  return append(
    builder,
    { name, op, shape: shape.slice(0, -1), bounds: { min: [0n], max: [most] }, ...scale },
    [x],
  );
}

/** The deviations from each row's mean, which is rounded; or, where that costs more than it saves, n times them, exactly. */
function deviationsOf(builder: Builder, node: Node, x: Value): Value {
  const { shape, scaleBits } = x.node;
  const count = shape.at(-1) ?? 1;
  const frame = frameOf(x.node);
  const sums = sumRows(builder, x, `${node.name}_sum`);
  const savings = count * bitLength(BigInt(count - 1)); // bits of the products with the root, which are cut
  const sumBits = bitLength(magnitude(sums.node.bounds)) + 1;
  if (builder.isExact || savings <= 2 * sumBits) return multipliedDeviations(builder, node, x, sums);
  const means = spread(builder, node, roundedMeans(builder, node, sums, count), shape);
  const op = { kind: 'sum', multipliers: [1n, -1n] } as const;
  const [low, high] = boundsAt(means.node.bounds, 0);
  const exact = deviationBounds(x, sums);
  const divisor = BigInt(count);
  const bounds = boundsOf(count, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    const [least, most] = boundsAt(exact, channel);
    // a rounded mean is off by less than 1
    return [
      maximum(min - high, floorDivide(least, divisor) - 1n),
      minimum(max - low, -floorDivide(-most, divisor) + 1n),
    ];
  });
  const name = freshName(builder, `${node.name}_deviations`);
  return append(builder, { name, op, shape, bounds, scaleBits, frame }, [x, means]);
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

/** Sum / n at the scale of the terms: shifted, or first multiplied by 2^k / n to the nearest, so that it is off by a quarter. */
function roundedMeans(builder: Builder, node: Node, sums: Value, count: number): Value {
  const { scaleBits, shape, bounds } = sums.node;
  const isShift = splitTwos(count).odd === 1;
  const bits = isShift ? splitTwos(count).twos : bitLength(magnitude(bounds)) + 1;
  const factor = isShift ? 1n : ((2n << BigInt(bits)) / BigInt(count) + 1n) >> 1n;
  const scaled = {
    name: freshName(builder, `${node.name}_mean`),
    op: { kind: 'scale', factor: [factor], shift: [0n] } as const,
    shape,
    scaleBits: scaleBits + bits,
    bounds: boundsOf(1, () => {
      const [min, max] = boundsAt(bounds, 0);
      return [min * factor, max * factor];
    }),
    frame: frameOf(sums.node),
  };
  return cutScale(builder, append(builder, scaled, [sums]), bits);
}

/** n * x - sum of the row: n times the deviation from the mean. */
function multipliedDeviations(builder: Builder, node: Node, x: Value, sums: Value): Value {
  const { shape, scaleBits } = x.node;
  const count = shape.at(-1) ?? 1;
  const scale = normaliseScale(scaleBits, { factor: frameOf(x.node).factor / count, offset: 0 });
  const op = { kind: 'sum', multipliers: [BigInt(count), -1n] } as const;
  const name = freshName(builder, `${node.name}_deviations`);
  const bounds = deviationBounds(x, sums);
  return append(builder, { name, op, shape, bounds, ...scale }, [x, spread(builder, node, sums, shape)]);
}

/** Bounds of n * x - sum: the row's sum holds this element once, so it is (n - 1) * x - the sum of the others. */
function deviationBounds(x: Value, sums: Value): Value['node']['bounds'] {
  const count = x.node.shape.at(-1) ?? 1;
  const [low, high] = boundsAt(sums.node.bounds, 0);
  return boundsOf(count, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    return [min * BigInt(count - 1) - (high - max), max * BigInt(count - 1) - (low - min)];
  });
}

function timesRoot(
  builder: Builder,
  node: Node,
  {
    x,
    sum,
    epsilon,
    name,
    bits,
  }: {
    readonly x: Value;
    readonly sum: Value;
    readonly epsilon: number;
    readonly name: string;
    readonly bits: number;
  },
): Value {
  const op: InverseOp = { kind: 'rsqrt', epsilon };
  const root = appendInverse(builder, { op, x: sum, name: freshName(builder, `${node.name}_rsqrt`), bits });
  return timesInverse(builder, name, x, root);
}
