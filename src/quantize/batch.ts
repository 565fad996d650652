/**
 * Many samples through one node at a time, and four of them through a linear layer at once, so that a weight is read once for
 * all four. What comes out is what evaluate.ts says, sample by sample.
 */
import { BionoirError, InternalError } from '../errors.ts';
import { accumulateRowsOfFour, elementCount } from '../graph/index.ts';
import { NUMBERS } from './arithmetic.ts';
import { type EvaluationPlan, type NodePlan, runNode, storeInput } from './evaluate.ts';
import { conv2dProducts, denseProducts, type LinearProducts, repeat } from './linear-products.ts';
import { formProducts, timesHubs } from './operators/bilinear.ts';
import type { QuantBilinearOp } from './operators/types.ts';
import type { IntTensor, NodeId, QuantConv2dOp, QuantDenseOp, QuantNode } from './types.ts';

/** Tensors by node id; those that nobody asks for may be missing. */
export type Tensors = readonly (IntTensor | undefined)[];

/** What is known of a sample. */
export interface SampleState {
  /** One for each of the graph's inputs; asked for only where they are not among the known tensors. */
  readonly inputs: () => readonly IntTensor[];
  /** Of the first nodes. */
  readonly known: Tensors;
}

type Four<T> = readonly [T, T, T, T];

/**
 * Runs a node on samples, each given by its operands.
 *
 * @throws BOUND_EXCEEDED for a value that the circuit cannot prove
 */
export function runNodeOnAll(plan: NodePlan, samples: readonly (readonly IntTensor[])[]): IntTensor[] {
  const { op } = plan.node;
  const isLinear = op.kind === 'dense' || op.kind === 'conv2d' || op.kind === 'bilinear';
  if (!isLinear || plan.arithmetic !== 'number') return samples.map(operands => runNode(plan, operands));
  const tensors: IntTensor[] = [];
  for (let first = 0; first < samples.length; first += 4) {
    const [a, b, c, d] = samples.slice(first, first + 4);
    if (a && b && c && d) tensors.push(...runFour(plan.node, op, [a, b, c, d]));
    else tensors.push(...samples.slice(first).map(operands => runNode(plan, operands)));
  }
  return tensors;
}

/**
 * Evaluates all nodes on samples, but those whose tensors are known. The tensors of a sample that the circuit cannot prove end
 * before the node that refuses it.
 *
 * @throws INPUT_SHAPE, INPUT_RANGE for inputs that do not fit
 */
export function evaluateSamples(
  { graph, steps }: EvaluationPlan,
  samples: readonly SampleState[],
): (IntTensor | undefined)[][] {
  const all = samples.map(({ known }) => [...known]);
  for (const step of steps) {
    const { id, inputs } = step.node;
    const due = all.flatMap((tensors, index) => (tensors.length === id ? [{ tensors, index }] : []));
    const position = graph.inputs.indexOf(id);
    if (position >= 0) {
      for (const { tensors, index } of due)
        tensors.push(storeInput(step, present(samples[index]?.inputs()[position], id)));
      continue;
    }
    const operands = due.map(({ tensors }) => inputs.map(operand => present(tensors[operand], operand)));
    for (const [i, tensor] of runOrRefuse(step, operands).entries())
      if (tensor !== undefined) due[i]?.tensors.push(tensor);
  }
  return all;
}

/** Undefined for samples that are refused. */
function runOrRefuse(
  plan: NodePlan,
  samples: readonly (readonly IntTensor[])[],
): readonly (IntTensor | undefined)[] {
  try {
    return runNodeOnAll(plan, samples);
  } catch (error) {
    if (!(error instanceof BionoirError) || error.code !== 'BOUND_EXCEEDED') throw error;
    return samples.length === 1 ? [undefined] : samples.flatMap(operands => runOrRefuse(plan, [operands]));
  }
}

function present(tensor: IntTensor | undefined, id: NodeId): IntTensor {
  if (tensor === undefined) throw new InternalError(`Node ${id} is used before it is computed.`);
  return tensor;
}

function runFour(
  node: QuantNode,
  op: QuantDenseOp | QuantConv2dOp | QuantBilinearOp,
  samples: Four<readonly IntTensor[]>,
): IntTensor[] {
  const { shape } = node;
  if (op.kind !== 'bilinear') {
    const operands = fourOf(samples, 0);
    const [{ shape: inputShape, data }] = operands;
    const products =
      op.kind === 'dense' ? denseProducts(op, data.length) : conv2dProducts(op, inputShape, shape);
    return addUp(products, operands, () => repeat(op.bias, elementCount(shape))).map(cells => ({
      shape,
      data: cells,
    }));
  }
  const forms = addUp(formProducts(op), fourOf(samples, 1), () => Float64Array.from(op.bias, Number));
  const hubs = fourOf(samples, 0);
  return forms.map((own, vector) => {
    const { shape: hubShape, data } = hubs[vector] as IntTensor; // there are four of each
    const cells = timesHubs(NUMBERS, op, {
      hubs: { shape: hubShape, cells: numbersOf(data) },
      forms: own,
    });
    return { shape, data: cells as Float64Array }; // NUMBERS makes them
  });
}

function fourOf([a, b, c, d]: Four<readonly IntTensor[]>, operand: number): Four<IntTensor> {
  return [a, b, c, d].map(own => own[operand]) as IntTensor[] as unknown as Four<IntTensor>;
}

/** Adds the products up for four samples, each to sums of its own. */
function addUp(
  { layout, visit }: LinearProducts,
  operands: Four<IntTensor>,
  begin: () => Float64Array,
): Four<Float64Array> {
  const sums: Four<Float64Array> = [begin(), begin(), begin(), begin()];
  const cells = new Float64Array(4 * operands[0].data.length);
  for (const [vector, { data }] of operands.entries()) {
    const own = numbersOf(data);
    for (let i = 0; i < own.length; i++) cells[4 * i + vector] = own[i] as number;
  }
  const rows = { ...layout, sums, cells };
  visit(start => accumulateRowsOfFour(rows, start));
  return sums;
}

/** What is stored in bigints may have bounds below 2^53 all the same. */
function numbersOf(data: IntTensor['data']): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data, Number);
}
