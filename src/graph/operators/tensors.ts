/** Operators that move or combine elements across axes: products of matrices, rearrangements, reductions. */
import { checkDimensions, checkLength, checkRank, mismatch } from '../shape-checks.ts';
import { elementCount, formatShape, rowMajorStrides, sameShape } from '../shape-text.ts';
import type { Shape } from '../types.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type { MatmulOp, RearrangeOp, ReduceOp } from './types.ts';

export const matmul: OperatorDefinition<MatmulOp> = {
  operandCount: 2,
  shape: context => {
    const [a = [], b = []] = context.shapes;
    const fits =
      a.length >= 2 && sameShape(a.slice(0, -2), b.slice(0, -2)) && a.at(-1) === b.at(-2) && b.length >= 2;
    if (fits) return [...a.slice(0, -1), b.at(-1) as number];
    const problem = `multiplies matrices of shapes ${formatShape(a)} and ${formatShape(b)}`;
    throw mismatch(context, problem, 'they must be [..., m, k] and [..., k, n] with equal axes before');
  },
  evaluate: (_op, [a, b], shape) => multiplyMatrices(a as Values, b as Values, shape),
};

function multiplyMatrices(a: Values, b: Values, shape: Shape): Float64Array {
  const inner = a.shape.at(-1) as number;
  const [rows, columns] = shape.slice(-2) as [number, number];
  const y = new Float64Array(elementCount(shape));
  for (let i = 0; i < y.length; i++) {
    const matrix = Math.floor(i / (rows * columns));
    const row = Math.floor(i / columns);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      const right = (matrix * inner + k) * columns + (i % columns);
      sum += (a.data[row * inner + k] as number) * (b.data[right] as number);
    }
    y[i] = sum;
  }
  return y;
}

export const rearrange: OperatorDefinition<RearrangeOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const count = elementCount(context.shapes[0] ?? []);
    checkDimensions(context, op.shape);
    checkLength(context, 'indices', op.indices.length, elementCount(op.shape));
    const wrong = op.indices.find(index => index < -1 || index >= count);
    if (wrong === undefined) return op.shape;
    throw mismatch(context, `reads element ${wrong}`, `there are ${count}, and -1 stands for zero`);
  },
  evaluate: (op, [x]) => Float64Array.from(op.indices, index => (x as Values).data[index] ?? 0),
  print: op => [op.label],
};

export const reduce: OperatorDefinition<ReduceOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    const isAxis = (axis: number): boolean => Number.isInteger(axis) && axis >= 0 && axis < x.length;
    const fits = op.axes.length > 0 && op.axes.every(isAxis) && new Set(op.axes).size === op.axes.length;
    checkRank(context, x, `axes [${op.axes.join(', ')}], each once, of the operand's own`, fits);
    return x.filter((_, axis) => !op.axes.includes(axis));
  },
  evaluate: (op, [x]) => reduceValues(op, x as Values),
  print: op => [op.reduction, `axes ${op.axes.join(',')}`],
};

function reduceValues(op: ReduceOp, x: Values): Float64Array {
  const groups = reductionGroups(x.shape, op.axes);
  return Float64Array.from(groups, group => {
    const values = group.map(index => x.data[index] as number);
    const sum = values.reduce((a, b) => a + b, 0);
    switch (op.reduction) {
      case 'sum':
        return sum;
      case 'mean':
        return sum / values.length;
      case 'max':
        return values.reduce((a, b) => Math.max(a, b));
      case 'min':
        return values.reduce((a, b) => Math.min(a, b));
      default:
        return op.reduction satisfies never;
    }
  });
}

/** For each output element of a reduction, the elements of the operand that it takes, in row-major order. */
export function reductionGroups(shape: Shape, axes: readonly number[]): number[][] {
  const strides = rowMajorStrides(shape);
  const kept = shape.map((_, axis) => axis).filter(axis => !axes.includes(axis));
  const keptShape = kept.map(axis => shape[axis] as number);
  const outStrides = rowMajorStrides(keptShape);
  const groups = Array.from({ length: elementCount(keptShape) }, (): number[] => []);
  for (let index = 0; index < elementCount(shape); index++) {
    const position = (axis: number): number =>
      Math.floor(index / (strides[axis] as number)) % (shape[axis] as number);
    const target = kept.reduce((sum, axis, i) => sum + position(axis) * (outStrides[i] as number), 0);
    groups[target]?.push(index);
  }
  return groups;
}
