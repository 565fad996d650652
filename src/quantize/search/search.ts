/**
 * Searches the bits of every node: the cheapest network within a loss of accuracy, or the most accurate one within a number
 * of constraints.
 *
 * 1. Each node that costs constraints is tried at each number of bits by itself (path.ts), on some of the data.
 * 2. The path from many bits to few that follows is judged on all data, by halving.
 * 3. From the choice found, table widths are tried (with lookups), margins (with calibrated widths), and bits by channel
 *    (balance.ts); then single bits are taken away, the dearest first, as long as the target is met.
 *
 * It only ever takes what the judge saw on the data; the same data and options give the same result.
 */
import { BionoirError, InternalError } from '../../errors.ts';
import { elementCount, type Graph } from '../../graph/index.ts';
import { constraintEstimate } from '../estimate.ts';
import { DEFAULT_QUANTIZE_OPTIONS, type QuantizeOptions } from '../options.ts';
import { findPrices } from '../price.ts';
import { quantizeAgain, quantizeWithBits } from '../quantize.ts';
import type { Trail } from '../trail.ts';
import type { QuantGraph } from '../types.ts';
import { createJudge, type DropKind, type HeldOutData, type Judge, type Judgement } from './judge.ts';
import { type Bits, descend, type Knob, monotone } from './path.ts';
import { createPause } from './pause.ts';

/**
 * What is to be met; with both, the cheapest within `maxDrop`, which must then be within `maxConstraints`. Without either
 * the network stays what it is, and the search only shows what else there would be.
 */
export interface SearchTarget {
  /** Most of the accuracy that may be lost: 0.002 for 0.2 percentage points. */
  readonly maxDrop?: number;
  readonly maxConstraints?: number;
}

export interface SearchOptions {
  readonly target: SearchTarget;
  /**
   * What the search starts from. With calibrated widths and no data for them, every other sample is taken, and the margin
   * is searched as well.
   */
  readonly quantize?: QuantizeOptions;
  /** Counts the constraints of a network; for plain Groth16 when left out. */
  readonly cost?: (quantGraph: QuantGraph) => number;
  /** Table widths to try, with lookups. */
  readonly lookupWidths?: readonly number[];
  /** Choices along the path to judge besides, for plots; none when left out. */
  readonly surveyCount?: number;
  readonly onProgress?: (step: string, fraction: number) => void;
  /** Stops the search at the next sample. */
  readonly signal?: AbortSignal;
}

/** A choice that was judged on all data. */
export interface SearchPoint extends Judgement {
  /** The step that made it: 'default' for the options without a search. */
  readonly kind: 'default' | 'path' | 'refined';
  /** Of every node that has weights or keeps a number of bits, by name. */
  readonly bits: Bits;
  readonly lookupWidth: number;
  /** Of calibrated widths. */
  readonly marginBits?: number;
  /** Whether channels have bits by what later layers make of them. */
  readonly balance?: boolean;
  readonly constraintCount: number;
}

export interface SearchResult {
  readonly quantGraph: QuantGraph;
  /** The network without a search. */
  readonly initialGraph: QuantGraph;
  /** Options under which `quantize` gives just this network. */
  readonly quantize: QuantizeOptions;
  readonly dropKind: DropKind;
  readonly sampleCount: number;
  /** Of the float network, with labels. */
  readonly floatAccuracy?: number;
  readonly chosen: SearchPoint;
  /** The network without a search. */
  readonly initial: SearchPoint;
  /** All choices judged, the cheapest first. */
  readonly points: readonly SearchPoint[];
}

/** Bits that a node is tried with: up to so many more than it has without a search. */
const EXTRA_BITS = 2;
const LEAST_BITS = 2;
/** Margins of calibrated widths that are tried. */
const MARGINS = [3, 2, 1] as const;
/** Samples from which scales are chosen where none are given. */
const CALIBRATION_COUNT = 64;
/** While harm is measured: samples from which scales are chosen, at most, and the margin of calibrated widths, which refuses none. */
const HARM_CALIBRATION = 32;
const HARM_MARGIN = 3;
/** Multiply-adds that measuring the harm of all nodes may take, and the samples it is measured on. */
const HARM_WORK = 4e9;
const HARM_SAMPLES = { min: 8, max: 128 } as const;

/**
 * Searches.
 *
 * @param graph the float network, as it would be given to `quantize`
 * @throws CALIBRATION when no choice meets the target; USAGE for a target without limits; MALFORMED_INPUT, INPUT_SHAPE,
 *   INPUT_RANGE for data that does not fit; ABORTED when asked to stop
 */
export async function searchBits(
  graph: Graph,
  data: HeldOutData,
  given: SearchOptions,
): Promise<SearchResult> {
  checkTarget(given.target);
  const options = withRisingProgress(given);
  const search = await startSearch(graph, data, options);
  const initial = await judgeFully(search, { ...search.base.bits }, 'default');
  const path = await harmlessPath(search);
  const survey = spread(path, options.surveyCount ?? 0);
  for (const [index, bits] of survey.entries()) {
    options.onProgress?.('what bits buy', SHARES.harm + (SHARES.survey * index) / survey.length);
    await judgeFully(search, bits, 'path');
  }
  const { maxDrop, maxConstraints } = options.target;
  const isSearched = maxDrop !== undefined || maxConstraints !== undefined;
  const chosen = isSearched ? bestJudged(search, await refine(search, await walkAll(search, path))) : initial;
  options.onProgress?.('found', 1);
  if (isSearched) checkMet(search, chosen);
  const quantize = quantizeOptions(search, chosen.bits, chosen);
  const points = [...search.judged.values()].sort(
    (left, right) => left.constraintCount - right.constraintCount || left.drop - right.drop,
  );
  const { judge } = search;
  return {
    quantGraph: quantizeWithBits(graph, quantize).quantGraph,
    initialGraph: quantizeChoice(search, initial.bits, initial),
    quantize,
    dropKind: judge.kind,
    sampleCount: judge.sampleCount,
    ...(judge.accuracy === undefined ? {} : { floatAccuracy: judge.accuracy }),
    chosen,
    initial,
    points,
  };
}

/** Progress never falls, whatever parts are gone through more than once. */
function withRisingProgress(options: SearchOptions): SearchOptions {
  const { onProgress } = options;
  if (onProgress === undefined) return options;
  let most = 0;
  return {
    ...options,
    onProgress: (step, fraction) => {
      most = Math.max(most, fraction);
      onProgress(step, most);
    },
  };
}

/** What each part of a search takes of its progress; refining takes the rest. */
const SHARES = { harm: 0.4, survey: 0.2, walk: 0.2 } as const;

interface Search {
  readonly graph: Graph;
  readonly options: SearchOptions;
  readonly judge: Judge;
  readonly base: { readonly bits: Bits; readonly options: QuantizeOptions };
  readonly knobs: readonly Knob[];
  /** By what was chosen. */
  readonly judged: Map<string, SearchPoint>;
  /** Of the network quantised last. */
  trail?: Trail;
}

/** What a choice consists of besides bits. */
type Variant = Pick<SearchPoint, 'lookupWidth' | 'marginBits' | 'balance'>;

/** So many elements of a list, evenly, both ends among them. */
function spread<T>(list: readonly T[], count: number): T[] {
  const steps = Math.min(count, list.length);
  return Array.from(
    { length: steps },
    (_, step) => list[Math.round((step * (list.length - 1)) / Math.max(1, steps - 1))] as T,
  );
}

async function startSearch(graph: Graph, data: HeldOutData, options: SearchOptions): Promise<Search> {
  const judge = await createJudge(graph, data, createPause(options.signal));
  const isCalibrated = options.quantize?.widths === 'calibrated';
  const seen = isCalibrated
    ? data.samples.filter((_, index) => index % 2 === 0)
    : data.samples.slice(0, CALIBRATION_COUNT);
  const own = options.quantize?.calibration ?? [];
  const base = { ...options.quantize, calibration: own.length > 0 ? own : seen };
  const bits = Object.fromEntries(quantizeWithBits(graph, base).bits);
  const prices = findPrices(graph);
  const knobs = graph.nodes.flatMap((node): Knob[] => {
    const [price = 0, start] = [prices.get(node.id), bits[node.name]];
    if (price === 0 || start === undefined) return [];
    return [{ name: node.name, price, min: Math.min(LEAST_BITS, start), max: start + EXTRA_BITS }];
  });
  return { graph, options, judge, base: { bits, options: base }, knobs, judged: new Map() };
}

function quantizeOptions({ base }: Search, bits: Bits, variant: Variant): QuantizeOptions {
  const nodeBits = { ...base.bits, ...bits };
  return { ...base.options, nodeBits, ...variantOfPoint(variant) };
}

/** Quantises, from the node on in which a choice differs from the last one. */
function quantizeChoice(
  search: Search,
  bits: Bits,
  variant: Variant,
  others: Pick<QuantizeOptions, 'calibration' | 'marginBits'> = {},
): QuantGraph {
  const options = { ...quantizeOptions(search, bits, variant), ...others };
  const again = quantizeAgain(search.graph, options, search.trail);
  search.trail = again.trail;
  return again.quantGraph;
}

/** Judges a choice on all data, once. */
async function judgeFully(
  search: Search,
  bits: Bits,
  kind: SearchPoint['kind'],
  variant = variantOf(search),
): Promise<SearchPoint> {
  const point = await judgeWithin(search, { bits, kind, variant });
  if (point === undefined) throw new InternalError('A choice of bits was judged within limits.');
  return point;
}

interface Trial {
  readonly bits: Bits;
  readonly kind: SearchPoint['kind'];
  readonly variant: Variant;
  /** Judging stops where one of these is exceeded, or as much as `costLimit` reached. */
  readonly dropLimit?: number;
  readonly costLimit?: number;
}

/** Judges a choice, once; undefined when it is beyond a limit. */
async function judgeWithin(
  search: Search,
  { bits, kind, variant, dropLimit, costLimit = Number.POSITIVE_INFINITY }: Trial,
): Promise<SearchPoint | undefined> {
  const all = { ...search.base.bits, ...bits };
  const key = [variant.lookupWidth, variant.marginBits, variant.balance, ...Object.values(all)].join();
  const known = search.judged.get(key);
  if (known !== undefined) return known;
  const quantGraph = quantizeChoice(search, all, variant);
  const constraintCount = costOf(search, quantGraph);
  if (constraintCount >= costLimit) return undefined;
  const judgement = await search.judge.judge(quantGraph, dropLimit === undefined ? {} : { dropLimit });
  if (judgement === undefined) return undefined;
  const point = {
    kind,
    bits: all,
    ...variantOfPoint(variant),
    constraintCount,
    ...judgement,
  };
  search.judged.set(key, point);
  return point;
}

function costOf({ options }: Search, quantGraph: QuantGraph): number {
  return options.cost?.(quantGraph) ?? constraintEstimate(quantGraph).total;
}

function variantOf({ base }: Search): Variant {
  const { widths, marginBits = DEFAULT_QUANTIZE_OPTIONS.marginBits, lookupWidth = 0, balance } = base.options;
  return {
    lookupWidth,
    ...(widths === 'calibrated' ? { marginBits } : {}),
    ...(balance === undefined ? {} : { balance }),
  };
}

/** The path by the harm that each node's bits do, measured on some of the data. */
async function harmlessPath(search: Search): Promise<Bits[]> {
  const { graph, knobs, judge, options } = search;
  const trials = knobs.reduce((sum, { min, max }) => sum + max - min + 1, 0);
  const sampleCount = harmSamples(graph, trials, judge.sampleCount);
  const calibration = search.base.options.calibration?.slice(0, HARM_CALIBRATION) ?? [];
  const others = { calibration, marginBits: HARM_MARGIN };
  const most = Object.fromEntries(knobs.map(({ name, max }) => [name, max]));
  const errorOf = async (bits: Bits): Promise<number> => {
    const quantGraph = quantizeChoice(search, bits, variantOf(search), others);
    const { error = 0 } = (await judge.judge(quantGraph, { sampleCount })) ?? {};
    return error ** 2;
  };
  const floor = await errorOf(most);
  let done = 0;
  const harms = new Map<string, ReadonlyMap<number, number>>();
  for (const knob of knobs) {
    const measured = new Map<number, number>([[knob.max, 0]]);
    for (let bits = knob.max - 1; bits >= knob.min; bits--) {
      done += 1;
      options.onProgress?.(`what bits of '${knob.name}' do`, (SHARES.harm * done) / trials);
      measured.set(bits, Math.max(0, (await errorOf({ ...most, [knob.name]: bits })) - floor));
    }
    harms.set(knob.name, monotone(knob, measured));
  }
  return descend(knobs, (knob, bits) => harms.get(knob.name)?.get(bits) ?? 0);
}

/** As many samples as the work allows: the same number wherever the search runs. */
function harmSamples(graph: Graph, trials: number, available: number): number {
  const work = graph.nodes.reduce((sum, { op, shape }) => {
    if (op.kind === 'dense') return sum + op.weights.length;
    if (op.kind === 'conv2d') return sum + (op.kernel.length / op.filters) * elementCount(shape);
    return sum + elementCount(shape);
  }, 0);
  const wanted = Math.floor(HARM_WORK / Math.max(1, work * trials));
  return Math.min(available, Math.max(HARM_SAMPLES.min, Math.min(HARM_SAMPLES.max, wanted)));
}

/** Whether a choice is within the limit that the search goes by. */
function isMet({ options }: Search, { drop, constraintCount }: SearchPoint): boolean {
  const { maxDrop, maxConstraints = Number.POSITIVE_INFINITY } = options.target;
  return maxDrop === undefined ? constraintCount <= maxConstraints : drop <= maxDrop;
}

/**
 * Where a number of constraints is the target and widths are calibrated, margins compete with bits for them: what is best
 * with any of them.
 */
async function walkAll(search: Search, path: readonly Bits[]): Promise<SearchPoint> {
  const variant = variantOf(search);
  const { marginBits } = variant;
  if (search.options.target.maxDrop !== undefined || marginBits === undefined)
    return walk(search, path, variant);
  const found: SearchPoint[] = [];
  for (const margin of new Set([marginBits, ...MARGINS]))
    found.push(await walk(search, path, { ...variant, marginBits: margin }));
  const within = found.filter(point => isMet(search, point));
  return (within.length > 0 ? within : found).reduce((best, point) =>
    isMoreFaithful(point, best) ? point : best,
  );
}

/** The last choice on the path within the drop, or the first within the constraints, by halving. */
async function walk(search: Search, path: readonly Bits[], variant: Variant): Promise<SearchPoint> {
  const { target, onProgress } = search.options;
  const { maxDrop, maxConstraints } = target;
  let [low, high] = [0, path.length - 1];
  for (let steps = 0; low < high; steps++) {
    onProgress?.('how few bits will do', 1 - SHARES.walk * (1 + 1 / (steps + 1)));
    const middle = maxDrop === undefined ? Math.floor((low + high) / 2) : Math.ceil((low + high) / 2);
    const trial = { bits: path[middle] as Bits, kind: 'path', variant } as const;
    const point = await judgeWithin(search, {
      ...trial,
      ...(maxDrop === undefined
        ? { costLimit: (maxConstraints ?? Number.POSITIVE_INFINITY) + 1 }
        : { dropLimit: maxDrop }),
    });
    const isWithin = point !== undefined && isMet(search, point);
    if (maxDrop !== undefined) [low, high] = isWithin ? [middle, high] : [low, middle - 1];
    else [low, high] = isWithin ? [low, middle] : [middle + 1, high];
  }
  return judgeFully(search, path[low] as Bits, 'path', variant);
}

/** Takes away single bits, the dearest first, and tries table widths, while the target is met. */
async function refine(search: Search, found: SearchPoint): Promise<SearchPoint> {
  const { target, onProgress, lookupWidths = [] } = search.options;
  if (!isMet(search, found)) return found;
  const { maxDrop, maxConstraints = Number.POSITIVE_INFINITY } = target;
  let best = found;
  const limits = (): Pick<Trial, 'dropLimit' | 'costLimit'> =>
    maxDrop === undefined
      ? { costLimit: maxConstraints + 1 }
      : { dropLimit: maxDrop, costLimit: best.constraintCount };
  const consider = async (
    bits: Bits,
    variant: Variant,
    within: Pick<Trial, 'dropLimit' | 'costLimit'> = {},
  ): Promise<boolean> => {
    const point = await judgeWithin(search, { bits, kind: 'refined', variant, ...within });
    if (point === undefined || !isMet(search, point)) return false;
    const isBetter =
      maxDrop === undefined ? isMoreFaithful(point, best) : point.constraintCount < best.constraintCount;
    if (isBetter) best = point;
    return isBetter;
  };
  for (const lookupWidth of lookupWidths) await consider(best.bits, { ...variantOfPoint(best), lookupWidth });
  if (best.marginBits !== undefined)
    for (const marginBits of MARGINS) await consider(best.bits, { ...variantOfPoint(best), marginBits });
  onProgress?.('fewer bits for channels that are hardly heard', 1 - SHARES.walk);
  await consider(best.bits, { ...variantOfPoint(best), balance: true }, limits());
  const step = maxDrop === undefined ? 1 : -1;
  const knobs = [...search.knobs].sort((left, right) => step * (left.price - right.price));
  for (const [index, { name, min, max }] of knobs.entries()) {
    for (;;) {
      onProgress?.(`one bit of '${name}'`, 1 - SHARES.walk * (1 - index / knobs.length));
      const bits = (best.bits[name] ?? 0) + step;
      if (bits < min || bits > max) break;
      if (!(await consider({ ...best.bits, [name]: bits }, variantOfPoint(best), limits()))) break;
    }
  }
  return best;
}

function variantOfPoint({ lookupWidth, marginBits, balance }: Variant): Variant {
  return {
    lookupWidth,
    ...(marginBits === undefined ? {} : { marginBits }),
    ...(balance === undefined ? {} : { balance }),
  };
}

/** The best of all choices that were judged, whatever they were judged for. */
function bestJudged(search: Search, found: SearchPoint): SearchPoint {
  const { maxDrop } = search.options.target;
  const isBetter = (point: SearchPoint, best: SearchPoint): boolean =>
    maxDrop === undefined ? isMoreFaithful(point, best) : point.constraintCount < best.constraintCount;
  return [...search.judged.values()].reduce(
    (best, point) => (isMet(search, point) && isBetter(point, best) ? point : best),
    found,
  );
}

function isMoreFaithful(left: SearchPoint, right: SearchPoint): boolean {
  return left.drop < right.drop || (left.drop === right.drop && left.error < right.error);
}

function checkTarget({ maxDrop, maxConstraints }: SearchTarget): void {
  const isDrop = maxDrop === undefined || (maxDrop >= 0 && maxDrop <= 1);
  const isCount = maxConstraints === undefined || (Number.isInteger(maxConstraints) && maxConstraints > 0);
  if (isDrop && isCount) return;
  throw new BionoirError(
    'USAGE',
    `The search for bits was given maxDrop ${maxDrop} and maxConstraints ${maxConstraints}; maxDrop is a share from 0 to 1, maxConstraints a whole number from 1.`,
    { details: { maxDrop, maxConstraints } },
  );
}

function checkMet(search: Search, { drop, constraintCount }: SearchPoint): void {
  const { maxDrop, maxConstraints } = search.options.target;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} percentage points`;
  if (maxDrop !== undefined && drop > maxDrop)
    throw new BionoirError(
      'CALIBRATION',
      `No choice of bits keeps within a drop of ${percent(maxDrop)}; with the most bits tried it is ${percent(drop)}. Allow a larger drop, or give more data.`,
      { details: { maxDrop, drop } },
    );
  if (maxConstraints !== undefined && constraintCount > maxConstraints)
    throw new BionoirError(
      'CALIBRATION',
      `No choice of bits ${maxDrop === undefined ? '' : 'within the drop '}keeps within ${maxConstraints} constraints; the least found are ${constraintCount}. Allow more constraints${maxDrop === undefined ? '' : ' or a larger drop'}, or use lookups.`,
      { details: { maxConstraints, constraintCount } },
    );
}
