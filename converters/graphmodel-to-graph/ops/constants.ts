/** Operators of which only constants are taken: arithmetic on shapes, mostly. Everything else folds through the graph. */
import { elementCount } from '../../../src/graph/index.ts';
import { constantOperand, integerOperand, type OpImporter, operand } from '../context.ts';
import { broadcastData, type Constant, constant } from '../values.ts';
import { broadcast } from './arithmetic.ts';

/** Shape, of any tensor. */
export const importShape: OpImporter = call => {
  const { shape } = operand(call, 0);
  return constant(call.node.name, [shape.length], shape);
};

/** ShapeN. */
export const importShapeN: OpImporter = call =>
  call.operands.map(({ shape }) => constant(call.node.name, [shape.length], shape));

/** Size. */
export const importSize: OpImporter = call =>
  constant(call.node.name, [], [elementCount(operand(call, 0).shape)]);

/** Rank. */
export const importRank: OpImporter = call => constant(call.node.name, [], [operand(call, 0).shape.length]);

/** ZerosLike, OnesLike. */
export function filledLike(value: number): OpImporter {
  return call => {
    const { shape } = operand(call, 0);
    return constant(call.node.name, shape, new Float64Array(elementCount(shape)).fill(value));
  };
}

/** Fill: operands are the shape and the value. */
export const importFill: OpImporter = call => {
  const shape = integerOperand(call, 0, 'shape');
  const [value = 0] = Array.from(constantOperand(call, 1, 'value').data);
  return constant(call.node.name, shape, new Float64Array(elementCount(shape)).fill(value));
};

/** Range: start, limit, step. */
export const importRange: OpImporter = call => {
  const [start = 0, limit = 0, step = 1] = ['start', 'limit', 'step'].map(
    (what, i) => constantOperand(call, i, what).data[0] ?? 0,
  );
  const length = Math.max(0, Math.ceil((limit - start) / step));
  return constant(
    call.node.name,
    [length],
    Array.from({ length }, (_, i) => start + i * step),
  );
};

/** Element-wise on two constants. */
export function onConstants(combine: (a: number, b: number) => number): OpImporter {
  return call => {
    const [a, b] = [constantOperand(call, 0, 'left side'), constantOperand(call, 1, 'right side')];
    const shape = broadcast(call, [a, b]);
    const right = broadcastData(b, shape);
    return constant(
      call.node.name,
      shape,
      broadcastData(a, shape).map((value, i) => combine(value, right[i] ?? 0)),
    );
  };
}

/** Prod of a whole constant, or along its only axis. */
export const importProd: OpImporter = call => {
  const x = constantOperand(call, 0, 'tensor');
  const axes = integerOperand(call, 1, 'list of axes').map(axis => (axis < 0 ? axis + x.shape.length : axis));
  const strides = x.shape.map((_, axis) => elementCount(x.shape.slice(axis + 1)));
  const shape = x.shape.filter((_, axis) => !axes.includes(axis));
  const data = new Float64Array(elementCount(shape)).fill(1);
  for (let i = 0; i < x.data.length; i++) {
    const position = x.shape.map((size, axis) => Math.floor(i / (strides[axis] ?? 1)) % size);
    const target = position
      .filter((_, axis) => !axes.includes(axis))
      .reduce((sum, at, axis) => sum * (shape[axis] ?? 1) + at, 0);
    data[target] = (data[target] ?? 1) * (x.data[i] ?? 1);
  }
  return constant(call.node.name, shape, data);
};

/** SparseToDense of constants: values at positions, a default elsewhere. */
export const importSparseToDense: OpImporter = call => {
  const [indices, values, fallback] = [0, 2, 3].map((index, i) =>
    constantOperand(call, index, ['list of positions', 'list of values', 'default'][i] ?? ''),
  ) as [Constant, Constant, Constant];
  const shape = integerOperand(call, 1, 'shape');
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const data = new Float64Array(elementCount(shape)).fill(fallback.data[0] ?? 0);
  const count = indices.data.length / Math.max(1, shape.length);
  for (let i = 0; i < count; i++) {
    const at = strides.reduce(
      (sum, stride, axis) => sum + stride * (indices.data[i * shape.length + axis] ?? 0),
      0,
    );
    data[at] = values.data[values.data.length === 1 ? 0 : i] ?? 0;
  }
  return constant(call.node.name, shape, data);
};
