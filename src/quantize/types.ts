/**
 * QuantGraph: the network in exact integers. It is itself the oracle of every later stage: Noir execution, R1CS witness
 * and Circom parity agree with its interpreter bit for bit.
 *
 * A node's tensor holds integers; real value = integer * 2^-scaleBits. Bounds are exact: they follow by interval
 * arithmetic from the range that the circuit *proves* of its inputs (and from the bit widths it proves at activations).
 */
import type { InputDomain, NodeId, Padding, Shape } from '../graph/types.ts';
import type { ExtendedQuantOp } from './operators/types.ts';

export type { NodeId, Padding, Shape };

/** Inclusive integer bounds, one pair per channel (last axis) or a single pair for the whole tensor. */
export interface Bounds {
  readonly min: readonly bigint[];
  readonly max: readonly bigint[];
}

/** An integer input that the circuit range-checks to [min, max] where min = 0 or -2^(bits-1), and max = min + 2^bits - 1. */
export interface QuantInputOp {
  readonly kind: 'input';
  readonly bits: number;
  readonly signed: boolean;
  readonly domain: InputDomain;
}

/** y[o] = sum_i x[i] * weights[i, o] + bias[o]. weights: [inputs, units], integers. */
export interface QuantDenseOp {
  readonly kind: 'dense';
  readonly units: number;
  readonly weights: Int32Array;
  readonly bias: readonly bigint[];
}

/** Layout as Conv2dOp of the float graph: kernel [kernelHeight, kernelWidth, channels / groups, filters]. */
export interface QuantConv2dOp {
  readonly kind: 'conv2d';
  readonly filters: number;
  readonly kernelSize: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padding: Padding;
  readonly groups: number;
  readonly kernel: Int32Array;
  readonly bias: readonly bigint[];
}

/** y = x * scale[channel] + shift[channel]. */
export interface QuantAffineOp {
  readonly kind: 'affine';
  readonly scale: readonly bigint[];
  readonly shift: readonly bigint[];
}

/**
 * ReLU with rescale. With t = floor((x + half) / 2^shiftBits), half = 2^(shiftBits-1) (0 when shiftBits is 0):
 * y = min(max(0, t), max).
 *
 * `quotientBits[c]` is Q of channel c's proof: |t| < 2^Q. The circuit proves it by decomposing exactly Q + shiftBits
 * bits (see the gadget in noir-templates); an input that exceeds it cannot be proved and is refused before. People read
 * the signed width B = Q + shiftBits + 1.
 * `sign[c]` says what the exact bounds already know of t: 'any'; 'non-negative' (y = t: only the cut is proved, and
 * nothing when shiftBits is 0); 'non-positive' (the output is the constant 0 and nothing is proved).
 */
export interface QuantReluOp {
  readonly kind: 'relu';
  readonly shiftBits: number;
  readonly quotientBits: readonly number[];
  readonly sign: readonly SignKnowledge[];
  /** Integer cap at the output's scale (ReLU6: round(6 * 2^scaleBits)); left out when no channel can reach it. */
  readonly max?: bigint;
  /**
   * With `max`, per channel: the C with |max(0, t) - max| < 2^C, for the gadget min(y, max) = y - relu(y - max);
   * 0 where the bounds show that the channel never exceeds the cap, so that nothing needs to be proved.
   */
  readonly capBits?: readonly number[];
}

export type SignKnowledge = 'any' | 'non-negative' | 'non-positive';

/**
 * Leaky ReLU with slope numerator / 2^slopeBits. With t as for ReLU: y = t * 2^slopeBits for t >= 0, t * numerator
 * below. The output's scaleBits is the input's - shiftBits + slopeBits: the slope costs no constraint, the next
 * activation cuts the scale again. With a known sign y is linear in t: only the cut is proved, and nothing when
 * shiftBits is 0.
 */
export interface QuantLeakyReluOp {
  readonly kind: 'leaky-relu';
  readonly shiftBits: number;
  readonly numerator: number;
  /** Instead of `numerator`, one a channel. */
  readonly numerators?: readonly number[];
  readonly slopeBits: number;
  readonly quotientBits: readonly number[];
  readonly sign: readonly SignKnowledge[];
}

/**
 * Maximum over each window as a tournament in row-major window order: m = first; m = max(m, next). Padding never takes
 * part. `differenceBits[c]` is Q with |next - m| < 2^Q.
 */
export interface QuantMaxPool2dOp {
  readonly kind: 'max-pool2d';
  readonly poolSize: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly padding: Padding;
  readonly differenceBits: readonly number[];
}

/**
 * Sum over each window times an integer: y = sum * multipliers[i] at output position i (row-major over height and
 * width), since windows at a padded border hold fewer elements. Where all windows hold the same count, the multiplier
 * is 1 and the count goes into the scale; else it is exact (least common multiple / count) when that is small, or
 * round(2^k / count).
 */
export interface QuantAveragePool2dOp {
  readonly kind: 'average-pool2d';
  readonly poolSize: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly padding: Padding;
  readonly multipliers: readonly bigint[];
}

export interface QuantPadOp {
  readonly kind: 'pad';
  readonly padding: Padding;
}

export interface QuantReshapeOp {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

export interface QuantTransposeOp {
  readonly kind: 'transpose';
  readonly permutation: readonly number[];
}

/** y = sum_i x_i * multipliers[i]; powers of two that bring all operands to one scale (subtract: a negative one). */
export interface QuantSumOp {
  readonly kind: 'sum';
  readonly multipliers: readonly bigint[];
}

/** Operand i is multiplied by multipliers[i] (powers of two that bring all to one scale), then concatenated. */
export interface QuantConcatOp {
  readonly kind: 'concat';
  readonly axis: number;
  readonly multipliers: readonly bigint[];
}

/** Index of the first largest element. `differenceBits` is Q with |candidate - best - 1| < 2^Q. */
export interface QuantArgmaxOp {
  readonly kind: 'argmax';
  readonly differenceBits: number;
}

export type QuantOp =
  | QuantInputOp
  | QuantDenseOp
  | QuantConv2dOp
  | QuantAffineOp
  | QuantReluOp
  | QuantLeakyReluOp
  | QuantMaxPool2dOp
  | QuantAveragePool2dOp
  | QuantPadOp
  | QuantReshapeOp
  | QuantTransposeOp
  | QuantSumOp
  | QuantConcatOp
  | QuantArgmaxOp
  | ExtendedQuantOp;

/**
 * What a binary scale cannot express: real = integer * 2^-scaleBits * factor + offset. A pixel scale of 1/255 or a
 * division by 49 waits here, exactly, until the next linear layer takes it into its weights.
 */
export interface Frame {
  readonly factor: number;
  readonly offset: number;
}

export interface QuantNode {
  readonly id: NodeId;
  readonly name: string;
  readonly op: QuantOp;
  readonly inputs: readonly NodeId[];
  readonly shape: Shape;
  /** real = integer * 2^-scaleBits, unless the node has a frame. Argmax: 0. */
  readonly scaleBits: number;
  /** Left out when it is { factor: 1, offset: 0 }: always so at outputs and behind linear layers. */
  readonly frame?: Frame;
  /** Exact bounds of the output, per channel (last axis), given that the circuit's range checks hold. */
  readonly bounds: Bounds;
}

export interface QuantGraph {
  readonly name: string;
  readonly nodes: readonly QuantNode[];
  readonly inputs: readonly NodeId[];
  readonly outputs: readonly NodeId[];
}

/**
 * Integers of one tensor, row-major. Numbers when every value is provably below 2^53 in magnitude, bigints otherwise.
 */
export interface IntTensor {
  readonly shape: Shape;
  readonly data: Float64Array | readonly bigint[];
}
