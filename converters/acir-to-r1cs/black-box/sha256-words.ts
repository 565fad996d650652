/**
 * SHA-256's compression (FIPS 180-4, 6.2.2) on words in pieces, by lookups: 44 chunks of words a round for the four functions, and
 * the pieces of two new words. sha256.ts has the same by bits.
 *
 * Each new word is one row: the sum of settled words and of two claims, of LOW and of HIGH columns, is word + 2^32 carry,
 * where pieces and carry are in range (word-tables.ts, "Columns": sums stay below 2^36, and inputs of claims are words).
 */
import type { GadgetBuilder } from '../builder.ts';
import { constantForm, type Form, subtractForms, ZERO_FORM } from '../forms.ts';
import { CHOICE, claimHighParity, claimWords, MAJORITY, PARITY } from './word-tables.ts';
import { type CutWord, reduceSum, rotatedValue, shiftedValue, sumForms, wordForm } from './word-values.ts';

const ROUNDS = 64;

/** Pieces between the rotations by 2, 13, 22 and by 6, 11, 25. */
export const A_WIDTHS = [2, 11, 9, 10] as const;
export const E_WIDTHS = [6, 5, 14, 7] as const;
/** A word that is never rotated. */
export const WHOLE = [32] as const;

/** The schedule's words are rotated by 7, 18, 3 when they are the 15th before, and by 17, 19, 10 when the 2nd. */
export function scheduleWidths(t: number): readonly number[] {
  const isFifteenth = t >= 1 && t <= ROUNDS - 16;
  const isSecond = t >= 14 && t <= ROUNDS - 3;
  if (isFifteenth && isSecond) return [3, 4, 3, 7, 1, 1, 13];
  if (isFifteenth) return [3, 4, 11, 14];
  return isSecond ? [10, 7, 2, 13] : WHOLE;
}

/** What is compressed: words a and e of the state in pieces of A_WIDTHS and E_WIDTHS, block word t in scheduleWidths(t). */
export interface CompressionWords {
  readonly state: readonly CutWord[];
  readonly block: readonly CutWord[];
  readonly roundConstants: readonly bigint[];
}

/**
 * Returns the new state before reduction: sums below 2^36.
 * Proves: they are that once their claims are settled, which reduceSum of each of them does, the fifth before the first.
 * Costs: 44 words' chunks a round and 22 a schedule word, and the ranges of 126 + 46 words.
 */
export function compressWords(
  builder: GadgetBuilder,
  { state, block, roundConstants }: CompressionWords,
  finish: (sum: Form, index: number) => Form,
): void {
  const schedule = expandWords(builder, block);
  let [a = [], b = [], c = [], d = [], e = [], f = [], g = [], h = []] = state;
  const value = (word: CutWord | undefined): Form => wordForm(builder, word ?? []);
  for (let round = 0; round < ROUNDS - 1; round++) {
    const input = roundInput(builder, schedule, roundConstants, round);
    const nextE = reduceSum(builder, sumOfE(builder, [d, e, f, g, h], input), E_WIDTHS, 3);
    // T1 = (d + T1) - d, shorter than its own sum.
    const t1 = subtractForms(builder.prime, nextE.sum, value(d));
    const nextA = reduceSum(builder, sumForms(builder, t1, sumOfA(builder, a, b, c)), A_WIDTHS, 3);
    [a, b, c, d, e, f, g, h] = [nextA.word, a, b, c, nextE.word, e, f, g];
  }
  const input = roundInput(builder, schedule, roundConstants, ROUNDS - 1);
  const initial = state.map(value);
  const add = (index: number, sum: Form): Form =>
    finish(sumForms(builder, initial[index] ?? ZERO_FORM, sum), index);
  const fifth = add(4, sumOfE(builder, [d, e, f, g, h], input));
  const t1 = subtractForms(builder.prime, fifth, sumForms(builder, initial[4] ?? ZERO_FORM, value(d)));
  add(0, sumForms(builder, t1, sumOfA(builder, a, b, c)));
  [a, b, c].forEach((word, index) => {
    add(index + 1, value(word));
  });
  [e, f, g].forEach((word, index) => {
    add(index + 5, value(word));
  });
}

/** d + h + Sigma1(e) + Ch(e, f, g) + K + W, less than 2^35. */
function sumOfE(
  builder: GadgetBuilder,
  [d = [], e = [], f = [], g = [], h = []]: readonly CutWord[],
  input: Form,
): Form {
  const sigma = claimWords(
    builder,
    PARITY,
    [6, 11, 25].map(count => rotatedValue(builder, e, count)),
  );
  const choice = claimWords(
    builder,
    CHOICE,
    [e, f, g].map(word => wordForm(builder, word)),
  );
  return sumForms(builder, wordForm(builder, d), wordForm(builder, h), sigma, choice, input);
}

/** Sigma0(a) + Maj(a, b, c). */
function sumOfA(builder: GadgetBuilder, a: CutWord, b: CutWord, c: CutWord): Form {
  const sigma = claimWords(
    builder,
    PARITY,
    [2, 13, 22].map(count => rotatedValue(builder, a, count)),
  );
  const most = claimWords(
    builder,
    MAJORITY,
    [a, b, c].map(word => wordForm(builder, word)),
  );
  return sumForms(builder, sigma, most);
}

/** Returns the schedule W; the last two words are sums below 2^34, unreduced but settled. */
function expandWords(builder: GadgetBuilder, block: readonly CutWord[]): Form[] {
  const words = [...block];
  for (let t = block.length; t < ROUNDS; t++) {
    const [before15 = [], before2 = []] = [words[t - 15], words[t - 2]];
    const sigma0 = claimWords(builder, PARITY, [
      rotatedValue(builder, before15, 7),
      rotatedValue(builder, before15, 18),
      shiftedValue(builder, before15, 3),
    ]);
    const sigma1 = claimHighParity(builder, [
      rotatedValue(builder, before2, 17),
      rotatedValue(builder, before2, 19),
      shiftedValue(builder, before2, 10),
    ]);
    const others = [words[t - 7], words[t - 16]].map(word => wordForm(builder, word ?? []));
    words.push(reduceSum(builder, sumForms(builder, sigma0, sigma1, ...others), scheduleWidths(t), 2).word);
  }
  return words.map(word => wordForm(builder, word));
}

function roundInput(
  builder: GadgetBuilder,
  schedule: readonly Form[],
  roundConstants: readonly bigint[],
  round: number,
): Form {
  const constant = constantForm(builder.prime, roundConstants[round] ?? 0n);
  return sumForms(builder, constant, schedule[round] ?? ZERO_FORM);
}
