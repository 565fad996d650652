/** Normalisations over the last axis. */
import { checkLength, checkRank } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import { epsilonComplaint } from './functions.ts';
import type { L2NormalizeOp, LayerNormOp } from './types.ts';

/** Applies a function to each run of elements along the last axis. */
export function mapRows(x: Values, apply: (row: Float64Array) => Float64Array): Float64Array {
  const length = x.shape.at(-1) ?? 1;
  const y = new Float64Array(x.data.length);
  for (let start = 0; start < y.length; start += length) {
    y.set(apply(x.data.subarray(start, start + length)), start);
  }
  return y;
}

function sumOf(row: Float64Array): number {
  return row.reduce((sum, value) => sum + value, 0);
}

export const l2Normalize: OperatorDefinition<L2NormalizeOp> = {
  operandCount: 1,
  shape: context => checkRank(context, context.shapes[0] ?? [], 'at least one axis', hasAxis(context.shapes)),
  evaluate: (op, [x]) =>
    mapRows(x as Values, row => {
      const length = Math.sqrt(sumOf(row.map(value => value * value)) + op.epsilon);
      return row.map(value => value / length);
    }),
  print: op => [`epsilon ${op.epsilon}`],
  complaint: epsilonComplaint,
};

export const layerNorm: OperatorDefinition<LayerNormOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    checkRank(context, x, 'at least one axis', hasAxis(context.shapes));
    checkLength(context, 'scales', op.scale.length, x.at(-1) ?? 1);
    checkLength(context, 'shifts', op.shift.length, x.at(-1) ?? 1);
    return x;
  },
  evaluate: (op, [x]) =>
    mapRows(x as Values, row => {
      const mean = sumOf(row) / row.length;
      const variance = sumOf(row.map(value => (value - mean) ** 2)) / row.length;
      const deviation = Math.sqrt(variance + op.epsilon);
      return row.map(
        (value, i) => ((value - mean) / deviation) * (op.scale[i] as number) + (op.shift[i] as number),
      );
    }),
  print: op => [`epsilon ${op.epsilon}`],
  weights: op => [
    ['scale', op.scale],
    ['shift', op.shift],
  ],
  complaint: epsilonComplaint,
};

function hasAxis([x = []]: readonly (readonly number[])[]): boolean {
  return x.length >= 1;
}
