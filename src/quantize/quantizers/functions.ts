/**
 * Unary functions as tables: see src/quantize/function-table.ts for how they are made, and operators/table-types.ts for what
 * they mean. The output is not cut: its scale has the bits of a segment's steps more, which cost a bit each where the
 * next activation cuts them.
 */
import { BionoirError } from '../../errors.ts';
import { type FunctionOp, realFunction } from '../../graph/index.ts';
import { boundsAt, boundsOf, channelCount, hull } from '../bounds.ts';
import { append, type Builder, bitsFor, checkWidth, MAX_SHIFT_BITS, type Value } from '../builder.ts';
import { withoutFrame } from '../frame.ts';
import { designTable } from '../function-table.ts';
import { absolute, bitLength, cut, exponentOf, maximum, minimum } from '../integers.ts';
import { observeBounds } from '../observe.ts';
import { reachOf, segmentBits, tableSize, tableValue } from '../operators/table.ts';
import type { QuantTableOp } from '../operators/table-types.ts';
import type { Bounds } from '../types.ts';
import { cutScale } from './narrow.ts';
import type { Quantizer } from './rule.ts';

/** Bits that a function's output may have beyond `activationBits` where they are free behind it: each costs here. */
const EXTRA_BITS_MAX = 2;
/** Points of the range that was seen, at which the output's magnitude is looked for. */
const MAGNITUDE_POINTS = 64;

/** Quantises a unary function. */
export const quantizeFunction: Quantizer<FunctionOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withoutFrame(builder, operand);
  const unit = 2 ** -x.node.scaleBits;
  const [min, max] = hull(x.node.bounds).map(value => Number(value) * unit) as [number, number];
  const seen = hull(observeBounds(x)).map(value => Number(value) * unit) as [number, number];
  const { activationBits, freeActivationBits } = builder.options;
  const bits = bitsFor(builder, node, activationBits, freeActivationBits);
  const fractionBits = Math.min(bits, activationBits + EXTRA_BITS_MAX) - exponentOf(largestValue(op, seen));
  const last = Math.min(max, lastUseful(op, seen[1]));
  checkReach(node.name, op, last);
  const design = designTable({
    op,
    min,
    max: last,
    fractionBits,
    stepBitsMax: x.node.scaleBits,
  });
  const shiftBits = x.node.scaleBits - design.stepBits;
  if (shiftBits > MAX_SHIFT_BITS) {
    const narrower = cutScale(builder, x, Math.min(MAX_SHIFT_BITS, shiftBits - MAX_SHIFT_BITS));
    return quantizeFunction(builder, { node, op, operands: [narrower] });
  }
  const draft = { kind: 'table', label: labelOf(op), shiftBits, ...design.table } as const;
  const reachBits = reachBitsOf(builder, draft, x);
  const quantised: QuantTableOp = { ...draft, reachBits };
  for (const reach of reachBits)
    checkWidth(node.name, op.name, reach + segmentBits(draft) + draft.lowBits + shiftBits);
  const bounds = tableBounds(quantised, x.node.bounds, channelCount(node.shape));
  const { scaleBits } = design;
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
};

function labelOf({ name, alpha }: FunctionOp): string {
  return name === 'elu' && alpha !== undefined && alpha !== 1 ? `elu ${alpha}` : name;
}

function largestValue(op: FunctionOp, [low, high]: readonly [number, number]): number {
  const f = realFunction(op);
  let largest = 2 ** -8;
  for (let i = 0; i <= MAGNITUDE_POINTS; i++) {
    const value = Math.abs(f(low + ((high - low) * i) / MAGNITUDE_POINTS));
    if (Number.isFinite(value)) largest = Math.max(largest, value);
  }
  return largest;
}

/** Functions that grow without a line to follow keep the value of twice what was seen. */
function lastUseful({ name }: FunctionOp, seen: number): number {
  if (name === 'exp') return seen + 1;
  if (name === 'log' || name === 'sqrt') return Math.max(2 * seen, 2 ** -8);
  return Number.POSITIVE_INFINITY;
}

/** @throws BOUND_TOO_WIDE where the function outgrows a double, as exp does from 710 on. */
function checkReach(name: string, op: FunctionOp, last: number): void {
  if (realFunction(op)(last) !== Number.POSITIVE_INFINITY) return;
  throw new BionoirError(
    'BOUND_TOO_WIDE',
    `Node '${name}' (${op.name}) takes numbers up to ${last.toPrecision(3)}, of which it is beyond all numbers. Normalise its operand.`,
    { details: { node: name, max: last }, location: `node '${name}'` },
  );
}

/** By channel: 0 where every t lies in the table, else the least proof that holds all that may occur. */
function reachBitsOf(builder: Builder, op: Omit<QuantTableOp, 'reachBits'>, x: Value): number[] {
  const { widths, marginBits } = builder.options;
  const seen = widths === 'exact' ? undefined : observeBounds(x);
  return Array.from({ length: channelCount(x.node.shape) }, (_, channel) => {
    const exact = reachFor(op, boundsAt(x.node.bounds, channel));
    if (exact === 0 || seen === undefined) return exact;
    return Math.min(exact, Math.max(1, reachFor(op, boundsAt(seen, channel))) + marginBits);
  });
}

function reachFor(op: Omit<QuantTableOp, 'reachBits'>, [min, max]: readonly [bigint, bigint]): number {
  const [low, high] = [cut(min, op.shiftBits) - op.first, cut(max, op.shiftBits) - op.first];
  if (op.mirrored) {
    const size = maximum(absolute(low), absolute(high));
    return Math.max(0, bitLength(size) - bitLength(tableSize(op) - 1n));
  }
  if (low >= 0n && high < tableSize(op)) return 0;
  for (let bits = 1; ; bits++) {
    const limit = reachOf(op, bits);
    if (low >= -limit && high < limit) return bits;
  }
}

/** Lines take their extremes at the ends of segments. */
function tableBounds(op: QuantTableOp, input: Bounds, channels: number): Bounds {
  const size = tableSize(op);
  return boundsOf(channels, channel => {
    const reach = reachOf(op, op.reachBits[op.reachBits.length === 1 ? 0 : channel] ?? 0);
    const [min, max] = boundsAt(input, channel);
    const low = maximum(cut(min, op.shiftBits), op.first - reach + (op.mirrored ? 1n : 0n));
    const high = minimum(cut(max, op.shiftBits), op.first + reach - 1n);
    const points = [low, high];
    if (low < op.first) points.push(op.first - 1n);
    if (high >= op.first + size) points.push(op.first + size);
    for (let segment = 0; segment < op.bases.length; segment++) {
      const start = op.first + (BigInt(segment) << BigInt(op.lowBits));
      const last = start + (1n << BigInt(op.lowBits)) - 1n;
      points.push(start, last);
      if (op.mirrored) points.push(-start, -last);
    }
    const values = points.filter(t => t >= low && t <= high).map(t => tableValue(op, t));
    const [first = 0n] = values;
    return [minimum(first, ...values), maximum(first, ...values)];
  });
}
