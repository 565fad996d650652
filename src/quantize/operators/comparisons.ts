/** Operators that compare two tensors, or a tensor with zero. */
import { channelCount, magnitude } from '../bounds.ts';
import { FREE, gadgets, sumCosts } from '../costs.ts';
import { BIGINTS, COUNTS, listOf, oneOf } from '../field-checks.ts';
import { absolute, maximum } from '../integers.ts';
import { checkLimit, type KernelContext, mapCells, type Operand } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { QuantCompareOp, QuantExtremumOp, QuantMagnitudeOp, QuantWhereOp } from './comparison-types.ts';
import type { CostSubject, QuantDefinition } from './definition.ts';

const SIGNS = listOf(oneOf('any', 'non-negative', 'non-positive'));

/** Entry of a list with one entry a channel, or a single one for all. */
function at<T>(list: readonly T[], channel: number): T {
  return list[list.length === 1 ? 0 : channel] as T; // lists are as long as there are channels
}

/** Twice the largest operand at the largest multiplier, and one: the widest difference. */
function widestDifference(
  { multipliers }: { readonly multipliers: readonly bigint[] },
  operands: readonly QuantNode[],
): number {
  const inputs = maximum(1n, ...operands.map(operand => magnitude(operand.bounds)));
  return Number(3n * inputs * maximum(1n, ...multipliers.map(absolute)) + 1n);
}

function cellsOf<T>(context: KernelContext<T>, operand: number): Operand<T>['cells'] {
  return (context.operands[operand] as Operand<T>).cells; // as many operands as the operator takes
}

/** The elements of both operands, at their common scale. */
function mapPairs<T>(
  context: KernelContext<T>,
  multipliers: readonly bigint[],
  map: (a: T, b: T, channel: number, index: number) => T,
): ReturnType<typeof mapCells<T>> {
  const { from, multiply } = context.arithmetic;
  const [ma, mb] = [from(multipliers[0] ?? 1n), from(multipliers[1] ?? 1n)];
  const second = cellsOf(context, 1);
  return mapCells(context, (value, channel, index) =>
    map(multiply(value, ma), multiply(second[index] as T, mb), channel, index),
  );
}

function lengthsOf(list: readonly unknown[], node: QuantNode): [number, number][] {
  return [[list.length, list.length === 1 ? 1 : channelCount(node.shape)]];
}

/** Rows of comparisons of these many bits, one entry a channel, with some products each. */
function costOfBits(
  estimation: Parameters<typeof gadgets>[0],
  { node }: Pick<CostSubject<unknown>, 'node'>,
  bits: readonly number[],
  rows: { readonly flag: number; readonly products: number },
): typeof FREE {
  const elements = node.shape.reduce((product, size) => product * size, 1);
  return sumCosts(
    bits.map(each => gadgets(estimation, elements / bits.length, [rows.flag, each], rows.products)),
  );
}

export const compare: QuantDefinition<QuantCompareOp> = {
  compute: (context, op) => {
    const { from, less, subtract, add, zero } = context.arithmetic;
    const one = from(1n);
    const limits = op.differenceBits.map(bits => from(1n << BigInt(bits)));
    const isStrict = op.relation === 'greater' || op.relation === 'less';
    const isSwapped = op.relation === 'less' || op.relation === 'less-or-equal';
    return mapPairs(context, op.multipliers, (a, b, channel, index) => {
      if (op.relation === 'equal') return less(a, b) || less(b, a) ? zero : one;
      const difference = isSwapped ? subtract(b, a) : subtract(a, b);
      const d = isStrict ? subtract(difference, one) : difference;
      const isNegative = less(d, zero);
      checkLimit(context, isNegative ? add(d, one) : d, { limit: at(limits, channel), channel, index });
      return isNegative ? zero : one;
    });
  },
  largestPartial: widestDifference,
  print: op =>
    op.relation === 'equal'
      ? op.relation
      : `${op.relation}, differences ${Math.max(...op.differenceBits)} bits`,
  fields: {
    relation: oneOf('greater', 'greater-or-equal', 'less', 'less-or-equal', 'equal'),
    multipliers: BIGINTS,
    differenceBits: COUNTS,
  },
  lengths: (op, node) => [[op.multipliers.length, 2], ...lengthsOf(op.differenceBits, node)],
  cost: (estimation, subject) =>
    subject.op.relation === 'equal'
      ? costOfBits(estimation, subject, [0], { flag: 0, products: 2 })
      : costOfBits(estimation, subject, subject.op.differenceBits, { flag: 1, products: 0 }),
};

export const extremum: QuantDefinition<QuantExtremumOp> = {
  compute: (context, op) => {
    const { from, less, subtract } = context.arithmetic;
    const limits = op.differenceBits.map(bits => from(1n << BigInt(bits)));
    return mapPairs(context, op.multipliers, (a, b, channel, index) => {
      checkLimit(context, subtract(a, b), { limit: at(limits, channel), channel, index });
      return less(a, b) === (op.kind === 'maximum') ? b : a;
    });
  },
  largestPartial: widestDifference,
  print: op => `differences ${Math.max(...op.differenceBits)} bits`,
  fields: { multipliers: BIGINTS, differenceBits: COUNTS },
  lengths: (op, node) => [[op.multipliers.length, 2], ...lengthsOf(op.differenceBits, node)],
  cost: (estimation, subject) =>
    costOfBits(estimation, subject, subject.op.differenceBits, { flag: 0, products: 1 }),
};

export const magnitudes: QuantDefinition<QuantMagnitudeOp> = {
  compute: (context, op) => {
    const { from, less, subtract, add, zero } = context.arithmetic;
    const one = from(1n);
    const limits = op.magnitudeBits.map(bits => from(1n << BigInt(bits)));
    return mapCells(context, (value, channel, index) => {
      const isNegative = less(value, zero);
      const size = isNegative ? subtract(zero, value) : value;
      const checked = isNegative && op.kind === 'sign' ? add(value, one) : value;
      checkLimit(context, checked, { limit: at(limits, channel), channel, index });
      if (op.kind === 'abs') return size;
      if (isNegative) return subtract(zero, one);
      return less(zero, value) ? one : zero;
    });
  },
  print: op => `${Math.max(...op.magnitudeBits)} bits`,
  fields: { magnitudeBits: COUNTS, sign: SIGNS },
  lengths: (op, node) => [...lengthsOf(op.magnitudeBits, node), [op.sign.length, op.magnitudeBits.length]],
  cost: (estimation, subject) => {
    const { op } = subject;
    const bits = op.magnitudeBits.filter((_, channel) => op.kind === 'sign' || op.sign[channel] === 'any');
    if (bits.length === 0) return FREE;
    const share = bits.length / op.magnitudeBits.length;
    const rows = op.kind === 'sign' ? { flag: 1, products: 2 } : { flag: 0, products: 1 };
    const cost = costOfBits(estimation, subject, bits, rows);
    return {
      gadgetCount: cost.gadgetCount * share,
      rowCount: cost.rowCount * share,
      linearCount: cost.linearCount * share,
      linearBits: cost.linearBits * share,
    };
  },
};

export const where: QuantDefinition<QuantWhereOp> = {
  compute: (context, op) => {
    const { add, multiply, subtract, from } = context.arithmetic;
    const [ma, mb, base] = op.multipliers.map(from) as [never, never, never];
    const [first, second] = [cellsOf(context, 1), cellsOf(context, 2)];
    return mapCells(context, (condition, _channel, index) => {
      const [a, b] = [first[index] as typeof condition, second[index] as typeof condition];
      const difference = subtract(multiply(a, ma), multiply(b, mb));
      return add(multiply(b, base), multiply(condition, difference));
    });
  },
  largestPartial: (op, [condition, ...others]) =>
    widestDifference(op, others) * (1 + Number(condition === undefined ? 1n : magnitude(condition.bounds))),
  fields: { multipliers: BIGINTS },
  lengths: op => [[op.multipliers.length, 3]],
  cost: (_estimation, { node }) => {
    const count = node.shape.reduce((product, size) => product * size, 1);
    return { ...FREE, gadgetCount: count, rowCount: count };
  },
};
