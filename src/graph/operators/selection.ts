/** Operators that choose: the largest elements, rows of a table. */
import { checkCounts, checkLength, checkRank } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type { EmbeddingOp, TopKOp } from './types.ts';

export const topK: OperatorDefinition<TopKOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    checkCounts(context, 'k', [op.k]);
    checkRank(
      context,
      x,
      `a vector of at least ${op.k} elements`,
      x.length === 1 && op.k <= (x[0] as number),
    );
    return [op.k];
  },
  evaluate: (op, [x]) => {
    const { data } = x as Values;
    const order = Array.from(data.keys()).sort((a, b) => (data[b] as number) - (data[a] as number) || a - b);
    return Float64Array.from(order.slice(0, op.k));
  },
  print: op => [`k ${op.k}`],
};

export const embedding: OperatorDefinition<EmbeddingOp> = {
  operandCount: 1,
  shape: (context, op) => {
    checkCounts(context, 'size', [op.size]);
    const rows = Math.max(1, Math.floor(op.table.length / op.size));
    checkLength(context, 'table entries', op.table.length, rows * op.size);
    return [...(context.shapes[0] ?? []), op.size];
  },
  evaluate: (op, [x]) => {
    const { data } = x as Values;
    const y = new Float64Array(data.length * op.size);
    for (let i = 0; i < y.length; i++) {
      const row = data[Math.floor(i / op.size)] as number;
      y[i] = op.table[row * op.size + (i % op.size)] ?? Number.NaN;
    }
    return y;
  },
  print: op => [`${op.table.length / op.size} rows of ${op.size}`],
  weights: op => [['table', op.table]],
};
