/**
 * Exact interval arithmetic on integer tensors, per channel of the last axis.
 *
 * Soundness rests on one promise: if every element of the operands lies within the operand's bounds, every element of
 * the result lies within the result's. A linear form over independent elements attains its bounds. Where a channel's
 * elements spread over several output channels (reshapes, transpositions of the last axis), hulls are taken.
 */
import { absolute, maximum, minimum, SAFE_LIMIT } from './integers.ts';
import type { QuantBilinearOp } from './operators/types.ts';
import type { Bounds, QuantAffineOp, QuantConv2dOp, QuantDenseOp, Shape } from './types.ts';
import { isPadded } from './window.ts';

/** Gives the size of the last axis; 1 for a scalar. */
export function channelCount(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** Gives the bounds of one channel. */
export function boundsAt(bounds: Bounds, channel: number): readonly [min: bigint, max: bigint] {
  const index = bounds.min.length === 1 ? 0 : channel;
  return [bounds.min[index] ?? 0n, bounds.max[index] ?? 0n];
}

/** Builds bounds channel by channel. */
export function boundsOf(channels: number, at: (channel: number) => readonly [bigint, bigint]): Bounds {
  const pairs = Array.from({ length: channels }, (_, channel) => at(channel));
  return { min: pairs.map(pair => pair[0]), max: pairs.map(pair => pair[1]) };
}

/** Gives the single interval that holds every channel. */
export function hull(bounds: Bounds): readonly [min: bigint, max: bigint] {
  let [min, max] = boundsAt(bounds, 0);
  for (const value of bounds.min) if (value < min) min = value;
  for (const value of bounds.max) if (value > max) max = value;
  return [min, max];
}

/** Gives the largest magnitude within bounds. */
export function magnitude(bounds: Bounds): bigint {
  const [min, max] = hull(bounds);
  return maximum(absolute(min), absolute(max));
}

/** Gives the range that the circuit proves of an input: 0 to 2^bits - 1, or the two's-complement range. */
export function provenRange(bits: number, signed: boolean): readonly [min: bigint, max: bigint] {
  const size = 1n << BigInt(bits);
  return signed ? [-(size / 2n), size / 2n - 1n] : [0n, size - 1n];
}

/** Multiplies an interval by an integer. */
export function scaleInterval(
  interval: readonly [bigint, bigint],
  factor: bigint,
): readonly [bigint, bigint] {
  const [min, max] = interval;
  return factor < 0n ? [max * factor, min * factor] : [min * factor, max * factor];
}

/** Bounds of a dense layer: every unit attains them when all inputs are independent. */
export function denseBounds({ weights, bias }: QuantDenseOp, input: Bounds): Bounds {
  return linearBounds({ weights, bias, groups: 1, groupChannels: weights.length / bias.length }, input);
}

/** Bounds of a convolution per filter, over all positions; with padding, a tap may also read zero. */
export function conv2dBounds(op: QuantConv2dOp, input: Bounds, channels: number): Bounds {
  const { kernel, bias, groups } = op;
  const read = isPadded(op.padding) ? withZero(input) : input;
  return linearBounds({ weights: kernel, bias, groups, groupChannels: channels / groups }, read);
}

/** Bounds of the forms of a bilinear layer, one for each sum and hub. */
export function formBounds({ kernel, bias, cells }: QuantBilinearOp, values: Bounds): Bounds {
  return linearBounds(
    { weights: kernel, bias, groups: cells, groupChannels: kernel.length / bias.length },
    values,
  );
}

/** Rows of weights, one for each tap and channel of a group, with a weight for each output. */
interface LinearForms {
  readonly weights: Int32Array;
  readonly bias: readonly bigint[];
  readonly groups: number;
  readonly groupChannels: number;
}

function linearBounds(forms: LinearForms, input: Bounds): Bounds {
  return linearBoundsInNumbers(forms, input) ?? linearBoundsInBigints(forms, input);
}

/** Undefined when a sum may outgrow what doubles hold exactly. */
function linearBoundsInNumbers(forms: LinearForms, input: Bounds): Bounds | undefined {
  const { weights, bias, groups, groupChannels } = forms;
  const outputs = bias.length;
  const [norms, min, max] = [0, 1, 2].map(() => new Float64Array(outputs)) as [Sums, Sums, Sums];
  const bounds = Array.from({ length: groups * groupChannels }, (_, channel) =>
    boundsAt(input, channel).map(Number),
  ) as [number, number][];
  for (let row = 0; row * outputs < weights.length; row++) {
    for (let group = 0; group < groups; group++) {
      const [low, high] = bounds[group * groupChannels + (row % groupChannels)] as [number, number];
      const end = ((group + 1) * outputs) / groups;
      for (let output = (group * outputs) / groups; output < end; output++) {
        const weight = weights[row * outputs + output] as number;
        norms[output] = (norms[output] as number) + Math.abs(weight);
        min[output] = (min[output] as number) + weight * (weight < 0 ? high : low);
        max[output] = (max[output] as number) + weight * (weight < 0 ? low : high);
      }
    }
  }
  const norm = norms.reduce((largest, value) => Math.max(largest, value), 0);
  if (norm * Number(magnitude(input)) >= SAFE_LIMIT) return undefined;
  return boundsOf(outputs, output => {
    const offset = bias[output] ?? 0n;
    return [BigInt(min[output] ?? 0) + offset, BigInt(max[output] ?? 0) + offset];
  });
}

type Sums = Float64Array;

function linearBoundsInBigints(forms: LinearForms, input: Bounds): Bounds {
  const { weights, bias, groups, groupChannels } = forms;
  const outputs = bias.length;
  const min = [...bias];
  const max = [...bias];
  for (let cell = 0; cell < weights.length; cell++) {
    const output = cell % outputs;
    const group = Math.floor((output * groups) / outputs);
    const interval = boundsAt(input, group * groupChannels + (Math.floor(cell / outputs) % groupChannels));
    const [low, high] = scaleInterval(interval, BigInt(weights[cell] ?? 0));
    min[output] = (min[output] ?? 0n) + low;
    max[output] = (max[output] ?? 0n) + high;
  }
  return { min, max };
}

/** Bounds of a per-channel affine map. */
export function affineBounds(op: QuantAffineOp, input: Bounds): Bounds {
  return boundsOf(op.scale.length, channel => {
    const shift = op.shift[channel] ?? 0n;
    const [min, max] = scaleInterval(boundsAt(input, channel), op.scale[channel] ?? 0n);
    return [min + shift, max + shift];
  });
}

/** Bounds of zero padding: zero joins every channel. */
export function withZero(input: Bounds): Bounds {
  return {
    min: input.min.map(value => minimum(value, 0n)),
    max: input.max.map(value => maximum(value, 0n)),
  };
}

/** Bounds of sum_i x_i * multipliers[i], channel by channel. */
export function sumBounds(multipliers: readonly bigint[], operands: readonly Bounds[]): Bounds {
  const channels = Math.max(...operands.map(operand => operand.min.length));
  return boundsOf(channels, channel => {
    const parts = operands.map((operand, i) =>
      scaleInterval(boundsAt(operand, channel), multipliers[i] ?? 1n),
    );
    return parts.reduce((sum, part) => [sum[0] + part[0], sum[1] + part[1]] as const, [0n, 0n] as const);
  });
}

/** Bounds of a concatenation: side by side along the last axis, a hull per channel along any other. */
export function concatBounds(
  options: {
    readonly axis: number;
    readonly multipliers: readonly bigint[];
    readonly shapes: readonly Shape[];
  },
  operands: readonly Bounds[],
): Bounds {
  const { axis, multipliers, shapes } = options;
  const rank = shapes[0]?.length ?? 0;
  const scaled = operands.map((operand, i) =>
    boundsOf(axis === rank - 1 ? channelCount(shapes[i] ?? []) : operand.min.length, channel =>
      scaleInterval(boundsAt(operand, channel), multipliers[i] ?? 1n),
    ),
  );
  if (axis === rank - 1) return { min: scaled.flatMap(b => b.min), max: scaled.flatMap(b => b.max) };
  const channels = Math.max(...scaled.map(operand => operand.min.length));
  return boundsOf(channels, channel => {
    const pairs = scaled.map(operand => boundsAt(operand, channel));
    const [first = [0n, 0n] as const] = pairs;
    return [minimum(first[0], ...pairs.map(p => p[0])), maximum(first[1], ...pairs.map(p => p[1]))];
  });
}

/**
 * Bounds of a row-major reshape. Element e has input channel e mod c and output channel e mod d, so output channel o
 * holds only input channels that equal o modulo gcd(c, d): flattening [h, w, c] keeps exact bounds per element.
 */
export function reshapeBounds(input: Bounds, from: Shape, to: Shape): Bounds {
  if (input.min.length === 1) return input;
  const channels = channelCount(from);
  const step = greatestCommonDivisor(channels, channelCount(to));
  const classes = boundsOf(step, residue => {
    const members = Array.from({ length: channels / step }, (_, i) => boundsAt(input, residue + i * step));
    const [first = [0n, 0n] as const] = members;
    return [minimum(first[0], ...members.map(m => m[0])), maximum(first[1], ...members.map(m => m[1]))];
  });
  return boundsOf(channelCount(to), channel => boundsAt(classes, channel % step));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Bounds of a transposition: kept when the last axis stays last, else one hull for the whole tensor. */
export function transposeBounds(input: Bounds, permutation: readonly number[]): Bounds {
  const last = permutation.length - 1;
  if (permutation[last] === last) return input;
  const [min, max] = hull(input);
  return { min: [min], max: [max] };
}
