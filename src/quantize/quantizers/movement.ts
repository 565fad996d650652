/** Rearrangements, and scales with a constant for each element: linear, without a constraint. */
import type { RearrangeOp, ScaleOp } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount, scaleInterval } from '../bounds.ts';
import { append, bitsFor, frameOf, type Value } from '../builder.ts';
import { withoutOffset } from '../frame.ts';
import { exponentOf, maximum, minimum, roundScaled } from '../integers.ts';
import type { QuantRearrangeOp } from '../operators/types.ts';
import type { Bounds } from '../types.ts';
import type { Quantizer } from './rule.ts';

/** Quantises a rearrangement; where it puts zeros, zero must first mean zero. */
export const quantizeRearrange: Quantizer<RearrangeOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = op.indices.includes(-1) ? withoutOffset(builder, operand) : operand;
  const { scaleBits } = x.node;
  const bounds = rearrangeBounds(op, x);
  const draft = { name: node.name, op, shape: node.shape, scaleBits, bounds, frame: frameOf(x.node) };
  return append(builder, draft, [x]);
};

/** Per channel of the result, the hull of what its elements read. */
export function rearrangeBounds(op: QuantRearrangeOp, x: Value): Bounds {
  const channels = channelCount(op.shape);
  const sources = channelCount(x.node.shape);
  const hulls: [bigint, bigint][] = [];
  for (const [i, index] of op.indices.entries()) {
    const [min, max] = index < 0 ? [0n, 0n] : boundsAt(x.node.bounds, index % sources);
    const hull = hulls[i % channels];
    hulls[i % channels] = hull === undefined ? [min, max] : [minimum(hull[0], min), maximum(hull[1], max)];
  }
  return boundsOf(channels, channel => hulls[channel] ?? [0n, 0n]);
}

/** Quantises a scale by element, as an affine layer by channel is. */
export const quantizeScale: Quantizer<ScaleOp> = (builder, { node, op, operands }) => {
  const [x] = operands as readonly [Value];
  const frame = frameOf(x.node);
  const factors = listOf(op.factor);
  const shifts = listOf(op.shift);
  const count = Math.max(factors.length, shifts.length);
  const at = (values: readonly number[], i: number): number => values[values.length === 1 ? 0 : i] ?? 0;
  const { weightBits, freeWeightBits } = builder.options;
  const largest = factors.reduce((best, value) => Math.max(best, Math.abs(value * frame.factor)), 0);
  const bits =
    builder.isExact || largest === 0
      ? 0
      : bitsFor(builder, node, weightBits, freeWeightBits) - exponentOf(largest);
  const scaleBits = x.node.scaleBits + bits;
  const factor = factors.map(value => roundScaled(value * frame.factor, bits));
  const shift = Array.from({ length: frame.offset === 0 ? shifts.length : count }, (_, i) =>
    roundScaled(at(shifts, i) + frame.offset * at(factors, i), scaleBits),
  );
  const bounds = scaleBounds({ factor, shift }, x, channelCount(node.shape));
  const quantised = { kind: 'scale', factor, shift } as const;
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
};

function listOf(value: number | Float32Array): number[] {
  return typeof value === 'number' ? [value] : Array.from(value);
}

function scaleBounds(
  { factor, shift }: { readonly factor: readonly bigint[]; readonly shift: readonly bigint[] },
  x: Value,
  channels: number,
): Bounds {
  const count = x.node.shape.reduce((product, size) => product * size, 1);
  const at = (values: readonly bigint[], i: number): bigint => values[values.length === 1 ? 0 : i] ?? 0n;
  const isUniform = factor.length === 1 && shift.length === 1;
  return boundsOf(channels, channel => {
    const interval = boundsAt(x.node.bounds, channel);
    let hull: readonly [bigint, bigint] | undefined;
    for (let i = channel; i < (isUniform ? channel + 1 : count); i += channels) {
      const [low, high] = scaleInterval(interval, at(factor, i));
      const [min, max] = [low + at(shift, i), high + at(shift, i)];
      hull = hull === undefined ? [min, max] : [minimum(hull[0], min), maximum(hull[1], max)];
    }
    return hull ?? [0n, 0n];
  });
}
