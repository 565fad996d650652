/** The cut of a scale that stands by itself: of either sign, with rounding. */
import { magnitude } from '../bounds.ts';
import { gadgets, sumCosts } from '../costs.ts';
import { BIGINTS, COUNTS, isCount } from '../field-checks.ts';
import { maximum } from '../integers.ts';
import { checkInterval, mapCells } from '../kernel-tools.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantRescaleOp } from './reduction-types.ts';

export const rescale: QuantDefinition<QuantRescaleOp> = {
  compute: (context, op) => {
    const { arithmetic } = context;
    const at = <T>(values: readonly T[], channel: number): T =>
      values[values.length === 1 ? 0 : channel] as T;
    return mapCells(context, (value, channel, index) => {
      const t = arithmetic.cut(value, op.shiftBits);
      const low = at(op.low, channel);
      const high = low + (1n << BigInt(at(op.bits, channel))) - 1n;
      checkInterval(context, t, { low, high, channel, index });
      return t;
    });
  },
  largestPartial: (op, operands) =>
    Number(maximum(0n, ...operands.map(operand => magnitude(operand.bounds)))) + 2 ** op.shiftBits,
  print: op => `cut ${op.shiftBits}, to ${Math.max(...op.bits)} bits`,
  fields: { shiftBits: isCount, low: BIGINTS, bits: COUNTS },
  lengths: (op, node) => {
    const channels = node.shape.at(-1) ?? 1;
    return [
      [op.low.length, op.bits.length],
      [op.bits.length, op.bits.length === 1 ? 1 : channels],
    ];
  },
  cost: (estimation, { op, node }) => {
    const count = node.shape.reduce((product, size) => product * size, 1);
    const positions = count / op.bits.length;
    return sumCosts(op.bits.map(bits => gadgets(estimation, positions, [bits, op.shiftBits], 0)));
  },
};
