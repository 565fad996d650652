/**
 * Walks the nodes of an ONNX graph in an order in which operands come first, leaves out what no output needs, and hands
 * each node to its operator's importer. A model's own functions and the branches of If are walked in place.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  type Call,
  type Importer,
  malformedNode,
  nameCall,
  type Part,
  unsupported,
  type Value,
} from './context.ts';
import { foldNode } from './fold.ts';
import { findOperator, supportedOnnxOps } from './operators/index.ts';
import { recognisePatterns } from './patterns.ts';
import type { AttributeProto, FunctionProto, GraphProto, NodeProto, OpsetProto } from './proto.ts';
import { decodeTensor } from './tensors.ts';

/** What the whole import shares. */
export interface Walk {
  readonly importer: Importer;
  readonly functions: ReadonlyMap<string, FunctionProto>;
}

/** Names that a graph sees: its own, and (in a branch) those around it. */
interface Scope {
  readonly values: Map<string, Value>;
  readonly outer?: Scope;
  readonly opsets: ReadonlyMap<string, number>;
  /** In a function body: the attributes of the call. */
  readonly callAttributes?: ReadonlyMap<string, AttributeProto>;
  readonly depth: number;
  /** Names that the nodes of this graph make: a branch inside it waits for those that it takes. */
  readonly pending: Set<string>;
}

/** Deeper nests of functions and branches than any exporter writes: a function may call itself. */
const DEPTH_MAX = 32;

interface Body {
  readonly nodes: readonly NodeProto[];
  readonly outputs: readonly string[];
  readonly what: string;
}

/** Imports a model's main graph, whose inputs are given as values; returns its outputs. */
export function importMainGraph(walk: Walk, graph: GraphProto, inputs: ReadonlyMap<string, Value>): Value[] {
  const scope: Scope = {
    values: new Map(inputs),
    opsets: walk.importer.opsets,
    depth: 0,
    pending: new Set(),
  };
  return importGraphIn(walk, graph, scope);
}

function importGraphIn(walk: Walk, graph: GraphProto, scope: Scope): Value[] {
  if (graph.sparseInitializers.length > 0) {
    throw malformedGraph('The model has sparse initialisers, which are not read; make them dense.', {});
  }
  const outputs = graph.outputs.map(output => output.name ?? '');
  const nodes = recognisePatterns(graph.nodes, graph.initializers, walk.importer);
  const needed = findNeeded(nodes, outputs);
  for (const tensor of graph.initializers) {
    const name = tensor.name ?? '';
    if (needed.has(name) && !scope.values.has(name)) {
      scope.values.set(name, decodeTensor(tensor, name, walk.importer.files));
    }
  }
  return walkNodes(walk, { nodes, outputs, what: `graph '${graph.name ?? ''}'` }, scope, needed);
}

function malformedGraph(message: string, details: Readonly<Record<string, unknown>>): BionoirError {
  return new BionoirError('MALFORMED_MODEL', message, { details });
}

/** The names from which some output follows, names used inside branches included. */
function findNeeded(nodes: readonly NodeProto[], outputs: readonly string[]): Set<string> {
  const makers = new Map(nodes.flatMap(node => node.outputs.map(output => [output, node] as const)));
  const needed = new Set<string>();
  const waiting = [...outputs];
  while (waiting.length > 0) {
    const name = waiting.pop() as string; // the list is not empty
    if (needed.has(name) || name === '') continue;
    needed.add(name);
    const maker = makers.get(name);
    if (maker !== undefined) waiting.push(...maker.inputs, ...capturedNames(maker));
  }
  return needed;
}

/** Names that the graphs inside a node may take from around it. */
function capturedNames(node: NodeProto): string[] {
  return node.attributes.flatMap(({ graph }) => {
    if (graph === undefined) return [];
    const inner = graph.nodes.flatMap(child => [...child.inputs, ...capturedNames(child)]);
    return [...inner, ...graph.outputs.map(output => output.name ?? '')];
  });
}

/** Imports every needed node once its operands are known. */
function walkNodes(walk: Walk, body: Body, scope: Scope, needed: ReadonlySet<string>): Value[] {
  for (const node of body.nodes) for (const output of node.outputs) scope.pending.add(output);
  let waiting = body.nodes.filter(node => node.outputs.some(output => needed.has(output)));
  while (waiting.length > 0) {
    const postponed = waiting.filter(node => !tryNode(walk, node, scope, needed));
    if (postponed.length === waiting.length) throw stuck(body, postponed, scope);
    waiting = postponed;
  }
  return body.outputs.map(name => {
    const value = lookUp(scope, name);
    if (value !== undefined) return value;
    throw malformedGraph(
      `The ${body.what} gives '${name}', which no node makes. Check the model with onnx.checker.`,
      { output: name },
    );
  });
}

function lookUp(scope: Scope, name: string): Value | undefined {
  return scope.values.get(name) ?? (scope.outer === undefined ? undefined : lookUp(scope.outer, name));
}

/** Imports a node if all its operands are known; says whether it did. */
function tryNode(walk: Walk, node: NodeProto, scope: Scope, needed: ReadonlySet<string>): boolean {
  const inputs = node.inputs.map(name => (name === '' ? undefined : lookUp(scope, name)));
  const isKnown = (name: string, i: number): boolean => name === '' || inputs[i] !== undefined;
  if (!node.inputs.every(isKnown)) return false;
  const isReady = capturedNames(node).every(name => !needed.has(name) || !isPending(scope, name));
  if (!isReady) return false;
  const outputs = importNode(walk, node, scope, { inputs, needed });
  for (const [i, name] of node.outputs.entries()) {
    const value = outputs[i];
    if (value !== undefined && name !== '') scope.values.set(name, value);
    else if (needed.has(name)) {
      throw malformedNode(
        describeNode(node),
        `gives ${outputs.length} outputs, but '${name}' is its output ${i}`,
      );
    }
  }
  return true;
}

/** A name that a node of this graph makes, and has not made yet. */
function isPending(scope: Scope, name: string): boolean {
  return scope.pending.has(name) && !scope.values.has(name);
}

function describeNode(node: NodeProto): Pick<Call, 'opType' | 'name'> {
  return { opType: node.opType ?? '(no operator)', name: node.name || node.outputs[0] || 'unnamed' };
}

function stuck(body: Body, waiting: readonly NodeProto[], scope: Scope): BionoirError {
  const [first] = waiting;
  const missing = first?.inputs.find(name => name !== '' && lookUp(scope, name) === undefined);
  const node = first === undefined ? body.what : nameCall(describeNode(first));
  return malformedGraph(
    `${node} takes '${missing}', which is never computed: an initialiser or input is missing, or the nodes form a cycle. Check the model with onnx.checker.`,
    { missing, waiting: waiting.map(other => describeNode(other).name) },
  );
}

interface Operands {
  readonly inputs: readonly (Value | undefined)[];
  readonly needed: ReadonlySet<string>;
}

function importNode(walk: Walk, node: NodeProto, scope: Scope, operands: Operands): readonly Value[] {
  const { opType, name } = describeNode(node);
  const domain = plainDomain(node.domain);
  const call: Call = {
    importer: walk.importer,
    opType,
    name,
    inputs: operands.inputs,
    attributes: attributesOf(node, scope),
    opset: scope.opsets.get(domain) ?? 1,
    usedOutputs: node.outputs.map(output => output !== '' && operands.needed.has(output)),
    importSubgraph: (graph, inputs = []) => {
      const inner = innerScope(call, scope);
      for (const [i, input] of graph.inputs.entries()) {
        const value = inputs[i];
        if (value !== undefined) inner.values.set(input.name ?? '', value);
      }
      return importGraphIn(walk, graph, inner);
    },
    importPart,
  };
  const body = walk.functions.get(`${domain}:${opType}`);
  if (body !== undefined) return importFunctionBody(walk, body, call, scope);
  return importOperator(call, domain);
}

function importOperator(call: Call, domain: string): readonly Value[] {
  const operator = findOperator(domain, call.opType);
  if (operator === undefined) throw unknownOperator(call, domain);
  const isKnown = call.inputs.length > 0 && call.inputs.every(value => value?.kind !== 'variable');
  return isKnown && !operator.takesConstants ? foldNode(call, operator.import) : operator.import(call);
}

/** The operator set that parts of operators are written in: axes as operands, softmax over one axis. */
const PART_OPSET = 18;

function importPart(call: Call, { opType, inputs, attributes }: Part): Value {
  const protos = Object.entries(attributes).map(
    ([name, value]) => [name, partAttribute(name, value)] as const,
  );
  const part: Call = {
    ...call,
    opType,
    inputs,
    attributes: new Map(protos),
    opset: PART_OPSET,
    usedOutputs: [true],
  };
  const [result] = importOperator(part, '');
  if (result !== undefined) return result;
  throw malformedNode(call, `has a part ${opType} without a result`);
}

function partAttribute(name: string, value: number | readonly number[] | string): AttributeProto {
  const none = { name, floats: [], ints: [], strings: [] };
  if (typeof value === 'string') return { ...none, string: new TextEncoder().encode(value) };
  return typeof value === 'number' ? { ...none, int: value, float: value } : { ...none, ints: value };
}

function plainDomain(domain: string | undefined): string {
  return domain === undefined || domain === 'ai.onnx' ? '' : domain;
}

/** Versions of the operator sets by domain. */
export function readOpsets(opsets: readonly OpsetProto[]): Map<string, number> {
  return new Map(opsets.map(opset => [plainDomain(opset.domain), opset.version ?? 1]));
}

function attributesOf(node: NodeProto, scope: Scope): Map<string, AttributeProto> {
  const attributes = new Map<string, AttributeProto>();
  for (const attribute of node.attributes) {
    const name = attribute.name ?? '';
    const { reference } = attribute;
    const value = reference ? scope.callAttributes?.get(reference) : attribute;
    if (value !== undefined) attributes.set(name, value);
  }
  return attributes;
}

function innerScope(call: Call, outer: Scope): Scope {
  if (outer.depth >= DEPTH_MAX) {
    throw unsupported(call, `is nested ${DEPTH_MAX} deep`, 'Inline the functions of the model.');
  }
  const { callAttributes } = outer;
  const inherited = callAttributes === undefined ? {} : { callAttributes };
  return {
    values: new Map(),
    outer,
    opsets: outer.opsets,
    depth: outer.depth + 1,
    pending: new Set(),
    ...inherited,
  };
}

/** A function sees its operands and attributes only. */
function importFunctionBody(walk: Walk, body: FunctionProto, call: Call, outer: Scope): Value[] {
  const { depth } = innerScope(call, outer);
  const defaults = body.attributeDefaults.map(attribute => [attribute.name ?? '', attribute] as const);
  const values = new Map<string, Value>();
  for (const [i, name] of body.inputs.entries()) {
    const value = call.inputs[i];
    if (value !== undefined) values.set(name, value);
  }
  const scope: Scope = {
    values,
    opsets: body.opsets.length > 0 ? readOpsets(body.opsets) : outer.opsets,
    callAttributes: new Map([...defaults, ...call.attributes]),
    depth,
    pending: new Set(),
  };
  const outputs = body.outputs.filter((_, i) => call.usedOutputs[i]);
  const what = `function '${body.name}'`;
  const nodes = recognisePatterns(body.nodes, [], walk.importer);
  const found = walkNodes(walk, { nodes, outputs, what }, scope, findNeeded(nodes, outputs));
  return body.outputs.map(name => found[outputs.indexOf(name)] as Value); // unused ones are not looked at
}

function unknownOperator(call: Call, domain: string): BionoirError {
  const where = domain === '' ? '' : ` of domain '${domain}'`;
  return new BionoirError(
    'UNSUPPORTED_OP',
    `${nameCall(call)} is an operator${where} that is not imported. Imported are: ${supportedOnnxOps().join(', ')}.`,
    { details: { node: call.name, op: call.opType, domain }, location: `node '${call.name}'` },
  );
}
