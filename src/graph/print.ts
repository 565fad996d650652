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
import { formatShape } from './shapes.ts';
import type { Conv2dOp, Graph, Node, Op, Padding, Pool2dOp } from './types.ts';

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
  const operands = node.inputs.map(id => nodeOf(graph, id).name).join(', ');
  const call = node.op.kind === 'input' ? 'input' : `${node.op.kind}(${operands})`;
  const options = printOptions(node.op);
  return `${node.name}: ${formatShape(node.shape)} = ${[call, ...options].join(' ')}`;
}

function printOptions(op: Op): string[] {
  switch (op.kind) {
    case 'input': {
      const { min, max, scale, offset } = op.domain;
      return [`[${min}, ${max}]`, `* ${scale}`, ...(offset === 0 ? [] : [`+ ${offset}`])];
    }
    case 'dense':
      return [`${op.units} units,`, `${weightCount(op)} weights`];
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
      return printPool(op);
    case 'pad':
      return [printPadding(op.padding)];
    case 'transpose':
      return [`by ${op.permutation.join(',')}`];
    case 'concat':
      return [`axis ${op.axis}`];
    default:
      return [];
  }
}

function printConv(op: Conv2dOp): string[] {
  const parts = [`${op.kernelSize.join('x')}x${op.filters}`];
  if (op.strides.some(stride => stride !== 1)) parts.push(`stride ${op.strides.join('x')}`);
  if (op.dilations.some(dilation => dilation !== 1)) parts.push(`dilation ${op.dilations.join('x')}`);
  if (op.groups !== 1) parts.push(`groups ${op.groups}`);
  parts.push(...optionalPadding(op.padding));
  return [parts.join(', '), `with ${weightCount(op)} weights`];
}

function printPool(op: Pool2dOp): string[] {
  const parts = [op.poolSize.join('x'), `stride ${op.strides.join('x')}`, ...optionalPadding(op.padding)];
  return [parts.join(', ')];
}

function optionalPadding(padding: Padding): string[] {
  const { top, bottom, left, right } = padding;
  return top + bottom + left + right === 0 ? [] : [printPadding(padding)];
}

function printPadding({ top, bottom, left, right }: Padding): string {
  return `padding ${top},${bottom},${left},${right}`;
}
