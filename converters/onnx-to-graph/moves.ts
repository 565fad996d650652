/** Moving elements: axis by axis, or anywhere. Constants move at once; variables become a `rearrange`. */
import { elementCount, type Op, type Shape } from '../../src/graph/index.ts';
import { type AxisMaps, axisIndices, selectConstant, transposeConstant } from './constants.ts';
import {
  type Call,
  emit,
  type Importer,
  nodeShape,
  plainVariable,
  range,
  type Value,
  type Variable,
} from './context.ts';
import { inOrder, memoryShape, plainNode, reshaped, reshapeNode, transposed } from './layout.ts';

/** Takes elements of a value axis by axis; the order of a variable's axes stays. */
export function selectAxes(call: Call, value: Value, maps: AxisMaps, label: string): Value {
  const isWhole = value.dims.every((size, axis) => isIdentity(maps[axis], size));
  if (isWhole) return value;
  if (value.kind === 'constant') return selectConstant(value, maps);
  const dims = value.dims.map((size, axis) => maps[axis]?.length ?? size);
  const from = memoryShape(value);
  const memoryMaps = value.order.map(axis => maps[axis]);
  const shape = value.order.map(axis => dims[axis] ?? 1);
  const node = emitMove(call, value.node, { from, shape, maps: memoryMaps, label });
  return { ...value, dims, node };
}

interface Move {
  readonly from: Shape;
  readonly shape: Shape;
  readonly maps: AxisMaps;
  readonly label: string;
}

function emitMove(call: Call, node: string, move: Move): string {
  const { importer } = call;
  const key = `${move.label} ${node} to ${move.shape.join('x')} by ${JSON.stringify(move.maps)}`;
  const known = importer.memo.get(key);
  if (known !== undefined) return known;
  const source = reshapeNode(importer, node, trimShape(move.from));
  const op: Op = {
    kind: 'rearrange',
    shape: trimShape(move.shape),
    indices: axisIndices(move.from, move.maps),
    label: move.label,
  };
  const made = emit(importer, call.name, op, [source]);
  importer.memo.set(key, made);
  return made;
}

/** Leaves out leading axes of size 1, but the last axis. */
export function trimShape(shape: Shape): Shape {
  const first = shape.findIndex(size => size !== 1);
  return first < 0 ? shape.slice(-1) : shape.slice(Math.min(first, shape.length - 1));
}

function isIdentity(map: readonly number[] | undefined, size: number): boolean {
  return map === undefined || (map.length === size && map.every((at, i) => at === i));
}

/** Takes elements of a value by their row-major positions in ONNX's order; -1 for a zero. */
export function gatherFlat(
  call: Call,
  value: Value,
  dims: readonly number[],
  indices: Int32Array,
  label: string,
): Value {
  if (value.kind === 'constant') {
    const data = Float64Array.from(indices, index => (index < 0 ? 0 : (value.data[index] as number)));
    return { ...value, dims, data };
  }
  const shape = dims.length === 0 ? [1] : dims;
  const source = plainNode(call, value);
  const node = emit(call.importer, call.name, { kind: 'rearrange', shape, indices, label }, [source]);
  return plainVariable(value.type, dims, node);
}

/** Reshapes any value. */
export function reshapeValue(call: Call, value: Value, dims: readonly number[]): Value {
  return value.kind === 'constant' ? { ...value, dims } : reshaped(call, value, dims);
}

/** Transposes any value. */
export function transposeValue(value: Value, permutation: readonly number[]): Value {
  return value.kind === 'constant' ? transposeConstant(value, permutation) : transposed(value, permutation);
}

/** Broadcasts a variable to a shape; new axes come first. */
export function expandVariable(call: Call, value: Variable, dims: readonly number[]): Variable {
  const added = dims.length - value.dims.length;
  const padded: Variable = {
    ...value,
    dims: dims.map((_, axis) => value.dims[axis - added] ?? 1),
    order: [...range(added), ...value.order.map(axis => axis + added)],
  };
  const maps = dims.map((size, axis) =>
    padded.dims[axis] === size ? undefined : new Array<number>(size).fill(0),
  );
  const expanded = selectAxes(call, padded, maps, `expand to ${dims.join('x')}`);
  return expanded.kind === 'variable' ? expanded : padded;
}

/** Some variables in one order and one shape, for an element-wise operator. */
export interface Aligned {
  readonly nodes: readonly string[];
  readonly dims: readonly number[];
  readonly order: readonly number[];
}

/** Broadcasts variables to one shape, and brings them into the order of the largest. */
export function alignVariables(call: Call, values: readonly Variable[], dims: readonly number[]): Aligned {
  const sizes = values.map(value => elementCount(value.dims));
  const expanded = values.map(value => expandVariable(call, value, dims));
  const { order } = expanded[sizes.indexOf(Math.max(...sizes))] ?? { order: range(dims.length) };
  const ordered = expanded.map(value => inOrder(call, value, order));
  const shape = commonShape(call.importer, ordered);
  return { nodes: ordered.map(value => reshapeNode(call.importer, value.node, shape)), dims, order };
}

/** A shape that some of the nodes have already. */
function commonShape(importer: Importer, values: readonly Variable[]): Shape {
  const [first] = values;
  return first === undefined ? [] : nodeShape(importer, first.node);
}

/** Cuts a value along an axis into slices of size 1, the axis kept. */
export function splitAxis(call: Call, value: Value, axis: number): Value[] {
  return range(value.dims[axis] ?? 0).map(at =>
    selectAxes(
      call,
      value,
      value.dims.map((_, i) => (i === axis ? [at] : undefined)),
      `slice [${at}] of axis ${axis}`,
    ),
  );
}

/** Joins variables along an axis. */
export function concatVariables(call: Call, values: readonly Variable[], axis: number): Variable {
  const [first] = values;
  if (first === undefined) throw new RangeError('concatVariables takes at least one value');
  const order = first.order;
  const nodes = values.map(value => {
    const ordered = inOrder(call, value, order);
    return reshapeNode(call.importer, ordered.node, memoryShape(ordered));
  });
  const total = values.reduce((sum, value) => sum + (value.dims[axis] ?? 1), 0);
  const dims = first.dims.map((size, i) => (i === axis ? total : size));
  if (nodes.length === 1) return { ...first, dims };
  const node = emit(call.importer, call.name, { kind: 'concat', axis: order.indexOf(axis) }, nodes);
  return { ...first, dims, node, order };
}
