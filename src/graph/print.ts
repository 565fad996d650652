/**
 * The printed form of a Graph: one line a node, for people, bug reports and golden tests. Weights are counted, not shown.
 *
 *     graph digits
 *       x: 64 = input [0, 16] * 0.0625
 *       dense_1: 16 = dense(x) 16 units, 1040 weights
 *       dense_1_relu: 16 = relu(dense_1)
 *     output dense_1_relu
 */
import { nodeOf, weightsOf } from './build.ts';
import { definitionOf, isExtended } from './operators/index.ts';
import { formatShape } from './shape-text.ts';
import type { Conv2dOp, Graph, InputDomain, Node, Op, Padding } from './types.ts';

/** Prints a graph as text. */
export function printGraph(graph: Graph): string {
  const nodes = graph.nodes.map(node => `  ${printNode(graph, node)}`);
  const outputs = graph.outputs.map(id => nodeOf(graph, id).name).join(', ');
  return [`graph ${graph.name}`, ...nodes, `output ${outputs}`, ''].join('\n');
}

/** Counts the weights and biases of an operator. */
export function weightCount(op: Op): number {
  return weightsOf(op).reduce((sum, [, values]) => sum + values.length, 0);
}

function printNode(graph: Graph, node: Node): string {
  const { op } = node;
  const operands = node.inputs.map(id => nodeOf(graph, id).name).join(', ');
  const call = op.kind === 'input' ? 'input' : `${op.kind}(${operands})`;
  const weights = weightCount(op) === 0 ? [] : [`${weightCount(op)} weights`];
  const options = [...printOptions(op), ...weights].join(', ');
  return `${node.name}: ${formatShape(node.shape)} = ${call} ${options}`.trimEnd();
}

function printOptions(op: Op): string[] {
  if (isExtended(op)) return definitionOf(op).print?.(op) ?? [];
  switch (op.kind) {
    case 'input':
      return [printDomain(op.domain)];
    case 'dense':
      return [`${op.units} units`];
    case 'conv2d':
      return printConv(op);
    case 'affine':
      return [`${op.scale.length} channels`];
    case 'relu':
      return op.max === undefined ? [] : [`max ${op.max}`];
    case 'leaky-relu':
      return [`slope ${op.slope}`];
    case 'max-pool2d':
    case 'average-pool2d':
      return [op.poolSize.join('x'), `stride ${op.strides.join('x')}`, ...printPadding(op.padding)];
    case 'pad':
      return printPadding(op.padding);
    case 'transpose':
      return [`by ${op.permutation.join(',')}`];
    case 'concat':
      return [`axis ${op.axis}`];
    default:
      return [];
  }
}

function printDomain({ min, max, scale, offset }: InputDomain): string {
  return `[${min}, ${max}] * ${scale}${offset === 0 ? '' : ` + ${offset}`}`;
}

function printConv(op: Conv2dOp): string[] {
  const parts = [`${op.kernelSize.join('x')}x${op.filters}`];
  if (op.strides.some(stride => stride !== 1)) parts.push(`stride ${op.strides.join('x')}`);
  if (op.dilations.some(dilation => dilation !== 1)) parts.push(`dilation ${op.dilations.join('x')}`);
  if (op.groups !== 1) parts.push(`groups ${op.groups}`);
  return [...parts, ...printPadding(op.padding)];
}

/** Padding as top,bottom,left,right; nothing when there is none. */
function printPadding({ top, bottom, left, right }: Padding): string[] {
  return top + bottom + left + right === 0 ? [] : [`padding ${top},${bottom},${left},${right}`];
}
