/**
 * SHA-256 (FIPS 180-4): the compression function, and the whole hash of old releases.
 *
 * The state is the eight words of the standard; each round makes two of them. Every Boolean function is one row a bit
 * (bits.ts), and every word that is rotated or chosen from is reduced modulo 2^32 once. Words that are only added (the
 * last two of the schedule, the last round's) are not reduced. With lookups words are integers in pieces, and functions come
 * from tables (sha256-words.ts).
 */
import type { HashCall, Sha256CompressionCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { constantForm, type Form, ONE_FORM, ZERO_FORM } from '../forms.ts';
import { assignWitness } from '../gadgets.ts';
import { type Bits, choose, majority, xorBits } from './bits.ts';
import { A_WIDTHS, compressWords, E_WIDTHS, scheduleWidths, WHOLE } from './sha256-words.ts';
import { hasWordTables } from './word-tables.ts';
import { type CutWord, cutValue, inputPieces, inputValue, reduceSum, wordForm } from './word-values.ts';
import {
  add,
  assignBits,
  type Bounded,
  constantBits,
  inputBits,
  reduce,
  rotateRight,
  shiftRight,
  splitWords,
  subtract,
  swapBytes,
  wordValue,
} from './words.ts';

const ROUNDS = 64;

/** The bits after which a schedule word is still rotated are those of words up to this one. */
const LAST_ROTATED = ROUNDS - 3;

/** Primes as FIPS 180-4 takes them: K from cube roots (4.2.2), the initial state from square roots (5.3.3). */
const PRIMES = firstPrimes(ROUNDS);
const ROUND_CONSTANTS = PRIMES.map(prime => rootFraction(prime, 3n));

/** The initial state of SHA-256, which Blake2s and Blake3 take as well. */
export const INITIAL_STATE: readonly bigint[] = PRIMES.slice(0, 8).map(prime => rootFraction(prime, 2n));

/**
 * Proves: outputs = the compression of the block `inputs` into `state`; all words are less than 2^32.
 * Costs: 32 rows an argument whose bits are not known, and about 17 520 rows. By lookups 5700 altogether, and 1350 of
 * tables once; 4350 where many share larger tables.
 */
export function lowerSha256Compression(builder: GadgetBuilder, call: Sha256CompressionCall): void {
  if (hasWordTables(builder)) {
    lowerCompressionWords(builder, call);
    return;
  }
  const block = call.inputs.map(input => inputBits(builder, input, 32));
  const state = call.state.map(input => inputBits(builder, input, 32));
  const result = compress(builder, state, block);
  call.outputs.forEach((witness, index) => {
    assignBits(builder, witness, result[index] ?? []);
  });
}

/**
 * Proves: outputs = SHA-256 of the input bytes, as bytes; inputs are bytes.
 * Costs: 8 rows a byte and at most about 17 520 rows a block of 64 bytes; padding and initial state are constants. By
 * lookups about 5600 a block.
 */
export function lowerSha256(builder: GadgetBuilder, call: HashCall): void {
  if (hasWordTables(builder)) {
    lowerHashWords(builder, call);
    return;
  }
  const message = call.inputs.map(input => inputBits(builder, input, 8));
  const length = BigInt(message.length);
  const zeros = (119 - (message.length % 64)) % 64;
  const padding = constantBits(0x80n, 8 * (zeros + 1));
  const bytes = [
    ...message,
    ...splitWords(padding, 8),
    ...splitWords(swapBytes(constantBits(8n * length, 64)), 8),
  ];
  const words = splitWords(bytes.flat(), 32).map(swapBytes);
  let state: readonly Bits[] = INITIAL_STATE.map(word => constantBits(word, 32));
  for (let start = 0; start < words.length; start += 16)
    state = compress(builder, state, words.slice(start, start + 16));
  const digest = state.flatMap(word => splitWords(swapBytes(word), 8));
  call.outputs.forEach((witness, index) => {
    assignBits(builder, witness, digest[index] ?? []);
  });
}

const stateWidths = (index: number): readonly number[] =>
  index === 0 ? A_WIDTHS : index === 4 ? E_WIDTHS : WHOLE;

function lowerCompressionWords(builder: GadgetBuilder, call: Sha256CompressionCall): void {
  const block = call.inputs.map((input, t) => inputPieces(builder, input, scheduleWidths(t)));
  const state = call.state.map((input, index) => inputPieces(builder, input, stateWidths(index)));
  const result = compressToPieces(builder, { state, block }, () => WHOLE);
  call.outputs.forEach((witness, index) => {
    assignWitness(builder, witness, wordForm(builder, result[index] ?? []));
  });
}

/** Blocks of byte values; the digest's words are cut into bytes, those between blocks as the next one needs them. */
function lowerHashWords(builder: GadgetBuilder, call: HashCall): void {
  const padded = padValues(
    builder,
    call.inputs.map(input => inputValue(builder, input, 8)),
  );
  let state: CutWord[] = INITIAL_STATE.map((word, index) =>
    cutValue(builder, constantForm(builder.prime, word), stateWidths(index)),
  );
  for (let start = 0; start < padded.length; start += 64) {
    const block = Array.from({ length: 16 }, (_, t) =>
      cutBytes(builder, padded.slice(start + 4 * t, start + 4 * t + 4).reverse(), scheduleWidths(t)),
    );
    const isLast = start + 64 === padded.length;
    state = compressToPieces(builder, { state, block }, index => (isLast ? BYTES : stateWidths(index)));
  }
  const digest = state.flatMap(word => word.toReversed());
  call.outputs.forEach((witness, index) => {
    assignWitness(builder, witness, digest[index]?.form ?? ZERO_FORM);
  });
}

const BYTES = [8, 8, 8, 8];

function padValues(builder: GadgetBuilder, message: readonly Form[]): Form[] {
  const zeros = (119 - (message.length % 64)) % 64;
  const length = BigInt(8 * message.length);
  const tail = [0x80n, ...new Array<bigint>(zeros).fill(0n)];
  for (let byte = 7; byte >= 0; byte--) tail.push((length >> BigInt(8 * byte)) & 255n);
  return [...message, ...tail.map(value => constantForm(builder.prime, value))];
}

/** A word of byte values, the first one lowest, in pieces. A word that is not to be cut keeps its bytes. */
function cutBytes(builder: GadgetBuilder, bytes: readonly Form[], widths: readonly number[]): CutWord {
  const pieces = bytes.map((form, index) => ({ form, offset: 8 * index, width: 8 }));
  return widths.length === 1 ? pieces : cutValue(builder, wordForm(builder, pieces), widths);
}

/** The new state in pieces. Sums have at most eight words. */
function compressToPieces(
  builder: GadgetBuilder,
  words: { readonly state: readonly CutWord[]; readonly block: readonly CutWord[] },
  widthsOf: (index: number) => readonly number[],
): CutWord[] {
  const result: CutWord[] = [];
  compressWords(builder, { ...words, roundConstants: ROUND_CONSTANTS }, (sum, index) => {
    const reduced = reduceSum(builder, sum, widthsOf(index), index % 4 === 0 ? 3 : 1);
    result[index] = reduced.word;
    return reduced.sum;
  });
  return result;
}

/** FIPS 180-4, 6.2.2. */
function compress(builder: GadgetBuilder, initial: readonly Bits[], block: readonly Bits[]): Bits[] {
  const schedule = expandBlock(builder, block);
  let [a = [], b = [], c = [], d = [], e = [], f = [], g = [], h = []] = initial;
  for (let round = 0; round < ROUNDS - 1; round++) {
    const { toE, toA } = mix(builder, [a, b, c, d, e, f, g, h], roundInput(builder, schedule, round));
    const nextE = reduce(builder, toE, 32);
    // a' - e' = toA, so a' needs no second sum of all that e' has.
    const nextA = reduce(builder, add(builder, wordValue(builder, nextE), toA), 32);
    [a, b, c, d, e, f, g, h] = [nextA, a, b, c, nextE, e, f, g];
  }
  const last = mix(builder, [a, b, c, d, e, f, g, h], roundInput(builder, schedule, ROUNDS - 1));
  const [first = [], ...others] = initial;
  const words = [a, b, c, last.toE, e, f, g];
  const sums = words.map((word, index) =>
    add(builder, wordValue(builder, others[index] ?? []), 'form' in word ? word : wordValue(builder, word)),
  );
  return [add(builder, wordValue(builder, first), last.toE, last.toA), ...sums].map(sum =>
    reduce(builder, sum, 32),
  );
}

interface Mixed {
  /** e' before reduction: d + T1. */
  readonly toE: Bounded;
  /** a' - e' before reduction: T2 - d. */
  readonly toA: Bounded;
}

/** Costs: 128 rows. */
function mix(builder: GadgetBuilder, state: readonly Bits[], input: Bounded): Mixed {
  const [a = [], b = [], c = [], d = [], e = [], f = [], g = [], h = []] = state;
  const sum1 = xorBits(builder, rotateRight(e, 6), rotateRight(e, 11), rotateRight(e, 25));
  const choice = choose(builder, e, f, g);
  const sum0 = xorBits(builder, rotateRight(a, 2), rotateRight(a, 13), rotateRight(a, 22));
  const most = a.map((bit, index) => majority(builder, bit, b[index] ?? ZERO_FORM, c[index] ?? ZERO_FORM));
  const value = (bits: Bits): Bounded => wordValue(builder, bits);
  return {
    toE: add(builder, value(d), value(h), value(sum1), value(choice), input),
    toA: subtract(builder, add(builder, value(sum0), value(most)), value(d)),
  };
}

/** Returns the schedule W. Costs: 98 rows for each of 46 words, 64 for each of the last two. */
function expandBlock(builder: GadgetBuilder, block: readonly Bits[]): Bounded[] {
  const bits = [...block];
  const values = block.map(word => wordValue(builder, word));
  for (let t = 16; t < ROUNDS; t++) {
    const [before15 = [], before2 = []] = [bits[t - 15], bits[t - 2]];
    const sigma0 = xorBits(
      builder,
      rotateRight(before15, 7),
      rotateRight(before15, 18),
      shiftRight(before15, 3),
    );
    const sigma1 = xorBits(
      builder,
      rotateRight(before2, 17),
      rotateRight(before2, 19),
      shiftRight(before2, 10),
    );
    const [before7, before16] = [values[t - 7], values[t - 16]];
    if (before7 === undefined || before16 === undefined) break;
    const sum = add(builder, wordValue(builder, sigma1), before7, wordValue(builder, sigma0), before16);
    if (t <= LAST_ROTATED) bits.push(reduce(builder, sum, 32));
    values.push(t <= LAST_ROTATED ? wordValue(builder, bits[t] ?? []) : sum);
  }
  return values;
}

/** Returns K_t + W_t. */
function roundInput(builder: GadgetBuilder, schedule: readonly Bounded[], round: number): Bounded {
  const constant = ROUND_CONSTANTS[round] ?? 0n;
  const key = { form: constantForm(builder.prime, constant), low: constant, high: constant };
  return add(builder, key, schedule[round] ?? { form: ONE_FORM, low: 1n, high: 1n });
}

function firstPrimes(count: number): bigint[] {
  const primes: bigint[] = [];
  for (let candidate = 2n; primes.length < count; candidate++)
    if (primes.every(prime => candidate % prime !== 0n)) primes.push(candidate);
  return primes;
}

/** Returns the first 32 bits of the fractional part of value^(1/degree). */
function rootFraction(value: bigint, degree: bigint): bigint {
  const scaled = value << (32n * degree);
  let low = 0n;
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low + bit) ** degree <= scaled) low += bit;
  return low & 0xffffffffn;
}
