/**
 * Reading at positions that depend on the input. Of a constant table: an embedding. Of a tensor that depends on the input,
 * too: each position becomes a row of a unit matrix, whose product with the tensor is the element; n positions of an axis
 * of m elements cost n * m products for each element behind them.
 */
import { elementCount, type Op } from '../../../src/graph/index.ts';
import { intAttribute, toAxis } from '../attributes.ts';
import {
  type Call,
  constant,
  emit,
  type OperatorImporter,
  operand,
  part,
  plainVariable,
  range,
  toWeights,
  unsupported,
  type Value,
  type Variable,
} from '../context.ts';
import { plainNode } from '../layout.ts';
import { reshapeValue, selectAxes, transposeValue } from '../moves.ts';
import type { Constant } from '../tensors.ts';
import { matmul } from './linear.ts';

/** Beyond this a table of unit vectors would be absurd. */
const DEPTH_MAX = 4096;

/** Rows of a constant table, at positions that vary: [...indices, ...row]. */
export function embed(call: Call, table: Constant, indices: Variable): Variable {
  const rowDims = table.dims.slice(1);
  const size = elementCount(rowDims);
  const shape = indices.dims.length === 0 ? [1] : indices.dims;
  const source = plainNode(call, indices, shape);
  const op: Op = { kind: 'embedding', size, table: toWeights(call, table) };
  const node = emit(call.importer, call.name, op, [source]);
  return plainVariable(table.type, [...indices.dims, ...rowDims], node);
}

/** For each index a vector of `depth` numbers: `on` at the index, `off` elsewhere. */
export function unitRows(
  call: Call,
  indices: Variable,
  depth: number,
  [off, on]: readonly [number, number] = [0, 1],
): Variable {
  if (depth > DEPTH_MAX) {
    throw unsupported(call, `chooses among ${depth} positions`, `At most ${DEPTH_MAX} are imported.`);
  }
  const table = range(depth * depth).map(i => (i % (depth + 1) === 0 ? on : off));
  return embed(call, constant('float32', [depth, depth], table), indices);
}

/** The slices along an axis at positions that vary; the positions' axes take the place of that axis. */
export function gatherAt(call: Call, x: Value, indices: Variable, axis: number): Value {
  const rank = x.dims.length;
  const others = range(rank).filter(other => other !== axis);
  const first = transposeValue(x, [axis, ...others]);
  const rest = first.dims.slice(1);
  const rows = first.kind === 'constant' ? embed(call, first, indices) : readRows(call, first, indices);
  const dims = [...indices.dims, ...rest];
  const depth = indices.dims.length;
  const before = range(axis).map(i => depth + i);
  const after = range(rank - 1 - axis).map(i => depth + axis + i);
  return transposeValue(reshapeValue(call, rows, dims), [...before, ...range(depth), ...after]);
}

function readRows(call: Call, x: Variable, indices: Variable): Value {
  const [size = 1, ...rest] = x.dims;
  const flat = reshapeValue(call, indices, [elementCount(indices.dims)]) as Variable; // a variable stays one
  const units = unitRows(call, flat, size);
  return matmul(call, units, reshapeValue(call, x, [size, elementCount(rest)]));
}

/** For each index the element at that position of its own row along an axis. */
export function gatherEach(call: Call, x: Value, indices: Variable, axis: number): Value {
  const rank = x.dims.length;
  const order = [...range(rank).filter(other => other !== axis), axis];
  const cut = x.dims.map((size, i) =>
    i === axis || size === indices.dims[i] ? undefined : range(indices.dims[i] ?? size),
  );
  const rows = transposeValue(selectAxes(call, x, cut, 'rows that are read'), order);
  const places = transposeValue(indices, order) as Variable; // a variable stays one
  const units = unitRows(call, places, x.dims[axis] ?? 1);
  const columns = reshapeValue(call, rows, [...rows.dims, 1]);
  const found = reshapeValue(call, part(call, 'MatMul', [units, columns]), places.dims);
  return transposeValue(
    found,
    range(rank).map(i => order.indexOf(i)),
  );
}

/** One-hot rows. */
export const importOneHot: OperatorImporter = call => {
  const indices = operand(call, 0);
  const sizes = call.inputs.slice(1).map(value => (value?.kind === 'constant' ? [...value.data] : undefined));
  const [[depth = 1] = [], [off = 0, on = 1] = []] = [sizes[0], sizes[1]];
  if (sizes[0] === undefined || sizes[1] === undefined) {
    throw unsupported(call, 'takes its depth or values from the input', 'Only constants are imported there.');
  }
  const rank = indices.dims.length + 1;
  const axis = toAxis(call, intAttribute(call, 'axis', -1), rank);
  const others = range(rank - 1);
  const permutation = [...others.slice(0, axis), rank - 1, ...others.slice(axis)];
  if (indices.kind === 'variable')
    return [transposeValue(unitRows(call, indices, depth, [off, on]), permutation)];
  const data = [...indices.data].flatMap(index =>
    range(depth).map(at => (at === (index < 0 ? index + depth : index) ? on : off)),
  );
  return [transposeValue(constant('float32', [...indices.dims, depth], data), permutation)];
};

/** 1 at the first largest element of each row, 0 elsewhere; before opset 13 a row is everything from `axis` on. */
export const importHardmax: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  if (call.opset >= 13) {
    const axis = toAxis(call, intAttribute(call, 'axis', -1), rank);
    return [firstLargest(call, x, axis)];
  }
  const axis = toAxis(call, intAttribute(call, 'axis', 1), rank);
  const shape = [elementCount(x.dims.slice(0, axis)), elementCount(x.dims.slice(axis))];
  return [reshapeValue(call, firstLargest(call, reshapeValue(call, x, shape), 1), x.dims)];
};

function firstLargest(call: Call, x: Value, axis: number): Value {
  const depth = constant('int64', [], [x.dims[axis] ?? 1]);
  const index = part(call, 'ArgMax', [x], { axis, keepdims: 0 });
  return part(call, 'OneHot', [index, depth, constant('float32', [2], [0, 1])], { axis });
}
