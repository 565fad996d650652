/**
 * Multiplies linear layers that follow each other without an activation into one, where that takes no more weights.
 *
 *     d: 256 = dense(h)  256x72 weights, in 16 cells          e: 1152 = conv2d(g)  one dense layer for each cell
 *     p = patches(d)                                    ->    with g = the elements of h that each cell reads
 *     e: 1152 = conv2d(p) 256x72 weights, in 16 cells
 *
 * The decoder of one block and the encoder of the next become one matrix for each cell; so do a strided convolution and
 * the encoder behind it, and dense layers without activations. What it brings is not constraints for weights (they cost none)
 * but precision: each layer's weights are rounded to integers and widen every activation behind them by their bits, and
 * now there is one such layer instead of several.
 */
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import { type LinearMap, type LinearRegion, linearMapOf, linearRegion } from '../linear-map.ts';
import { elementCount } from '../shape-text.ts';
import type { Graph, Node, NodeId, Op } from '../types.ts';
import { removeDeadNodes } from './rewrite.ts';

/** Merges what can be merged; the very same graph when nothing can. */
export function mergeLinear(graph: Graph): Graph {
  let current = graph;
  for (const { name } of graph.nodes) {
    const node = current.nodes.find(candidate => candidate.name === name);
    if (node !== undefined) current = mergeInto(current, node) ?? current;
  }
  return current;
}

function mergeInto(graph: Graph, sink: Node): Graph | undefined {
  if (!isVectorLayer(sink)) return undefined;
  const region = linearRegion(graph, sink.id);
  const weights = replacedWeights(graph, region, sink.id);
  if (weights === undefined) return undefined;
  const map = linearMapOf(graph, region, weights);
  const cells = map === undefined ? undefined : toCells(map, elementCount(sink.shape));
  if (map === undefined || cells === undefined) return undefined;
  if (sink.op.kind === 'dense' && cells.supports.length > 1) return undefined;
  if (cells.supports.length * cells.inputCount * cells.units > weights) return undefined;
  return replaceNode(graph, sink, mergedNodes(graph, sink, map, cells));
}

/** Layers whose output is a row of numbers: dense layers of a vector, and convolutions over a single position. */
function isVectorLayer({ op, shape }: Node): boolean {
  if (op.kind === 'dense') return shape.length === 1;
  return op.kind === 'conv2d' && shape[0] === 1 && shape[1] === 1;
}

/** The weights of the layers that nothing but the sink needs, if there is more than one such layer. */
function replacedWeights(graph: Graph, region: LinearRegion, sink: NodeId): number | undefined {
  const dropped = new Set<NodeId>([sink]);
  for (const node of [...region.nodes].reverse()) {
    const users = graph.nodes.filter(({ inputs }) => inputs.includes(node.id));
    const isNeeded = graph.outputs.includes(node.id) || users.some(({ id }) => !dropped.has(id));
    if (!isNeeded) dropped.add(node.id);
  }
  const layers = region.nodes.filter(({ id, op }) => dropped.has(id) && weightsIn(op) > 0);
  return layers.length < 2 ? undefined : layers.reduce((sum, { op }) => sum + weightsIn(op), 0);
}

function weightsIn(op: Op): number {
  if (op.kind === 'dense') return op.weights.length;
  if (op.kind === 'conv2d') return op.kernel.length;
  return op.kind === 'affine' ? op.scale.length : 0;
}

/** Rows of the matrix that read the same elements, side by side: cell i holds rows i * units to (i + 1) * units - 1. */
interface Cells {
  readonly units: number;
  readonly inputCount: number;
  /** For each cell, the columns that it reads, counted over all sources. */
  readonly supports: readonly (readonly number[])[];
}

function toCells(map: LinearMap, rowCount: number): Cells | undefined {
  const supports: number[][] = Array.from({ length: rowCount }, () => []);
  map.columns.flat().forEach(({ indices }, column) => {
    for (const row of indices) supports[row]?.push(column);
  });
  const starts = supports.flatMap((support, row) =>
    row > 0 && isEqual(support, supports[row - 1]) ? [] : [row],
  );
  const units = rowCount / starts.length;
  if (!starts.every((row, cell) => row === cell * units)) return undefined;
  const cells = starts.map(row => supports[row] ?? []);
  return { units, supports: cells, inputCount: Math.max(1, ...cells.map(support => support.length)) };
}

function isEqual(a: readonly number[], b: readonly number[] | undefined): boolean {
  return a.length === b?.length && a.every((value, i) => value === b[i]);
}

/** The sink as one layer over the elements that its cells read, gathered from the sources. */
function mergedNodes(graph: Graph, sink: Node, map: LinearMap, cells: Cells): Required<NodeSpec>[] {
  const names = map.sources.map(id => nodeOf(graph, id).name);
  const sizes = map.sources.map(id => elementCount(nodeOf(graph, id).shape));
  const name = (part: string): string => freshName(graph, `${sink.name}_${part}`);
  const flat = map.sources.map((_, i): Required<NodeSpec> => {
    const source = map.sources.length === 1 ? '' : `_${i + 1}`;
    return {
      name: name(`flat${source}`),
      op: { kind: 'reshape', shape: [sizes[i] ?? 0] },
      inputs: names.slice(i, i + 1),
    };
  });
  const joined: Required<NodeSpec>[] =
    flat.length === 1
      ? flat
      : [
          ...flat,
          { name: name('joined'), op: { kind: 'concat', axis: 0 }, inputs: flat.map(node => node.name) },
        ];
  const whole = joined.at(-1)?.name ?? '';
  const gather = gatherOp(sink, cells, sum(sizes));
  const op = layerOp(sink, map, cells);
  if (gather === undefined) return [...joined, { name: sink.name, op, inputs: [whole] }];
  const gathered = { name: name('gathered'), op: gather, inputs: [whole] };
  return [...joined, gathered, { name: sink.name, op, inputs: [gathered.name] }];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Gathers what each cell reads, cell by cell; undefined when a single cell reads the whole vector. */
function gatherOp({ op }: Node, { supports, inputCount }: Cells, size: number): Op | undefined {
  const indices = new Int32Array(supports.length * inputCount).fill(-1);
  supports.forEach((support, cell) => {
    indices.set(support, cell * inputCount);
  });
  const isVector = op.kind === 'dense';
  if (isVector && indices.length === size && indices.every((from, to) => from === to)) return undefined;
  const shape = isVector ? [indices.length] : [1, 1, indices.length];
  return { kind: 'rearrange', shape, indices, label: `gather for ${supports.length} cells` };
}

function layerOp(sink: Node, map: LinearMap, { units, inputCount, supports }: Cells): Op {
  const filters = units * supports.length;
  const kernel = new Float32Array(inputCount * filters);
  const places = new Map(
    supports.flatMap((support, cell) => support.map((column, i) => [`${cell},${column}`, i])),
  );
  map.columns.flat().forEach(({ indices, values }, column) => {
    indices.forEach((row, k) => {
      const input = places.get(`${Math.floor(row / units)},${column}`) ?? 0;
      kernel[input * filters + row] = values[k] as number;
    });
  });
  const bias = Float32Array.from(map.constant);
  if (sink.op.kind === 'dense') return { kind: 'dense', units, weights: kernel, bias };
  return {
    kind: 'conv2d',
    filters,
    kernelSize: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    groups: supports.length,
    kernel,
    bias,
  };
}

function freshName(graph: Graph, base: string): string {
  let name = base;
  for (let i = 2; graph.nodes.some(node => node.name === name); i++) name = `${base}_${i}`;
  return name;
}

function replaceNode(graph: Graph, old: Node, nodes: readonly Required<NodeSpec>[]): Graph {
  const spec = toGraphSpec(graph);
  const at = spec.nodes.findIndex(({ name }) => name === old.name);
  const replaced = [...spec.nodes.slice(0, at), ...nodes, ...spec.nodes.slice(at + 1)];
  return removeDeadNodes(buildGraph({ ...spec, nodes: replaced }));
}
