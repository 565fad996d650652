/**
 * Decides what the network gives: logits, or the label. A softmax at the end is not proved: it keeps the order of the
 * logits, so the largest logit is the largest probability. Inside a network it is.
 *
 *     s: 10 = softmax(d)
 *     output s            ->    output d   ('drop')    or    a: scalar = argmax(d); output a   ('argmax')
 */
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import type { Graph, NodeId } from '../types.ts';
import { removeDeadNodes } from './rewrite.ts';

/** 'drop': a final softmax goes, outputs are logits. 'argmax': outputs are labels. 'keep': nothing changes. */
export type SoftmaxMode = 'drop' | 'argmax' | 'keep';

/**
 * Drops the softmax at the end of each output, and replaces it by an argmax on request.
 *
 * @throws SHAPE_MISMATCH when 'argmax' is asked of a tensor that is not a vector.
 */
export function finishOutputs(graph: Graph, mode: SoftmaxMode): Graph {
  if (mode === 'keep') return graph;
  const spec = toGraphSpec(graph);
  const logits = graph.outputs.map(id => nodeOf(graph, beforeSoftmax(graph, id)).name);
  const trimmed = removeDeadNodes(buildGraph({ ...spec, outputs: logits }));
  return mode === 'drop' ? trimmed : appendArgmax(trimmed);
}

/** Follows an output back over its softmax, and over the logarithm of one, which keeps the order as well. */
function beforeSoftmax(graph: Graph, id: NodeId): NodeId {
  const node = nodeOf(graph, id);
  const [operand] = node.inputs;
  if (operand === undefined) return id;
  if (node.op.kind === 'softmax') return beforeSoftmax(graph, operand);
  const isLogarithm = node.op.kind === 'function' && node.op.name === 'log';
  return isLogarithm && nodeOf(graph, operand).op.kind === 'softmax' ? beforeSoftmax(graph, operand) : id;
}

function appendArgmax(graph: Graph): Graph {
  const spec = toGraphSpec(graph);
  const names = new Set(spec.nodes.map(node => node.name));
  const labels = new Map<string, NodeSpec>();
  for (const logits of spec.outputs) {
    if (labels.has(logits) || nodeOf(graph, idOf(graph, logits)).op.kind === 'argmax') continue;
    let name = `${logits}_argmax`;
    while (names.has(name)) name += '_';
    names.add(name);
    labels.set(logits, { name, op: { kind: 'argmax' }, inputs: [logits] });
  }
  const outputs = spec.outputs.map(logits => labels.get(logits)?.name ?? logits);
  return buildGraph({ ...spec, nodes: [...spec.nodes, ...labels.values()], outputs });
}

function idOf(graph: Graph, name: string): NodeId {
  return graph.nodes.findIndex(node => node.name === name) as NodeId; // names come from this very graph
}
