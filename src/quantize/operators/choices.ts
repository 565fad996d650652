/** Operators that choose among the elements of a vector, or rows of a table. */
import { BionoirError } from '../../errors.ts';
import { magnitude } from '../bounds.ts';
import { FREE, gadgets, sumCosts } from '../costs.ts';
import { isCount, isInt32Array } from '../field-checks.ts';
import { maximum } from '../integers.ts';
import { checkLimit, operandOf } from '../kernel-tools.ts';
import type { QuantEmbeddingOp, QuantTopKOp } from './comparison-types.ts';
import type { QuantDefinition } from './definition.ts';

export const topK: QuantDefinition<QuantTopKOp> = {
  compute: (context, op) => {
    const { arithmetic } = context;
    const { add, subtract, multiply, less, from } = arithmetic;
    const { cells } = operandOf(context);
    const unit = from(1n << BigInt(op.indexBits));
    const limit = from(1n << BigInt(op.differenceBits + op.indexBits));
    const keys = Array.from({ length: cells.length }, (_, i) =>
      add(multiply(cells[i] as typeof unit, unit), from(BigInt(cells.length - 1 - i))),
    );
    const order = Array.from(keys.keys()).sort((i, j) =>
      less(keys[j] as typeof unit, keys[i] as typeof unit) ? -1 : 1,
    );
    const keyAt = (place: number): typeof unit => keys[order[place] ?? 0] as typeof unit;
    const one = from(1n);
    for (let place = 1; place < order.length; place++) {
      const isChosen = place < op.k;
      const difference = subtract(keyAt(isChosen ? place - 1 : op.k - 1), keyAt(place));
      const index = order[place] ?? 0;
      checkLimit(context, isChosen ? subtract(difference, one) : difference, {
        limit,
        channel: index,
        index,
      });
    }
    const y = arithmetic.make(op.k);
    for (let place = 0; place < op.k; place++) y[place] = from(BigInt(order[place] ?? 0));
    return y;
  },
  largestPartial: (op, operands) => {
    const inputs = maximum(1n, ...operands.map(operand => magnitude(operand.bounds)));
    return Number(
      ((inputs * 2n + 1n) << BigInt(op.indexBits)) + (1n << BigInt(op.differenceBits + op.indexBits)),
    );
  },
  print: op => `k ${op.k}, differences ${op.differenceBits} bits`,
  fields: { k: isCount, indexBits: isCount, differenceBits: isCount },
  lengths: (op, node) => [[op.k, node.shape[0] ?? 0]],
  cost: (estimation, { op, operands }) => {
    const count = operands[0]?.shape[0] ?? 1;
    const bits = op.differenceBits + op.indexBits;
    return sumCosts([
      gadgets(estimation, count, [bits], 2 * op.k + 1),
      { ...gadgets(estimation, op.k - 1, [bits], 0), gadgetCount: 0 },
    ]);
  },
};

export const embedding: QuantDefinition<QuantEmbeddingOp> = {
  compute: (context, op) => {
    const { cells } = operandOf(context);
    const rows = op.table.length / op.size;
    const y = context.arithmetic.make(cells.length * op.size);
    const entries = Array.from(op.table, entry => context.arithmetic.from(BigInt(entry)));
    for (let i = 0; i < y.length; i++) {
      const row = Number(cells[Math.floor(i / op.size)]);
      if (row < 0 || row >= rows) throw noRow(context.node.name, row, rows);
      y[i] = entries[row * op.size + (i % op.size)] as (typeof entries)[number];
    }
    return y;
  },
  print: op => `${op.table.length / op.size} rows of ${op.size}`,
  fields: { size: isCount, table: isInt32Array },
  lengths: (op, node) => [
    [op.size, node.shape.at(-1) ?? 0],
    [op.table.length % op.size, 0],
  ],
  cost: (_estimation, { op, operands }) => {
    const indices = operands[0]?.shape.reduce((product, size) => product * size, 1) ?? 1;
    const bits = Math.ceil(Math.log2(Math.max(2, op.table.length / op.size)));
    const best = Array.from({ length: Math.min(bits, 8) + 1 }, (_, low) => {
      const high = bits - low;
      return 2 ** low - low - 1 + (2 ** high - high - 1) + op.size * (2 ** high - 1);
    });
    return { ...FREE, gadgetCount: indices, rowCount: indices * (bits + Math.min(...best)) };
  },
};

function noRow(node: string, row: number, rows: number): BionoirError {
  return new BionoirError(
    'BOUND_EXCEEDED',
    `Node '${node}' (embedding) is asked for row ${row}, but its table has rows 0 to ${rows - 1}. Give whole numbers in this range.`,
    { details: { node, row, rows }, location: `node '${node}'` },
  );
}
