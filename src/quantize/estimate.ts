/**
 * What a quantised network will cost on plain Groth16, counted from its widths before anything is compiled.
 *
 * The gadgets counted (see noir-templates for their soundness): a boolean row per bit; for a ReLU one product, for a
 * comparison one product (argmax: two, and a selector bit); one linear row each, of which several share one row where
 * their bounded values fit into the field side by side. Linear layers count nothing. An estimate, not a promise: the
 * compiler may save a row here or there.
 */
import { elementCount } from '../graph/index.ts';
import { channelCount } from './bounds.ts';
import { quantNodeOf } from './evaluate.ts';
import type {
  QuantArgmaxOp,
  QuantGraph,
  QuantLeakyReluOp,
  QuantMaxPool2dOp,
  QuantNode,
  QuantReluOp,
} from './types.ts';
import { countTaps, windowOf } from './window.ts';

/** The cost of one node. */
export interface NodeEstimate {
  readonly name: string;
  readonly kind: QuantNode['op']['kind'];
  /** Activations, comparisons or range-checked inputs; 0 for linear nodes. */
  readonly gadgetCount: number;
  /** Boolean and product rows. */
  readonly rowCount: number;
  /** Linear rows before they are packed, and the bits they take side by side. */
  readonly linearCount: number;
  readonly linearBits: number;
}

export interface ConstraintEstimate {
  readonly nodes: readonly NodeEstimate[];
  /** Linear rows after packing. */
  readonly packedLinearCount: number;
  /** One row per public output element. */
  readonly outputCount: number;
  readonly total: number;
}

/** Bits of bounded linear forms that fit into one row of the field. */
const PACK_BITS = 253;

/** Estimates the constraints of a quantised network on plain Groth16, node by node. */
export function constraintEstimate(graph: QuantGraph): ConstraintEstimate {
  const nodes = graph.nodes.map(node => estimateNode(graph, node));
  const linearBits = nodes.reduce((sum, node) => sum + node.linearBits, 0);
  const packedLinearCount = Math.ceil(linearBits / PACK_BITS);
  const outputCount = graph.outputs.reduce((sum, id) => sum + elementCount(quantNodeOf(graph, id).shape), 0);
  const rowCount = nodes.reduce((sum, node) => sum + node.rowCount, 0);
  return { nodes, packedLinearCount, outputCount, total: rowCount + packedLinearCount + outputCount };
}

type Cost = Omit<NodeEstimate, 'name' | 'kind'>;

const FREE: Cost = { gadgetCount: 0, rowCount: 0, linearCount: 0, linearBits: 0 };

function estimateNode(graph: QuantGraph, node: QuantNode): NodeEstimate {
  return { name: node.name, kind: node.op.kind, ...costOf(graph, node) };
}

function costOf(graph: QuantGraph, node: QuantNode): Cost {
  const { op } = node;
  const elements = elementCount(node.shape);
  switch (op.kind) {
    case 'input':
      return { ...FREE, gadgetCount: elements, rowCount: elements * op.bits };
    case 'relu':
    case 'leaky-relu':
      return activationCost(op, elements / channelCount(node.shape));
    case 'max-pool2d':
      return maxPoolCost(graph, node, op);
    case 'argmax':
      return argmaxCost(graph, node, op);
    default:
      return FREE;
  }
}

/** `count` comparisons of `bits` bits: a boolean each bit, some products, one linear row. */
function gadgets(count: number, bits: number, products: number): Cost {
  return {
    gadgetCount: count,
    rowCount: count * (bits + products),
    linearCount: count,
    linearBits: count * (bits + 2),
  };
}

function sumCosts(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, cost) => ({
      gadgetCount: sum.gadgetCount + cost.gadgetCount,
      rowCount: sum.rowCount + cost.rowCount,
      linearCount: sum.linearCount + cost.linearCount,
      linearBits: sum.linearBits + cost.linearBits,
    }),
    FREE,
  );
}

function activationCost(op: QuantReluOp | QuantLeakyReluOp, positions: number): Cost {
  const perChannel = op.quotientBits.flatMap((quotientBits, channel) => {
    const sign = op.sign[channel];
    const capBits = op.kind === 'relu' ? (op.capBits?.[channel] ?? 0) : 0;
    const cap = capBits > 0 ? [{ ...gadgets(positions, capBits, 1), gadgetCount: 0 }] : [];
    if (sign === 'any') return [gadgets(positions, quotientBits + op.shiftBits, 1), ...cap];
    const isConstant = op.kind === 'relu' && sign === 'non-positive';
    if (isConstant || op.shiftBits === 0) return [{ ...FREE, gadgetCount: positions }, ...cap];
    return [gadgets(positions, quotientBits + op.shiftBits, 0), ...cap];
  });
  return sumCosts(perChannel);
}

function maxPoolCost(graph: QuantGraph, node: QuantNode, op: QuantMaxPool2dOp): Cost {
  const [inputId] = node.inputs;
  if (inputId === undefined) return FREE;
  const counts = countTaps(windowOf(op), quantNodeOf(graph, inputId).shape, node.shape);
  const comparisons = counts.reduce((sum, count) => sum + count - 1, 0);
  return sumCosts(op.differenceBits.map(bits => gadgets(comparisons, bits, 1)));
}

function argmaxCost(graph: QuantGraph, node: QuantNode, op: QuantArgmaxOp): Cost {
  const [inputId] = node.inputs;
  const count = inputId === undefined ? 1 : channelCount(quantNodeOf(graph, inputId).shape);
  // selector bit, s * low (not for the last: no best follows) and s * (i - index) (not for the first: a constant)
  const cost = gadgets(count - 1, op.differenceBits, 3);
  return count > 1 ? { ...cost, rowCount: cost.rowCount - 2 } : FREE;
}
