/**
 * The integer interpreter: what a QuantGraph means, bit for bit. Noir execution, the R1CS witness and Circom parity are
 * held equal to it.
 *
 * It refuses what the circuit cannot prove: inputs outside the proven range, and activations, comparisons and argmax
 * differences beyond their proven widths. Arithmetic runs in doubles while a node's values and partial sums are
 * provably below 2^53, or those of its parts are; in bigints otherwise. The results do not depend on the choice.
 */
import { BionoirError, InternalError } from '../errors.ts';
import { elementCount, formatShape, sameShape } from '../graph/index.ts';
import { activateInNumbers } from './activation-kernels.ts';
import { BIGINTS, type Cells, NUMBERS } from './arithmetic.ts';
import { magnitude, provenRange } from './bounds.ts';
import { absolute, maximum, SAFE_LIMIT } from './integers.ts';
import type { Operand } from './kernel-tools.ts';
import {
  computeGeneric,
  conv2dInBigints,
  conv2dInNumbers,
  denseInBigints,
  denseInNumbers,
} from './kernels.ts';
import { areFormsSafe, sumsOfSafeForms } from './operators/bilinear.ts';
import { definitionOfQuant, isExtendedQuant } from './operators/index.ts';
import type { ExtendedQuantOp } from './operators/types.ts';
import { canSplit, productsBySplitting } from './split-products.ts';
import type { IntTensor, NodeId, QuantGraph, QuantNode, QuantOp } from './types.ts';

/** 'auto' picks doubles wherever they are exact; 'bigint' never does (the reference). */
export type ArithmeticChoice = 'auto' | 'bigint';

/** A node with its arithmetic: made once, run on many samples. */
export interface NodePlan {
  readonly node: QuantNode;
  readonly arithmetic: 'number' | 'split' | 'bigint';
  /** Whether the output is stored as doubles: its bounds are below 2^53. */
  readonly stored: 'number' | 'bigint';
}

/** A graph ready to run on many inputs. */
export interface EvaluationPlan {
  readonly graph: QuantGraph;
  readonly steps: readonly NodePlan[];
}

/** Prepares a graph for many evaluations. */
export function planEvaluation(graph: QuantGraph, arithmetic: ArithmeticChoice = 'auto'): EvaluationPlan {
  return { graph, steps: graph.nodes.map(node => planNode(node, operandNodes(graph, node), arithmetic)) };
}

/** Chooses the arithmetic of one node from the bounds of its operands. */
export function planNode(
  node: QuantNode,
  operands: readonly QuantNode[],
  choice: ArithmeticChoice = 'auto',
): NodePlan {
  const stored = magnitude(node.bounds) < BigInt(SAFE_LIMIT) ? 'number' : 'bigint';
  if (choice === 'bigint') return { node, arithmetic: 'bigint', stored };
  if (largestIntermediate(node, operands) < SAFE_LIMIT) return { node, arithmetic: 'number', stored };
  return { node, arithmetic: isSplittable(node, operands) ? 'split' : 'bigint', stored };
}

function isSplittable({ op }: QuantNode, operands: readonly QuantNode[]): boolean {
  if (op.kind === 'bilinear') return areFormsSafe(op, operands[1]);
  if (op.kind !== 'dense' && op.kind !== 'conv2d') return false;
  const [gain] = intermediateGrowth(op);
  return operands.every(operand => canSplit(Number(magnitude(operand.bounds)), gain));
}

/**
 * Evaluates a quantised graph on integer inputs, and returns its outputs in the order of `graph.outputs`.
 *
 * @throws INPUT_SHAPE, INPUT_RANGE for inputs that do not fit; BOUND_EXCEEDED for a value that the circuit cannot prove.
 */
export function evaluateQuantGraph(
  graph: QuantGraph | EvaluationPlan,
  inputs: readonly IntTensor[],
): IntTensor[] {
  const plan = 'steps' in graph ? graph : planEvaluation(graph);
  const tensors = evaluateQuantNodes(plan, inputs);
  return plan.graph.outputs.map(id => tensorOf(tensors, id));
}

/**
 * Evaluates a quantised graph and returns the tensor of every node, by node id.
 *
 * @throws INPUT_SHAPE, INPUT_RANGE, BOUND_EXCEEDED as {@link evaluateQuantGraph} does.
 */
export function evaluateQuantNodes(
  graph: QuantGraph | EvaluationPlan,
  inputs: readonly IntTensor[],
): IntTensor[] {
  const plan = 'steps' in graph ? graph : planEvaluation(graph);
  checkInputs(plan.graph, inputs);
  const tensors: IntTensor[] = [];
  for (const step of plan.steps) {
    const given = inputs[plan.graph.inputs.indexOf(step.node.id)];
    const operands = step.node.inputs.map(id => tensorOf(tensors, id));
    tensors.push(given ? storeInput(step, given) : runNode(step, operands));
  }
  return tensors;
}

/**
 * Computes one node from its operands.
 *
 * @throws BOUND_EXCEEDED for a value that the circuit cannot prove.
 */
export function runNode(plan: NodePlan, operands: readonly IntTensor[]): IntTensor {
  const { node } = plan;
  const shape = node.shape;
  if (plan.arithmetic === 'number') {
    const data = computeInNumbers(node, operands.map(toNumberOperand));
    return { shape, data: data instanceof Float64Array ? data : Float64Array.from(toArray(data)) };
  }
  const cells = toArray(computeInBigints(plan, operands.map(toBigintOperand)));
  return { shape, data: plan.stored === 'number' ? Float64Array.from(cells, Number) : cells };
}

function computeInNumbers(node: QuantNode, operands: readonly Operand<number>[]): Cells<number> {
  const [x] = operands;
  if (x !== undefined && node.op.kind === 'dense') return denseInNumbers(node.op, x);
  if (x !== undefined && node.op.kind === 'conv2d') return conv2dInNumbers(node.op, x, node.shape);
  const isActivation = node.op.kind === 'relu' || node.op.kind === 'leaky-relu';
  const activated = x !== undefined && isActivation ? activateInNumbers(node.op, x.cells) : undefined;
  return activated ?? computeGeneric({ arithmetic: NUMBERS, node, operands });
}

function computeInBigints(
  { node, arithmetic }: NodePlan,
  operands: readonly Operand<bigint>[],
): Cells<bigint> {
  const [x] = operands;
  const { op } = node;
  if (x !== undefined && (op.kind === 'dense' || op.kind === 'conv2d')) {
    if (arithmetic === 'split') return productsBySplitting(op, x, node.shape);
    return op.kind === 'dense' ? denseInBigints(op, x) : conv2dInBigints(op, x, node.shape);
  }
  if (op.kind === 'bilinear' && arithmetic === 'split')
    return sumsOfSafeForms(op, operands as unknown as readonly [Operand<bigint>, Operand<bigint>]); // hubs and values
  return computeGeneric({ arithmetic: BIGINTS, node, operands });
}

function toArray<T>(cells: Cells<T>): T[] {
  return Array.from(cells);
}

function toNumberOperand({ shape, data }: IntTensor): Operand<number> {
  return { shape, cells: data instanceof Float64Array ? data : data.map(Number) };
}

function toBigintOperand({ shape, data }: IntTensor): Operand<bigint> {
  return { shape, cells: data instanceof Float64Array ? Array.from(data, BigInt) : [...data] };
}

/** Takes an input as the node's plan wants it. */
export function storeInput(plan: NodePlan, { shape, data }: IntTensor): IntTensor {
  if (plan.stored === 'bigint') return { shape, data: Array.from<number | bigint, bigint>(data, BigInt) };
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data, Number) };
}

function operandNodes(graph: QuantGraph, node: QuantNode): QuantNode[] {
  return node.inputs.map(id => quantNodeOf(graph, id));
}

/** Finds a node by its id. */
export function quantNodeOf(graph: QuantGraph, id: NodeId): QuantNode {
  const node = graph.nodes[id];
  if (node === undefined) throw new InternalError(`Quantised graph '${graph.name}' has no node ${id}.`);
  return node;
}

function tensorOf(tensors: readonly IntTensor[], id: NodeId): IntTensor {
  const tensor = tensors[id];
  if (tensor === undefined) throw new InternalError(`Node ${id} is used before it is computed.`);
  return tensor;
}

/** An upper limit, as a double, of the magnitude of every operand, partial sum and result of a node. */
function largestIntermediate(node: QuantNode, operands: readonly QuantNode[]): number {
  const inputs = Number(maximum(0n, ...operands.map(operand => magnitude(operand.bounds))));
  const output = Number(magnitude(node.bounds));
  if (isExtendedQuant(node.op)) {
    const partial = definitionOfQuant(node.op).largestPartial?.(node.op, operands) ?? 0;
    return Math.max(partial, inputs, output);
  }
  const [gain, offset] = intermediateGrowth(node.op);
  return Math.max(inputs * gain + offset, inputs, output);
}

/** The g and b of a node whose partial results stay within g * |operands| + b. */
function intermediateGrowth(op: Exclude<QuantOp, ExtendedQuantOp>): readonly [gain: number, offset: number] {
  switch (op.kind) {
    case 'dense':
      return [(op.weights.length / op.units) * largestWeight(op.weights), largest(op.bias)];
    case 'conv2d':
      return [(op.kernel.length / op.filters) * largestWeight(op.kernel), largest(op.bias)];
    case 'affine':
      return [largest(op.scale), largest(op.shift)];
    case 'relu':
    case 'leaky-relu':
      return [1, 2 ** op.shiftBits];
    case 'average-pool2d':
      return [op.poolSize[0] * op.poolSize[1] * largest(op.multipliers), 0];
    case 'sum':
    case 'concat':
      return [op.multipliers.length * largest(op.multipliers), 0];
    case 'max-pool2d':
    case 'argmax':
      return [2, 1];
    case 'input':
    case 'pad':
    case 'reshape':
    case 'transpose':
      return [1, 0];
    default:
      return op satisfies never;
  }
}

function largestWeight(weights: Int32Array): number {
  let best = 0;
  for (let i = 0; i < weights.length; i++) best = Math.max(best, Math.abs(weights[i] as number));
  return best;
}

function largest(values: readonly bigint[]): number {
  return Number(maximum(0n, ...values.map(absolute)));
}

function checkInputs(graph: QuantGraph, inputs: readonly IntTensor[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Network '${graph.name}' has ${graph.inputs.length} inputs, but ${inputs.length} tensors are given; give one tensor per input.`,
      { details: { expected: graph.inputs.length, actual: inputs.length } },
    );
  }
  for (const [index, id] of graph.inputs.entries()) {
    const tensor = inputs[index];
    if (tensor !== undefined) checkInput(quantNodeOf(graph, id), tensor);
  }
}

/** Checks shape, integrality and the range that the circuit proves. */
function checkInput(node: QuantNode, tensor: IntTensor): void {
  if (node.op.kind !== 'input') throw new InternalError(`Node '${node.name}' is listed as an input.`);
  const { shape, data } = tensor;
  if (!sameShape(shape, node.shape) || data.length !== elementCount(node.shape)) {
    throw new BionoirError(
      'INPUT_SHAPE',
      `Input '${node.name}' is given ${data.length} values of shape ${formatShape(shape)}; it takes ${formatShape(node.shape)}, ${elementCount(node.shape)} values.`,
      {
        details: { node: node.name, expected: node.shape, actual: shape, length: data.length },
        location: `input '${node.name}'`,
      },
    );
  }
  const [min, max] = provenRange(node.op.bits, node.op.signed);
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0;
    const isInteger = typeof value === 'bigint' || Number.isSafeInteger(value);
    if (isInteger && value >= min && value <= max) continue;
    throw new BionoirError(
      'INPUT_RANGE',
      `Input '${node.name}' holds ${value} at index ${index}; the circuit proves whole numbers from ${min} to ${max} (${node.op.bits} bits). Give the integers that the input domain describes.`,
      {
        details: { node: node.name, index, value, min, max },
        location: `input '${node.name}', index ${index}`,
      },
    );
  }
}
