/**
 * Signed windows of scalars, and the order in which a window's buckets take their points: the bookkeeping of Pippenger's
 * method, without curve arithmetic.
 */
import { NEGATIVE_BIT } from './wasm-points.ts';

/** How scalars are cut. Digits are in [-2^(bits - 1), 2^(bits - 1)], so there are 2^(bits - 1) buckets. */
export interface WindowPlan {
  readonly windowBits: number;
  readonly windowCount: number;
  readonly bucketCount: number;
}

/** One window: which point goes where. */
export interface WindowOrder {
  /** Indices of points, those of bucket 0 (digit +-1) first; the top bit marks digits below zero. */
  readonly order: Uint32Array;
  /** Points in each bucket. */
  readonly counts: Uint32Array;
}

/** Additions that a bucket costs in the end: one mixed and one full Jacobian, against affine ones for points. */
const BUCKET_COST = 4;
const WINDOW_BITS_MAX = 16;

/** Chooses the windows for `count` scalars of `bits` bits. */
export function planWindows(count: number, bits: number): WindowPlan {
  let best: WindowPlan | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let windowBits = 2; windowBits <= WINDOW_BITS_MAX; windowBits++) {
    // A signed digit may carry into one more bit.
    const windowCount = Math.ceil((bits + 1) / windowBits);
    const bucketCount = 2 ** (windowBits - 1);
    const cost = windowCount * (count + BUCKET_COST * bucketCount);
    if (cost >= bestCost) continue;
    best = { windowBits, windowCount, bucketCount };
    bestCost = cost;
  }
  return best as WindowPlan;
}

/**
 * Cuts scalars into signed digits: digits[window * count + i].
 *
 * @param words Little-endian 32-bit words, `scalarWords` a scalar.
 */
export function signedDigits(words: Uint32Array, scalarWords: number, plan: WindowPlan): Int32Array {
  const { windowBits, windowCount, bucketCount } = plan;
  const count = words.length / scalarWords;
  const digits = new Int32Array(windowCount * count);
  const mask = 2 ** windowBits - 1;
  for (let i = 0; i < count; i++) {
    let carry = 0;
    for (let window = 0; window < windowCount; window++) {
      let digit = (bitsAt(words, i * scalarWords, scalarWords, window * windowBits) & mask) + carry;
      carry = digit > bucketCount ? 1 : 0;
      if (carry === 1) digit -= 2 * bucketCount;
      digits[window * count + i] = digit;
    }
  }
  return digits;
}

/** At least 17 bits from bit `bit` of the scalar that starts at word `first`. */
function bitsAt(words: Uint32Array, first: number, scalarWords: number, bit: number): number {
  const word = bit >>> 5;
  const shift = bit & 31;
  if (word >= scalarWords) return 0;
  const low = (words[first + word] as number) >>> shift;
  if (shift === 0 || word + 1 >= scalarWords) return low;
  return low | ((words[first + word + 1] as number) << (32 - shift));
}

/** Sorts the points of one window by bucket (counting sort); zero digits are left out. */
export function orderByBucket(digits: Int32Array, bucketCount: number): WindowOrder {
  const counts = new Uint32Array(bucketCount);
  let total = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i] as number;
    if (digit === 0) continue;
    const bucket = Math.abs(digit) - 1;
    counts[bucket] = (counts[bucket] as number) + 1;
    total++;
  }
  const next = new Uint32Array(bucketCount);
  for (let bucket = 1; bucket < bucketCount; bucket++) {
    next[bucket] = (next[bucket - 1] as number) + (counts[bucket - 1] as number);
  }
  const order = new Uint32Array(total);
  for (let i = 0; i < digits.length; i++) {
    const digit = digits[i] as number;
    if (digit === 0) continue;
    const bucket = Math.abs(digit) - 1;
    const at = next[bucket] as number;
    next[bucket] = at + 1;
    order[at] = digit < 0 ? (i | NEGATIVE_BIT) >>> 0 : i;
  }
  return { order, counts };
}
