/** Products of two variables: a constraint each. */

import { FREE } from '../costs.ts';
import type { Operand } from '../kernel-tools.ts';
import { mapCells } from '../kernel-tools.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantMultiplyOp } from './types.ts';

export const multiply: QuantDefinition<QuantMultiplyOp> = {
  compute: (context, _op) => {
    const [, second] = context.operands as readonly Operand<ReturnType<typeof context.arithmetic.from>>[];
    return mapCells(context, (value, _channel, index) =>
      context.arithmetic.multiply(value, second?.cells[index] as typeof value),
    );
  },
  fields: {},
  cost: (_estimation, { node }) => {
    const count = node.shape.reduce((product, size) => product * size, 1);
    return { ...FREE, gadgetCount: count, rowCount: count };
  },
};
