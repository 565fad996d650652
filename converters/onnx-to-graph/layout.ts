/**
 * Orders of axes: where a variable's elements stand in its node, and how to get them into the order that an operator needs.
 *
 * ONNX images are [batch, channels, height, width]; our graph's are [height, width, channels]. A convolution asks for
 * its operand channels-last and says so of its result; element-wise operators take any order; reshapes ask for ONNX's own
 * order, unless they split or join axes that lie together. Axes of size 1 are nowhere in memory and never cost anything.
 */
import { elementCount, type Op, type Shape, sameShape } from '../../src/graph/index.ts';
import { type Call, emit, type Importer, nodeShape, range, type Variable } from './context.ts';

/** The order of a batch of images (or sequences) with its channels last. */
export function channelsLast(rank: number): number[] {
  return rank < 2 ? range(rank) : [0, ...range(rank).slice(2), 1];
}

/** The sizes of a variable's axes in the order of its memory. */
export function memoryShape(value: Variable): Shape {
  return value.order.map(axis => value.dims[axis] ?? 1);
}

/** The node of a variable with its elements in the given order, under the given shape (all axes when left out). */
export function nodeInOrder(call: Call, value: Variable, order: readonly number[], shape?: Shape): string {
  const ordered = inOrder(call, value, order);
  return reshapeNode(call.importer, ordered.node, shape ?? memoryShape(ordered));
}

/** The node of a variable with its elements in ONNX's order. */
export function plainNode(call: Call, value: Variable, shape?: Shape): string {
  return nodeInOrder(call, value, range(value.dims.length), shape);
}

/** Gives a node another shape over the same elements. */
export function reshapeNode(importer: Importer, node: string, shape: Shape): string {
  if (sameShape(nodeShape(importer, node), shape)) return node;
  const key = `reshape ${node} to ${shape.join('x')}`;
  const made =
    importer.memo.get(key) ?? emit(importer, `${node}_reshape`, { kind: 'reshape', shape }, [node]);
  importer.memo.set(key, made);
  return made;
}

/** Brings a variable's elements into another order of axes. */
export function inOrder(call: Call, value: Variable, order: readonly number[]): Variable {
  const isLong = (axis: number): boolean => value.dims[axis] !== 1;
  const from = value.order.filter(isLong);
  const to = order.filter(isLong);
  if (from.every((axis, i) => axis === to[i])) return { ...value, order };
  const { shape, permutation } = joinRuns(value, from, to);
  const source = reshapeNode(call.importer, value.node, shape);
  return { ...value, order, node: transposeNode(call.importer, source, permutation) };
}

/** Images are transposed as they are. */
const PLAIN_RANK_MAX = 3;

/** With many axes those that stay neighbours move as one: a smaller program. */
function joinRuns(value: Variable, from: readonly number[], to: readonly number[]): Moved {
  const runs: number[][] = [];
  for (const axis of from) {
    const before = from.length > PLAIN_RANK_MAX ? runs.at(-1)?.at(-1) : undefined;
    const isNeighbour = before !== undefined && to.indexOf(axis) === to.indexOf(before) + 1;
    if (isNeighbour) runs.at(-1)?.push(axis);
    else runs.push([axis]);
  }
  const shape = runs.map(run => elementCount(run.map(axis => value.dims[axis] ?? 1)));
  const starts = runs.map((run, i) => ({ i, at: to.indexOf(run[0] ?? 0) }));
  return { shape, permutation: starts.sort((a, b) => a.at - b.at).map(start => start.i) };
}

interface Moved {
  readonly shape: Shape;
  readonly permutation: readonly number[];
}

function transposeNode(importer: Importer, node: string, permutation: readonly number[]): string {
  const key = `transpose ${node} by ${permutation.join(',')}`;
  const op: Op = { kind: 'transpose', permutation };
  const made = importer.memo.get(key) ?? emit(importer, `${node}_transpose`, op, [node]);
  importer.memo.set(key, made);
  return made;
}

/** Transposes a variable: only the names of its axes change. */
export function transposed(value: Variable, permutation: readonly number[]): Variable {
  const dims = permutation.map(axis => value.dims[axis] ?? 1);
  return { ...value, dims, order: value.order.map(axis => permutation.indexOf(axis)) };
}

/**
 * Reshapes a variable. Axes are matched group by group from the front: where a group lies together in memory, its new
 * axes take its place, whatever the order of the groups; else everything is brought into ONNX's order first.
 */
export function reshaped(call: Call, value: Variable, dims: readonly number[]): Variable {
  const order = splitOrder(value, dims);
  if (order !== undefined) return { ...value, dims, order };
  const plain = inOrder(call, value, range(value.dims.length));
  return { ...plain, dims, order: range(dims.length) };
}

function splitOrder(value: Variable, dims: readonly number[]): number[] | undefined {
  const groups = matchGroups(value.dims, dims);
  const isLong = (axis: number): boolean => value.dims[axis] !== 1;
  const memory = value.order.filter(isLong);
  const placed: { at: number; axes: readonly number[] }[] = [];
  const short: number[] = [];
  for (const { before, after } of groups) {
    const long = before.filter(isLong);
    const at = memory.indexOf(long[0] ?? -1);
    if (at < 0) short.push(...after);
    else if (long.every((axis, i) => memory[at + i] === axis)) placed.push({ at, axes: after });
    else return undefined;
  }
  placed.sort((a, b) => a.at - b.at);
  return [...short, ...placed.flatMap(group => group.axes)];
}

interface AxisGroup {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Cuts two shapes of equal size into the smallest runs of axes with equal products. */
function matchGroups(from: readonly number[], to: readonly number[]): AxisGroup[] {
  const groups: AxisGroup[] = [];
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    const before = i < from.length ? [i] : [];
    const after = j < to.length ? [j] : [];
    let left = from[i++] ?? 1;
    let right = to[j++] ?? 1;
    while (left !== right && (i < from.length || j < to.length)) {
      if (left < right && i < from.length) {
        before.push(i);
        left *= from[i++] ?? 1;
      } else if (j < to.length) {
        after.push(j);
        right *= to[j++] ?? 1;
      } else break;
    }
    groups.push({ before, after });
  }
  return groups;
}
