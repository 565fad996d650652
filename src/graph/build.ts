/**
 * Builds a checked Graph from a list of named nodes: the only way in which importers, passes and tests make one.
 *
 * What holds of every graph built here: names are unique; operands stand before their users; shapes and weight lengths
 * fit; every weight is a finite number; every input has a sensible domain.
 */
import { BionoirError } from '../errors.ts';
import { definitionOf, isExtended } from './operators/index.ts';
import { inferShape } from './shapes.ts';
import type { Graph, InputDomain, Node, NodeId, Op } from './types.ts';

/** A node as an importer or a test writes it: operands by name. */
export interface NodeSpec {
  readonly name: string;
  readonly op: Op;
  /** Names of the operands; the node before this one when left out. */
  readonly inputs?: readonly string[];
}

export interface GraphSpec {
  readonly name: string;
  /** In topological order. */
  readonly nodes: readonly NodeSpec[];
  /** Names of the input nodes in the caller's order; in order of appearance when left out. */
  readonly inputs?: readonly string[];
  /** Names of the output nodes; the last node when left out. */
  readonly outputs?: readonly string[];
}

/** A spec that leaves nothing to defaults. */
export interface CompleteGraphSpec extends Required<GraphSpec> {
  readonly nodes: readonly Required<NodeSpec>[];
}

/** The domain of a network trained on 8-bit pixels scaled to [0, 1]. */
export const PIXEL_DOMAIN: InputDomain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };

/** Marks a plain index as a node id. */
export function toNodeId(index: number): NodeId {
  return index as NodeId; // the brand constructor
}

/**
 * Builds a graph: resolves names, infers shapes and checks weights.
 *
 * @throws MALFORMED_GRAPH for structure, SHAPE_MISMATCH for shapes, MALFORMED_WEIGHTS for weights that are not finite.
 */
export function buildGraph(spec: GraphSpec): Graph {
  const ids = new Map<string, NodeId>();
  const nodes: Node[] = [];
  for (const nodeSpec of spec.nodes) {
    const node = buildNode(nodeSpec, ids, nodes);
    ids.set(node.name, node.id);
    nodes.push(node);
  }
  const inputNames = nodes.filter(node => node.op.kind === 'input').map(node => node.name);
  const lastName = nodes[nodes.length - 1]?.name;
  if (inputNames.length === 0 || lastName === undefined) {
    throw malformed(`Graph '${spec.name}' has no input node; it needs at least one.`, { graph: spec.name });
  }
  const inputs = spec.inputs ?? inputNames;
  checkInputList(spec.name, inputs, inputNames);
  const outputs = spec.outputs ?? [lastName];
  if (outputs.length === 0) {
    throw malformed(`Graph '${spec.name}' has no output; name at least one node.`, { graph: spec.name });
  }
  const find = (name: string): NodeId => resolve(ids, name, `graph '${spec.name}'`);
  return { name: spec.name, nodes, inputs: inputs.map(find), outputs: outputs.map(find) };
}

/** Turns a graph back into the spec that builds it: passes edit specs and build again. */
export function toGraphSpec(graph: Graph): CompleteGraphSpec {
  const nameOf = (id: NodeId): string => nodeOf(graph, id).name;
  return {
    name: graph.name,
    nodes: graph.nodes.map(node => ({ name: node.name, op: node.op, inputs: node.inputs.map(nameOf) })),
    inputs: graph.inputs.map(nameOf),
    outputs: graph.outputs.map(nameOf),
  };
}

/**
 * Finds a node by its id.
 *
 * @throws MALFORMED_GRAPH when the graph has no such node.
 */
export function nodeOf(graph: Graph, id: NodeId): Node {
  const node = graph.nodes[id];
  if (node !== undefined) return node;
  throw malformed(`Graph '${graph.name}' has no node ${id}; it has ${graph.nodes.length} nodes.`, { id });
}

function malformed(message: string, details: Readonly<Record<string, unknown>>): BionoirError {
  return new BionoirError('MALFORMED_GRAPH', message, { details });
}

function buildNode(spec: NodeSpec, ids: ReadonlyMap<string, NodeId>, nodes: readonly Node[]): Node {
  const { name, op } = spec;
  if (ids.has(name)) {
    throw malformed(`Two nodes are called '${name}'; names must be unique in a graph.`, { node: name });
  }
  const previous = nodes[nodes.length - 1];
  const fallback = op.kind === 'input' || previous === undefined ? [] : [previous.name];
  const inputs = (spec.inputs ?? fallback).map(input => resolve(ids, input, `node '${name}'`));
  const shapes = inputs.map(id => nodes[id]?.shape ?? []);
  const shape = inferShape(op, shapes, name);
  checkValues(name, op);
  return { id: toNodeId(nodes.length), name, op, inputs, shape };
}

function resolve(ids: ReadonlyMap<string, NodeId>, name: string, user: string): NodeId {
  const id = ids.get(name);
  if (id !== undefined) return id;
  throw malformed(`The ${user} refers to '${name}', which is not a node before it; list nodes in order.`, {
    missing: name,
  });
}

function checkInputList(graph: string, inputs: readonly string[], inputNames: readonly string[]): void {
  const same = inputs.length === inputNames.length && inputNames.every(name => inputs.includes(name));
  if (same) return;
  const message = `Graph '${graph}' lists the inputs [${inputs.join(', ')}], but its input nodes are [${inputNames.join(', ')}]; list each once.`;
  throw malformed(message, { inputs, inputNodes: inputNames });
}

function checkValues(name: string, op: Op): void {
  for (const [what, values] of weightsOf(op)) checkFinite(name, what, values);
  if (op.kind === 'input') checkDomain(name, op.domain);
  if (op.kind === 'relu' && op.max !== undefined && !(op.max > 0 && Number.isFinite(op.max))) {
    throw malformed(`ReLU '${name}' has the cap ${op.max}; a cap must be a positive number.`, { node: name });
  }
  if (op.kind === 'leaky-relu' && !Number.isFinite(op.slope)) {
    throw malformed(`Leaky ReLU '${name}' has the slope ${op.slope}; it must be a number.`, { node: name });
  }
  const complaint = isExtended(op) ? definitionOf(op).complaint?.(op) : undefined;
  if (complaint !== undefined) {
    throw malformed(`Node '${name}' (${op.kind}) has ${complaint}.`, { node: name });
  }
}

/** Lists the weight arrays of an operator, each with its name. */
export function weightsOf(op: Op): [what: string, values: Float32Array][] {
  if (isExtended(op)) return definitionOf(op).weights?.(op) ?? [];
  switch (op.kind) {
    case 'dense':
      return [
        ['weights', op.weights],
        ['bias', op.bias],
      ];
    case 'conv2d':
      return [
        ['kernel', op.kernel],
        ['bias', op.bias],
      ];
    case 'affine':
      return [
        ['scale', op.scale],
        ['shift', op.shift],
      ];
    default:
      return [];
  }
}

function checkFinite(name: string, what: string, values: Float32Array): void {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += (values[i] as number) * 0; // NaN as soon as one value is not finite
  if (zero === 0) return;
  const index = values.findIndex(value => !Number.isFinite(value));
  throw new BionoirError(
    'MALFORMED_WEIGHTS',
    `The ${what} of node '${name}' hold ${values[index]} at index ${index}; every weight must be a finite number. Was training stable?`,
    { details: { node: name, what, index, value: values[index] }, location: `node '${name}'` },
  );
}

function checkDomain(name: string, domain: InputDomain): void {
  const { min, max, scale, offset } = domain;
  const whole = Number.isSafeInteger(min) && Number.isSafeInteger(max) && min < max;
  if (whole && Number.isFinite(scale) && scale !== 0 && Number.isFinite(offset)) return;
  throw malformed(
    `Input '${name}' has the domain { min: ${min}, max: ${max}, scale: ${scale}, offset: ${offset} }; min < max must be whole numbers, scale a number other than zero, offset a number.`,
    { node: name, domain },
  );
}
