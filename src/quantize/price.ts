/**
 * What one more bit costs: the number of activations and comparisons whose width grows when a node's output grows by a
 * bit. Activations end the chain, since they cut back to a chosen number of bits.
 *
 * Rounding errors fall with 4^-bits and cost grows with bits, so that for errors of equal weight the best spread of bits
 * gives a node half the logarithm of its cheapness more.
 */
import { elementCount, type Graph, type Node, type NodeId, type OpKind } from '../graph/index.ts';

/** Finds how many bits more each node is worth than one that widens the whole network; infinite where bits are free. */
export function findExtraBits(graph: Graph): Map<NodeId, number> {
  const total = graph.nodes.reduce((sum, node) => sum + gadgetCount(graph, node), 0);
  const extraBits = [...findPrices(graph)].map(([id, behind]): [NodeId, number] => {
    const node = graph.nodes[id];
    const own = node?.op.kind === 'function' ? TABLE_ROWS * elementCount(node.shape) : 0;
    const price = behind + own;
    return [id, behind === 0 ? Number.POSITIVE_INFINITY : Math.round(Math.log2(total / price) / 2)];
  });
  return new Map(extraBits);
}

/** Finds the rows that one more bit of each node costs: the activations and comparisons that it widens. */
export function findPrices(graph: Graph): Map<NodeId, number> {
  return new Map([...findPayers(graph)].map(([id, payers]) => [id, total(payers)]));
}

/** Operators whose result has as many bits whatever their operand has. */
const CUTTING: ReadonlySet<OpKind> = new Set([
  'relu',
  'leaky-relu',
  'prelu',
  'function',
  'compare',
  'sign',
  'floor',
  'softmax',
  'argmax',
  'top-k',
  'layer-norm',
]);

/** Rows that a bit more of a function's result takes in its table: a digit, and half a segment's bit with its products. */
const TABLE_ROWS = 4;

/** Operators whose result is cut where that pays (quantizers/narrow.ts): a bit of their operands then costs a row an element. */
const CUT_AFTER: ReadonlySet<OpKind> = new Set(['multiply', 'matmul', 'bilinear', 'l2-normalize']);

/** Rows that a bit costs, by the node that pays them. */
type Payers = Map<NodeId, number>;

/** For each node, the activations, comparisons and cuts that a bit of its output reaches without passing another. */
function findPayers(graph: Graph): Map<NodeId, Payers> {
  const payers = new Map<NodeId, Payers>(graph.nodes.map(node => [node.id, new Map()]));
  for (const node of [...graph.nodes].reverse()) {
    const own: Payers = new Map([[node.id, gadgetCount(graph, node)]]);
    const behind: Payers = CUTTING.has(node.op.kind)
      ? new Map()
      : passedOn(node, payers.get(node.id) ?? new Map());
    for (const id of node.inputs) {
      const into = payers.get(id);
      for (const [payer, rows] of [...behind, ...own]) into?.set(payer, Math.max(rows, into.get(payer) ?? 0));
    }
  }
  return payers;
}

/** What is paid behind a node, or by a cut of its result where that is less. */
function passedOn(node: Node, behind: Payers): Payers {
  const elements = elementCount(node.shape);
  return CUT_AFTER.has(node.op.kind) && elements < total(behind) ? new Map([[node.id, elements]]) : behind;
}

function total(payers: Payers): number {
  return [...payers.values()].reduce((sum, rows) => sum + rows, 0);
}

function gadgetCount(graph: Graph, node: Node): number {
  const { op } = node;
  switch (op.kind) {
    case 'relu':
    case 'leaky-relu':
    case 'prelu':
    case 'function':
    case 'compare':
    case 'sign':
    case 'floor':
    case 'abs':
    case 'maximum':
    case 'minimum':
    case 'reciprocal':
    case 'rsqrt':
      return elementCount(node.shape);
    case 'softmax': // its powers have fewer bits than activations, and so may its operand
      return 2 * elementCount(node.shape);
    case 'l2-normalize':
      return rowCount(node);
    case 'layer-norm':
      return elementCount(node.shape) + ROOT_RANGES * rowCount(node);
    case 'reduce':
      return op.reduction === 'max' || op.reduction === 'min' ? operandCount(graph, node) : 0;
    case 'max-pool2d':
      return elementCount(node.shape) * (op.poolSize[0] * op.poolSize[1] - 1);
    case 'argmax':
    case 'top-k':
      return operandCount(graph, node) - 1;
    default:
      return 0;
  }
}

/** Ranges of a reciprocal root that grow by a bit when its operand's root does. */
const ROOT_RANGES = 3;

function rowCount({ shape }: Node): number {
  return elementCount(shape) / (shape.at(-1) ?? 1);
}

/** Elements of the first operand. */
function operandCount(graph: Graph, node: Node): number {
  const [id] = node.inputs;
  return id === undefined ? 0 : elementCount(graph.nodes[id]?.shape ?? []);
}
