/**
 * Takes products apart where few activations stand behind many of them.
 *
 *     p = f * x                  f: factors, linear in u      x: values, linear in h      p: 6144, in one cell
 *     e = dense(p)               32 sums
 *   ->
 *     e[j] = sum over a of h[a] * (dense of u)[j, a]  +  (dense of u)[j]      12 products for each of the 32 sums
 *
 * What a layer makes of products of two linear forms is bilinear in the few activations behind these forms, and a bilinear
 * form takes as many products as it has variables on its shorter side. Squeeze-and-excite on the decoder of a block of 12
 * hidden units multiplies thousands of values, and the encoder behind needs 12 products for each of its hidden units; several
 * of these share their products when activations read them (quantize/quantizers/bilinear.ts). Its weights are also one
 * layer's instead of four, so that the activations behind are narrower.
 */
import type { NodeSpec } from '../build.ts';
import { nodeOf } from '../build.ts';
import { isLinear, linearMapOf, linearRegion } from '../linear-map.ts';
import { elementCount } from '../shape-text.ts';
import type { Graph, Node, NodeId, Op } from '../types.ts';
import { type BilinearPlan, bilinearWeights, type Factor, readThrough, toRows } from './bilinear-forms.ts';
import { cellLayer, freshName, gatherIndices, joinedSources, replaceNode, toCells } from './cells.ts';

/** Terms of a matrix beyond which nothing is gained. */
const TERMS_MAX = 2 ** 22;
/** The share of the products that must go. */
const SAVED_SHARE_MIN = 0.25;
/** Sums that share products when activations read them: six or more, seen from networks of 6 to 8 bits. */
const SHARING_SUMS = 4;
/** Numbers that a saved product is worth, each of which holds the weights of all sums that share it; and most weights of all. */
const NUMBERS_PER_PRODUCT = 64;
const WEIGHTS_MAX = 2 ** 22;

/** Takes apart what can be; the very same graph when nothing can. */
export function mergeProducts(graph: Graph): Graph {
  let current = graph;
  for (const { name } of graph.nodes.filter(({ op }) => op.kind === 'multiply')) {
    const node = current.nodes.find(candidate => candidate.name === name);
    if (node !== undefined) current = takeApart(current, node) ?? current;
  }
  return current;
}

function takeApart(graph: Graph, product: Node): Graph | undefined {
  const sink = findSink(graph, product);
  if (sink === undefined) return undefined;
  const [left, right] = product.inputs.map(id =>
    factorOf(graph, id, movedFrom(graph, id) ?? layerInput(graph, id)),
  );
  if (left === undefined || right === undefined) return undefined;
  const reading = linearMapOf(graph, linearRegion(graph, sink.id), TERMS_MAX);
  const cells = reading === undefined ? undefined : toCells(reading, elementCount(sink.shape));
  if (reading === undefined || cells === undefined) return undefined;
  const plan = planOf(graph, { reading: toRows(reading), cells }, [left, right]);
  if (plan === undefined) return undefined;
  const before = elementCount(product.shape);
  const sums = cells.supports.length * cells.units;
  const weights = sums * (plan.hubs.inputCount + 1) * plan.values.inputCount;
  const sharing = isReadByActivation(graph, sink) ? SHARING_SUMS : 1;
  const saved = before - (sums * plan.hubs.inputCount) / sharing;
  if (
    saved < SAVED_SHARE_MIN * before ||
    weights > Math.min(WEIGHTS_MAX, NUMBERS_PER_PRODUCT * sharing * saved)
  )
    return undefined;
  return replaceNode(graph, sink, nodesOf(graph, sink, plan));
}

/** The layer over a single position that reads the product, and nothing else, through linear operators; all read it there. */
function findSink(graph: Graph, product: Node): Node | undefined {
  for (const node of graph.nodes.slice(product.id + 1)) {
    if (node.op.kind !== 'conv2d' || node.shape[0] !== 1 || node.shape[1] !== 1) continue;
    const { nodes, sources } = linearRegion(graph, node.id);
    if (sources.length !== 1 || sources[0] !== product.id) continue;
    const inside = new Set<NodeId>([product.id, ...nodes.map(({ id }) => id)]);
    const isRead = (id: NodeId): boolean =>
      graph.outputs.includes(id) ||
      graph.nodes.some(user => user.inputs.includes(id) && !inside.has(user.id));
    if ([...inside].every(id => id === node.id || !isRead(id))) return node;
  }
  return undefined;
}

/** Whether an activation whose range is proved reads a node. */
function isReadByActivation(graph: Graph, { id }: Node): boolean {
  return graph.nodes.some(
    ({ op, inputs }) =>
      inputs.includes(id) && (op.kind === 'relu' || op.kind === 'leaky-relu' || op.kind === 'prelu'),
  );
}

/** A factor with its waist, if it has one. */
interface Side extends Factor {
  readonly id: NodeId;
  readonly waist: NodeId | undefined;
}

function factorOf(graph: Graph, id: NodeId, waist: NodeId | undefined): Side | undefined {
  if (!isLinear(nodeOf(graph, id))) return undefined;
  const near = linearMapOf(graph, linearRegion(graph, id, waist), TERMS_MAX);
  if (near === undefined) return undefined;
  if (waist === undefined) return { id, waist, sources: near.sources, near: toRows(near) };
  const far = linearMapOf(graph, linearRegion(graph, waist), TERMS_MAX);
  return far && { id, waist, sources: far.sources, near: toRows(near), far: toRows(far) };
}

/** The layer behind a node that only moves its elements, if there is one. */
function movedFrom(graph: Graph, id: NodeId): NodeId | undefined {
  let node = nodeOf(graph, id);
  while (node.op.kind === 'rearrange' || node.op.kind === 'reshape')
    node = nodeOf(graph, node.inputs[0] as NodeId);
  return node.id !== id && isLinear(node) ? node.id : undefined;
}

/** What the last layer of weights reads on the way to a node, if that is linear in turn and all goes through it. */
function layerInput(graph: Graph, id: NodeId): NodeId | undefined {
  for (let node = nodeOf(graph, id); isLinear(node) && node.inputs.length === 1; ) {
    const operand = nodeOf(graph, node.inputs[0] as NodeId);
    const isLayer = node.op.kind === 'conv2d' || node.op.kind === 'dense';
    if (isLayer) return isLinear(operand) ? operand.id : undefined;
    node = operand;
  }
  return undefined;
}

/** The shorter side gives the hubs; the longer one is brought to the waist of which its elements read least. */
function planOf(
  graph: Graph,
  { reading, cells }: Pick<BilinearPlan, 'reading' | 'cells'>,
  [left, right]: readonly [Side, Side],
): BilinearPlan | undefined {
  const ofLeft = readThrough(left, cells.supports);
  const ofRight = readThrough(right, cells.supports);
  const isLeftHub = ofLeft.inputCount <= ofRight.inputCount;
  const [hub, hubs] = isLeftHub ? [left, ofLeft] : [right, ofRight];
  const [other, values] = isLeftHub ? [right, ofRight] : [left, ofLeft];
  const waist = layerInput(graph, other.id);
  const value = waist === other.waist ? other : factorOf(graph, other.id, waist);
  return value && { reading, cells, hub, hubs, value, values };
}

function nodesOf(graph: Graph, sink: Node, plan: BilinearPlan): Required<NodeSpec>[] {
  const { cells, hubs, values } = plan;
  const weights = bilinearWeights(plan);
  const cellCount = cells.supports.length;
  const name = (part: string): string => freshName(graph, `${sink.name}_${part}`);
  const hub = joinedSources(graph, name('hubs'), plan.hub.sources);
  const value = joinedSources(graph, name('values'), plan.value.sources);
  const step = (part: string, op: Op, ...inputs: string[]): Required<NodeSpec> => ({
    name: name(part),
    op,
    inputs,
  });
  const label = `gather for ${cellCount} cells`;
  const readHubs = step('hubs', gather([], gatherIndices(hubs), label), hub.name);
  const read = step('read', gather([1, 1], gatherIndices(values), label), value.name);
  const flat = step('values', { kind: 'reshape', shape: [cellCount * values.inputCount] }, read.name);
  const { kernel, bias, restKernel, restBias } = weights;
  const bilinear: Op = { kind: 'bilinear', cells: cellCount, units: cells.units, kernel, bias };
  const products = step('products', bilinear, readHubs.name, flat.name);
  const row = step('row', { kind: 'reshape', shape: sink.shape }, products.name);
  const rest = step('rest', cellLayer(cellCount, restKernel, restBias), read.name);
  const total = { name: sink.name, op: { kind: 'add' } as const, inputs: [row.name, rest.name] };
  return [...hub.nodes, ...value.nodes, readHubs, read, flat, products, row, rest, total];
}

function gather(leading: readonly number[], indices: Int32Array, label: string): Op {
  return { kind: 'rearrange', shape: [...leading, indices.length], indices, label };
}
