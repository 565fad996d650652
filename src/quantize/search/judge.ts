/**
 * What a choice of bits does to a network's answers on data that it was not trained on: the judge of the search. Of several
 * outputs the first is judged.
 *
 * The drop is the share of answers that are lost. With labels: the float network's accuracy minus the integer one's. Without:
 * the share of samples whose class is another one. For a network that gives a single number, where there are no classes:
 * the mean error as a share of the range that the numbers have.
 */
import { BionoirError, InternalError } from '../../errors.ts';
import {
  elementCount,
  evaluateNodes,
  type FloatTensor,
  type Graph,
  nodeOf,
  toRealInput,
} from '../../graph/index.ts';
import { evaluateQuantNodes, planEvaluation, quantNodeOf } from '../evaluate.ts';
import { quantizeInput } from '../inputs.ts';
import type { Sample } from '../options.ts';
import type { IntTensor, QuantGraph, QuantNode } from '../types.ts';

/** How a drop is measured; see the head of this file. */
export type DropKind = 'accuracy' | 'disagreement' | 'error';

/** Data that the network was not trained on. */
export interface HeldOutData {
  readonly samples: readonly Sample[];
  /** The right class of each sample. */
  readonly labels?: readonly number[];
}

export interface Judgement {
  readonly drop: number;
  /** Of the integer network, with labels. */
  readonly accuracy?: number;
  /** Root of the mean square error of the numbers that the answer is read from, as a share of their spread. */
  readonly error: number;
  /** Samples that calibrated widths refuse; they count as wrong. */
  readonly refusedCount: number;
}

export interface Judge {
  readonly kind: DropKind;
  readonly sampleCount: number;
  /** Of the float network, with labels. */
  readonly accuracy?: number;
  /** Judges on the first so many samples; on all when left out. */
  judge(quantGraph: QuantGraph, sampleCount?: number): Judgement;
}

/** What the float network says of a sample. */
interface Reference {
  readonly answer: number;
  /** The numbers that the answer is read from: logits before an argmax. */
  readonly scores: FloatTensor['data'];
}

/**
 * Runs the float network once over the data.
 *
 * @throws MALFORMED_INPUT for no samples, or labels of another number; INPUT_SHAPE, INPUT_RANGE for samples that do not fit
 */
export function createJudge(graph: Graph, { samples, labels }: HeldOutData): Judge {
  checkData(samples, labels);
  const output = nodeOf(graph, outputOf(graph.outputs));
  const isChoice = output.op.kind === 'argmax' || output.op.kind === 'top-k';
  const scoresOf = isChoice ? nodeOf(graph, outputOf(output.inputs)) : output;
  const isSingle = elementCount(scoresOf.shape) === 1;
  const references = samples.map((sample): Reference => {
    const values = evaluateNodes(graph, realInputs(graph, sample));
    const scores = values[scoresOf.id]?.data ?? new Float64Array();
    return { answer: largestIndex(scores), scores };
  });
  const kind = isSingle ? 'error' : labels === undefined ? 'disagreement' : 'accuracy';
  const trial = {
    samples,
    references,
    labels,
    kind,
    scoresName: scoresOf.name,
    spread: spreadOf(references),
  } as const;
  const correct = references.filter(({ answer }, index) => answer === labels?.[index]).length;
  return {
    kind,
    sampleCount: samples.length,
    ...(kind === 'accuracy' ? { accuracy: correct / samples.length } : {}),
    judge: (quantGraph, sampleCount = samples.length) => judge(trial, quantGraph, sampleCount),
  };
}

interface Trial {
  readonly samples: readonly Sample[];
  readonly references: readonly Reference[];
  readonly labels: readonly number[] | undefined;
  readonly kind: DropKind;
  readonly scoresName: string;
  readonly spread: number;
}

function judge(
  { samples, references, labels, kind, scoresName, spread }: Trial,
  quantGraph: QuantGraph,
  sampleCount: number,
): Judgement {
  const plan = planEvaluation(quantGraph);
  const node =
    quantGraph.nodes.find(({ name }) => name === scoresName) ??
    quantNodeOf(quantGraph, outputOf(quantGraph.outputs));
  const scale = realScale(node);
  const tally = { agreed: 0, correct: 0, floatCorrect: 0, refused: 0, squares: 0, errors: 0, elements: 0 };
  for (const [index, sample] of samples.slice(0, sampleCount).entries()) {
    const { answer, scores } = references[index] as Reference; // one a sample
    if (answer === labels?.[index]) tally.floatCorrect += 1;
    const integers = valuesOf(() => evaluateQuantNodes(plan, quantizeInput(quantGraph, sample)))?.[node.id];
    if (integers === undefined) {
      tally.refused += 1;
      continue;
    }
    const reals = Array.from<number | bigint, number>(integers.data, value => scale(Number(value)));
    const own = largestIndex(reals);
    if (own === answer) tally.agreed += 1;
    if (own === labels?.[index]) tally.correct += 1;
    for (const [i, real] of reals.entries()) {
      const error = Math.abs(real - (scores[i] ?? 0));
      tally.errors += error;
      tally.squares += error * error;
      tally.elements += 1;
    }
  }
  const answered = Math.max(1, tally.elements);
  const drops: Record<DropKind, number> = {
    accuracy: (tally.floatCorrect - tally.correct) / sampleCount,
    disagreement: 1 - tally.agreed / sampleCount,
    error: Math.max(tally.errors / answered / spread, tally.refused / sampleCount),
  };
  return {
    drop: drops[kind],
    ...(kind === 'accuracy' ? { accuracy: tally.correct / sampleCount } : {}),
    error: Math.sqrt(tally.squares / answered) / spread,
    refusedCount: tally.refused,
  };
}

/** Integers of a node to reals. */
export function realScale({ scaleBits, frame }: QuantNode): (integer: number) => number {
  const { factor, offset } = frame ?? { factor: 1, offset: 0 };
  const step = 2 ** -scaleBits * factor;
  return integer => integer * step + offset;
}

/** A sample as the float network takes it. */
export function realInputs(graph: Graph, sample: Sample): FloatTensor[] {
  return graph.inputs.map((id, index) => {
    const { op, shape, name } = nodeOf(graph, id);
    if (op.kind !== 'input') throw new InternalError(`Node '${name}' is listed as an input.`);
    return { shape, data: toRealInput(op.domain, sample[index] ?? []) };
  });
}

/** Undefined when calibrated widths refuse the sample. */
export function valuesOf(evaluate: () => IntTensor[]): IntTensor[] | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof BionoirError && error.code === 'BOUND_EXCEEDED') return undefined;
    throw error;
  }
}

function outputOf<T>(ids: readonly T[]): T {
  const [first] = ids;
  if (first === undefined)
    throw new InternalError('A network without outputs, or an argmax without operand.');
  return first;
}

function largestIndex(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Largest minus smallest number that the float network says. */
function spreadOf(references: readonly Reference[]): number {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { scores } of references) {
    for (const score of scores) {
      min = Math.min(min, score);
      max = Math.max(max, score);
    }
  }
  return max > min ? max - min : 1;
}

function checkData(samples: readonly Sample[], labels: readonly number[] | undefined): void {
  if (samples.length === 0)
    throw new BionoirError(
      'MALFORMED_INPUT',
      'The search for bits was given no samples; give some that the network was not trained on.',
    );
  if (labels !== undefined && labels.length !== samples.length)
    throw new BionoirError(
      'MALFORMED_INPUT',
      `The search for bits was given ${samples.length} samples and ${labels.length} labels; give one label per sample, or none.`,
      { details: { sampleCount: samples.length, labelCount: labels.length } },
    );
}
