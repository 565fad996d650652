/**
 * Activations and comparisons: where scales are cut and where bits are paid for.
 *
 * The cut is chosen from the samples (calibration data or probes), so that the largest value seen keeps
 * `activationBits` bits. The proven width is chosen from the exact bounds, or, on request, from calibration data: the
 * circuit proves it either way, so a wrong guess can only make an input unprovable, never a proof wrong.
 */
import type { LeakyReluOp, Node, Pool2dOp, ReluOp } from '../graph/index.ts';
import { boundsAt, boundsOf, channelCount, hull } from './bounds.ts';
import { append, type Builder, bitsFor, checkWidth, frameOf, MAX_SHIFT_BITS, type Value } from './builder.ts';
import { withPlainSign } from './frame.ts';
import { absolute, bitLength, cut, maximum, minimum, roundScaled } from './integers.ts';
import { observeBounds, observeDifferences } from './observe.ts';
import { magnitudeProvedByActivation } from './operators/lanes.ts';
import { packProducts } from './quantizers/packing.ts';
import { slopeFraction } from './slope.ts';
import type { Bounds, QuantLeakyReluOp, QuantMaxPool2dOp, QuantReluOp, SignKnowledge } from './types.ts';
import { countTaps, windowOf } from './window.ts';

/** Quantises a ReLU, with or without cap. */
export function quantizeRelu(builder: Builder, node: Node, op: ReluOp, operand: Value): Value {
  const x = withPlainSign(builder, operand);
  const frame = frameOf(x.node);
  const capAt = (bits: number): bigint | undefined =>
    op.max === undefined ? undefined : maximum(1n, roundScaled(op.max / frame.factor, bits));
  const seen = seenPositive(x);
  const cap = capAt(x.node.scaleBits);
  const shiftBits = shiftFor(builder, node, cap === undefined ? seen : minimum(seen, cap));
  const scaleBits = x.node.scaleBits - shiftBits;
  const proof = proveCut(builder, node, x, shiftBits);
  const quantised: QuantReluOp = {
    kind: 'relu',
    shiftBits,
    quotientBits: proof.quotientBits,
    sign: proof.sign,
    ...capFields(builder, capAt(scaleBits), proof.bounds),
  };
  const limit = quantised.max;
  const bounds = boundsOf(proof.sign.length, channel => {
    const [min, max] = boundsAt(proof.bounds, channel).map(t => maximum(0n, t)) as [bigint, bigint];
    return limit === undefined ? [min, max] : [minimum(min, limit), minimum(max, limit)];
  });
  packOperand(builder, x, quantised);
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
}

/** Lets products that an activation reads share constraints. */
export function packOperand(builder: Builder, x: Value, op: QuantReluOp | QuantLeakyReluOp): void {
  const proved = magnitudeProvedByActivation(op);
  if (proved !== undefined) packProducts(builder, x, proved);
}

/** Quantises a leaky ReLU; the slope becomes the nearest fraction with a binary denominator. */
export function quantizeLeakyRelu(builder: Builder, node: Node, op: LeakyReluOp, operand: Value): Value {
  const x = withPlainSign(builder, operand);
  const { numerator, slopeBits } = slopeFraction(op.slope);
  const shiftBits = shiftFor(builder, node, seenMagnitude(x));
  const proof = proveCut(builder, node, x, shiftBits);
  const quantised: QuantLeakyReluOp = {
    kind: 'leaky-relu',
    shiftBits,
    numerator,
    slopeBits,
    quotientBits: proof.quotientBits,
    sign: proof.sign,
  };
  const apply = (t: bigint): bigint => (t < 0n ? t * BigInt(numerator) : t << BigInt(slopeBits));
  const bounds = boundsOf(proof.sign.length, channel => {
    const [min, max] = boundsAt(proof.bounds, channel);
    const corners = min < 0n && max > 0n ? [0n, apply(min), apply(max)] : [apply(min), apply(max)];
    return [minimum(apply(min), ...corners), maximum(apply(min), ...corners)];
  });
  packOperand(builder, x, quantised);
  const scaleBits = x.node.scaleBits - shiftBits + slopeBits;
  const frame = frameOf(x.node);
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
}

/** Quantises a max-pool: differences of two elements of one channel are what its comparisons prove. */
export function quantizeMaxPool(builder: Builder, node: Node, op: Pool2dOp, operand: Value): Value {
  const x = frameOf(operand.node).factor > 0 ? operand : withPlainSign(builder, operand);
  const window = windowOf(op);
  const isTrivial = countTaps(window, x.node.shape, node.shape).every(count => count === 1);
  const channels = channelCount(node.shape);
  const exact = Array.from({ length: channels }, (_, channel) => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    return isTrivial ? 0 : bitLength(max - min);
  });
  const seen = () => observeDifferences(x, window, node.shape);
  const differenceBits = fitLookups(builder, calibrateBits(builder, exact, seen));
  for (const bits of differenceBits) checkWidth(node.name, op.kind, bits);
  const { poolSize, strides, padding } = op;
  const quantised: QuantMaxPool2dOp = { kind: 'max-pool2d', poolSize, strides, padding, differenceBits };
  const { scaleBits, bounds } = x.node;
  const frame = frameOf(x.node);
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame }, [
    x,
  ]);
}

/** Quantises an argmax: the running best may be any earlier element. */
export function quantizeArgmax(builder: Builder, node: Node, operand: Value): Value {
  const x = frameOf(operand.node).factor > 0 ? operand : withPlainSign(builder, operand);
  const count = channelCount(x.node.shape);
  let [bestMin, bestMax] = boundsAt(x.node.bounds, 0);
  let widest = 0n;
  for (let i = 1; i < count; i++) {
    const [min, max] = boundsAt(x.node.bounds, i);
    widest = maximum(widest, absolute(min - bestMax - 1n), absolute(max - bestMin - 1n));
    [bestMin, bestMax] = [maximum(bestMin, min), maximum(bestMax, max)];
  }
  const calibrated = calibrateBits(builder, [bitLength(widest)], () => {
    const [min, max] = hull(observeBounds(x));
    return [max - min + 1n];
  });
  const [differenceBits = 0] = fitLookups(builder, calibrated);
  checkWidth(node.name, 'argmax', differenceBits);
  const bounds: Bounds = { min: [0n], max: [BigInt(count - 1)] };
  const op = { kind: 'argmax', differenceBits } as const;
  return append(builder, { name: node.name, op, shape: node.shape, scaleBits: 0, bounds }, [x]);
}

/** The largest positive value seen; where none was, the largest possible one. */
function seenPositive(x: Value): bigint {
  const [, seen] = hull(observeBounds(x));
  return seen > 0n ? seen : maximum(0n, hull(x.node.bounds)[1]);
}

export function seenMagnitude(x: Value): bigint {
  const [min, max] = hull(observeBounds(x));
  return maximum(absolute(min), absolute(max));
}

/**
 * The cut under which the reference value keeps as many bits as the options ask for; a few more where lookups want the cut
 * to be a multiple of their width.
 */
export function shiftFor(builder: Builder, node: Node, reference: bigint): number {
  const { activationBits, freeActivationBits, lookupWidth } = builder.options;
  const bits = Math.min(
    MAX_SHIFT_BITS,
    Math.max(0, bitLength(reference) - bitsFor(builder, node, activationBits, freeActivationBits)),
  );
  return bits < lookupWidth ? bits : bits - (bits % Math.max(1, lookupWidth));
}

/** What an activation proves of t, and what follows. */
interface CutProof {
  readonly quotientBits: readonly number[];
  readonly sign: readonly SignKnowledge[];
  /** Bounds of t that follow from the operand's bounds and from |t| < 2^quotientBits. */
  readonly bounds: Bounds;
}

export function proveCut(builder: Builder, node: Node, x: Value, shiftBits: number): CutProof {
  const channels = channelCount(node.shape);
  const exact = boundsOf(channels, channel => {
    const [min, max] = boundsAt(x.node.bounds, channel);
    return [cut(min, shiftBits), cut(max, shiftBits)];
  });
  const sign = exact.min.map((min, channel) => signOf(min, exact.max[channel] ?? 0n));
  const exactBits = exact.min.map((min, channel) =>
    bitLength(maximum(absolute(min), absolute(exact.max[channel] ?? 0n))),
  );
  const calibratedBits = calibrateBits(builder, exactBits, () => {
    const seen = observeBounds(x);
    return Array.from({ length: channels }, (_, channel) => {
      const [min, max] = boundsAt(seen, channel);
      return maximum(absolute(cut(min, shiftBits)), absolute(cut(max, shiftBits)));
    });
  });
  const fittedBits = fitLookups(builder, calibratedBits);
  const quotientBits = fittedBits.map((bits, channel) =>
    isProved(node.op.kind, sign[channel], shiftBits) ? bits : (exactBits[channel] ?? bits),
  );
  for (const bits of quotientBits) checkWidth(node.name, node.op.kind, bits + shiftBits);
  const bounds = boundsOf(channels, channel => {
    const [min, max] = boundsAt(exact, channel);
    const limit = (1n << BigInt(quotientBits[channel] ?? 0)) - 1n;
    return [maximum(min, -limit), minimum(max, limit)];
  });
  return { quotientBits, sign, bounds };
}

/** Whether the circuit proves anything of a channel: not where the bounds alone say what the result is. */
function isProved(kind: string, sign: SignKnowledge | undefined, shiftBits: number): boolean {
  if (kind === 'relu' && sign === 'non-positive') return false;
  return sign === 'any' || shiftBits > 0;
}

function signOf(min: bigint, max: bigint): SignKnowledge {
  if (max <= 0n) return 'non-positive';
  return min >= 0n ? 'non-negative' : 'any';
}

/** A channel's calibrated width lies at most so many bits below the widest channel's: a quiet channel may wake. */
const CHANNEL_SPREAD_BITS = 4;

/** Narrows exact widths to those seen plus the margin, when calibrated widths are asked for. */
export function calibrateBits(
  builder: Builder,
  exactBits: readonly number[],
  seen: () => readonly bigint[],
): number[] {
  const { widths, marginBits } = builder.options;
  if (widths === 'exact') return [...exactBits];
  const seenBits = seen().map(bitLength);
  const floor = Math.max(...seenBits) - CHANNEL_SPREAD_BITS;
  return exactBits.map((bits, channel) =>
    Math.min(bits, Math.max(seenBits[channel] ?? 0, floor) + marginBits),
  );
}

/** Widens what is proved to whole limbs: a wider range is as sound, and takes no more lookups. */
export function fitLookups({ options }: Builder, bits: readonly number[]): number[] {
  const unit = Math.max(1, options.lookupWidth);
  return bits.map(width => Math.ceil(width / unit) * unit);
}

/** The cap, unless no channel can reach it. */
export function capFields(
  builder: Builder,
  cap: bigint | undefined,
  t: Bounds,
): Pick<QuantReluOp, 'max' | 'capBits'> {
  if (cap === undefined || hull(t)[1] <= cap) return {};
  const capBits = t.max.map(max => (max <= cap ? 0 : bitLength(maximum(cap, max - cap))));
  return { max: cap, capBits: fitLookups(builder, capBits) };
}
