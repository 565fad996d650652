/**
 * Graph: a neural network as operators, shapes and float weights. The first noun of the pipeline.
 *
 * Conventions
 * - Shapes leave out the batch dimension. Images are channels-last: [height, width, channels]; vectors are [units].
 * - Every node has exactly one output tensor. `nodes` is in topological order.
 * - Weights are row-major Float32Arrays in TensorFlow's layouts (given at each operator).
 * - One-dimensional convolutions and pools are imported as two-dimensional ones of height 1 between reshapes.
 */

import type { ExtendedOp } from './operators/types.ts';

declare const nodeIdBrand: unique symbol;
/** Index of a node in {@link Graph.nodes}. */
export type NodeId = number & { readonly [nodeIdBrand]: true };

export type Shape = readonly number[];

/** Zero padding (or cropping never) around height and width, in elements. */
export interface Padding {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * How the network's real-valued input follows from the integer that the person holds: real = integer * scale + offset.
 * An 8-bit pixel fed to a model that was trained on [0, 1] is { min: 0, max: 255, scale: 1 / 255, offset: 0 }.
 */
export interface InputDomain {
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly offset: number;
}

export interface InputOp {
  readonly kind: 'input';
  readonly shape: Shape;
  readonly domain: InputDomain;
}

/** y[o] = sum_i x[i] * weights[i, o] + bias[o] over the last axis. weights: [inputs, units]; bias: [units]. */
export interface DenseOp {
  readonly kind: 'dense';
  readonly units: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Cross-correlation over [height, width, channels]. kernel: [kernelHeight, kernelWidth, channels / groups, filters];
 * filter f reads the channel group floor(f / (filters / groups)). A depthwise convolution with multiplier m has
 * groups = channels and filters = channels * m (output channel c * m + j). bias: [filters].
 */
export interface Conv2dOp {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padding: Padding;
  readonly groups: number;
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** y = x * scale[channel] + shift[channel] over the last axis: inference-time batch normalisation, or an input rescale. */
export interface AffineOp {
  readonly kind: 'affine';
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** y = max(0, x), or min(max(0, x), max) when `max` is given (ReLU6: 6). */
export interface ReluOp {
  readonly kind: 'relu';
  readonly max?: number;
}

/** y = x for x >= 0, slope * x below. */
export interface LeakyReluOp {
  readonly kind: 'leaky-relu';
  readonly slope: number;
}

/** Pools over windows; average pooling divides by the number of elements inside the input, as TensorFlow does. */
export interface Pool2dOp {
  readonly kind: 'max-pool2d' | 'average-pool2d';
  readonly poolSize: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly padding: Padding;
}

/** Zero padding of height and width. */
export interface PadOp {
  readonly kind: 'pad';
  readonly padding: Padding;
}

export interface ReshapeOp {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

/** Output axis i is input axis permutation[i] (0-based, batch left out). */
export interface TransposeOp {
  readonly kind: 'transpose';
  readonly permutation: readonly number[];
}

/** Element-wise; `add` takes two or more operands, `subtract` exactly two. All of one shape. */
export interface ArithmeticOp {
  readonly kind: 'add' | 'subtract';
}

/** Concatenates along `axis` (0-based, batch left out, never negative). */
export interface ConcatOp {
  readonly kind: 'concat';
  readonly axis: number;
}

/** Softmax over the last axis. At the end of a network it is dropped, or replaced by argmax, before quantisation. */
export interface SoftmaxOp {
  readonly kind: 'softmax';
}

/** Index of the largest element of a vector; the lowest index wins a tie. Output shape []. */
export interface ArgmaxOp {
  readonly kind: 'argmax';
}

export type Op =
  | InputOp
  | DenseOp
  | Conv2dOp
  | AffineOp
  | ReluOp
  | LeakyReluOp
  | Pool2dOp
  | PadOp
  | ReshapeOp
  | TransposeOp
  | ArithmeticOp
  | ConcatOp
  | SoftmaxOp
  | ArgmaxOp
  | ExtendedOp;

export type OpKind = Op['kind'];

export interface Node {
  readonly id: NodeId;
  /** The layer's name in the source model, unique in the graph. */
  readonly name: string;
  readonly op: Op;
  readonly inputs: readonly NodeId[];
  /** Output shape, without batch. */
  readonly shape: Shape;
}

export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  /** Nodes with an `input` operator, in the order in which the caller gives tensors. */
  readonly inputs: readonly NodeId[];
  readonly outputs: readonly NodeId[];
}

/** A dense float tensor, row-major. */
export interface FloatTensor {
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array;
}
