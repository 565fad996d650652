/**
 * Tables of unary functions: the interval outside of which a function is its asymptote, the step, the segments, and integer
 * values and slopes such that the table is right to half a step of the output.
 *
 * Floats make the table once, while quantising; from then on it is integers. Errors are measured over every step of the
 * table, not estimated.
 */
import { type FunctionOp, realFunction } from '../graph/index.ts';
import { maximum, roundScaled } from './integers.ts';
import type { QuantTableOp } from './operators/table-types.ts';

/** What a function does far from zero, where tables need not follow it. */
interface Tails {
  /** The constant that it tends to below; absent: none, and the first value of the table stands for all below. */
  readonly below?: number;
  /** The line above + slope * x that it tends to; absent: none. */
  readonly above?: readonly [constant: number, slope: number];
  /** Where it begins to be defined. */
  readonly start?: number;
}

/** What a table is made from. */
export interface TableRequest {
  readonly op: Pick<FunctionOp, 'name' | 'alpha'>;
  /** The x that may occur. */
  readonly min: number;
  readonly max: number;
  /** The output is to be right to half of 2^-fractionBits. */
  readonly fractionBits: number;
  /** Finest step: x has no more fraction bits than this. */
  readonly stepBitsMax: number;
}

/** A table with its scales and its error. */
export interface TableDesign {
  /** t = x * 2^stepBits. */
  readonly stepBits: number;
  /** y = real * 2^scaleBits. */
  readonly scaleBits: number;
  readonly table: Pick<
    QuantTableOp,
    'mirrored' | 'first' | 'lowBits' | 'bases' | 'slopes' | 'below' | 'above' | 'aboveSlope'
  >;
  /** Largest distance from the function over all steps of the table. */
  readonly error: number;
}

/** Tables of more segments cost more than the bits they save; and indices are bytes. */
const SEGMENT_BITS_MAX = 8;
/** Steps at which the error of a candidate is measured; all of them in tables that are not longer. */
const SAMPLE_COUNT = 4096;
/** Points of the interval between which the steepest slope is looked for. */
const SLOPE_POINTS = 512;

/** Designs the cheapest table whose error is at most half a step of the output; the finest one where none is. */
export function designTable(request: TableRequest): TableDesign {
  const { op, min, max } = request;
  const f = realFunction(op);
  if (!isMirrored(op)) return designFor(f, tailsOf(op), request);
  const even = (x: number): number => f(x) - x;
  const range = { min: 0, max: Math.max(Math.abs(min), Math.abs(max)) };
  const { table, ...design } = designFor(even, { above: [0, 0], start: 0 }, { ...request, ...range }, 0);
  const aboveSlope = 1n << BigInt(design.scaleBits - design.stepBits);
  return { ...design, table: { ...table, mirrored: true, below: 0n, above: 0n, aboveSlope } };
}

/**
 * Designs the table of exp(-rate * x) from 0 on, which ends where that is 0. None of its values is negative: bounds of sums
 * and of products with their reciprocals rest on that.
 */
export function designDecay(
  rate: number,
  request: Pick<TableRequest, 'max' | 'fractionBits' | 'stepBitsMax'>,
): TableDesign {
  const decay = (x: number): number => Math.exp(-rate * x);
  const { error, ...design } = designFor(
    decay,
    { above: [0, 0], start: 0 },
    { op: { name: 'exp' }, min: 0, ...request },
  );
  const { table } = design;
  const last = (1n << BigInt(table.lowBits)) - 1n;
  // a line that falls below 0 at its end is lifted as a whole
  const bases = table.bases.map((base, segment) => maximum(0n, base, -(table.slopes[segment] ?? 0n) * last));
  const lift = maximum(0n, ...bases.map((base, segment) => base - (table.bases[segment] ?? 0n)));
  return { ...design, table: { ...table, bases }, error: error + Number(lift) * 2 ** -design.scaleBits };
}

/** Whether f(x) - max(0, x) is the same for x and -x: then half the table does. */
function isMirrored({ name }: TableRequest['op']): boolean {
  return name === 'gelu' || name === 'gelu-tanh' || name === 'silu' || name === 'softplus';
}

/** `slopeBitsMin`: of a line that the table's function is added to. */
function designFor(
  f: (x: number) => number,
  tails: Tails,
  request: TableRequest,
  slopeBitsMin = Number.NEGATIVE_INFINITY,
): TableDesign {
  const [low, high] = intervalOf(f, tails, request);
  const stepBits = Math.min(
    request.stepBitsMax,
    request.fractionBits + Math.max(slopeBits(f, low, high), slopeBitsMin),
  );
  const firstStep = Math.floor(low * 2 ** stepBits);
  // x is cut to the nearest step: the greatest may be rounded up, and past a table that ends below it lies the tail
  const lastStep = Math.floor(high * 2 ** stepBits + 0.5);
  const totalBits = Math.ceil(Math.log2(lastStep - firstStep + 1));
  const first = firstOf(tails, { firstStep, lastStep, totalBits });
  let best: TableDesign | undefined;
  for (let bits = 0; bits <= Math.min(SEGMENT_BITS_MAX, totalBits); bits++) {
    const design = makeTable({ f, tails, request, stepBits, first }, bits, totalBits - bits);
    if (best === undefined || design.error < best.error) best = design;
    if (design.error <= 2 ** -(request.fractionBits + 1)) return design;
  }
  return best as TableDesign; // the loop runs at least once
}

/** Where a table of 2^totalBits steps begins: its middle is the interval's, but for ends that are exact. */
function firstOf(
  { start, above }: Tails,
  { firstStep, lastStep, totalBits }: { firstStep: number; lastStep: number; totalBits: number },
): number {
  if (start !== undefined) return firstStep;
  const isExactAbove = lastStep === 0 && above !== undefined && above[1] !== 0;
  if (isExactAbove) return -(2 ** totalBits);
  return firstStep - Math.floor((2 ** totalBits - (lastStep - firstStep + 1)) / 2);
}

function tailsOf({ name, alpha = 1 }: Pick<FunctionOp, 'name' | 'alpha'>): Tails {
  switch (name) {
    case 'sigmoid':
      return { below: 0, above: [1, 0] };
    case 'tanh':
    case 'erf':
    case 'softsign':
      return { below: -1, above: [1, 0] };
    case 'gelu':
    case 'gelu-tanh':
    case 'silu':
    case 'mish':
    case 'softplus':
      return { below: 0, above: [0, 1] };
    case 'elu':
      return { below: -alpha, above: [0, 1] };
    case 'selu': {
      const selu = realFunction({ name });
      return { below: selu(-64), above: [0, selu(1)] };
    }
    case 'exp':
      return { below: 0 };
    case 'log':
      return { start: 0 };
    case 'sqrt':
      return { below: 0, start: 0 };
    case 'sin':
    case 'cos':
      return {};
    default:
      return name satisfies never;
  }
}

/** The part of [min, max] where the function is further from its tails than a quarter of a step of the output. */
function intervalOf(
  f: (x: number) => number,
  { below, above, start }: Tails,
  { min, max, fractionBits }: TableRequest,
): readonly [low: number, high: number] {
  const near = 2 ** -(fractionBits + 2);
  const isBelow = (x: number): boolean => below !== undefined && Math.abs(f(x) - below) <= near;
  const isAbove = (x: number): boolean =>
    above !== undefined && Math.abs(f(x) - above[0] - above[1] * x) <= near;
  const floor = start === undefined ? min : Math.max(start, Math.min(min, max));
  const low = start === undefined && min < 0 && isBelow(min) ? lastWhere(isBelow, min) : floor;
  const high = max >= 0 && isAbove(max) ? lastWhere(isAbove, max) : max;
  return low < high ? [low, high] : [Math.min(low, high), Math.max(low, high)];
}

/** Finest distance at which tails are looked at; and where all of them are near, but softsign's. */
const TAIL_STEP = 2 ** -6;
const TAIL_END = 64;

/** From an end where the tail is near, the last point towards zero where it still is. */
function lastWhere(isNear: (x: number) => boolean, end: number): number {
  const start = isNear(Math.sign(end) * TAIL_END) ? Math.min(Math.abs(end), TAIL_END) : Math.abs(end);
  const step = Math.max(TAIL_STEP, start / SAMPLE_COUNT);
  for (let size = start; size > 0; size -= step) {
    if (!isNear(Math.sign(end) * size)) return Math.sign(end) * Math.min(start, size + step);
  }
  return 0;
}

/** Bits that steps must be finer than the output because the function is steep, to the nearest (negative: may be coarser). */
function slopeBits(f: (x: number) => number, low: number, high: number): number {
  const step = (high - low) / SLOPE_POINTS;
  if (!(step > 0)) return 0;
  let steepest = 2 ** -6;
  for (let i = 0; i < SLOPE_POINTS; i++) {
    const rise = Math.abs(f(low + (i + 1) * step) - f(low + i * step)) / step;
    if (Number.isFinite(rise)) steepest = Math.max(steepest, rise);
  }
  return Math.round(Math.log2(steepest));
}

interface Plan {
  readonly f: (x: number) => number;
  readonly tails: Tails;
  readonly request: TableRequest;
  readonly stepBits: number;
  readonly first: number;
}

/** A table of 2^segmentBits segments of 2^lowBits steps. */
function makeTable(
  { f, tails, request, stepBits, first }: Plan,
  segmentBits: number,
  lowBits: number,
): TableDesign {
  const { fractionBits } = request;
  const slopeFraction = Math.max(
    0,
    lowBits + fractionBits - stepBits,
    fractionBits + 2 - stepBits,
    ...(Number.isInteger(tails.above?.[1] ?? 0)
      ? []
      : [fractionBits + 1 + Math.ceil(Math.log2(request.max))]),
  );
  const scaleBits = stepBits + slopeFraction;
  const unit = 2 ** -scaleBits;
  const at = (t: number): number => valueAt(f, tails, t, stepBits);
  const bases: bigint[] = [];
  const slopes: bigint[] = [];
  let error = 0;
  const stride = Math.max(1, 2 ** (segmentBits + lowBits) / SAMPLE_COUNT);
  for (let segment = 0; segment < 2 ** segmentBits; segment++) {
    const start = first + segment * 2 ** lowBits;
    const last = 2 ** lowBits - 1;
    const slope = last === 0 ? 0 : Math.round((at(start + last) - at(start)) / (last * unit));
    const [least, most] = residuals(at, { start, last, slope: slope * unit, stride });
    const base = Math.round((least + most) / 2 / unit);
    error = Math.max(error, base * unit - least, most - base * unit);
    bases.push(BigInt(base));
    slopes.push(BigInt(slope));
  }
  const lastStep = first + 2 ** (segmentBits + lowBits) - 1;
  const [above, slope] = tails.above ?? [at(lastStep), 0];
  const table = {
    mirrored: false,
    first: BigInt(first),
    lowBits,
    bases,
    slopes,
    below: roundScaled(tails.below ?? at(first), scaleBits),
    above: roundScaled(above, scaleBits),
    aboveSlope: roundScaled(slope, slopeFraction),
  };
  return { stepBits, scaleBits, table, error };
}

/** The least and the greatest value of f - slope * low over the steps of a segment. */
function residuals(
  at: (t: number) => number,
  { start, last, slope, stride }: { start: number; last: number; slope: number; stride: number },
): readonly [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const visit = (low: number): void => {
    const rest = at(start + low) - slope * low;
    least = Math.min(least, rest);
    most = Math.max(most, rest);
  };
  for (let low = 0; low < last; low += stride) visit(low);
  visit(last);
  return [least, most];
}

/** f at a step; half a step above its start where it is not defined. */
function valueAt(f: (x: number) => number, { start }: Tails, t: number, stepBits: number): number {
  if (start === undefined) return f(t * 2 ** -stepBits);
  const value = f(Math.max(start, t * 2 ** -stepBits));
  return Number.isFinite(value) ? value : f(start + 2 ** -(stepBits + 1));
}
