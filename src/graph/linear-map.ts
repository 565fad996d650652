/**
 * What a node is of the non-linear nodes behind it: a matrix and a constant, worked out through every linear operator in
 * between. Columns are sparse, one for each element of a source; sums are taken in float64.
 *
 * An operator that is not known to be linear here (also one that is, such as a mean over axes) is a source: the map ends
 * there, which is always right.
 */
import { nodeOf } from './build.ts';
import { evaluateConcat, evaluatePad, evaluateTranspose } from './kernels.ts';
import { elementCount } from './shape-text.ts';
import type { AffineOp, Conv2dOp, DenseOp, Graph, Node, NodeId, Pool2dOp, Shape } from './types.ts';

/** A column of a matrix: what one unit of a source's element adds to elements of the sink. */
export interface SparseColumn {
  readonly indices: Int32Array;
  readonly values: Float64Array;
}

/** sink = constant + sum over sources and their elements of element * column. */
export interface LinearMap {
  readonly sources: readonly NodeId[];
  /** For each source, a column for each of its elements. */
  readonly columns: readonly (readonly SparseColumn[])[];
  readonly constant: Float64Array;
  readonly termCount: number;
}

/** Sends a value at an element of an operand to the elements of the result that it reaches. */
type Scatter = (index: number, value: number, sums: Sums) => void;

/** Sums for each element of a tensor, few of which are not zero. */
interface Sums {
  readonly values: Float64Array;
  readonly isTouched: Uint8Array;
  /** The elements that something was added to: the first `count`. */
  readonly touched: Int32Array;
  count: number;
}

function createSums(size: number): Sums {
  const [values, isTouched, touched] = [new Float64Array(size), new Uint8Array(size), new Int32Array(size)];
  return { values, isTouched, touched, count: 0 };
}

function addTo(sums: Sums, element: number, value: number): void {
  if (sums.isTouched[element] === 0) {
    sums.isTouched[element] = 1;
    sums.touched[sums.count++] = element;
  }
  sums.values[element] = (sums.values[element] as number) + value;
}

/** Weights side by side. */
interface Row {
  readonly weights: Float32Array;
  readonly start: number;
  readonly length: number;
}

/** Adds a row of weights, times a value, to as many elements side by side. Rows of one step meet as a whole or not at all. */
function addRow(sums: Sums, target: number, value: number, { weights, start, length }: Row): void {
  const { values } = sums;
  if (sums.isTouched[target] === 0) {
    for (let i = 0; i < length; i++) addTo(sums, target + i, value * (weights[start + i] as number));
    return;
  }
  for (let i = 0; i < length; i++) {
    const element = target + i;
    values[element] = (values[element] as number) + value * (weights[start + i] as number);
  }
}

/** Takes the sums that are not zero, in order, and clears them. */
function takeSums(sums: Sums): SparseColumn {
  const touched = sums.touched.subarray(0, sums.count);
  sortUnlessSorted(touched);
  const indices = new Int32Array(sums.count);
  const values = new Float64Array(sums.count);
  let count = 0;
  for (let i = 0; i < touched.length; i++) {
    const element = touched[i] as number;
    const value = sums.values[element] as number;
    if (value !== 0) {
      indices[count] = element;
      values[count++] = value;
    }
    sums.values[element] = 0;
    sums.isTouched[element] = 0;
  }
  sums.count = 0;
  return { indices: indices.subarray(0, count), values: values.subarray(0, count) };
}

/** Most layers reach elements in order; sorting what is in order would take as long as all the rest. */
function sortUnlessSorted(elements: Int32Array): void {
  for (let i = 1; i < elements.length; i++) {
    if ((elements[i] as number) < (elements[i - 1] as number)) {
      elements.sort();
      return;
    }
  }
}

/** The linear nodes behind a node (itself included, in order), and the sources behind them. */
export interface LinearRegion {
  readonly nodes: readonly Node[];
  readonly sources: readonly NodeId[];
}

/** Finds the linear nodes on which a node depends through linear nodes only; `stop`, if given, counts as a source. */
export function linearRegion(graph: Graph, sink: NodeId, stop?: NodeId): LinearRegion {
  const inside = new Set<NodeId>();
  const sources = new Set<NodeId>();
  const pending = [sink];
  for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
    if (inside.has(id)) continue;
    inside.add(id);
    for (const operand of nodeOf(graph, id).inputs) {
      if (operand !== stop && isLinear(nodeOf(graph, operand))) pending.push(operand);
      else sources.add(operand);
    }
  }
  const nodes = graph.nodes.filter(node => inside.has(node.id));
  return { nodes, sources: [...sources].sort((a, b) => a - b) };
}

/** Tells whether the map of a node can be carried through it. */
export function isLinear({ op }: Node): boolean {
  switch (op.kind) {
    case 'dense':
    case 'conv2d':
    case 'affine':
    case 'scale':
    case 'average-pool2d':
    case 'add':
    case 'subtract':
    case 'pad':
    case 'reshape':
    case 'transpose':
    case 'concat':
    case 'rearrange':
      return true;
    default:
      return false;
  }
}

/** Works out the map of a region's last node; undefined when its matrix has more terms than `termsMax`. */
export function linearMapOf(graph: Graph, region: LinearRegion, termsMax: number): LinearMap | undefined {
  const steps = region.nodes.map(node => toStep(graph, node));
  const columns: SparseColumn[][] = [];
  let termCount = 0;
  for (const source of region.sources) {
    const size = elementCount(nodeOf(graph, source).shape);
    const ofSource: SparseColumn[] = [];
    for (let element = 0; element < size; element++) {
      const column = carry(steps, source, element);
      termCount += column.indices.length;
      if (termCount > termsMax) return undefined;
      ofSource.push(column);
    }
    columns.push(ofSource);
  }
  return { sources: region.sources, columns, constant: carryConstants(steps), termCount };
}

/** A node with how each operand reaches it, and room for what arrives. */
interface Step {
  readonly id: NodeId;
  readonly operands: readonly NodeId[];
  readonly scatters: readonly Scatter[];
  readonly bias: Float64Array | undefined;
  readonly sums: Sums;
}

function toStep(graph: Graph, node: Node): Step {
  const size = elementCount(node.shape);
  const shapes = node.inputs.map(id => nodeOf(graph, id).shape);
  return {
    id: node.id,
    operands: node.inputs,
    scatters: node.inputs.map((_, operand) => scatterOf(node, shapes, operand)),
    bias: biasOf(node),
    sums: createSums(size),
  };
}

/** Carries one unit of one element of a source to the last step. */
function carry(steps: readonly Step[], source: NodeId, element: number): SparseColumn {
  const arrived = new Map<NodeId, SparseColumn>([
    [source, { indices: Int32Array.of(element), values: Float64Array.of(1) }],
  ]);
  let last: SparseColumn = { indices: new Int32Array(), values: new Float64Array() };
  for (const step of steps) {
    last = applyStep(step, arrived);
    if (last.indices.length > 0) arrived.set(step.id, last);
  }
  return last;
}

function applyStep(step: Step, arrived: ReadonlyMap<NodeId, SparseColumn>): SparseColumn {
  step.operands.forEach((operand, k) => {
    const column = arrived.get(operand);
    const scatter = step.scatters[k];
    if (column === undefined || scatter === undefined) return;
    const { indices, values } = column;
    for (let i = 0; i < indices.length; i++) scatter(indices[i] as number, values[i] as number, step.sums);
  });
  return takeSums(step.sums);
}

/** Carries all biases to the last step. */
function carryConstants(steps: readonly Step[]): Float64Array {
  const arrived = new Map<NodeId, SparseColumn>();
  let last = new Float64Array();
  for (const step of steps) {
    const { indices, values } = applyStep(step, arrived);
    last = step.bias === undefined ? new Float64Array(step.sums.values.length) : Float64Array.from(step.bias);
    for (const [i, index] of indices.entries()) last[index] = (last[index] as number) + (values[i] as number);
    arrived.set(step.id, { indices: Int32Array.from(last.keys()), values: last });
  }
  return last;
}

function biasOf({ op, shape }: Node): Float64Array | undefined {
  const size = elementCount(shape);
  const tiled = (values: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: size }, (_, i) => values[i % values.length] ?? 0);
  switch (op.kind) {
    case 'dense':
    case 'conv2d':
      return tiled(op.bias);
    case 'affine':
      return tiled(op.shift);
    case 'scale':
      return tiled(typeof op.shift === 'number' ? [op.shift] : op.shift);
    default:
      return undefined;
  }
}

function scatterOf(node: Node, shapes: readonly Shape[], operand: number): Scatter {
  const { op } = node;
  switch (op.kind) {
    case 'dense':
      return denseScatter(op, shapes[0] ?? []);
    case 'conv2d':
      return convScatter(op, shapes[0] ?? [], node.shape);
    case 'affine':
      return affineScatter(op);
    case 'scale': {
      const { factor } = op;
      return (index, value, sums) =>
        addTo(sums, index, value * (typeof factor === 'number' ? factor : (factor[index] as number)));
    }
    case 'average-pool2d':
      return poolScatter(op, shapes[0] ?? [], node.shape);
    case 'subtract':
      return (index, value, sums) => addTo(sums, index, operand === 0 ? value : -value);
    case 'add':
    case 'reshape':
      return (index, value, sums) => addTo(sums, index, value);
    default:
      return moveScatter(node, shapes, operand);
  }
}

function denseScatter({ weights, units }: DenseOp, shape: Shape): Scatter {
  const inputs = shape.at(-1) ?? 1;
  return (index, value, sums) => {
    const [row, input] = [Math.floor(index / inputs), index % inputs];
    addRow(sums, row * units, value, { weights, start: input * units, length: units });
  };
}

function affineScatter({ scale }: AffineOp): Scatter {
  return (index, value, sums) => addTo(sums, index, value * (scale[index % scale.length] as number));
}

function convScatter(op: Conv2dOp, from: Shape, to: Shape): Scatter {
  const [, width = 1, channels = 1] = from;
  const [outHeight = 1, outWidth = 1] = to;
  const { filters, groups, kernelSize, kernel } = op;
  const [groupChannels, groupFilters] = [channels / groups, filters / groups];
  return (index, value, sums) => {
    const channel = index % channels;
    const pixel = Math.floor(index / channels);
    const firstFilter = Math.floor(channel / groupChannels) * groupFilters;
    for (let ky = 0; ky < kernelSize[0]; ky++) {
      const y = windowAt(
        Math.floor(pixel / width) + op.padding.top - ky * op.dilations[0],
        op.strides[0],
        outHeight,
      );
      if (y < 0) continue;
      for (let kx = 0; kx < kernelSize[1]; kx++) {
        const x = windowAt((pixel % width) + op.padding.left - kx * op.dilations[1], op.strides[1], outWidth);
        if (x < 0) continue;
        const row = ((ky * kernelSize[1] + kx) * groupChannels + (channel % groupChannels)) * filters;
        const first = row + firstFilter;
        const target = (y * outWidth + x) * filters + firstFilter;
        addRow(sums, target, value, { weights: kernel, start: first, length: groupFilters });
      }
    }
  };
}

/** The window that begins at a position, or -1. */
function windowAt(position: number, stride: number, count: number): number {
  const window = position / stride;
  return Number.isInteger(window) && window >= 0 && window < count ? window : -1;
}

function poolScatter({ poolSize, strides, padding }: Pool2dOp, from: Shape, to: Shape): Scatter {
  const [height = 1, width = 1, channels = 1] = from;
  const [outHeight = 1, outWidth = 1] = to;
  const inside = (start: number, size: number, limit: number): number =>
    Math.min(limit, start + size) - Math.max(0, start);
  return (index, value, sums) => {
    const pixel = Math.floor(index / channels);
    for (let ky = 0; ky < poolSize[0]; ky++) {
      const y = windowAt(Math.floor(pixel / width) + padding.top - ky, strides[0], outHeight);
      if (y < 0) continue;
      const rows = inside(y * strides[0] - padding.top, poolSize[0], height);
      for (let kx = 0; kx < poolSize[1]; kx++) {
        const x = windowAt((pixel % width) + padding.left - kx, strides[1], outWidth);
        if (x < 0) continue;
        const columns = inside(x * strides[1] - padding.left, poolSize[1], width);
        addTo(sums, (y * outWidth + x) * channels + (index % channels), value / (rows * columns));
      }
    }
  };
}

/** What only moves elements says where each comes from when it moves their numbers, counted from one. */
function moveScatter(node: Node, shapes: readonly Shape[], operand: number): Scatter {
  const targets: number[][] = Array.from({ length: elementCount(shapes[operand] ?? []) }, () => []);
  const numbers = shapes.map((shape, k) => ({
    shape,
    data: Float64Array.from({ length: elementCount(shape) }, (_, i) => (k === operand ? i + 1 : 0)),
  }));
  const [x = { shape: [], data: new Float64Array() }] = numbers;
  const { op, shape } = node;
  const moved = ((): ArrayLike<number> => {
    switch (op.kind) {
      case 'pad':
        return evaluatePad(op.padding.top, op.padding.left, x, shape);
      case 'transpose':
        return evaluateTranspose(op.permutation, x, shape);
      case 'concat':
        return evaluateConcat(op.axis, numbers, node);
      case 'rearrange':
        return op.indices.map(index => index + 1);
      default:
        return x.data;
    }
  })();
  for (let output = 0; output < moved.length; output++) {
    const from = (moved[output] as number) - 1;
    if (from >= 0) targets[from]?.push(output);
  }
  return (index, value, sums) => {
    for (const output of targets[index] ?? []) addTo(sums, output, value);
  };
}
