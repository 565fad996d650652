/**
 * What a choice of bits does to a network's answers on data that it was not trained on: the judge of the search. Of several
 * outputs the first is judged.
 *
 * The drop is the share of answers that are lost. With labels: the float network's accuracy minus the integer one's. Without:
 * the share of samples whose class is another one. For a network that gives a single number or an embedding of length one,
 * where there are no classes: the mean error as a share of the range that the numbers have.
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
import { evaluateSamples } from '../batch.ts';
import { planEvaluation, quantNodeOf } from '../evaluate.ts';
import { quantizeInput } from '../inputs.ts';
import type { Sample } from '../options.ts';
import { isKept } from '../trail.ts';
import type { IntTensor, QuantGraph, QuantNode } from '../types.ts';
import { CACHED_BYTES, createCache, type TensorCache } from './cache.ts';
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
  /** Stops as soon as the drop can only be larger, or is three standard errors beyond it. */
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
  const isClassless = elementCount(scoresOf.shape) === 1 || scoresOf.op.kind === 'l2-normalize';
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
  const kind = isClassless ? 'error' : labels === undefined ? 'disagreement' : 'accuracy';
  const trial: Trial = {
    samples,
    references,
    labels,
    kind,
    scoresName: scoresOf.name,
    spread: spreadOf(references),
    wrongBefore,
    pause,
    cache: isKept(graph, samples.length, CACHED_BYTES) ? createCache() : undefined,
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
  /** None where it would take too much memory. */
  readonly cache: TensorCache | undefined;
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
  /** Of what each sample adds to the drop, and of its square. */
  losses: number;
  lossSquares: number;
}

function startTally(): Tally {
  const counts = { agreed: 0, correct: 0, floatCorrect: 0, refused: 0 };
  return { ...counts, squares: 0, errors: 0, elements: 0, losses: 0, lossSquares: 0 };
}

/** Samples that are evaluated together. */
const BLOCK = 16;

async function judge(
  trial: Trial,
  quantGraph: QuantGraph,
  { sampleCount = trial.samples.length, dropLimit = Number.POSITIVE_INFINITY }: JudgeOptions,
): Promise<Judgement | undefined> {
  const { references, labels, kind, spread } = trial;
  const evaluate = evaluator(trial, quantGraph);
  const tally = startTally();
  for (let first = 0; first < sampleCount; first += BLOCK) {
    await trial.pause();
    const last = Math.min(sampleCount, first + BLOCK);
    for (const [i, reals] of evaluate(first, last).entries()) {
      const reference = references[first + i] as Reference; // one a sample
      count(trial, tally, { reference, label: labels?.[first + i], reals });
    }
    if (isBeyond(trial, tally, { done: last, sampleCount, limit: dropLimit })) return undefined;
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

/** Gives the scores of some samples by their index; undefined where one is refused. */
function evaluator(
  { samples, scoresName, cache }: Trial,
  quantGraph: QuantGraph,
): (first: number, last: number) => (number[] | undefined)[] {
  const plan = planEvaluation(quantGraph);
  const { nodes } = quantGraph;
  const node =
    nodes.find(({ name }) => name === scoresName) ?? quantNodeOf(quantGraph, outputOf(quantGraph.outputs));
  const scale = realScale(node);
  const start = cache?.turnTo(quantGraph, node.id);
  return (first, last) => {
    const states = samples.slice(first, last).map((sample, i) => ({
      inputs: () => quantizeInput(quantGraph, sample),
      known: start?.known(first + i) ?? [],
    }));
    return evaluateSamples(plan, states).map((tensors, i) => {
      start?.keep(first + i, tensors);
      const integers = tensors.length === nodes.length ? tensors[node.id] : undefined;
      return integers && Array.from<number | bigint, number>(integers.data, value => scale(Number(value)));
    });
  };
}

interface Answer {
  readonly reference: Reference;
  readonly label: number | undefined;
  readonly reals: readonly number[] | undefined;
}

function count(trial: Trial, tally: Tally, { reference: { answer, scores }, label, reals }: Answer): void {
  const own = reals === undefined ? undefined : largestIndex(reals);
  const isRight = own !== undefined && own === label;
  let errors = 0;
  for (const [i, real] of reals?.entries() ?? []) {
    const error = Math.abs(real - (scores[i] ?? 0));
    errors += error;
    tally.squares += error * error;
  }
  tally.elements += reals?.length ?? 0;
  tally.errors += errors;
  tally.refused += reals === undefined ? 1 : 0;
  tally.agreed += own === answer ? 1 : 0;
  tally.correct += isRight ? 1 : 0;
  tally.floatCorrect += answer === label ? 1 : 0;
  const losses: Record<DropKind, number> = {
    accuracy: Number(answer === label) - Number(isRight),
    disagreement: own === answer ? 0 : 1,
    error: reals === undefined ? 0 : errors / reals.length / trial.spread,
  };
  tally.losses += losses[trial.kind];
  tally.lossSquares += losses[trial.kind] ** 2;
}

/** Whether the drop is going to be beyond the limit: for certain, or in all likelihood. */
function isBeyond(trial: Trial, tally: Tally, { done, sampleCount, limit }: Progress): boolean {
  return (
    leastDrop(trial, tally, { done, sampleCount }) > limit || likelyDrop(tally, { done, sampleCount }) > limit
  );
}

interface Progress {
  readonly done: number;
  readonly sampleCount: number;
  readonly limit: number;
}

/** Standard errors that a mean is thought to be off at most, and the samples from which on they say something. */
const DEVIATIONS = 3;
const LIKELY_SAMPLES = 64;

/** What the drop will be at least, judging by the samples so far: their mean less three of its standard errors. */
function likelyDrop(tally: Tally, { done, sampleCount }: Pick<Progress, 'done' | 'sampleCount'>): number {
  if (done < LIKELY_SAMPLES) return 0;
  const mean = tally.losses / done;
  const variance = Math.max(0, tally.lossSquares / done - mean ** 2);
  return mean - DEVIATIONS * Math.sqrt((variance / done) * (1 - done / sampleCount));
}

/** What the drop will be if the integers are right about all samples to come. */
function leastDrop(
  { kind, references, wrongBefore, spread }: Trial,
  tally: Tally,
  { done, sampleCount }: Pick<Progress, 'done' | 'sampleCount'>,
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
