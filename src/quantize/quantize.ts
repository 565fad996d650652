/**
 * The quantiser: float graph to integers, node by node.
 *
 * Scales are binary and add up through linear layers; they are cut inside activations only, with rounding. Bounds are
 * exact interval arithmetic from the ranges that the circuit proves of its inputs. See types.ts for what each operator
 * means, frame.ts for scales that are not powers of two, activation.ts for where bits are paid.
 */
import { InternalError } from '../errors.ts';
import {
  type Graph,
  type InputOp,
  isExactGraph,
  isExtended,
  type Node,
  type NodeId,
} from '../graph/index.ts';
import { quantizeArgmax, quantizeLeakyRelu, quantizeMaxPool, quantizeRelu } from './activation.ts';
import { balanceChannels } from './balance.ts';
import { provenRange } from './bounds.ts';
import { appendInput, type Builder, type Value } from './builder.ts';
import { quantizeAveragePool, quantizeConcat, quantizeMove, quantizePad, quantizeSum } from './combine.ts';
import { normaliseScale, withoutFrame } from './frame.ts';
import { toIntTensors } from './inputs.ts';
import { bitLength } from './integers.ts';
import { quantizeAffine, quantizeConv2d, quantizeDense } from './linear.ts';
import { type QuantizeOptions, type ResolvedOptions, resolveOptions, type Sample } from './options.ts';
import { findExtraBits, findPrices } from './price.ts';
import { drawProbe, PROBE_COUNT } from './probes.ts';
import { narrowOperand, quantizeExtended, quantizeSoftmax } from './quantizers/index.ts';
import { copyState, firstDifference, isKept, type State, type Trail } from './trail.ts';
import type { QuantGraph } from './types.ts';

/**
 * Quantises a float graph.
 *
 * @throws UNSUPPORTED_OP for operators without an integer form; BOUND_TOO_WIDE when integers may outgrow the field; USAGE and CALIBRATION for
 * options; INPUT_SHAPE and INPUT_RANGE for calibration samples that do not fit the network's inputs.
 */
export function quantize(graph: Graph, options: QuantizeOptions = {}): QuantGraph {
  return quantizeWithBits(graph, options).quantGraph;
}

/** A network in integers, and the bits that its nodes were given, by name. */
export interface QuantizedWithBits {
  readonly quantGraph: QuantGraph;
  readonly bits: ReadonlyMap<string, number>;
}

/** {@link quantize}, for those who want to know which nodes were given how many bits. */
export function quantizeWithBits(graph: Graph, options: QuantizeOptions = {}): QuantizedWithBits {
  const resolved = resolveOptions(options);
  return finish(run(start(graph, resolved), 0));
}

/** {@link quantizeWithBits}, from the node on in which an earlier one differs. */
export function quantizeAgain(
  graph: Graph,
  options: QuantizeOptions,
  earlier?: Trail,
): QuantizedWithBits & { readonly trail: Trail } {
  const resolved = resolveOptions(options);
  const first = firstDifference(earlier, { graph, options: resolved });
  const known = first === 0 ? undefined : earlier?.states[first];
  const state = known === undefined ? start(graph, resolved) : copyState(known);
  const states = known === undefined ? [] : (earlier?.states.slice(0, first) ?? []);
  const begun = { ...state, builder: { ...state.builder, options: resolved } };
  const record = isKept(graph, state.builder.inputSamples.length)
    ? (before: State) => states.push(copyState(before))
    : () => 0;
  const quantized = finish(run(begun, states.length, record));
  return { ...quantized, trail: { graph, options: resolved, states } };
}

function start(given: Graph, options: ResolvedOptions): State {
  const isExact = isExactGraph(given);
  const graph = options.balance && !isExact ? balanceChannels(given) : given;
  const samples = options.calibration.length > 0 ? options.calibration : probesOf(graph);
  const builder: Builder = {
    graph,
    options,
    isExact,
    inputSamples: samples.map(sample => toIntTensors(graph, sample)),
    nodes: [],
    values: new Map(),
    cuts: new Map(),
    rowSums: new Map(),
    rowLengths: new Map(),
    extraBits: findExtraBits(graph),
    prices: findPrices(graph),
    bits: new Map(),
  };
  return { builder, values: new Map() };
}

/** Quantises all nodes from one on. */
function run(state: State, first: number, record?: (before: State) => void): State {
  const { builder, values } = state;
  const { graph } = builder;
  const lastUses = findLastUses(graph);
  for (const node of graph.nodes.slice(first)) {
    record?.(state);
    const operands = node.inputs.map(id => findValue(values, id));
    const value = quantizeNode(builder, node, operands);
    values.set(node.id, value);
    builder.values.set(value.node.id, value);
    for (const id of graph.nodes.map(other => other.id).filter(id => lastUses.get(id) === node.id)) {
      if (graph.outputs.includes(id)) continue;
      const done = findValue(values, id).node; // no longer needed: give its memory back
      values.set(id, { node: done, samples: [] });
      builder.values.delete(done.id);
    }
  }
  return state;
}

function finish({ builder, values }: State): QuantizedWithBits {
  const { graph } = builder;
  const outputs = graph.outputs.map(id => withoutFrame(builder, findValue(values, id)).node.id);
  const inputs = graph.inputs.map(id => findValue(values, id).node.id);
  const quantGraph = { name: graph.name, nodes: builder.nodes, inputs, outputs };
  return { quantGraph, bits: builder.bits };
}

function findValue(values: ReadonlyMap<NodeId, Value>, id: NodeId): Value {
  const value = values.get(id);
  if (value === undefined) throw new InternalError(`Node ${id} is used before it is quantised.`);
  return value;
}

function probesOf(graph: Graph): Sample[] {
  return Array.from({ length: PROBE_COUNT }, (_, index) =>
    graph.inputs.map(id => {
      const node = graph.nodes[id];
      if (node?.op.kind !== 'input') throw new InternalError(`Node ${id} is listed as an input.`);
      return drawProbe(node.shape, node.op.domain, index);
    }),
  );
}

/** The node after which a tensor is no longer read; what is rearranged may be cut as long as its copies are in use. */
function findLastUses(graph: Graph): Map<NodeId, NodeId> {
  const lastUses = new Map<NodeId, NodeId>();
  for (const node of [...graph.nodes].reverse()) {
    const isCopy = node.op.kind === 'rearrange' || node.op.kind === 'reshape';
    const last = isCopy ? (lastUses.get(node.id) ?? node.id) : node.id;
    for (const id of node.inputs) lastUses.set(id, Math.max(lastUses.get(id) ?? 0, last) as NodeId);
  }
  return lastUses;
}

function quantizeNode(builder: Builder, node: Node, operands: readonly Value[]): Value {
  const { op } = node;
  if (op.kind === 'input') return quantizeInputNode(builder, node, op);
  const [x] = operands;
  if (x === undefined) throw new InternalError(`Node '${node.name}' (${op.kind}) has no operand.`);
  if (isExtended(op)) return quantizeExtended(builder, node, op, operands);
  switch (op.kind) {
    case 'dense':
      return quantizeDense(builder, node, op, narrowOperand(builder, node, x));
    case 'conv2d':
      return quantizeConv2d(builder, node, op, narrowOperand(builder, node, x));
    case 'affine':
      return quantizeAffine(builder, node, op, narrowOperand(builder, node, x));
    case 'relu':
      return quantizeRelu(builder, node, op, x);
    case 'leaky-relu':
      return quantizeLeakyRelu(builder, node, op, x);
    case 'max-pool2d':
      return quantizeMaxPool(builder, node, op, x);
    case 'average-pool2d':
      return quantizeAveragePool(builder, node, op, x);
    case 'pad':
      return quantizePad(builder, node, op, x);
    case 'reshape':
    case 'transpose':
      return quantizeMove(builder, node, op, x);
    case 'add':
    case 'subtract':
      return quantizeSum(builder, node, op, operands);
    case 'concat':
      return quantizeConcat(builder, node, op, operands);
    case 'argmax':
      return quantizeArgmax(builder, node, x);
    case 'softmax':
      return quantizeSoftmax(builder, node, x);
    default:
      return op satisfies never;
  }
}

function quantizeInputNode(builder: Builder, node: Node, op: InputOp): Value {
  const { domain } = op;
  const isSigned = domain.min < 0;
  const bits = isSigned
    ? Math.max(bitLength(BigInt(-domain.min - 1)), bitLength(BigInt(Math.max(0, domain.max)))) + 1
    : bitLength(BigInt(domain.max));
  const [min, max] = provenRange(bits, isSigned);
  const { scaleBits, frame } = normaliseScale(0, { factor: domain.scale, offset: domain.offset });
  const position = builder.graph.inputs.indexOf(node.id);
  const quantised = { kind: 'input', bits, signed: isSigned, domain } as const;
  const bounds = { min: [min], max: [max] };
  const draft = { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds, frame };
  return appendInput(builder, draft, position);
}
