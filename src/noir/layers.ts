/**
 * Which nodes of a quantised network become which layers of the program: a layer is a node together with the activation
 * that alone consumes it, so that sums need not leave the function that forms them.
 */
import { quantNodeOf } from '../quantize/index.ts';
import type { NodeId, QuantGraph, QuantNode } from '../quantize/types.ts';
import type { ActivationOp } from './activation.ts';
import { NameScope } from './names.ts';

export interface Layer {
  /** Identifier in main.nr: the module's name and the variable that holds its output. */
  readonly name: string;
  readonly node: QuantNode;
  readonly inputs: readonly QuantNode[];
  /** The activation computed together with `node`. */
  readonly activation?: QuantNode & { readonly op: ActivationOp };
  /** The node whose tensor the layer gives: the activation, or the node itself. */
  readonly output: QuantNode;
}

export interface Plan {
  readonly graph: QuantGraph;
  /** In the order of the network's inputs. */
  readonly inputs: readonly Layer[];
  /** In the order of computation. */
  readonly layers: readonly Layer[];
  /** The identifier that holds a node's tensor in main.nr. */
  readonly variables: ReadonlyMap<NodeId, string>;
}

/** Groups and names the layers of a network. */
export function planLayers(graph: QuantGraph): Plan {
  const consumers = countConsumers(graph);
  const scope = new NameScope();
  const variables = new Map<NodeId, string>();
  const fused = new Set<NodeId>();
  const layers: Layer[] = [];
  for (const node of graph.nodes) {
    if (fused.has(node.id)) continue;
    const activation = consumers.get(node.id) === 1 ? activationOf(graph, node) : undefined;
    const output = activation ?? node;
    if (activation) fused.add(activation.id);
    const name = scope.unique(node.name, node.op.kind);
    variables.set(output.id, name);
    const inputs = node.inputs.map(id => quantNodeOf(graph, id));
    layers.push({ name, node, inputs, output, ...(activation ? { activation } : {}) });
  }
  const isInput = (layer: Layer): boolean => layer.node.op.kind === 'input';
  return {
    graph,
    inputs: graph.inputs.flatMap(id => layers.filter(layer => layer.node.id === id)),
    layers: layers.filter(layer => !isInput(layer)),
    variables,
  };
}

/** How often each tensor is used; being an output of the network is a use. */
function countConsumers(graph: QuantGraph): Map<NodeId, number> {
  const uses = [...graph.nodes.flatMap(node => node.inputs), ...graph.outputs];
  const counts = new Map<NodeId, number>();
  for (const id of uses) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** The activation that consumes a node and can be computed where the node's sums are formed. */
function activationOf(graph: QuantGraph, node: QuantNode): Layer['activation'] {
  if (!formsSums(node) || graph.outputs.includes(node.id)) return undefined;
  const next = graph.nodes.find(candidate => candidate.inputs.includes(node.id));
  return next && isActivation(next) ? next : undefined;
}

function formsSums({ op }: QuantNode): boolean {
  switch (op.kind) {
    case 'dense':
    case 'conv2d':
    case 'affine':
    case 'sum':
    case 'max-pool2d':
      return true;
    case 'average-pool2d':
      return op.multipliers.every(multiplier => multiplier === op.multipliers[0]);
    default:
      return false;
  }
}

/** Whether a node is an activation. */
export function isActivation(node: QuantNode): node is QuantNode & { readonly op: ActivationOp } {
  return node.op.kind === 'relu' || node.op.kind === 'leaky-relu';
}
