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
import { evaluateOnwards, planEvaluation, quantNodeOf } from '../evaluate.ts';
import { quantizeInput } from '../inputs.ts';
import type { Sample } from '../options.ts';
import { isKept } from '../trail.ts';
import type { IntTensor, QuantGraph, QuantNode } from '../types.ts';
import { createPause, type Pause } from './pause.ts';

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

export interface JudgeOptions {
  /** Judges on the first so many samples; on all when left out. */
  readonly sampleCount?: number;
  /** Stops as soon as the drop can only be larger. */
  readonly dropLimit?: number;
}

export interface Judge {
  readonly kind: DropKind;
  readonly sampleCount: number;
  /** Of the float network, with labels. */
  readonly accuracy?: number;
  /** Judges a network; undefined when its drop is beyond the limit. Nodes that the network before had too are not evaluated again. */
  judge(quantGraph: QuantGraph, options?: JudgeOptions): Promise<Judgement | undefined>;
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
 * @throws MALFORMED_INPUT for no samples, or labels of another number; INPUT_SHAPE, INPUT_RANGE for samples that do not fit; what
 *   `pause` throws
 */
export async function createJudge(
  graph: Graph,
  { samples, labels }: HeldOutData,
  pause: Pause = createPause(),
): Promise<Judge> {
  checkData(samples, labels);
  const output = nodeOf(graph, outputOf(graph.outputs));
  const isChoice = output.op.kind === 'argmax' || output.op.kind === 'top-k';
  const scoresOf = isChoice ? nodeOf(graph, outputOf(output.inputs)) : output;
  const isSingle = elementCount(scoresOf.shape) === 1;
  const references: Reference[] = [];
  for (const sample of samples) {
    await pause();
    const values = evaluateNodes(graph, realInputs(graph, sample));
    const scores = values[scoresOf.id]?.data ?? new Float64Array();
    references.push({ answer: largestIndex(scores), scores });
  }
  const wrongBefore = [0];
  for (const [index, { answer }] of references.entries())
    wrongBefore.push((wrongBefore[index] ?? 0) + (answer === labels?.[index] ? 0 : 1));
  const kind = isSingle ? 'error' : labels === undefined ? 'disagreement' : 'accuracy';
  const trial: Trial = {
    samples,
    references,
    labels,
    kind,
    scoresName: scoresOf.name,
    spread: spreadOf(references),
    wrongBefore,
    pause,
    cache: isKept(graph, samples.length) ? { nodes: [], tensors: [] } : undefined,
  };
  const wrongCount = wrongBefore.at(-1) ?? 0;
  return {
    kind,
    sampleCount: samples.length,
    ...(kind === 'accuracy' ? { accuracy: (samples.length - wrongCount) / samples.length } : {}),
    judge: (quantGraph, options = {}) => judge(trial, quantGraph, options),
  };
}

interface Trial {
  readonly samples: readonly Sample[];
  readonly references: readonly Reference[];
  readonly labels: readonly number[] | undefined;
  readonly kind: DropKind;
  readonly scoresName: string;
  readonly spread: number;
  readonly pause: Pause;
  /** Samples before each that the float network gets wrong; the last is of all. */
  readonly wrongBefore: readonly number[];
  /** Of the network judged last: its nodes, and by sample the tensors of each. */
  readonly cache: Cache | undefined;
}

interface Cache {
  nodes: readonly QuantNode[];
  tensors: (readonly IntTensor[] | undefined)[];
}

/** Counted sample by sample. */
interface Tally {
  agreed: number;
  correct: number;
  floatCorrect: number;
  refused: number;
  squares: number;
  errors: number;
  elements: number;
}

async function judge(
  trial: Trial,
  quantGraph: QuantGraph,
  { sampleCount = trial.samples.length, dropLimit = Number.POSITIVE_INFINITY }: JudgeOptions,
): Promise<Judgement | undefined> {
  const { references, labels, kind, spread } = trial;
  const evaluate = evaluator(trial, quantGraph);
  const tally = { agreed: 0, correct: 0, floatCorrect: 0, refused: 0, squares: 0, errors: 0, elements: 0 };
  for (let index = 0; index < sampleCount; index++) {
    await trial.pause();
    const reference = references[index] as Reference; // one a sample
    count(tally, { reference, label: labels?.[index], reals: evaluate(index) });
    if (leastDrop(trial, tally, { done: index + 1, sampleCount }) > dropLimit) return undefined;
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

/** Gives the scores of a sample by its index; undefined where the sample is refused. */
function evaluator(
  { samples, scoresName, cache }: Trial,
  quantGraph: QuantGraph,
): (index: number) => number[] | undefined {
  const plan = planEvaluation(quantGraph);
  const { nodes } = quantGraph;
  const node =
    nodes.find(({ name }) => name === scoresName) ?? quantNodeOf(quantGraph, outputOf(quantGraph.outputs));
  const scale = realScale(node);
  const firstOther = nodes.findIndex((own, id) => own !== cache?.nodes[id]);
  const sharedCount = firstOther === -1 ? nodes.length : firstOther;
  const known = cache?.tensors ?? [];
  const tensors: (readonly IntTensor[] | undefined)[] = [];
  if (cache !== undefined) Object.assign(cache, { nodes, tensors });
  return index => {
    const inputs = quantizeInput(quantGraph, samples[index] ?? []);
    const shared = known[index]?.slice(0, sharedCount) ?? [];
    const all = valuesOf(() => evaluateOnwards(plan, inputs, shared));
    if (cache !== undefined) tensors[index] = all;
    const integers = all?.[node.id];
    return integers && Array.from<number | bigint, number>(integers.data, value => scale(Number(value)));
  };
}

interface Answer {
  readonly reference: Reference;
  readonly label: number | undefined;
  readonly reals: readonly number[] | undefined;
}

function count(tally: Tally, { reference: { answer, scores }, label, reals }: Answer): void {
  if (answer === label) tally.floatCorrect += 1;
  if (reals === undefined) {
    tally.refused += 1;
    return;
  }
  const own = largestIndex(reals);
  if (own === answer) tally.agreed += 1;
  if (own === label) tally.correct += 1;
  for (const [i, real] of reals.entries()) {
    const error = Math.abs(real - (scores[i] ?? 0));
    tally.errors += error;
    tally.squares += error * error;
    tally.elements += 1;
  }
}

/** What the drop will be if the integers are right about all samples to come. */
function leastDrop(
  { kind, references, wrongBefore, spread }: Trial,
  tally: Tally,
  { done, sampleCount }: { readonly done: number; readonly sampleCount: number },
): number {
  switch (kind) {
    case 'accuracy': {
      const gain = (wrongBefore[sampleCount] ?? 0) - (wrongBefore[done] ?? 0);
      return (tally.floatCorrect - tally.correct - gain) / sampleCount;
    }
    case 'disagreement':
      return (done - tally.agreed) / sampleCount;
    case 'error': {
      const elements = sampleCount * Math.max(1, references[0]?.scores.length ?? 1);
      return Math.max(tally.errors / elements / spread, tally.refused / sampleCount);
    }
    default:
      return kind satisfies never;
  }
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
