/**
 * Linear layers: float weights to integers under one binary scale a layer, with the operand's frame folded in first.
 *
 * A layer's scale is the largest with max |w| < 2^weightBits; its result has the operand's scale plus the weights', and
 * is never cut here. The bias is rounded at that full scale.
 */
import type { AffineOp, BilinearOp, Conv2dOp, DenseOp, Node } from '../graph/index.ts';
import { affineBounds, boundsAt, boundsOf, conv2dBounds, denseBounds } from './bounds.ts';
import { append, type Builder, bitsFor, frameOf, NEUTRAL_FRAME, type Value } from './builder.ts';
import { withoutOffset } from './frame.ts';
import { exponentOf, maximum, minimum, roundScaled, squareRoot } from './integers.ts';
import type { Bounds, QuantAffineOp, QuantConv2dOp, QuantDenseOp } from './types.ts';
import { isPadded } from './window.ts';

/** Quantises a dense layer. */
export function quantizeDense(builder: Builder, node: Node, op: DenseOp, x: Value): Value {
  const frame = frameOf(x.node);
  const weightScale = scaleOfWeights(builder, node, { weights: op.weights, bias: op.bias }, x);
  const scaleBits = x.node.scaleBits + weightScale;
  const quantised: QuantDenseOp = {
    kind: 'dense',
    units: op.units,
    weights: roundWeights(op.weights, frame.factor, weightScale),
    bias: foldBias(op.bias, op.weights, frame.offset).map(value => roundScaled(value, scaleBits)),
  };
  const bounds = boundsByLength(
    quantised,
    denseBounds(quantised, x.node.bounds),
    builder.rowLengths.get(x.node.id),
  );
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
}

/** Bounds of a dense layer whose operand's rows are no longer than a limit: |w x| <= |w| |x| (Cauchy and Schwarz). */
function boundsByLength(op: QuantDenseOp, bounds: Bounds, limit: bigint | undefined): Bounds {
  if (limit === undefined) return bounds;
  const squares = new Array<bigint>(op.units).fill(0n);
  for (const [i, weight] of op.weights.entries())
    squares[i % op.units] = (squares[i % op.units] ?? 0n) + BigInt(weight) * BigInt(weight);
  return boundsOf(op.units, unit => {
    const [min, max] = boundsAt(bounds, unit);
    const bias = op.bias[unit] ?? 0n;
    const most = squareRoot((squares[unit] ?? 0n) * limit * limit) + 1n;
    return [maximum(min, bias - most), minimum(max, bias + most)];
  });
}

/** Quantises a convolution; an offset cannot be folded where zero padding lies between, and is made explicit. */
export function quantizeConv2d(builder: Builder, node: Node, op: Conv2dOp, operand: Value): Value {
  const x = isPadded(op.padding) ? withoutOffset(builder, operand) : operand;
  const frame = frameOf(x.node);
  const weightScale = scaleOfWeights(builder, node, { weights: op.kernel, bias: op.bias }, x);
  const scaleBits = x.node.scaleBits + weightScale;
  const quantised: QuantConv2dOp = {
    ...op,
    kernel: roundWeights(op.kernel, frame.factor, weightScale),
    bias: foldBias(op.bias, op.kernel, frame.offset).map(value => roundScaled(value, scaleBits)),
  };
  const bounds = conv2dBounds(quantised, x.node.bounds, x.node.shape[2] ?? 1);
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
}

/** Quantises an affine layer (a batch normalisation that nothing could take in). */
export function quantizeAffine(builder: Builder, node: Node, op: AffineOp, x: Value): Value {
  const { factor, offset } = frameOf(x.node);
  const weightScale = scaleOfWeights(builder, node, { weights: op.scale, bias: op.shift }, x);
  const scaleBits = x.node.scaleBits + weightScale;
  const scale = Array.from(op.scale, value => roundScaled(value * factor, weightScale));
  const shift = Array.from(op.shift, (value, channel) =>
    roundScaled(value + offset * (op.scale[channel] ?? 0), scaleBits),
  );
  const quantised: QuantAffineOp = { kind: 'affine', scale, shift };
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits, frame: NEUTRAL_FRAME };
  return append(builder, { ...draft, bounds: affineBounds(quantised, x.node.bounds) }, [x]);
}

/** The integers of the forms of a bilinear layer, with their scale. */
export interface QuantForms {
  readonly kernel: Int32Array;
  readonly bias: bigint[];
  readonly scaleBits: number;
}

/** Quantises the forms of a bilinear layer, as {@link quantizeConv2d} does a convolution of so many groups. */
export function quantizeForms(builder: Builder, node: Node, op: BilinearOp, x: Value): QuantForms {
  const { factor, offset } = frameOf(x.node);
  const weightScale = scaleOfWeights(builder, node, { weights: op.kernel, bias: op.bias }, x);
  const scaleBits = x.node.scaleBits + weightScale;
  const kernel = roundWeights(op.kernel, factor, weightScale);
  const bias = foldBias(op.bias, op.kernel, offset).map(value => roundScaled(value, scaleBits));
  return { kernel, bias, scaleBits };
}

function weightBitsOf(builder: Builder, node: Node): number {
  const { weightBits, freeWeightBits } = builder.options;
  return bitsFor(builder, node, weightBits, freeWeightBits);
}

interface Constants {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * The largest binary scale under which every weight times the operand's factor stays below 2^bits; none where weights are
 * exact. Where all are 0 the bias alone decides: it keeps as many bits.
 */
function scaleOfWeights(builder: Builder, node: Node, { weights, bias }: Constants, x: Value): number {
  if (builder.isExact) return 0;
  const bits = weightBitsOf(builder, node);
  const largest = largestOf(weights) * frameOf(x.node).factor;
  if (largest !== 0) return bits - exponentOf(largest);
  const constant = largestOf(bias);
  return constant === 0 ? 0 : Math.max(0, bits - exponentOf(constant) - x.node.scaleBits);
}

function largestOf(values: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

function roundWeights(weights: Float32Array, factor: number, scaleBits: number): Int32Array {
  const multiplier = factor * 2 ** scaleBits;
  const rounded = new Int32Array(weights.length);
  for (let i = 0; i < weights.length; i++) rounded[i] = Math.round((weights[i] ?? 0) * multiplier);
  return rounded;
}

/** bias[o] + offset * sum of the weights of output o; outputs are the last axis of either layout. */
function foldBias(bias: Float32Array, weights: Float32Array, offset: number): number[] {
  const folded = Array.from(bias);
  if (offset === 0) return folded;
  for (let i = 0; i < weights.length; i++) {
    const output = i % folded.length;
    folded[output] = (folded[output] ?? 0) + offset * (weights[i] ?? 0);
  }
  return folded;
}
