/** Sums, extrema and matrix products. */
import { reductionGroups } from '../../graph/index.ts';
import type { Cells } from '../arithmetic.ts';
import { magnitude } from '../bounds.ts';
import { FREE, gadgets } from '../costs.ts';
import { COUNTS, isCount } from '../field-checks.ts';
import { checkLimit, type KernelContext, type Operand, operandOf } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { QuantDefinition } from './definition.ts';
import { isLanes, matrixProducts, printLanes } from './lanes.ts';
import type { QuantMatmulOp, QuantReduceExtremumOp, QuantReduceSumOp } from './reduction-types.ts';

export const reduceSum: QuantDefinition<QuantReduceSumOp> = {
  compute: (context, op) => {
    const { arithmetic } = context;
    const { cells, shape } = operandOf(context);
    const groups = reductionGroups(shape, op.axes);
    const y = arithmetic.make(groups.length);
    for (const [i, group] of groups.entries()) {
      y[i] = group.reduce((sum, index) => arithmetic.add(sum, cells[index] as typeof sum), arithmetic.zero);
    }
    return y;
  },
  largestPartial: (op, [x]) => Number(largestOf(x)) * groupSize(op.axes, x),
  print: op => `axes ${op.axes.join(',')}`,
  fields: { axes: COUNTS },
};

function largestOf(node: QuantNode | undefined): bigint {
  return node === undefined ? 0n : magnitude(node.bounds);
}

/** How many elements a reduction takes to one. */
function groupSize(axes: readonly number[], node: QuantNode | undefined): number {
  return axes.reduce((product, axis) => product * (node?.shape[axis] ?? 1), 1);
}

function extremum(kind: 'reduce-max' | 'reduce-min'): QuantDefinition<QuantReduceExtremumOp> {
  return {
    compute: (context, op) => tournament(context, op, kind === 'reduce-max'),
    largestPartial: (_op, [x]) => Number(2n * largestOf(x)),
    print: op => `axes ${op.axes.join(',')}, differences ${op.differenceBits} bits`,
    fields: { axes: COUNTS, differenceBits: isCount },
    cost: (estimation, { op, node, operands }) => {
      const groups = node.shape.reduce((product, size) => product * size, 1);
      return gadgets(estimation, groups * (groupSize(op.axes, operands[0]) - 1), [op.differenceBits], 1);
    },
  };
}

export const reduceMax = extremum('reduce-max');

export const reduceMin = extremum('reduce-min');

function tournament<T>(context: KernelContext<T>, op: QuantReduceExtremumOp, isMax: boolean): Cells<T> {
  const { arithmetic } = context;
  const { cells, shape } = operandOf(context);
  const limit = arithmetic.from(1n << BigInt(op.differenceBits));
  const groups = reductionGroups(shape, op.axes);
  const y = arithmetic.make(groups.length);
  for (const [i, [first = 0, ...rest]] of groups.entries()) {
    let best = cells[first] as T;
    for (const index of rest) {
      const difference = arithmetic.subtract(cells[index] as T, best);
      checkLimit(context, difference, { limit, channel: i % (context.node.shape.at(-1) ?? 1), index: i });
      const isLess = arithmetic.less(difference, arithmetic.zero);
      if (isMax !== isLess) best = cells[index] as T;
    }
    y[i] = best;
  }
  return y;
}

export const matmul: QuantDefinition<QuantMatmulOp> = {
  compute: context => multiplyMatrices(context),
  largestPartial: (_op, operands) => {
    const [a, b] = operands;
    return Number(largestOf(a) * largestOf(b) * BigInt(a?.shape.at(-1) ?? 1));
  },
  print: op => printLanes(op.lanes),
  fields: { lanes: isLanes },
  cost: (_estimation, { op, node, operands }) => {
    const [rows = 1, columns = 1] = node.shape.slice(-2);
    const matrices = node.shape.slice(0, -2).reduce((product, size) => product * size, 1);
    const inner = operands[0]?.shape.at(-1) ?? 1;
    const products = matrices * matrixProducts(op.lanes, rows, inner, columns);
    return { ...FREE, gadgetCount: products, rowCount: products };
  },
};

function multiplyMatrices<T>({ arithmetic, node, operands }: KernelContext<T>): Cells<T> {
  const [a, b] = operands as readonly [Operand<T>, Operand<T>];
  const inner = a.shape.at(-1) as number;
  const [rows, columns] = node.shape.slice(-2) as [number, number];
  const y = arithmetic.make(node.shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < y.length; i++) {
    const matrix = Math.floor(i / (rows * columns));
    const row = Math.floor(i / columns);
    let sum = arithmetic.zero;
    for (let k = 0; k < inner; k++) {
      const right = b.cells[(matrix * inner + k) * columns + (i % columns)] as T;
      sum = arithmetic.add(sum, arithmetic.multiply(a.cells[row * inner + k] as T, right));
    }
    y[i] = sum;
  }
  return y;
}
