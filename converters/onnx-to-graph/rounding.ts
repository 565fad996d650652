/**
 * From a real multiplier to whole numbers, without changing a single result.
 *
 * ONNX Runtime goes from a sum of products s to an 8-bit number by y = saturate(round(float32(s) * m)) + z, with a float32
 * multiplier m and halves rounded to even. As a function of the whole number s this is a staircase of at most 255 steps.
 * We look for whole a, b and the least k with floor((s * a + b) / 2^k) stepping at the very same sums, for all sums that can
 * occur: a proof pays for each bit of k, and usually about as many bits are needed as the sums have.
 *
 * Where m is so round that sums fall right between two outputs (m = 1/2), no such line exists: then halves are rounded up.
 */

/** One channel on its way to 8 bits. */
export interface Channel {
  /** The multiplier, a float32. */
  readonly scale: number;
  /** Added to the sum before it is multiplied. */
  readonly bias: number;
  /** Sums that can occur, bias left out. */
  readonly low: number;
  readonly high: number;
}

/** The range of the result, and its zero point. */
export interface Target {
  readonly zeroPoint: number;
  readonly min: number;
  readonly max: number;
}

export interface Requantization {
  readonly multipliers: Float64Array;
  readonly offsets: Float64Array;
  readonly shiftBits: number;
  /** Whether every sum gives what ONNX Runtime gives; else halves may differ. */
  readonly isExact: boolean;
}

/** Finer lines are not tried: float32 itself has 24 bits. */
const SHIFT_MAX = 40;

/** Finds the line for every channel, with one shift for all. */
export function fitRequantization(channels: readonly Channel[], target: Target): Requantization {
  const stairs = channels.map(channel => staircaseOf(channel, target));
  for (let shiftBits = 0; shiftBits <= SHIFT_MAX; shiftBits++) {
    const lines = fitAll(stairs, channels, shiftBits);
    if (lines !== undefined) return { ...columns(lines), shiftBits, isExact: true };
  }
  const shiftBits = SHIFT_FALLBACK;
  const lines = channels.map(({ scale, bias }): Line => {
    const factor = Math.round(scale * 2 ** shiftBits);
    const start = target.zeroPoint - target.min;
    return { factor, offset: bias * factor + 2 ** (shiftBits - 1) + start * 2 ** shiftBits };
  });
  return { ...columns(lines), shiftBits, isExact: false };
}

/** Rounding halves up needs no more than what makes round multipliers whole. */
const SHIFT_FALLBACK = 24;

interface Line {
  readonly factor: number;
  readonly offset: number;
}

function columns(lines: readonly Line[]): Pick<Requantization, 'multipliers' | 'offsets'> {
  return {
    multipliers: Float64Array.from(lines, line => line.factor),
    offsets: Float64Array.from(lines, line => line.offset),
  };
}

function fitAll(
  stairs: readonly Staircase[],
  channels: readonly Channel[],
  shiftBits: number,
): Line[] | undefined {
  const lines: Line[] = [];
  for (const [i, stair] of stairs.entries()) {
    const line = fitLine(stair, channels[i]?.scale ?? 0, shiftBits);
    if (line === undefined) return undefined;
    lines.push(line);
  }
  return lines;
}

/** Two tensors that are added: each with its factor (a float32) and zero point. */
export interface Addend {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Range of the integers. */
  readonly min: number;
  readonly max: number;
}

/** A sum over whole numbers: floor((a * factors[0] + b * factors[1] + offset) / 2^shiftBits). */
export interface WholeSum {
  readonly factors: readonly [number, number];
  readonly offset: number;
  readonly shiftBits: number;
  readonly isExact: boolean;
}

/** Factors must stay whole in float32. */
const SUM_SHIFT_MAX = 22;

/**
 * The same for (a - za) * sa + (b - zb) * sb + zy, over all pairs of 8-bit numbers: the least number of bits for which some
 * offset gives what ONNX Runtime gives.
 */
export function fitSum(a: Addend, b: Addend, target: Target): WholeSum {
  const results = sumTable(a, b, target);
  for (let shiftBits = 0; shiftBits <= SUM_SHIFT_MAX; shiftBits++) {
    const factors = [a, b].map(({ scale }) => Math.round(scale * 2 ** shiftBits)) as [number, number]; // of two
    const [least, most] = offsetRange(results, [a, b], factors, target, 2 ** shiftBits);
    if (least <= most) return { factors, offset: least, shiftBits, isExact: true };
  }
  const unit = 2 ** SUM_SHIFT_MAX;
  const factors = [a, b].map(({ scale }) => Math.round(scale * unit)) as [number, number]; // of two
  const start = (target.zeroPoint - target.min) * unit + unit / 2;
  const offset = start - factors[0] * a.zeroPoint - factors[1] * b.zeroPoint;
  return { factors, offset, shiftBits: SUM_SHIFT_MAX, isExact: false };
}

/**
 * Results, counted from 0, for every pair: float32 at every step. ONNX Runtime's order of these steps differs by machine, and
 * with it its results for pairs whose sum falls (but for float32's rounding) right between two outputs.
 */
function sumTable(a: Addend, b: Addend, { zeroPoint, min, max }: Target): Uint8Array {
  const { fround } = Math;
  const results = new Uint8Array(LEVELS * LEVELS);
  let at = 0;
  for (let p = a.min; p <= a.max; p++) {
    for (let q = b.min; q <= b.max; q++) {
      const real = fround(fround((p - a.zeroPoint) * a.scale) + fround((q - b.zeroPoint) * b.scale));
      results[at++] = Math.min(Math.max(roundHalfEven(fround(real + zeroPoint)), min), max) - min;
    }
  }
  return results;
}

/** The offsets under which every pair gives its result; saturated results bound one side only. */
function offsetRange(
  results: Uint8Array,
  [a, b]: readonly [Addend, Addend],
  factors: readonly [number, number],
  { min, max }: Target,
  unit: number,
): [least: number, most: number] {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  let at = 0;
  for (let p = a.min; p <= a.max; p++) {
    for (let q = b.min; q <= b.max; q++) {
      const result = results[at++] as number;
      const sum = p * factors[0] + q * factors[1];
      if (result > 0) least = Math.max(least, result * unit - sum);
      if (result < max - min) most = Math.min(most, (result + 1) * unit - sum - 1);
    }
  }
  return [Number.isFinite(least) ? least : Math.min(most, 0), most];
}

/** Where a staircase steps: before `sums[i]` the result is below `levels[i]`, from it on at least that. */
interface Staircase {
  readonly low: number;
  readonly high: number;
  readonly sums: readonly number[];
  readonly levels: readonly number[];
  /** The result, counted from 0, at the lowest and the highest sum. */
  readonly first: number;
  readonly last: number;
}

function staircaseOf(channel: Channel, { zeroPoint, min, max }: Target): Staircase {
  const { scale, bias, low, high } = channel;
  const result = (sum: number): number => {
    const real = Math.fround(Math.fround(sum + bias) * Math.fround(scale));
    return Math.min(Math.max(roundHalfEven(real) + zeroPoint, min), max) - min;
  };
  const [first, last] = [result(low), result(high)];
  const [sums, levels]: [number[], number[]] = [[], []];
  let from = low;
  for (let level = first + 1; level <= last; level++) {
    let [below, above] = [from, high]; // result(below) < level <= result(above)
    while (above - below > 1) {
      const middle = Math.floor((below + above) / 2);
      if (result(middle) >= level) above = middle;
      else below = middle;
    }
    if (result(from) >= level) above = from;
    from = above;
    sums.push(above);
    levels.push(level);
  }
  return { low, high, sums, levels, first, last };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * A line that steps where the staircase does. Every step gives the offset a lower end (reached at its sum) and an upper end
 * (not reached one before); saturation at either side gives none, as the line may go on.
 */
function fitLine(stair: Staircase, scale: number, shiftBits: number): Line | undefined {
  const unit = 2 ** shiftBits;
  for (const factor of [Math.floor(scale * unit), Math.ceil(scale * unit)]) {
    let least = stair.first * unit - stair.low * factor; // at the lowest sum at least its level, unless that is 0
    if (stair.first === 0) least = Number.NEGATIVE_INFINITY;
    let most = Number.POSITIVE_INFINITY;
    for (const [i, sum] of stair.sums.entries()) {
      const level = (stair.levels[i] as number) * unit;
      least = Math.max(least, level - sum * factor);
      most = Math.min(most, level - (sum - 1) * factor - 1);
    }
    most = Math.min(most, ceilingAt(stair, factor, unit));
    const offset = Number.isFinite(least) ? least : Math.min(most, 0);
    if (offset <= most && Number.isSafeInteger(offset)) return { factor, offset };
  }
  return undefined;
}

/** At the highest sum the result must not pass its level, unless it saturates there (255 steps). */
function ceilingAt(stair: Staircase, factor: number, unit: number): number {
  const isSaturated = stair.last >= LEVELS - 1;
  return isSaturated ? Number.POSITIVE_INFINITY : (stair.last + 1) * unit - stair.high * factor - 1;
}

/** 8-bit results. */
const LEVELS = 256;
