/**
 * Balances channels: a channel that the next layer hardly weighs is made smaller by a power of two before its activation,
 * and the next layer's weights for it larger by as much. The network in floats stays the same, number by number but for
 * the scaled channels; in integers the channel proves so many bits fewer, and what it lost in precision was not heard.
 *
 * This is the per-channel choice of scales: a layer has one scale, and 2^-k times a channel's weights under it are its
 * weights under a scale k bits coarser. Any positive factor passes through ReLUs, pools and whatever moves elements
 * (Nagel et al., Data-Free Quantization Through Weight Equalization and Bias Correction, 2019, section 4.1, do it for
 * precision); powers of two keep weights exact. Nothing here is proved or assumed by the circuit.
 */
import type { Conv2dOp, DenseOp, Graph, Node, NodeId } from '../graph/index.ts';

/** Most bits that a channel gives up. */
const MOST_BITS = 6;

type LinearNode = Node & { readonly op: DenseOp | Conv2dOp };

/** Balances all channels between two linear layers with one activation, from the last layer to the first. */
export function balanceChannels(graph: Graph): Graph {
  const nodes = [...graph.nodes];
  const consumers = consumersOf(graph);
  const behind = new Map<NodeId, Float64Array>();
  for (const { id } of [...graph.nodes].reverse()) {
    const before = linearAt(nodes, id);
    const found = before && findNext({ ...graph, nodes }, consumers, id);
    if (before === undefined || found === undefined) continue;
    const { next, channels } = found;
    const importance = importanceOf(
      { next: linearAt(graph.nodes, next.id) ?? next, channels },
      before.shape.at(-1) ?? 1,
      behind,
    );
    behind.set(id, importance);
    const exponents = exponentsOf(importance);
    nodes[id] = scaleOutputs(before, exponents);
    nodes[next.id] = scaleInputs(next, channels, exponents);
  }
  return { ...graph, nodes };
}

function linearAt(nodes: readonly Node[], id: NodeId): LinearNode | undefined {
  const node = nodes[id];
  return node?.op.kind === 'dense' || node?.op.kind === 'conv2d' ? (node as LinearNode) : undefined;
}

/** For each node, those that read it; an output counts as read twice, for it must stay as it is. */
function consumersOf({ nodes, outputs }: Graph): ReadonlyMap<NodeId, readonly NodeId[]> {
  const consumers = new Map<NodeId, NodeId[]>(nodes.map(({ id }) => [id, []]));
  for (const { id, inputs } of nodes) for (const input of inputs) consumers.get(input)?.push(id);
  for (const id of outputs) consumers.get(id)?.push(id, id);
  return consumers;
}

interface Next {
  readonly next: LinearNode;
  /** The first layer's channel that each channel of the next one's operand comes from; -1 for zeros. */
  readonly channels: Int32Array;
}

/** The linear layer behind one activation, if nothing else reads what lies between. */
function findNext(
  graph: Graph,
  consumers: ReadonlyMap<NodeId, readonly NodeId[]>,
  start: NodeId,
): Next | undefined {
  const [shape] = [graph.nodes[start]?.shape ?? []];
  const size = shape.reduce((product, length) => product * length, 1);
  const channelCount = shape.at(-1) ?? 1;
  let origins = Int32Array.from({ length: size }, (_, i) => i % channelCount);
  let isActivated = false;
  for (let id = start; ; ) {
    const [only, ...others] = consumers.get(id) ?? [];
    const node = only === undefined || others.length > 0 ? undefined : graph.nodes[only];
    if (node === undefined) return undefined;
    const linear = linearAt(graph.nodes, node.id);
    if (linear !== undefined) {
      const channels = periodOf(origins, graph.nodes[id]?.shape.at(-1) ?? 1);
      return isActivated && channels !== undefined ? { next: linear, channels } : undefined;
    }
    if (node.op.kind === 'relu' || node.op.kind === 'leaky-relu') {
      if (isActivated || (node.op.kind === 'relu' && node.op.max !== undefined)) return undefined;
      isActivated = true;
    } else {
      const moved = move(node, origins);
      if (moved === undefined) return undefined;
      origins = moved;
    }
    id = node.id;
  }
}

/** Where a node's elements come from, for nodes that move elements or pool within channels. */
function move({ op, shape }: Node, origins: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> | undefined {
  switch (op.kind) {
    case 'reshape':
      return origins;
    case 'rearrange':
      return Int32Array.from(op.indices, index => (index < 0 ? -1 : (origins[index] ?? -1)));
    case 'max-pool2d':
    case 'average-pool2d':
    case 'pad': {
      const channels = periodOf(origins, shape.at(-1) ?? 1);
      const size = shape.reduce((product, length) => product * length, 1);
      return channels && Int32Array.from({ length: size }, (_, i) => channels[i % channels.length] ?? -1);
    }
    default:
      return undefined;
  }
}

/** The origin of each of some channels, if all elements of a channel have the same. */
function periodOf(origins: Int32Array, channelCount: number): Int32Array<ArrayBuffer> | undefined {
  const channels = new Int32Array(channelCount).fill(-1);
  for (const [i, origin] of origins.entries()) {
    if (origin < 0) continue;
    const known = channels[i % channelCount];
    if (known !== -1 && known !== origin) return undefined;
    channels[i % channelCount] = origin;
  }
  return channels;
}

/** The channel of the operand that a weight multiplies. */
function inputChannel({ op }: LinearNode, index: number): number {
  if (op.kind === 'dense') return Math.floor(index / op.units);
  const { filters, groups, kernelSize, kernel } = op;
  const groupChannels = kernel.length / (kernelSize[0] * kernelSize[1] * filters);
  const group = Math.floor((index % filters) / (filters / groups));
  return group * groupChannels + (Math.floor(index / filters) % groupChannels);
}

function weightsOf({ op }: LinearNode): Float32Array {
  return op.kind === 'dense' ? op.weights : op.kernel;
}

/**
 * What an error in each channel does to the outputs, relative to others: the sum of the squares of the next layer's weights,
 * each times what errors in its own channel do. What activations hold back is not known, and left out.
 */
function importanceOf(
  { next, channels }: Next,
  channelCount: number,
  behind: ReadonlyMap<NodeId, Float64Array>,
): Float64Array {
  const outputs = next.shape.at(-1) ?? 1;
  const own = behind.get(next.id) ?? new Float64Array(outputs).fill(1);
  const sums = new Float64Array(channelCount);
  for (const [index, weight] of weightsOf(next).entries()) {
    const channel = channels[inputChannel(next, index)] ?? -1;
    if (channel >= 0) sums[channel] = (sums[channel] ?? 0) + weight * weight * (own[index % outputs] ?? 0);
  }
  const mean = sums.reduce((sum, value) => sum + value, 0) / channelCount;
  return mean === 0 ? sums.fill(1) : sums.map(value => value / mean);
}

/** The bits that a channel of less than mean importance gives up: an error twice as large counts four times. */
function exponentsOf(importance: Float64Array): number[] {
  return Array.from(importance, own =>
    Math.max(0, Math.min(MOST_BITS, Math.round(-Math.log2(Math.max(own, 2 ** (-2 * MOST_BITS))) / 2))),
  );
}

function scaleOutputs(node: LinearNode, exponents: readonly number[]): LinearNode {
  const scale = (_: number, index: number): number => 2 ** -(exponents[index % exponents.length] ?? 0);
  const scaled = (values: Float32Array): Float32Array => values.map((value, i) => value * scale(value, i));
  return withWeights(node, scaled(weightsOf(node)), scaled(node.op.bias));
}

function scaleInputs(node: LinearNode, channels: Int32Array, exponents: readonly number[]): LinearNode {
  const weights = weightsOf(node).map((weight, index) => {
    const channel = channels[inputChannel(node, index)] ?? -1;
    return channel < 0 ? weight : weight * 2 ** (exponents[channel] ?? 0);
  });
  return withWeights(node, weights, node.op.bias);
}

function withWeights(node: LinearNode, weights: Float32Array, bias: Float32Array): LinearNode {
  const { op } = node;
  return { ...node, op: op.kind === 'dense' ? { ...op, weights, bias } : { ...op, kernel: weights, bias } };
}
