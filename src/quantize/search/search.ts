/**
 * Searches the bits of every node: the cheapest network within a loss of accuracy, or the most accurate one within a number
 * of constraints.
 *
 * 1. Each node that costs constraints is tried at each number of bits by itself (path.ts), on some of the data.
 * 2. The path from many bits to few that follows is judged on all data, by halving.
 * 3. From the choice found, single bits are taken away, the dearest first, and with lookups table widths tried, as long as
 *    the target is met.
 *
 * It only ever takes what the judge saw on the data; the same data and options give the same result.
 */
import { BionoirError } from '../../errors.ts';
import { elementCount, type Graph } from '../../graph/index.ts';
import { constraintEstimate } from '../estimate.ts';
import { DEFAULT_QUANTIZE_OPTIONS, type QuantizeOptions } from '../options.ts';
import { findPrices } from '../price.ts';
import { quantizeWithBits } from '../quantize.ts';
import type { QuantGraph } from '../types.ts';
import { createJudge, type DropKind, type HeldOutData, type Judge, type Judgement } from './judge.ts';
import { type Bits, descend, type Knob, monotone } from './path.ts';

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
  readonly constraintCount: number;
}

export interface SearchResult {
  readonly quantGraph: QuantGraph;
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
/** Samples from which scales are chosen. */
const CALIBRATION_COUNT = 64;
/** Multiply-adds that measuring the harm of all nodes may take, and the samples it is measured on. */
const HARM_WORK = 4e9;
const HARM_SAMPLES = { min: 8, max: 128 } as const;

/**
 * Searches.
 *
 * @param graph the float network, as it would be given to `quantize`
 * @throws CALIBRATION when no choice meets the target; USAGE for a target without limits; MALFORMED_INPUT, INPUT_SHAPE,
 *   INPUT_RANGE for data that does not fit
 */
export function searchBits(graph: Graph, data: HeldOutData, options: SearchOptions): SearchResult {
  checkTarget(options.target);
  const search = startSearch(graph, data, options);
  const initial = judgeBits(search, { ...search.base.bits }, 'default');
  const path = harmlessPath(search);
  for (const bits of spread(path, options.surveyCount ?? 0)) judgeBits(search, bits, 'path');
  const { maxDrop, maxConstraints } = options.target;
  const isSearched = maxDrop !== undefined || maxConstraints !== undefined;
  const chosen = isSearched ? bestJudged(search, refine(search, walk(search, path))) : initial;
  if (isSearched) checkMet(search, chosen);
  const quantize = quantizeOptions(search, chosen.bits, chosen);
  const points = [...search.judged.values()].sort(
    (left, right) => left.constraintCount - right.constraintCount || left.drop - right.drop,
  );
  const { judge } = search;
  return {
    quantGraph: quantizeWithBits(graph, quantize).quantGraph,
    quantize,
    dropKind: judge.kind,
    sampleCount: judge.sampleCount,
    ...(judge.accuracy === undefined ? {} : { floatAccuracy: judge.accuracy }),
    chosen,
    initial,
    points,
  };
}

interface Search {
  readonly graph: Graph;
  readonly options: SearchOptions;
  readonly judge: Judge;
  readonly base: { readonly bits: Bits; readonly options: QuantizeOptions };
  readonly knobs: readonly Knob[];
  /** By what was chosen. */
  readonly judged: Map<string, SearchPoint>;
}

/** What a choice consists of besides bits. */
type Variant = Pick<SearchPoint, 'lookupWidth' | 'marginBits'>;

/** So many elements of a list, evenly, both ends among them. */
function spread<T>(list: readonly T[], count: number): T[] {
  const steps = Math.min(count, list.length);
  return Array.from(
    { length: steps },
    (_, step) => list[Math.round((step * (list.length - 1)) / Math.max(1, steps - 1))] as T,
  );
}

function startSearch(graph: Graph, data: HeldOutData, options: SearchOptions): Search {
  const judge = createJudge(graph, data);
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

function quantizeOptions(
  { base }: Search,
  bits: Bits,
  { lookupWidth, marginBits }: Variant,
): QuantizeOptions {
  const nodeBits = { ...base.bits, ...bits };
  return { ...base.options, nodeBits, lookupWidth, ...(marginBits === undefined ? {} : { marginBits }) };
}

/** Judges a choice on all data, once. */
function judgeBits(
  search: Search,
  bits: Bits,
  kind: SearchPoint['kind'],
  variant = variantOf(search),
): SearchPoint {
  const all = { ...search.base.bits, ...bits };
  const key = [variant.lookupWidth, variant.marginBits, ...Object.values(all)].join();
  const known = search.judged.get(key);
  if (known !== undefined) return known;
  const { quantGraph } = quantizeWithBits(search.graph, quantizeOptions(search, all, variant));
  const constraintCount = costOf(search, quantGraph);
  const { lookupWidth, marginBits } = variant;
  const point = {
    kind,
    bits: all,
    lookupWidth,
    ...(marginBits === undefined ? {} : { marginBits }),
    constraintCount,
    ...search.judge.judge(quantGraph),
  };
  search.judged.set(key, point);
  return point;
}

function costOf({ options }: Search, quantGraph: QuantGraph): number {
  return options.cost?.(quantGraph) ?? constraintEstimate(quantGraph).total;
}

function variantOf({ base }: Search): Variant {
  const { widths, marginBits = DEFAULT_QUANTIZE_OPTIONS.marginBits, lookupWidth = 0 } = base.options;
  return { lookupWidth, ...(widths === 'calibrated' ? { marginBits } : {}) };
}

/** The path by the harm that each node's bits do, measured on some of the data. */
function harmlessPath(search: Search): Bits[] {
  const { graph, knobs, judge, options } = search;
  const trials = knobs.reduce((sum, { min, max }) => sum + max - min + 1, 0);
  const samples = harmSamples(graph, trials, judge.sampleCount);
  const most = Object.fromEntries(knobs.map(({ name, max }) => [name, max]));
  const errorOf = (bits: Bits): number => {
    const { quantGraph } = quantizeWithBits(graph, quantizeOptions(search, bits, variantOf(search)));
    return judge.judge(quantGraph, samples).error ** 2;
  };
  const floor = errorOf(most);
  let done = 0;
  const harms = new Map(
    knobs.map(knob => {
      const measured = new Map<number, number>([[knob.max, 0]]);
      for (let bits = knob.max - 1; bits >= knob.min; bits--) {
        done += 1;
        options.onProgress?.(`what bits of '${knob.name}' do`, (0.6 * done) / trials);
        measured.set(bits, Math.max(0, errorOf({ ...most, [knob.name]: bits }) - floor));
      }
      return [knob.name, monotone(knob, measured)] as const;
    }),
  );
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

/** The last choice on the path within the drop, or the first within the constraints, by halving. */
function walk(search: Search, path: readonly Bits[]): SearchPoint {
  const { target, onProgress } = search.options;
  const at = (index: number): SearchPoint => judgeBits(search, path[index] as Bits, 'path');
  const isDrop = target.maxDrop !== undefined;
  let [low, high] = [0, path.length - 1];
  for (let steps = 0; low < high; steps++) {
    onProgress?.('how few bits will do', 0.6 + 0.2 * (1 - 1 / (steps + 1)));
    const middle = isDrop ? Math.ceil((low + high) / 2) : Math.floor((low + high) / 2);
    const isWithin = isMet(search, at(middle));
    if (isDrop) [low, high] = isWithin ? [middle, high] : [low, middle - 1];
    else [low, high] = isWithin ? [low, middle] : [middle + 1, high];
  }
  return at(low);
}

/** Takes away single bits, the dearest first, and tries table widths, while the target is met. */
function refine(search: Search, found: SearchPoint): SearchPoint {
  const { target, onProgress, lookupWidths = [] } = search.options;
  if (!isMet(search, found)) return found;
  let best = found;
  const consider = (bits: Bits, variant: Variant): boolean => {
    const point = judgeBits(search, bits, 'refined', variant);
    const isBetter =
      isMet(search, point) &&
      (target.maxDrop === undefined
        ? isMoreFaithful(point, best)
        : point.constraintCount < best.constraintCount);
    if (isBetter) best = point;
    return isBetter;
  };
  for (const lookupWidth of lookupWidths) consider(best.bits, { ...variantOfPoint(best), lookupWidth });
  if (best.marginBits !== undefined)
    for (const marginBits of MARGINS) consider(best.bits, { ...variantOfPoint(best), marginBits });
  const step = target.maxDrop === undefined ? 1 : -1;
  const knobs = [...search.knobs].sort((left, right) => step * (left.price - right.price));
  for (const [index, { name, min, max }] of knobs.entries()) {
    for (;;) {
      onProgress?.(`one bit of '${name}'`, 0.8 + (0.2 * index) / knobs.length);
      const bits = (best.bits[name] ?? 0) + step;
      if (bits < min || bits > max || !consider({ ...best.bits, [name]: bits }, variantOfPoint(best))) break;
    }
  }
  onProgress?.('found', 1);
  return best;
}

function variantOfPoint({ lookupWidth, marginBits }: SearchPoint): Variant {
  return { lookupWidth, ...(marginBits === undefined ? {} : { marginBits }) };
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
