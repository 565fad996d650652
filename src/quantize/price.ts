/**
 * What one more bit costs: the number of activations and comparisons whose width grows when a node's output grows by a
 * bit. Activations end the chain, since they cut back to a chosen number of bits.
 *
 * Rounding errors fall with 4^-bits and cost grows with bits, so that for errors of equal weight the best spread of bits
 * gives a node half the logarithm of its cheapness more.
 */
import { elementCount, type Graph, type Node, type NodeId } from '../graph/index.ts';

/** Finds how many bits more each node is worth than one that widens the whole network; infinite where bits are free. */
export function findExtraBits(graph: Graph): Map<NodeId, number> {
  const reached = findReachedGadgets(graph);
  const total = graph.nodes.reduce((sum, node) => sum + gadgetCount(graph, node), 0);
  const extraBits = graph.nodes.map((node): [NodeId, number] => {
    const gadgets = [...(reached.get(node.id) ?? [])];
    const price = gadgets.reduce((sum, gadget) => sum + gadgetCount(graph, gadget), 0);
    return [node.id, price === 0 ? Number.POSITIVE_INFINITY : Math.round(Math.log2(total / price) / 2)];
  });
  return new Map(extraBits);
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
