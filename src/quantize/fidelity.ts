/**
 * How faithful the integers are: the float network against the integer one on a data set.
 */
import { BionoirError, InternalError } from '../errors.ts';
import { evaluateGraph, type FloatTensor, type Graph, nodeOf, toRealInput } from '../graph/index.ts';
import { type EvaluationPlan, evaluateQuantGraph, planEvaluation, quantNodeOf } from './evaluate.ts';
import { dequantizeOutput, quantizeInput } from './inputs.ts';
import type { Sample } from './options.ts';
import type { QuantGraph } from './types.ts';

/** One output of the network, compared over all samples. */
export interface OutputFidelity {
  readonly name: string;
  /** Samples whose largest element is the same in both networks; left out for outputs of a single real. */
  readonly agreementCount?: number;
  /** Samples whose largest element is the label; only with labels. */
  readonly floatCorrectCount?: number;
  readonly integerCorrectCount?: number;
  /** Absolute errors in real units; zero for an argmax. */
  readonly maxError: number;
  readonly meanError: number;
  /** Largest minus smallest float value seen: what the errors are to be compared with. */
  readonly range: number;
}

export interface FidelityReport {
  readonly network: string;
  readonly sampleCount: number;
  /** Samples that calibrated widths refuse; they count as wrong and as disagreeing, and have no error. */
  readonly refusedCount: number;
  readonly outputs: readonly OutputFidelity[];
}

/**
 * Compares a float graph with its integers on a data set.
 *
 * @param graph the very graph that was quantised.
 * @param labels the right class of each sample; it is compared with the first output.
 * @throws INPUT_SHAPE, INPUT_RANGE for samples that do not fit; MALFORMED_INPUT for too few samples or labels.
 */
export function measureFidelity(
  graph: Graph,
  quantGraph: QuantGraph,
  samples: readonly Sample[],
  labels?: readonly number[],
): FidelityReport {
  checkData(samples, labels);
  const plan = planEvaluation(quantGraph);
  const tallies = quantGraph.outputs.map(startTally);
  let refusedCount = 0;
  for (const [index, sample] of samples.entries()) {
    const reals = evaluateGraph(graph, toFloatTensors(graph, sample));
    const integers = evaluateOrRefuse(plan, sample);
    if (integers === undefined) refusedCount += 1;
    for (const [output, tally] of tallies.entries()) {
      const label = output === 0 ? labels?.[index] : undefined;
      addSample(tally, { float: reals[output], integer: integers?.[output], label });
    }
  }
  const outputs = tallies.map((tally, output) =>
    finishTally(quantGraph, tally, { output, isLabelled: labels !== undefined && output === 0 }),
  );
  return { network: quantGraph.name, sampleCount: samples.length, refusedCount, outputs };
}

/** Prints a fidelity report as lines for people. */
export function printFidelityReport(report: FidelityReport): string {
  const { network, sampleCount, refusedCount, outputs } = report;
  const share = (count: number): string => `${((100 * count) / sampleCount).toFixed(2)} %`;
  const lines = [`fidelity of ${network} on ${sampleCount} samples`];
  if (refusedCount > 0) lines.push(`  refused: ${refusedCount} samples exceed the calibrated widths`);
  for (const output of outputs) {
    lines.push(`  output ${output.name}`);
    const { floatCorrectCount, integerCorrectCount, agreementCount, range } = output;
    if (floatCorrectCount !== undefined && integerCorrectCount !== undefined) {
      const loss = ((100 * (floatCorrectCount - integerCorrectCount)) / sampleCount).toFixed(2);
      const both = `float ${share(floatCorrectCount)}, integer ${share(integerCorrectCount)}`;
      lines.push(`    top-1: ${both}, loss ${loss} pp`);
    }
    if (agreementCount !== undefined) lines.push(`    agreement: ${share(agreementCount)}`);
    const relative = (error: number): string =>
      range === 0 ? '' : ` (${((100 * error) / range).toFixed(3)} % of the range)`;
    for (const [what, error] of [['max', output.maxError] as const, ['mean', output.meanError] as const]) {
      lines.push(`    ${what} error: ${error.toPrecision(3)}${relative(error)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function checkData(samples: readonly Sample[], labels: readonly number[] | undefined): void {
  if (samples.length === 0) {
    throw new BionoirError(
      'MALFORMED_INPUT',
      'The fidelity report was given no samples; give at least one.',
      {
        details: { sampleCount: 0 },
      },
    );
  }
  if (labels === undefined || labels.length === samples.length) return;
  throw new BionoirError(
    'MALFORMED_INPUT',
    `The fidelity report was given ${samples.length} samples and ${labels.length} labels; give one label per sample, or none.`,
    { details: { sampleCount: samples.length, labelCount: labels.length } },
  );
}

function toFloatTensors(graph: Graph, sample: Sample): FloatTensor[] {
  return graph.inputs.map((id, index) => {
    const { op, shape } = nodeOf(graph, id);
    if (op.kind !== 'input') throw new InternalError(`Node ${id} is listed as an input.`);
    return { shape, data: toRealInput(op.domain, sample[index] ?? []) };
  });
}

function evaluateOrRefuse(plan: EvaluationPlan, sample: Sample): FloatTensor[] | undefined {
  const inputs = quantizeInput(plan.graph, sample);
  try {
    return dequantizeOutput(plan.graph, evaluateQuantGraph(plan, inputs));
  } catch (error) {
    if (error instanceof BionoirError && error.code === 'BOUND_EXCEEDED') return undefined;
    throw error;
  }
}

/** Running totals of one output; filled sample by sample. */
interface Tally {
  agreementCount: number;
  floatCorrectCount: number;
  integerCorrectCount: number;
  maxError: number;
  errorSum: number;
  elementCount: number;
  min: number;
  max: number;
}

function startTally(): Tally {
  const counts = { agreementCount: 0, floatCorrectCount: 0, integerCorrectCount: 0 };
  const range = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
  return { ...counts, ...range, maxError: 0, errorSum: 0, elementCount: 0 };
}

interface Pair {
  readonly float: FloatTensor | undefined;
  /** Left out when the sample was refused. */
  readonly integer: FloatTensor | undefined;
  readonly label: number | undefined;
}

function addSample(tally: Tally, { float, integer, label }: Pair): void {
  if (float === undefined) throw new InternalError('The float network returned too few outputs.');
  const expected = classOf(float);
  const actual = integer === undefined ? undefined : classOf(integer);
  if (actual === expected) tally.agreementCount += 1;
  if (label !== undefined && expected === label) tally.floatCorrectCount += 1;
  if (label !== undefined && actual === label) tally.integerCorrectCount += 1;
  for (const [i, value] of float.data.entries()) {
    tally.min = Math.min(tally.min, value);
    tally.max = Math.max(tally.max, value);
    if (integer === undefined) continue;
    const error = Math.abs(value - (integer.data[i] ?? 0));
    tally.maxError = Math.max(tally.maxError, error);
    tally.errorSum += error;
    tally.elementCount += 1;
  }
}

/** The index of the first largest element; of a scalar (argmax), its value. */
function classOf({ shape, data }: FloatTensor): number {
  if (shape.length === 0) return data[0] ?? 0;
  let best = 0;
  for (let i = 1; i < data.length; i++) if ((data[i] ?? 0) > (data[best] ?? 0)) best = i;
  return best;
}

function finishTally(
  graph: QuantGraph,
  tally: Tally,
  place: { readonly output: number; readonly isLabelled: boolean },
): OutputFidelity {
  const id = graph.outputs[place.output];
  if (id === undefined) throw new InternalError(`Network '${graph.name}' has no output ${place.output}.`);
  const node = quantNodeOf(graph, id);
  const isArgmax = node.op.kind === 'argmax';
  const isSingle = !isArgmax && node.shape.every(size => size === 1);
  const { agreementCount, floatCorrectCount, integerCorrectCount, maxError, errorSum } = tally;
  return {
    name: node.name,
    ...(isSingle ? {} : { agreementCount }),
    ...(place.isLabelled && !isSingle ? { floatCorrectCount, integerCorrectCount } : {}),
    maxError: isArgmax ? 0 : maxError,
    meanError: isArgmax || tally.elementCount === 0 ? 0 : errorSum / tally.elementCount,
    range: isArgmax ? 0 : tally.max - tally.min,
  };
}
