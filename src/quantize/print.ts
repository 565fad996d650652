/**
 * The printed form of a QuantGraph: one line a node, with scale, bounds and proven bits, for people, bug reports and
 * golden tests. Weights are counted, not shown.
 *
 *     quantised graph mnist_cnn
 *       pixels: 28x28x1 = input 8 bits unsigned; scale 2^0 * 0.00392156862745098; [0, 255]
 *       conv_1: 13x13x8 = conv2d(pixels) 3x3x8; scale 2^-14; [-42603, 57366]
 *       conv_1_relu: 13x13x8 = relu(conv_1) cut 7, width 16..17; scale 2^-7; [0, 448]
 *     output conv_1_relu
 */
import { formatShape } from '../graph/index.ts';
import { hull } from './bounds.ts';
import { quantNodeOf } from './evaluate.ts';
import { definitionOfQuant, isExtendedQuant } from './operators/index.ts';
import type { QuantGraph, QuantLeakyReluOp, QuantNode, QuantOp, QuantReluOp } from './types.ts';

/** Prints a quantised graph as text. */
export function printQuantGraph(graph: QuantGraph): string {
  const nodes = graph.nodes.map(node => `  ${printNode(graph, node)}`);
  const outputs = graph.outputs.map(id => quantNodeOf(graph, id).name).join(', ');
  return [`quantised graph ${graph.name}`, ...nodes, `output ${outputs}`, ''].join('\n');
}

function printNode(graph: QuantGraph, node: QuantNode): string {
  const operands = node.inputs.map(id => quantNodeOf(graph, id).name).join(', ');
  const call = node.op.kind === 'input' ? 'input' : `${node.op.kind}(${operands})`;
  const head = [call, printOptions(node.op)].filter(part => part !== '').join(' ');
  const [min, max] = hull(node.bounds);
  const parts = [head, `scale ${printScale(node)}`, `[${min}, ${max}]`];
  return `${node.name}: ${formatShape(node.shape)} = ${parts.join('; ')}`;
}

function printScale({ scaleBits, frame }: QuantNode): string {
  const power = `2^${-scaleBits}`;
  if (frame === undefined) return power;
  const factor = frame.factor === 1 ? power : `${power} * ${frame.factor}`;
  return frame.offset === 0 ? factor : `${factor} + ${frame.offset}`;
}

function printOptions(op: QuantOp): string {
  if (isExtendedQuant(op)) return definitionOfQuant(op).print?.(op) ?? '';
  switch (op.kind) {
    case 'input':
      return `${op.bits} bits ${op.signed ? 'signed' : 'unsigned'}`;
    case 'dense':
      return `${op.units} units`;
    case 'conv2d':
      return `${op.kernelSize.join('x')}x${op.filters}`;
    case 'relu':
      return [printCut(op), ...(op.max === undefined ? [] : [`max ${op.max}`])].join(', ');
    case 'leaky-relu':
      return `slope ${op.numerators ?? op.numerator}/${2 ** op.slopeBits}, ${printCut(op)}`;
    case 'max-pool2d':
      return `${op.poolSize.join('x')}, differences ${printRange(op.differenceBits)} bits`;
    case 'average-pool2d':
      return op.poolSize.join('x');
    case 'transpose':
      return `by ${op.permutation.join(',')}`;
    case 'sum':
      return `times ${op.multipliers.join(',')}`;
    case 'concat':
      return `axis ${op.axis}, times ${op.multipliers.join(',')}`;
    case 'argmax':
      return `differences ${op.differenceBits} bits`;
    case 'affine':
    case 'pad':
    case 'reshape':
      return '';
    default:
      return op satisfies never;
  }
}

/** The cut and the signed widths that people read: quotient, cut and sign bits. */
function printCut(op: QuantReluOp | QuantLeakyReluOp): string {
  return `cut ${op.shiftBits}, width ${printRange(op.quotientBits.map(bits => bits + op.shiftBits + 1))}`;
}

function printRange(values: readonly number[]): string {
  const low = values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
  const high = values.reduce((a, b) => Math.max(a, b), values[0] ?? 0);
  return low === high ? `${low}` : `${low}..${high}`;
}
