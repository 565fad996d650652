/**
 * The engine under the passes: applies a local rule wherever it matches, drops what nothing uses any more, and sorts.
 *
 * A rule looks at one node and its neighbours and answers with an edit: nodes to replace (by name) and names to redirect
 * (all uses of one tensor become uses of another). Edits of one round never overlap.
 */
import { InternalError } from '../../errors.ts';
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import type { Graph, Node } from '../types.ts';

/** What a rule wants changed. */
export interface Edit {
  /** New versions of nodes, each under the name of an old one. */
  readonly replace?: readonly NodeSpec[];
  readonly redirect?: Redirect;
}

/** Every use of `from` becomes a use of `to`, but for the operands of the node `except`. */
export interface Redirect {
  readonly from: string;
  readonly to: string;
  readonly except?: string;
}

/** A graph with the questions that rules ask. */
export interface GraphView {
  readonly graph: Graph;
  /** The node that makes the operand of a node (its first when not told). */
  producer(node: Node, operandIndex?: number): Node | undefined;
  /** The only user of a node; undefined when there are more, or when the node is an output. */
  soleUser(node: Node): Node | undefined;
  nameOf(id: Node['id']): string;
}

/** Looks at a node and says what to change, if anything. */
export type Rule = (node: Node, view: GraphView) => Edit | undefined;

/** Applies a rule to every node once; returns the very same graph when it matches nowhere. */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const view = viewGraph(graph);
  const touched = new Set<string>();
  const edits: Edit[] = [];
  for (const node of graph.nodes) {
    const edit = rule(node, view);
    if (edit === undefined) continue;
    const names = namesInvolved(edit, view);
    if (names.some(name => touched.has(name))) continue;
    for (const name of names) touched.add(name);
    edits.push(edit);
  }
  return edits.length === 0 ? graph : applyEdits(graph, edits);
}

/** What an edit changes, and the operands that it looked at: no other edit of the round may touch them. */
function namesInvolved({ replace = [], redirect }: Edit, view: GraphView): string[] {
  const changed = replace.map(spec => spec.name);
  const redirected = redirect === undefined ? [] : [redirect.from, redirect.to];
  const before = view.graph.nodes.filter(node => changed.includes(node.name));
  return [...changed, ...redirected, ...before.flatMap(node => operandNames(node, view))];
}

/** Removes nodes from which no output follows; inputs stay, as the caller gives a tensor for each. */
export function removeDeadNodes(graph: Graph): Graph {
  const live = new Set<number>(graph.outputs);
  for (const node of [...graph.nodes].reverse()) {
    if (live.has(node.id)) for (const operand of node.inputs) live.add(operand);
  }
  const spec = toGraphSpec(graph);
  const nodes = spec.nodes.filter((node, i) => live.has(i) || node.op.kind === 'input');
  return nodes.length === graph.nodes.length ? graph : buildGraph({ ...spec, nodes });
}

function applyEdits(graph: Graph, edits: readonly Edit[]): Graph {
  const replaced = new Map(edits.flatMap(edit => edit.replace ?? []).map(spec => [spec.name, spec]));
  const redirects = new Map(edits.flatMap(edit => edit.redirect ?? []).map(entry => [entry.from, entry]));
  const target = (name: string, user?: string): string => {
    const entry = redirects.get(name);
    const stays = entry === undefined || (user !== undefined && entry.except === user);
    return stays ? name : target(entry.to, user);
  };
  const spec = toGraphSpec(graph);
  const nodes = spec.nodes.map(old => {
    const { name, op, inputs = old.inputs } = replaced.get(old.name) ?? old;
    return { name, op, inputs: inputs.map(input => target(input, name)) };
  });
  const outputs = spec.outputs.map(output => target(output));
  return removeDeadNodes(buildGraph({ ...spec, nodes: sortNodes(nodes), outputs }));
}

/** Brings operands before their users, and otherwise keeps the order. */
function sortNodes(nodes: readonly Required<NodeSpec>[]): Required<NodeSpec>[] {
  const sorted: Required<NodeSpec>[] = [];
  const placed = new Set<string>();
  let waiting = nodes;
  while (waiting.length > 0) {
    const postponed: Required<NodeSpec>[] = [];
    for (const node of waiting) {
      if (!node.inputs.every(input => placed.has(input))) {
        postponed.push(node);
        continue;
      }
      sorted.push(node);
      placed.add(node.name);
    }
    if (postponed.length === waiting.length) throw new InternalError('A graph pass made a cycle.');
    waiting = postponed;
  }
  return sorted;
}

function viewGraph(graph: Graph): GraphView {
  const users = graph.nodes.map((): Node[] => []);
  for (const node of graph.nodes) for (const operand of node.inputs) users[operand]?.push(node);
  return {
    graph,
    producer: (node, operandIndex = 0) => {
      const id = node.inputs[operandIndex];
      return id === undefined ? undefined : nodeOf(graph, id);
    },
    soleUser: node => {
      const [first, second] = users[node.id] ?? [];
      return second === undefined && !graph.outputs.includes(node.id) ? first : undefined;
    },
    nameOf: id => nodeOf(graph, id).name,
  };
}

/**
 * Swaps a node with its producer, of which it must be the only user: source -> node becomes node -> source, each under its
 * own name.
 */
export function swapWithProducer(node: Node, source: Node, view: GraphView): Edit {
  return {
    replace: [
      { name: node.name, op: node.op, inputs: operandNames(source, view) },
      { name: source.name, op: source.op, inputs: [node.name] },
    ],
    redirect: { from: node.name, to: source.name, except: source.name },
  };
}

/** The names of a node's operands: for edits that keep them. */
export function operandNames(node: Node, view: GraphView): string[] {
  return node.inputs.map(view.nameOf);
}
