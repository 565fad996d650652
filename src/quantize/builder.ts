/**
 * The state of one quantisation: the nodes so far, and the value of each on every sample.
 *
 * Samples run through the integer nodes as these are made, so that an activation's scale is chosen from the very
 * integers that reach it.
 */
import { BionoirError, InternalError } from '../errors.ts';
import type { Graph, Node, NodeId } from '../graph/index.ts';
import { toNodeId } from '../graph/index.ts';
import { runNodeOnAll } from './batch.ts';
import { magnitude } from './bounds.ts';
import { planNode } from './evaluate.ts';
import { bitLength } from './integers.ts';
import type { ResolvedOptions } from './options.ts';
import type { Bounds, Frame, IntTensor, QuantNode, QuantOp, Shape } from './types.ts';

/** Widest integer, in bits, that the circuit may form: two bits below the field's 254 and room for a rescale. */
export const MAX_FORM_BITS = 250;

/** Most bits that one cut drops: what the division in zkml::integer, which makes the hints, is right for. */
export const MAX_SHIFT_BITS = 126;

export const NEUTRAL_FRAME: Frame = { factor: 1, offset: 0 };

/** A quantised node and its tensor on every sample. */
export interface Value {
  readonly node: QuantNode;
  readonly samples: readonly IntTensor[];
}

export interface Builder {
  readonly graph: Graph;
  readonly options: ResolvedOptions;
  /** The graph comes quantised: its weights are whole numbers and stay as they are. */
  readonly isExact: boolean;
  /** Integers of every input, by sample, then by position in `graph.inputs`. */
  readonly inputSamples: readonly (readonly IntTensor[])[];
  readonly nodes: QuantNode[];
  /** Bits that each float node is worth beyond weightBits or activationBits, since few activations pay for them. */
  readonly extraBits: ReadonlyMap<NodeId, number>;
  /** Values of integer nodes that may still be cut, with their samples. */
  readonly values: Map<NodeId, Value>;
  /** Cuts made, by node and bits. */
  readonly cuts: Map<string, Value>;
  /** Bits that nodes were given, by name. */
  readonly bits: Map<string, number>;
  /** What theorems say of integer nodes beyond their bounds: limits of the sum of each row's magnitudes. */
  readonly rowSums: Map<NodeId, bigint>;
  /** Likewise of each row's length, the root of its sum of squares. */
  readonly rowLengths: Map<NodeId, bigint>;
  /** Rows that a bit more of each float node costs. */
  readonly prices: ReadonlyMap<NodeId, number>;
}

/** What `append` needs to know of a node. */
export interface NodeDraft {
  readonly name: string;
  readonly op: QuantOp;
  readonly shape: Shape;
  readonly scaleBits: number;
  readonly bounds: Bounds;
  readonly frame?: Frame;
}

/**
 * Adds a node and evaluates it on the samples.
 *
 * @throws BOUND_TOO_WIDE when its values may outgrow the field.
 */
export function append(builder: Builder, draft: NodeDraft, operands: readonly Value[]): Value {
  checkWidth(draft.name, draft.op.kind, bitLength(magnitude(draft.bounds)));
  const node = makeNode(builder, draft, operands);
  const plan = planNode(
    node,
    operands.map(operand => operand.node),
  );
  const samples = builder.inputSamples.map((_, sample) => operands.map(operand => sampleOf(operand, sample)));
  return { node, samples: runNodeOnAll(plan, samples) };
}

/** Adds an input node, whose samples are given. */
export function appendInput(builder: Builder, draft: NodeDraft, position: number): Value {
  const node = makeNode(builder, draft, []);
  const samples = builder.inputSamples.flatMap(sample => sample[position] ?? []);
  return { node, samples };
}

function makeNode(builder: Builder, draft: NodeDraft, operands: readonly Value[]): QuantNode {
  const { frame = NEUTRAL_FRAME, ...rest } = draft;
  const isNeutral = frame.factor === 1 && frame.offset === 0;
  const inputs = operands.map(operand => operand.node.id);
  const id = toNodeId(builder.nodes.length);
  const node: QuantNode = { id, ...rest, inputs, ...(isNeutral ? {} : { frame }) };
  builder.nodes.push(node);
  return node;
}

/** Throws BOUND_TOO_WIDE when a form of so many bits comes too near the field. */
export function checkWidth(name: string, kind: string, bits: number): void {
  if (bits <= MAX_FORM_BITS) return;
  throw new BionoirError(
    'BOUND_TOO_WIDE',
    `Node '${name}' (${kind}) may need ${bits} bits; the field has room for ${MAX_FORM_BITS}. Lower weightBits or activationBits, calibrate with widths 'calibrated', or put an activation before it, where the scale is cut.`,
    { details: { node: name, bits, limit: MAX_FORM_BITS }, location: `node '${name}'` },
  );
}

/** Gives the bits that a node's weights or values get: those asked for by name, or more where they are cheap, up to `freeBits`. */
export function bitsFor(builder: Builder, node: Node, bits: number, freeBits: number): number {
  const extra = builder.extraBits.get(node.id) ?? 0;
  const own = builder.options.nodeBits;
  const given = Object.hasOwn(own, node.name) ? own[node.name] : undefined;
  const chosen = given ?? Math.max(bits, Math.min(bits + extra, freeBits));
  builder.bits.set(node.name, chosen);
  return chosen;
}

/** Gives the frame of a node, neutral when left out. */
export function frameOf(node: QuantNode): Frame {
  return node.frame ?? NEUTRAL_FRAME;
}

/** Finds a name for a node that the float graph does not have: the base, numbered when taken. */
export function freshName(builder: Builder, base: string): string {
  const taken = new Set([...builder.graph.nodes, ...builder.nodes].map(node => node.name));
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}_${i}`;
  return name;
}

function sampleOf(value: Value, sample: number): IntTensor {
  const tensor = value.samples[sample];
  if (tensor === undefined) throw new InternalError(`Node '${value.node.name}' lost its sample ${sample}.`);
  return tensor;
}
