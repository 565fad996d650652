/**
 * What one more bit costs: the number of activations and comparisons whose width grows when a node's output grows by a
 * bit. Activations end the chain, since they cut back to a chosen number of bits.
 */
import { elementCount, type Graph, type Node, type NodeId } from '../graph/index.ts';

/** A node is cheap when at most this share of the network's activations and comparisons would grow with it. */
const CHEAP_SHARE = 1 / 32;

/** Finds the nodes whose output may as well be precise: behind the last activation, or before a handful of them. */
export function findCheapNodes(graph: Graph): Set<NodeId> {
  const reached = findReachedGadgets(graph);
  const total = graph.nodes.reduce((sum, node) => sum + gadgetCount(graph, node), 0);
  const cheap = graph.nodes.filter(node => {
    const gadgets = [...(reached.get(node.id) ?? [])];
    return gadgets.reduce((sum, gadget) => sum + gadgetCount(graph, gadget), 0) <= total * CHEAP_SHARE;
  });
  return new Set(cheap.map(node => node.id));
}

/** For each node, the activations and comparisons that its output reaches without passing an activation. */
function findReachedGadgets(graph: Graph): Map<NodeId, Set<Node>> {
  const reached = new Map<NodeId, Set<Node>>(graph.nodes.map(node => [node.id, new Set()]));
  for (const node of [...graph.nodes].reverse()) {
    const isActivation = node.op.kind === 'relu' || node.op.kind === 'leaky-relu';
    const behind = isActivation ? [] : (reached.get(node.id) ?? []);
    const own = gadgetCount(graph, node) > 0 ? [node] : [];
    for (const id of node.inputs) for (const gadget of [...own, ...behind]) reached.get(id)?.add(gadget);
  }
  return reached;
}

function gadgetCount(graph: Graph, node: Node): number {
  const { op } = node;
  switch (op.kind) {
    case 'relu':
    case 'leaky-relu':
      return elementCount(node.shape);
    case 'max-pool2d':
      return elementCount(node.shape) * (op.poolSize[0] * op.poolSize[1] - 1);
    case 'argmax':
      return elementCount(node.inputs.flatMap(id => graph.nodes[id]?.shape ?? [])) - 1;
    default:
      return 0;
  }
}
