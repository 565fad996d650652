/**
 * What a quantised network will cost, counted from its widths before anything is compiled: on plain Groth16, or with
 * lookups in a range table (UltraGroth).
 *
 * The gadgets counted (see noir-templates for their soundness): a boolean row per bit, or a row per limb of the table's
 * width and at most two for the rest; for a ReLU one product, for a
 * comparison one product (argmax: two, and a selector bit); one linear row each, of which several share one row where
 * their bounded values fit into the field side by side. Linear layers count nothing. An estimate, not a promise: the
 * compiler may save a row here or there.
 */
import { elementCount } from '../graph/index.ts';
import { boundsAt, channelCount } from './bounds.ts';
import {
  type Cost,
  type Estimation,
  FREE,
  gadgets,
  type NodeEstimate,
  rangeRows,
  sumCosts,
} from './costs.ts';
import { quantNodeOf } from './evaluate.ts';
import { definitionOfQuant, isExtendedQuant } from './operators/index.ts';
import type {
  Bounds,
  QuantArgmaxOp,
  QuantGraph,
  QuantLeakyReluOp,
  QuantMaxPool2dOp,
  QuantNode,
  QuantReluOp,
} from './types.ts';
import { countTaps, windowOf } from './window.ts';

export interface ConstraintEstimate {
  readonly nodes: readonly NodeEstimate[];
  /** Linear rows after packing. */
  readonly packedLinearCount: number;
  /** One row per public output element. */
  readonly outputCount: number;
  /** Rows of the range table; 0 without lookups. */
  readonly tableCount: number;
  readonly total: number;
}

/** Bits of bounded linear forms that fit into one row of the field. */
const PACK_BITS = 253;

/** What the estimate is for. */
export interface EstimateOptions {
  /** Bits of the range table that lookups go to; 0, the default: bits, for plain Groth16. */
  readonly lookupWidth?: number;
  /** Rows of a range of so many bits, in place of one table's; the tables are then not counted here. */
  readonly rangePrice?: (bits: number) => number;
}

/**
 * Estimates the constraints of a quantised network, node by node. With lookups this is an upper estimate: lowering chooses
 * more tables than one where that is cheaper.
 */
export function constraintEstimate(graph: QuantGraph, options: EstimateOptions = {}): ConstraintEstimate {
  const { lookupWidth = 0, rangePrice } = options;
  const estimation = { graph, lookupWidth, ...(rangePrice === undefined ? {} : { rangePrice }) };
  const nodes = graph.nodes.map(node => estimateNode(estimation, node));
  const linearBits = nodes.reduce((sum, node) => sum + node.linearBits, 0);
  const packedLinearCount = Math.ceil(linearBits / PACK_BITS);
  const outputCount = graph.outputs.reduce((sum, id) => sum + elementCount(quantNodeOf(graph, id).shape), 0);
  const rowCount = nodes.reduce((sum, node) => sum + node.rowCount, 0);
  const tableCount = lookupWidth === 0 ? 0 : 2 ** lookupWidth + 1;
  const total = rowCount + packedLinearCount + outputCount + tableCount;
  return { nodes, packedLinearCount, outputCount, tableCount, total };
}

function estimateNode(estimation: Estimation, node: QuantNode): NodeEstimate {
  return { name: node.name, kind: node.op.kind, ...costOf(estimation, node) };
}

function costOf(estimation: Estimation, node: QuantNode): Cost {
  const { op } = node;
  const elements = elementCount(node.shape);
  if (isExtendedQuant(op)) {
    const operands = node.inputs.map(id => quantNodeOf(estimation.graph, id));
    return definitionOfQuant(op).cost?.(estimation, { op, node, operands }) ?? FREE;
  }
  switch (op.kind) {
    case 'input':
      return { ...FREE, gadgetCount: elements, rowCount: elements * rangeRows(estimation, op.bits) };
    case 'relu':
    case 'leaky-relu':
      return activationCost(estimation, node, op);
    case 'max-pool2d':
      return maxPoolCost(estimation, node, op);
    case 'argmax':
      return argmaxCost(estimation, node, op);
    default:
      return FREE;
  }
}

function activationCost(estimation: Estimation, node: QuantNode, op: QuantReluOp | QuantLeakyReluOp): Cost {
  const positions = elementCount(node.shape) / channelCount(node.shape);
  const operands = node.inputs.map(id => quantNodeOf(estimation.graph, id));
  const perChannel = op.quotientBits.flatMap((quotientBits, channel) => {
    const sign = op.sign[channel];
    if (operands.some(({ bounds }) => isConstant(bounds, channel)))
      return [{ ...FREE, gadgetCount: positions }];
    const capBits = op.kind === 'relu' ? (op.capBits?.[channel] ?? 0) : 0;
    const cap = capBits > 0 ? [{ ...gadgets(estimation, positions, [capBits], 1), gadgetCount: 0 }] : [];
    const bits = [quotientBits, op.shiftBits];
    if (sign === 'any') return [gadgets(estimation, positions, bits, 1), ...cap];
    const isZero = op.kind === 'relu' && sign === 'non-positive';
    if (isZero || op.shiftBits === 0) return [{ ...FREE, gadgetCount: positions }, ...cap];
    return [gadgets(estimation, positions, bits, 0), ...cap];
  });
  return sumCosts(perChannel);
}

/** Whether a channel holds one number only, as those of filters without weights do: the compiler computes what becomes of it. */
function isConstant(bounds: Bounds, channel: number): boolean {
  const [min, max] = boundsAt(bounds, channel);
  return min === max;
}

function maxPoolCost(estimation: Estimation, node: QuantNode, op: QuantMaxPool2dOp): Cost {
  const [inputId] = node.inputs;
  if (inputId === undefined) return FREE;
  const counts = countTaps(windowOf(op), quantNodeOf(estimation.graph, inputId).shape, node.shape);
  const comparisons = counts.reduce((sum, count) => sum + count - 1, 0);
  return sumCosts(op.differenceBits.map(bits => gadgets(estimation, comparisons, [bits], 1)));
}

function argmaxCost(estimation: Estimation, node: QuantNode, op: QuantArgmaxOp): Cost {
  const [inputId] = node.inputs;
  const count = inputId === undefined ? 1 : channelCount(quantNodeOf(estimation.graph, inputId).shape);
  // selector bit, s * low (not for the last: no best follows) and s * (i - index) (not for the first: a constant)
  const cost = gadgets(estimation, count - 1, [op.differenceBits], 3);
  return count > 1 ? { ...cost, rowCount: cost.rowCount - 2 } : FREE;
}
