/**
 * The score of a network that decides between yes and no, before its last function: a comparison with a threshold needs
 * no sigmoid in the circuit, for sigmoid(x) >= t exactly where x >= log(t / (1 - t)).
 *
 *     s: 1 = sigmoid(d)    ->    output d
 *     s: 2 = softmax(d)    ->    output d[i] - d[1 - i], since softmax(d)[i] = sigmoid(d[i] - d[1 - i])
 */
import { buildGraph, type NodeSpec, nodeOf, toGraphSpec } from '../build.ts';
import type { Graph, Node } from '../types.ts';
import { finishOutputs } from './finish-outputs.ts';
import { removeDeadNodes } from './rewrite.ts';

/** A network whose output holds the score. */
export interface ScoredGraph {
  readonly graph: Graph;
  /** The score is the argument of a sigmoid that was left out. */
  readonly isLogit: boolean;
  /** Which number of the new output is the score; undefined when nobody has said. */
  readonly scoreIndex: number | undefined;
}

/**
 * Leaves out the sigmoid, or the softmax over two numbers, at the end of a network with one output. Other networks keep
 * their output, but for a softmax over more numbers, whose arguments become the output.
 */
export function scoreOutput(graph: Graph, scoreIndex: number | undefined): ScoredGraph {
  const [id] = graph.outputs;
  if (id === undefined || graph.outputs.length !== 1) return plain(graph, scoreIndex);
  const output = nodeOf(graph, id);
  const [operand] = output.inputs;
  if (operand === undefined) return plain(graph, scoreIndex);
  if (output.op.kind === 'function' && output.op.name === 'sigmoid') {
    const trimmed = endingIn(graph, nodeOf(graph, operand).name);
    return { graph: trimmed, isLogit: true, scoreIndex };
  }
  const isPair = output.op.kind === 'softmax' && output.shape.length === 1 && output.shape[0] === 2;
  if (isPair && (scoreIndex === 0 || scoreIndex === 1)) {
    const difference = withDifference(graph, nodeOf(graph, operand), scoreIndex);
    return { graph: difference, isLogit: true, scoreIndex: 0 };
  }
  return plain(graph, scoreIndex);
}

function plain(graph: Graph, scoreIndex: number | undefined): ScoredGraph {
  return { graph: finishOutputs(graph, 'drop'), isLogit: false, scoreIndex };
}

function endingIn(graph: Graph, name: string): Graph {
  return removeDeadNodes(buildGraph({ ...toGraphSpec(graph), outputs: [name] }));
}

function withDifference(graph: Graph, logits: Node, index: 0 | 1): Graph {
  const spec = toGraphSpec(graph);
  let name = 'score';
  while (spec.nodes.some(node => node.name === name)) name += '_';
  const weights = Float32Array.from(index === 1 ? [-1, 1] : [1, -1]);
  const difference: NodeSpec = {
    name,
    op: { kind: 'dense', units: 1, weights, bias: Float32Array.of(0) },
    inputs: [logits.name],
  };
  return removeDeadNodes(buildGraph({ ...spec, nodes: [...spec.nodes, difference], outputs: [name] }));
}
