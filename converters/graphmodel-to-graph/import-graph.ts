/**
 * Walks a frozen graph from its outputs back: nodes that no output needs are never looked at. Whatever depends on weights
 * and shapes alone is folded into a constant, by importing it into a graph of its own and evaluating that.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  buildGraph,
  createWriter,
  emit,
  evaluateGraph,
  nodeOf,
  PIXEL_DOMAIN,
  type Shape,
} from '../../src/graph/index.ts';
import { malformedModel } from '../../src/tensorflow/index.ts';
import type { Importer } from './context.ts';
import { type GraphNode, malformedNode, nameNode, readShapeAttribute, type TensorRef } from './nodes.ts';
import { importerOf, isControlFlow } from './ops/index.ts';
import type { Signature } from './signature.ts';
import { type Constant, constant, graphShape, type Value, type Variable } from './values.ts';

/** A frozen graph with its constants. */
export interface FrozenGraph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly constants: ReadonlyMap<string, Constant>;
  readonly signature: Signature;
  /** Shapes of inputs that the model leaves open, with the batch or without. */
  readonly inputShapes: Readonly<Record<string, Shape>>;
}

/** The names of the tensors that a model takes and gives. */
export interface ImportedGraph {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

type Results = Map<string, readonly Value[]>;

/**
 * Imports a frozen graph.
 *
 * @throws MALFORMED_MODEL for broken structure, and whatever the operators' importers throw.
 */
export function importFrozenGraph(importer: Importer, graph: FrozenGraph): ImportedGraph {
  const results: Results = new Map();
  const inputs = graph.signature.inputs.map(name => {
    const value = importInput(importer, graph, findNode(graph, name));
    results.set(name, [value]);
    return value.node;
  });
  for (const ref of graph.signature.outputs) {
    for (const node of inOrder(graph, ref.node, results))
      results.set(node.name, importNode(importer, graph, node, results));
  }
  const outputs = graph.signature.outputs.map(ref => outputOf(graph, results, ref));
  return { inputs, outputs };
}

function findNode({ nodes }: FrozenGraph, name: string, user?: string): GraphNode {
  const node = nodes.get(name);
  if (node !== undefined) return node;
  const where = user === undefined ? 'The model' : `Node '${user}'`;
  throw malformedModel(`${where} names '${name}', which is no node of the graph. Is model.json intact?`, {
    name,
  });
}

function importInput(importer: Importer, graph: FrozenGraph, node: GraphNode): Variable {
  if (!node.op.startsWith('Placeholder')) {
    throw malformedNode(node, 'is listed as an input of the model, but is no Placeholder');
  }
  const shape = inputShape(graph, node);
  const op = { kind: 'input', shape: graphShape(shape), domain: PIXEL_DOMAIN } as const;
  return { kind: 'variable', node: emit(importer.writer, importer.shorten(node.name), op, []), shape };
}

/** The shape of an input: its batch, when open, is 1; other open sizes come from the caller. */
function inputShape({ inputShapes, signature }: FrozenGraph, node: GraphNode): Shape {
  const own = readShapeAttribute(node, 'shape') ?? signature.shapes.get(node.name) ?? [];
  const given = inputShapes[node.name];
  const stated = given === undefined ? own : given.length === own.length - 1 ? [1, ...given] : given;
  const shape = stated.map((size, axis) => (axis === 0 && size === -1 ? 1 : size));
  if (shape.length > 0 && shape.every(size => Number.isSafeInteger(size) && size >= 1)) return shape;
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    `Input '${node.name}' has the shape [${own.join(', ')}]; every size but the batch must be known. Give it with the option inputShapes, or convert the model with a fixed input shape.`,
    { details: { node: node.name, shape: own }, location: `node '${node.name}'` },
  );
}

/** The nodes that a node needs and that have no result yet, operands first; the node itself is the last. */
function inOrder(graph: FrozenGraph, name: string, results: Results): GraphNode[] {
  const order: GraphNode[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const stack: { readonly node: GraphNode; next: number }[] = [];
  const enter = (wanted: string, user?: string): void => {
    if (results.has(wanted) || state.get(wanted) === 'done') return;
    const node = findNode(graph, wanted, user);
    if (isControlFlow(node)) importerOf(node); // which refuses it with what to do
    if (state.get(wanted) === 'open')
      throw malformedNode(node, 'needs its own result: the graph has a cycle');
    state.set(wanted, 'open');
    stack.push({ node, next: 0 });
  };
  enter(name);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const input = top.node.inputs[top.next++];
    if (input !== undefined) enter(input.node, top.node.name);
    else {
      state.set(top.node.name, 'done');
      order.push(top.node);
      stack.pop();
    }
  }
  return order;
}

function importNode(
  importer: Importer,
  graph: FrozenGraph,
  node: GraphNode,
  results: Results,
): readonly Value[] {
  if (node.op === 'Const') return [weightOf(graph, node)];
  if (node.op === 'Placeholder') {
    throw malformedNode(
      node,
      `is needed by an output, but the model's signature does not list it as an input`,
    );
  }
  if (node.op === 'PlaceholderWithDefault' || node.op === 'NoOp')
    return operandsOf(node, results).slice(0, 1);
  const operands = operandsOf(node, results);
  const run = (into: Importer): readonly Value[] => {
    const call = { importer: into, node, name: into.shorten(node.name), operands };
    const result = importerOf(node)(call);
    return Array.isArray(result) ? (result as readonly Value[]) : [result as Value];
  };
  const isConstant = operands.length > 0 && operands.every(value => value.kind === 'constant');
  return isConstant ? fold(node, run) : run(importer);
}

function weightOf({ constants }: FrozenGraph, node: GraphNode): Constant {
  const value = constants.get(node.name);
  if (value !== undefined) return value;
  throw new BionoirError(
    'MALFORMED_WEIGHTS',
    `The graph has the constant '${node.name}', which is not in the weights' manifest. Save the model with its weights.`,
    { details: { node: node.name }, location: `node '${node.name}'` },
  );
}

function operandsOf(node: GraphNode, results: Results): Value[] {
  return node.inputs.map(({ node: name, output }) => {
    const value = results.get(name)?.[output];
    if (value !== undefined) return value;
    throw malformedNode(node, `takes output ${output} of '${name}', which it does not have`);
  });
}

/** Evaluates a node of constants: imports it into a graph of its own, whose inputs are the constants. */
function fold(node: GraphNode, run: (importer: Importer) => readonly Value[]): readonly Value[] {
  const writer = createWriter();
  const lifted = new Map<string, Constant>();
  const values = run({ writer, lifted, isFolding: true, shorten: name => name });
  const variables = values.filter(value => value.kind === 'variable');
  if (variables.length === 0) return values;
  const spec = { name: node.name, nodes: writer.nodes, outputs: variables.map(({ node: name }) => name) };
  const graph = buildGraph(spec);
  const inputs = graph.inputs.map(id => {
    const { name, shape } = nodeOf(graph, id);
    return { shape, data: Float64Array.from(lifted.get(name)?.data ?? []) };
  });
  const results = evaluateGraph(graph, inputs);
  return values.map(value => {
    const at = variables.indexOf(value as Variable);
    return at < 0 ? value : constant(node.name, value.shape, results[at]?.data ?? []);
  });
}

function outputOf(graph: FrozenGraph, results: Results, { node: name, output }: TensorRef): string {
  const value = results.get(name)?.[output];
  if (value?.kind === 'variable') return value.node;
  const node = findNode(graph, name);
  throw malformedModel(
    `${nameNode(node)} is an output of the model, but ${value === undefined ? `has no output ${output}` : 'does not depend on its input'}. Choose another output.`,
    { node: name },
  );
}
