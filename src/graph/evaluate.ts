/**
 * The float interpreter: what a Graph means, in plain loops with float64 accumulation and TensorFlow's semantics.
 *
 * It is a reference, judged by TensorFlow.js in the tests, and itself judges the graph passes and the quantiser.
 * It takes real-valued tensors; `toRealInput` makes one from the integers that a person holds.
 */
import { BionoirError, InternalError } from '../errors.ts';
import { nodeOf } from './build.ts';
import {
  evaluateConcat,
  evaluateConv2d,
  evaluateDense,
  evaluatePad,
  evaluatePool2d,
  evaluateTranspose,
} from './kernels.ts';
import { definitionOf, isExtended, mapRows, type Values } from './operators/index.ts';
import { elementCount, formatShape, sameShape } from './shape-text.ts';
import type { FloatTensor, Graph, InputDomain, Node, NodeId } from './types.ts';

/**
 * Evaluates a graph on real-valued inputs, and returns its outputs in the order of `graph.outputs`.
 *
 * @throws INPUT_SHAPE when the number of tensors, a shape or a length does not fit.
 */
export function evaluateGraph(graph: Graph, inputs: readonly FloatTensor[]): FloatTensor[] {
  const values = evaluateNodes(graph, inputs);
  return graph.outputs.map(id => tensorOf(values, id));
}

/**
 * Evaluates a graph and returns the tensor of every node, by node id: for calibration and for comparing layers.
 *
 * @throws INPUT_SHAPE as {@link evaluateGraph} does.
 */
export function evaluateNodes(graph: Graph, inputs: readonly FloatTensor[]): Values[] {
  checkInputs(graph, inputs);
  const values: Values[] = [];
  for (const node of graph.nodes) {
    const given = inputs[graph.inputs.indexOf(node.id)];
    const operands = node.inputs.map(id => tensorOf(values, id));
    const data = given === undefined ? evaluateNode(node, operands) : Float64Array.from(given.data);
    values.push({ shape: node.shape, data });
  }
  return values;
}

/** Maps the integers of an input domain to the reals that the network takes: integer * scale + offset. */
export function toRealInput(domain: InputDomain, integers: ArrayLike<number>): Float64Array {
  const reals = new Float64Array(integers.length);
  for (let i = 0; i < reals.length; i++) reals[i] = (integers[i] as number) * domain.scale + domain.offset;
  return reals;
}

function tensorOf(values: readonly Values[], id: NodeId): Values {
  const value = values[id];
  if (value === undefined) throw new InternalError(`Node ${id} is used before it is computed.`);
  return value;
}

function checkInputs(graph: Graph, inputs: readonly FloatTensor[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Graph '${graph.name}' has ${graph.inputs.length} inputs, but ${inputs.length} tensors are given; give one tensor per input.`,
      { details: { expected: graph.inputs.length, actual: inputs.length } },
    );
  }
  for (const [index, id] of graph.inputs.entries()) {
    const node = nodeOf(graph, id);
    const tensor = inputs[index];
    const shape = tensor?.shape ?? [];
    const length = tensor?.data.length ?? 0;
    if (sameShape(shape, node.shape) && length === elementCount(node.shape)) continue;
    throw new BionoirError(
      'INPUT_SHAPE',
      `Input '${node.name}' is given ${length} values of shape ${formatShape(shape)}; it takes ${formatShape(node.shape)}, ${elementCount(node.shape)} values.`,
      {
        details: { node: node.name, expected: node.shape, actual: shape, length },
        location: `input '${node.name}'`,
      },
    );
  }
}

function evaluateNode(node: Node, operands: readonly Values[]): Float64Array {
  const op = node.op;
  const [x, other] = operands;
  if (x === undefined) throw new InternalError(`Node '${node.name}' (${op.kind}) has no operand.`);
  if (isExtended(op)) return definitionOf(op).evaluate(op, operands, node.shape);
  switch (op.kind) {
    case 'dense':
      return evaluateDense(op, x);
    case 'conv2d':
      return evaluateConv2d(op, x, node.shape);
    case 'affine':
      return x.data.map((value, i) => {
        const channel = i % op.scale.length;
        return value * (op.scale[channel] ?? 1) + (op.shift[channel] ?? 0);
      });
    case 'relu':
      return x.data.map(value => Math.min(Math.max(0, value), op.max ?? Number.POSITIVE_INFINITY));
    case 'leaky-relu':
      return x.data.map(value => (value >= 0 ? value : op.slope * value));
    case 'max-pool2d':
    case 'average-pool2d':
      return evaluatePool2d(op, x, node.shape);
    case 'pad':
      return evaluatePad(op.padding.top, op.padding.left, x, node.shape);
    case 'reshape':
      return x.data;
    case 'transpose':
      return evaluateTranspose(op.permutation, x, node.shape);
    case 'add':
      return x.data.map((_, i) => operands.reduce((sum, operand) => sum + (operand.data[i] ?? 0), 0));
    case 'subtract':
      return x.data.map((value, i) => value - (other?.data[i] ?? 0));
    case 'concat':
      return evaluateConcat(op.axis, operands, node);
    case 'softmax':
      return mapRows(x, softmax);
    case 'argmax':
      return Float64Array.of(x.data.reduce((best, value, i) => (value > (x.data[best] ?? 0) ? i : best), 0));
    case 'input':
      throw new InternalError(`Input '${node.name}' is not in the list of the graph's inputs.`);
    default:
      return op satisfies never;
  }
}

function softmax(row: Float64Array): Float64Array {
  const top = row.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  const powers = row.map(value => Math.exp(value - top));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map(value => value / sum);
}
