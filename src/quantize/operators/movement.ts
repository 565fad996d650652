/** Operators that move elements or scale them by constants: linear, without a constraint. */

import { magnitude } from '../bounds.ts';
import { BIGINTS, COUNTS, isInt32Array, isText } from '../field-checks.ts';
import { absolute, maximum } from '../integers.ts';
import { mapCells, operandOf } from '../kernel-tools.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantRearrangeOp, QuantScaleOp } from './types.ts';

export const scale: QuantDefinition<QuantScaleOp> = {
  compute: ({ arithmetic, ...context }, op) => {
    const factors = op.factor.map(arithmetic.from);
    const shifts = op.shift.map(arithmetic.from);
    const at = <T>(values: readonly T[], i: number): T => values[values.length === 1 ? 0 : i] as T;
    return mapCells({ arithmetic, ...context }, (value, _channel, i) =>
      arithmetic.add(arithmetic.multiply(value, at(factors, i)), at(shifts, i)),
    );
  },
  largestPartial: (op, operands) => {
    const inputs = maximum(0n, ...operands.map(operand => magnitude(operand.bounds)));
    return Number(inputs * maximum(1n, ...op.factor.map(absolute)) + maximum(0n, ...op.shift.map(absolute)));
  },
  print: op => (op.factor.length === 1 ? `by ${op.factor[0]}` : 'by element'),
  fields: { factor: BIGINTS, shift: BIGINTS },
  lengths: (op, node) => {
    const count = node.shape.reduce((product, size) => product * size, 1);
    return [op.factor, op.shift]
      .filter(values => values.length !== 1)
      .map((values): [number, number] => [values.length, count]);
  },
};

export const rearrange: QuantDefinition<QuantRearrangeOp> = {
  compute: (context, op) => {
    const { cells } = operandOf(context);
    const { indices } = op;
    const y = context.arithmetic.make(indices.length);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i] as number;
      if (index >= 0) y[i] = cells[index] as typeof context.arithmetic.zero;
    }
    return y;
  },
  print: op => op.label,
  fields: { shape: COUNTS, indices: isInt32Array, label: isText },
  lengths: (op, node) => [
    [op.indices.length, node.shape.reduce((product, size) => product * size, 1)],
    [op.shape.length, node.shape.length],
  ],
};
