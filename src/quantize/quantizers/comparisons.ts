/**
 * Comparisons and choices. Two operands are brought to the finest of their scales by powers of two; a factor that both
 * frames share stays, since it changes no order.
 */

import { BionoirError } from '../../errors.ts';
import type {
  CompareOp,
  EmbeddingOp,
  ExtremumOp,
  MagnitudeOp,
  Node,
  PreluOp,
  TopKOp,
  WhereOp,
} from '../../graph/index.ts';
import { calibrateBits, fitLookups, proveCut, seenMagnitude, shiftFor } from '../activation.ts';
import { boundsAt, boundsOf, channelCount, hull, magnitude, scaleInterval } from '../bounds.ts';
import { append, type Builder, bitsFor, checkWidth, frameOf, type Value } from '../builder.ts';
import { withoutFrame, withPlainSign } from '../frame.ts';
import { absolute, bitLength, exponentOf, maximum, minimum } from '../integers.ts';
import { observeBounds } from '../observe.ts';
import { slopeFraction } from '../slope.ts';
import type { Bounds, Frame, QuantLeakyReluOp } from '../types.ts';
import type { Quantizer, Subject } from './rule.ts';

/** Two operands at one scale. */
interface Aligned {
  readonly a: Value;
  readonly b: Value;
  readonly scaleBits: number;
  readonly frame: Frame;
  /** Powers of two. */
  readonly multipliers: readonly [bigint, bigint];
}

/** A difference of two aligned operands fits the field, whatever width is proved of it. */
function align(builder: Builder, node: Node, [first, second]: readonly [Value, Value]): Aligned {
  const [left, right] = [frameOf(first.node), frameOf(second.node)];
  const isShared = left.factor === right.factor && left.offset === right.offset && left.factor > 0;
  const a = isShared ? first : withoutFrame(builder, first);
  const b = isShared ? second : withoutFrame(builder, second);
  const scaleBits = Math.max(a.node.scaleBits, b.node.scaleBits);
  const multipliers = [a, b].map(x => 1n << BigInt(scaleBits - x.node.scaleBits)) as [bigint, bigint];
  for (const [i, x] of [a, b].entries())
    checkWidth(node.name, node.op.kind, bitLength(magnitude(x.node.bounds) * (multipliers[i] ?? 1n)));
  return { a, b, scaleBits, frame: isShared ? left : { factor: 1, offset: 0 }, multipliers };
}

type Interval = readonly [min: bigint, max: bigint];

/** Bounds of both operands at their common scale. */
function intervalsAt({ a, b, multipliers }: Aligned, channel: number): readonly [a: Interval, b: Interval] {
  return [
    scaleInterval(boundsAt(a.node.bounds, channel), multipliers[0]),
    scaleInterval(boundsAt(b.node.bounds, channel), multipliers[1]),
  ];
}

/** Magnitudes of a - b - 1, a - b and b - a - 1 that may occur, in one number a channel. */
function differenceBits(
  builder: Builder,
  { name, kind }: { name: string; kind: string },
  aligned: Aligned,
): number[] {
  const channels = Math.max(channelCount(aligned.a.node.shape), 1);
  const exact = Array.from({ length: channels }, (_, channel) => {
    const [a, b] = intervalsAt(aligned, channel);
    return bitLength(maximum(absolute(a[1] - b[0]), absolute(b[1] - a[0])));
  });
  const calibrated = calibrateBits(builder, exact, () => seenDifferences(aligned, channels));
  const bits = fitLookups(builder, calibrated);
  for (const each of bits) checkWidth(name, kind, each);
  return bits.every(each => each === bits[0]) ? bits.slice(0, 1) : bits;
}

function seenDifferences({ a, b, multipliers }: Aligned, channels: number): bigint[] {
  const widest = new Array<bigint>(channels).fill(0n);
  for (const [sample, { data }] of a.samples.entries()) {
    const other = b.samples[sample]?.data ?? [];
    for (const [i, value] of data.entries()) {
      const difference = absolute(BigInt(value) * multipliers[0] - BigInt(other[i] ?? 0) * multipliers[1]);
      const channel = i % channels;
      widest[channel] = maximum(widest[channel] ?? 0n, difference);
    }
  }
  return widest;
}

/** Quantises a comparison of two tensors: zeros and ones. */
export const quantizeCompare: Quantizer<CompareOp> = (builder, { node, op, operands }) => {
  const [first, second] = operands as readonly [Value, Value];
  const aligned = align(builder, node, [first, second]);
  const bits =
    op.relation === 'equal' ? [0] : differenceBits(builder, { name: node.name, kind: op.kind }, aligned);
  const { relation } = op;
  const { multipliers } = aligned;
  const quantised = { kind: 'compare', relation, multipliers, differenceBits: bits } as const;
  const bounds: Bounds = { min: [0n], max: [1n] };
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits: 0, bounds };
  return append(builder, draft, [aligned.a, aligned.b]);
};

/** Quantises an element-wise maximum or minimum. */
export const quantizeExtremum: Quantizer<ExtremumOp> = (builder, { node, op, operands }) => {
  const [first, second] = operands as readonly [Value, Value];
  const aligned = align(builder, node, [first, second]);
  const { a, b, multipliers, scaleBits, frame } = aligned;
  const bits = differenceBits(builder, { name: node.name, kind: op.kind }, aligned);
  const pick = op.kind === 'maximum' ? maximum : minimum;
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const [left, right] = intervalsAt(aligned, channel);
    return [pick(left[0], right[0]), pick(left[1], right[1])];
  });
  const quantised = { kind: op.kind, multipliers, differenceBits: bits } as const;
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame };
  return append(builder, draft, [a, b]);
};

/** Quantises a magnitude or a sign. */
export const quantizeMagnitude: Quantizer<MagnitudeOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withPlainSign(builder, operand);
  const channels = channelCount(node.shape);
  const pairs = Array.from({ length: channels }, (_, channel) => boundsAt(x.node.bounds, channel));
  const exact = pairs.map(([min, max]) => bitLength(maximum(absolute(min), absolute(max))));
  const calibrated = calibrateBits(builder, exact, () => {
    const seen = observeBounds(x);
    return pairs
      .map((_, channel) => boundsAt(seen, channel))
      .map(([min, max]) => maximum(absolute(min), absolute(max)));
  });
  const sign = pairs.map(([min, max]) => {
    if (min >= 0n) return 'non-negative' as const;
    return max <= 0n ? ('non-positive' as const) : ('any' as const);
  });
  // what is as large as the operand, or its negative, proves nothing: only the exact width is true of it
  const isProved = (channel: number): boolean => op.kind === 'sign' || sign[channel] === 'any';
  const magnitudeBits = fitLookups(builder, calibrated).map((bits, channel) =>
    isProved(channel) ? bits : (exact[channel] ?? bits),
  );
  for (const bits of magnitudeBits) checkWidth(node.name, op.kind, bits);
  const quantised = { kind: op.kind, magnitudeBits, sign } as const;
  const draft = { name: node.name, op: quantised, shape: node.shape };
  if (op.kind === 'sign')
    return append(builder, { ...draft, scaleBits: 0, bounds: { min: [-1n], max: [1n] } }, [x]);
  const bounds = boundsOf(channels, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    const limit = (1n << BigInt(magnitudeBits[channel] ?? 0)) - 1n;
    const least = min < 0n && max > 0n ? 0n : minimum(absolute(min), absolute(max));
    return [least, minimum(limit, maximum(absolute(min), absolute(max)))];
  });
  return append(builder, { ...draft, scaleBits: x.node.scaleBits, bounds, frame: frameOf(x.node) }, [x]);
};

/**
 * Quantises a choice by a condition. A condition at scale 2^s is 0 or 2^s: the output's scale grows by s, and what stands
 * for "no" is multiplied by 2^s.
 */
export const quantizeWhere: Quantizer<WhereOp> = (builder, { node, operands }) => {
  const [given, yes, no] = operands as readonly [Value, Value, Value];
  const condition = withoutFrame(builder, given);
  const aligned = align(builder, node, [yes, no]);
  const shift = BigInt(Math.max(0, condition.node.scaleBits));
  const [ma, mb] = aligned.multipliers;
  const multipliers = [ma, mb, mb << shift];
  const isCondition = ([min, max]: Interval): boolean => min >= 0n && max <= 1n << shift;
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const [a, b] = intervalsAt(aligned, channel);
    const c = boundsAt(condition.node.bounds, channel);
    const [low, high] = [a, b].map(each => scaleInterval(each, 1n << shift)) as [Interval, Interval];
    if (isCondition(c)) return [minimum(low[0], high[0]), maximum(low[1], high[1])];
    const size = maximum(absolute(c[0]), absolute(c[1]));
    const difference = maximum(absolute(a[1] - b[0]), absolute(b[1] - a[0]));
    return [high[0] - size * difference, high[1] + size * difference];
  });
  const quantised = { kind: 'where', multipliers } as const;
  const scaleBits = aligned.scaleBits + Number(shift);
  const { frame } = aligned;
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame };
  return append(builder, draft, [condition, aligned.a, aligned.b]);
};

/** Quantises a leaky ReLU with a slope for each channel: fractions with one binary denominator. */
export const quantizePrelu: Quantizer<PreluOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withPlainSign(builder, operand);
  const slopeBits = Math.max(0, ...Array.from(op.slopes, slope => slopeFraction(slope).slopeBits));
  const numerators = Array.from(op.slopes, slope => Math.round(slope * 2 ** slopeBits));
  const shiftBits = shiftFor(builder, node, seenMagnitude(x));
  const proof = proveCut(builder, node, x, shiftBits);
  const quantised: QuantLeakyReluOp = {
    kind: 'leaky-relu',
    shiftBits,
    numerator: 0,
    numerators,
    slopeBits,
    quotientBits: proof.quotientBits,
    sign: proof.sign,
  };
  const bounds = boundsOf(channelCount(node.shape), channel => {
    const slope = BigInt(numerators[numerators.length === 1 ? 0 : channel] ?? 0);
    const apply = (t: bigint): bigint => (t < 0n ? t * slope : t << BigInt(slopeBits));
    const [min, max] = boundsAt(proof.bounds, channel);
    const corners = min < 0n && max > 0n ? [0n, apply(min), apply(max)] : [apply(min), apply(max)];
    return [minimum(apply(min), ...corners), maximum(apply(min), ...corners)];
  });
  const scaleBits = x.node.scaleBits - shiftBits + slopeBits;
  const frame = frameOf(x.node);
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
};

/** Quantises the indices of the k largest. */
export const quantizeTopK: Quantizer<TopKOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = frameOf(operand.node).factor > 0 ? operand : withPlainSign(builder, operand);
  const count = channelCount(x.node.shape);
  const [min, max] = hull(x.node.bounds);
  const calibrated = calibrateBits(builder, [bitLength(max - min)], () => {
    const [least, most] = hull(observeBounds(x));
    return [most - least];
  });
  const [bits = 0] = fitLookups(builder, calibrated);
  const indexBits = bitLength(BigInt(count - 1));
  // keys of any two elements differ by less than the field, whatever width is proved
  checkWidth(node.name, op.kind, Math.max(bits, bitLength(max - min)) + indexBits);
  const quantised = { kind: 'top-k', k: op.k, indexBits, differenceBits: bits } as const;
  const bounds: Bounds = { min: [0n], max: [BigInt(count - 1)] };
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits: 0, bounds }, [x]);
};

/**
 * Quantises a table of rows.
 *
 * @throws UNSUPPORTED_OPTION when its numbers are no whole ones.
 */
export const quantizeEmbedding: Quantizer<EmbeddingOp> = (builder, { node, op, operands }) => {
  const [x] = operands as readonly [Value];
  const { factor, offset } = frameOf(x.node);
  if (x.node.scaleBits !== 0 || factor !== 1 || offset !== 0) throw noIndex({ node, op, operands });
  const { weightBits, freeWeightBits } = builder.options;
  const largest = op.table.reduce((best, value) => Math.max(best, Math.abs(value)), 0);
  const scaleBits =
    builder.isExact || largest === 0
      ? 0
      : bitsFor(builder, node, weightBits, freeWeightBits) - exponentOf(largest);
  const table = Int32Array.from(op.table, value => Math.round(value * 2 ** scaleBits));
  const bounds = boundsOf(op.size, column => {
    const entries = Array.from(table)
      .filter((_, i) => i % op.size === column)
      .map(BigInt);
    const [first = 0n] = entries;
    return [minimum(first, ...entries), maximum(first, ...entries)];
  });
  const quantised = { kind: 'embedding', size: op.size, table } as const;
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
};

function noIndex({ node }: Subject<EmbeddingOp>): BionoirError {
  return new BionoirError(
    'UNSUPPORTED_OPTION',
    `Node '${node.name}' (embedding) chooses rows by numbers that are scaled. Give it an input whose domain has scale 1 and offset 0.`,
    { details: { node: node.name }, location: `node '${node.name}'` },
  );
}
