/** GatherNd: slices of a tensor at positions along its first axes. */
import { compose, elementCount, emit } from '../../../src/graph/index.ts';
import { type Call, type OpImporter, operand, place, reshapeTo, viewAs } from '../context.ts';
import { graphShape, type Value, type Variable } from '../values.ts';
import { gatherAt, reshape } from './contractions.ts';

/** GatherNd, at constant positions or at computed ones. */
export const importGatherNd: OpImporter = call => {
  const [x, indices] = [operand(call, 0), operand(call, 1)];
  const depth = indices.shape.at(-1) ?? 1;
  const [first, rest] = [x.shape.slice(0, depth), x.shape.slice(depth)];
  const strides = first.map((_, axis) => elementCount(first.slice(axis + 1)));
  const shape = [...indices.shape.slice(0, -1), ...rest];
  const flat = reshape(call, x, [elementCount(first), ...rest], 'flat');
  if (indices.kind === 'variable') {
    const positions = flatPositions(call, indices, strides);
    return reshapeTo(call, gatherAt(call, flat, positions, 0) as Variable, shape);
  }
  const { data } = indices;
  const at = Array.from({ length: data.length / depth }, (_, i) =>
    strides.reduce((sum, stride, axis) => sum + stride * (data[i * depth + axis] ?? 0), 0),
  );
  return gatherConstant(call, flat, at, shape);
};

function gatherConstant(call: Call, flat: Value, at: readonly number[], shape: readonly number[]): Value {
  const size = elementCount(flat.shape.slice(1));
  const list = at.flatMap(row => Array.from({ length: size }, (_, i) => row * size + i));
  if (flat.kind === 'constant') return { ...flat, shape, data: list.map(i => flat.data[i] ?? 0) };
  const to = graphShape(shape);
  const op = {
    kind: 'rearrange',
    shape: to,
    indices: Int32Array.from(list),
    label: `gather ${at.length} slices`,
  } as const;
  return place(call, op, [viewAs(call, flat, graphShape(flat.shape))], shape);
}

/** The sum of index * stride over the axes, each product of whole numbers exact. */
function flatPositions(call: Call, indices: Variable, strides: readonly number[]): Variable {
  const { writer } = call.importer;
  const count = elementCount(indices.shape) / strides.length;
  const rows = viewAs(call, indices, [count, strides.length]);
  const terms = strides.map((stride, axis) => {
    const column = Int32Array.from({ length: count }, (_, i) => i * strides.length + axis);
    const op = { kind: 'rearrange', shape: [count], indices: column, label: `index ${axis}` } as const;
    const index = emit(writer, `${call.name}_index_${axis}`, op, [rows]);
    return emit(writer, `${call.name}_offset_${axis}`, compose.floorOp(stride), [index]);
  });
  const [only] = terms;
  const sum =
    terms.length === 1 && only !== undefined
      ? only
      : emit(writer, `${call.name}_position`, { kind: 'add' }, terms);
  return { kind: 'variable', node: sum, shape: [count] };
}
