/**
 * Multiplies linear layers that follow each other without an activation into one, where that takes no more weights or, for
 * the sake of activations behind, not many more.
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
import type { NodeSpec } from '../build.ts';
import { isLinear, type LinearMap, type LinearRegion, linearMapOf, linearRegion } from '../linear-map.ts';
import { elementCount } from '../shape-text.ts';
import type { Graph, Node, NodeId, Op } from '../types.ts';
import {
  type Cells,
  cellLayer,
  columnsOf,
  freshName,
  gatherIndices,
  joinedSources,
  placesOf,
  replaceNode,
  toCells,
} from './cells.ts';

/** Bits by which a layer of weights widens the activations behind it. */
const LAYER_BITS = 7;
/** Weights that a saved constraint is worth: they cost the compiler's time. */
export const WEIGHTS_PER_CONSTRAINT = 32;

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
  if (!isVectorLayer(graph, sink)) return undefined;
  const region = linearRegion(graph, sink.id);
  const weights = weightsMax(graph, region, sink);
  if (weights === undefined) return undefined;
  const map = linearMapOf(graph, region, weights);
  const cells = map === undefined ? undefined : toCells(map, elementCount(sink.shape));
  if (map === undefined || cells === undefined) return undefined;
  if (sink.shape.length === 1 && cells.supports.length > 1) return undefined;
  if (cells.supports.length * cells.inputCount * cells.units > weights) return undefined;
  return replaceNode(graph, sink, mergedNodes(graph, sink, map, cells));
}

/** What gives a row of numbers: a layer with weights, or the end of a row of linear operators. */
function isVectorLayer(graph: Graph, node: Node): boolean {
  const { op, shape } = node;
  const isVector = shape.length === 1 || (shape.length === 3 && shape[0] === 1 && shape[1] === 1);
  if (!isVector || !isLinear(node)) return false;
  if (op.kind === 'dense' || op.kind === 'conv2d') return true;
  return graph.nodes.some(user => user.inputs.includes(node.id) && !isLinear(user));
}

/**
 * The weights that a layer in place of all may have, if there is more than one layer: those of the layers that nothing
 * but the sink needs, and some for each constraint that activations behind the sink save.
 */
function weightsMax(graph: Graph, region: LinearRegion, sink: Node): number | undefined {
  const layers = region.nodes.filter(({ op }) => weightsIn(op) > 0);
  if (layers.length < 2) return undefined;
  const dropped = new Set<NodeId>([sink.id]);
  for (const node of [...region.nodes].reverse()) {
    const users = graph.nodes.filter(({ inputs }) => inputs.includes(node.id));
    const isNeeded = graph.outputs.includes(node.id) || users.some(({ id }) => !dropped.has(id));
    if (!isNeeded) dropped.add(node.id);
  }
  const replaced = layers.filter(({ id }) => dropped.has(id)).reduce((sum, { op }) => sum + weightsIn(op), 0);
  const isActivated = graph.nodes.some(user => user.inputs.includes(sink.id) && !isLinear(user));
  const savedBits = isActivated ? elementCount(sink.shape) * LAYER_BITS * (layers.length - 1) : 0;
  return replaced + WEIGHTS_PER_CONSTRAINT * savedBits;
}

function weightsIn(op: Op): number {
  if (op.kind === 'dense') return op.weights.length;
  if (op.kind === 'conv2d') return op.kernel.length;
  return op.kind === 'affine' ? op.scale.length : 0;
}

/** The sink as one layer over the elements that its cells read, gathered from the sources. */
function mergedNodes(graph: Graph, sink: Node, map: LinearMap, cells: Cells): Required<NodeSpec>[] {
  const joined = joinedSources(graph, sink.name, map.sources);
  const gather = gatherOp(sink, cells, joined.size);
  const op = layerOp(sink, map, cells);
  if (gather === undefined) return [...joined.nodes, { name: sink.name, op, inputs: [joined.name] }];
  const gathered = { name: freshName(graph, `${sink.name}_gathered`), op: gather, inputs: [joined.name] };
  return [...joined.nodes, gathered, { name: sink.name, op, inputs: [gathered.name] }];
}

/** Gathers what each cell reads, cell by cell; undefined when a single cell reads the whole vector. */
function gatherOp({ shape: sinkShape }: Node, cells: Cells, size: number): Op | undefined {
  const indices = gatherIndices(cells);
  const isVector = sinkShape.length === 1;
  if (isVector && indices.length === size && indices.every((from, to) => from === to)) return undefined;
  const shape = isVector ? [indices.length] : [1, 1, indices.length];
  return { kind: 'rearrange', shape, indices, label: `gather for ${cells.supports.length} cells` };
}

function layerOp(sink: Node, map: LinearMap, cells: Cells): Op {
  const { units, inputCount, supports } = cells;
  const filters = units * supports.length;
  const kernel = new Float32Array(inputCount * filters);
  const places = placesOf(cells);
  columnsOf(map).forEach(({ indices, values }, column) => {
    indices.forEach((row, k) => {
      const input = places[Math.floor(row / units)]?.get(column) ?? 0;
      kernel[input * filters + row] = values[k] as number;
    });
  });
  const bias = Float32Array.from(map.constant);
  if (sink.shape.length === 1) return { kind: 'dense', units, weights: kernel, bias };
  return cellLayer(supports.length, kernel, bias);
}
