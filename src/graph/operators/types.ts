/**
 * The operators beyond those of plain perceptrons and convolutional networks: products, reductions, rearrangements, unary
 * functions, comparisons, normalisations. Each has one definition (shape, float meaning, printed form) in this folder.
 *
 * Shapes leave out the batch and are channels-last. Operands of element-wise operators have one shape: importers
 * broadcast with `expand` of src/graph/compose. Constants are never operands: they are fields of the operators.
 */
import type { Shape } from '../types.ts';

/** y = a * b, element by element. */
export interface MultiplyOp {
  readonly kind: 'multiply';
}

/** y[i] = x[i] * factor[i] + shift[i]: constants for every element, where `affine` (one a channel) does not fit. */
export interface ScaleOp {
  readonly kind: 'scale';
  /** One number for all elements, or as many as the tensor has, row-major. */
  readonly factor: number | Float32Array;
  readonly shift: number | Float32Array;
}

/** [..., m, k] times [..., k, n]: both are variable; a constant side is a `dense` over the last axis. */
export interface MatmulOp {
  readonly kind: 'matmul';
}

/**
 * Operands: hubs [cells * h] and values [cells * i], cell by cell; gives [cells * units]. In each cell, sum j is the sum
 * over its hubs of hub * (kernel row of (j, hub) * values of the cell + bias of (j, hub)).
 */
export interface BilinearOp {
  readonly kind: 'bilinear';
  readonly cells: number;
  readonly units: number;
  /** [i, (cell * units + j) * h + hub]. */
  readonly kernel: Float32Array;
  /** [(cell * units + j) * h + hub]. */
  readonly bias: Float32Array;
}

/**
 * y.flat[i] = x.flat[indices[i]], or 0 where indices[i] is -1: slices, constant gathers, tiles, broadcasts, nearest
 * resizing, depth-to-space, patches, reversals, padding of any axis.
 */
export interface RearrangeOp {
  readonly kind: 'rearrange';
  readonly shape: Shape;
  readonly indices: Int32Array;
  /** What it is, for people: "slice [0:3]". */
  readonly label: string;
}

export type Reduction = 'sum' | 'mean' | 'max' | 'min';

/** Reduces the named axes away; a reshape after it keeps them with size 1. */
export interface ReduceOp {
  readonly kind: 'reduce';
  readonly reduction: Reduction;
  readonly axes: readonly number[];
}

/** Element-wise maximum or minimum of two tensors. */
export interface ExtremumOp {
  readonly kind: 'maximum' | 'minimum';
}

/** abs: |x|; sign: -1, 0 or 1. */
export interface MagnitudeOp {
  readonly kind: 'abs' | 'sign';
}

/**
 * y = floor((x * numerator + shift) / divisor), all three whole numbers, the divisor positive: rounding down of reals (1, 0,
 * 1), division of whole numbers, and what src/graph/compose makes of it: rounding to the nearest, cutting off, remainders.
 */
export interface FloorOp {
  readonly kind: 'floor';
  readonly numerator: number;
  readonly shift: number;
  readonly divisor: number;
}

export type Relation = 'greater' | 'greater-or-equal' | 'less' | 'less-or-equal' | 'equal';

/** 1 where the relation holds between the two operands, else 0. */
export interface CompareOp {
  readonly kind: 'compare';
  readonly relation: Relation;
}

/** Operands (condition, a, b): a where the condition is not 0, else b. The condition must be 0 or 1. */
export interface WhereOp {
  readonly kind: 'where';
}

/** y = x for x >= 0, slopes[channel] * x below; channels are the last axis. */
export interface PreluOp {
  readonly kind: 'prelu';
  readonly slopes: Float32Array;
}

export type FunctionName =
  | 'sigmoid'
  | 'tanh'
  | 'gelu'
  | 'gelu-tanh'
  | 'elu'
  | 'selu'
  | 'softplus'
  | 'silu'
  | 'mish'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'erf'
  | 'softsign'
  | 'sin'
  | 'cos';

/** A unary function of each element; `alpha` is that of elu (1 when left out). */
export interface FunctionOp {
  readonly kind: 'function';
  readonly name: FunctionName;
  readonly alpha?: number;
}

/** reciprocal: 1 / (x + epsilon); rsqrt: 1 / sqrt(x + epsilon). x must not be negative. */
export interface InverseOp {
  readonly kind: 'reciprocal' | 'rsqrt';
  readonly epsilon: number;
}

/** y = x / sqrt(sum of x^2 over the last axis + epsilon). */
export interface L2NormalizeOp {
  readonly kind: 'l2-normalize';
  readonly epsilon: number;
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale[channel] + shift[channel], mean and variance over the last axis. */
export interface LayerNormOp {
  readonly kind: 'layer-norm';
  readonly epsilon: number;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

/** The indices of a vector's k largest elements, largest first; the lower index wins a tie. */
export interface TopKOp {
  readonly kind: 'top-k';
  readonly k: number;
}

/** Rows of a constant table, chosen by whole numbers: [...n] -> [...n, size]. table: [count, size], row-major. */
export interface EmbeddingOp {
  readonly kind: 'embedding';
  readonly size: number;
  readonly table: Float32Array;
}

/** One binary tree in columns; node 0 is the root, and children come after their parent. */
export interface DecisionTree {
  /** By node: the feature that it asks for; -1 at leaves. */
  readonly features: Int32Array;
  /** By node: x[feature] <= threshold leads to `yes`, else to `no`. */
  readonly thresholds: Float64Array;
  readonly yes: Int32Array;
  readonly no: Int32Array;
  /** By node, then output: what a leaf adds. */
  readonly values: Float32Array;
}

/** y[k] = base[k] + the sum over all trees of what the leaf that x reaches adds to output k. x is a vector of features. */
export interface TreeEnsembleOp {
  readonly kind: 'tree-ensemble';
  readonly outputs: number;
  readonly trees: readonly DecisionTree[];
  readonly base: Float32Array;
}

/**
 * y = min(max(floor((x * multipliers[channel] + offsets[channel]) / 2^shiftBits), 0), max - min) + min, all in whole
 * numbers: how a network that comes quantised goes from one integer layer to the next. Its presence says that every tensor
 * of the graph holds whole numbers, which are proved as they are.
 */
export interface RequantizeOp {
  readonly kind: 'requantize';
  /** One a channel (last axis); whole numbers, as are the offsets. */
  readonly multipliers: Float64Array;
  readonly offsets: Float64Array;
  readonly shiftBits: number;
  readonly min: number;
  readonly max: number;
}

/** The operators of this folder. */
export type ExtendedOp =
  | MultiplyOp
  | ScaleOp
  | MatmulOp
  | BilinearOp
  | RearrangeOp
  | ReduceOp
  | ExtremumOp
  | MagnitudeOp
  | FloorOp
  | CompareOp
  | WhereOp
  | PreluOp
  | FunctionOp
  | InverseOp
  | L2NormalizeOp
  | LayerNormOp
  | TopKOp
  | EmbeddingOp
  | RequantizeOp
  | TreeEnsembleOp;

export type ExtendedKind = ExtendedOp['kind'];
