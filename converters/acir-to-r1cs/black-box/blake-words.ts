/**
 * A round of Blake's mixing function on 16 words of 32 bits, by lookups.
 *
 * A sum is reduced by its carry alone, which leaves an integer below 2^36 in magnitude. The XOR that follows proves that it
 * is a word: its column has it (word-tables.ts, "Columns"), so it is not negative, and XOR with a word gives a word, since
 * that is cut, where it is rotated, into pieces that are in range.
 */
import type { GadgetBuilder } from '../builder.ts';
import { constantForm, type Form, ZERO_FORM } from '../forms.ts';
import { assignWitness, toBits } from '../gadgets.ts';
import { type BlakeMachine, GROUPS } from './blake-machine.ts';
import { claimXor } from './word-tables.ts';
import { cutValue, inputValue, reduceLoosely, rotatedValue, sumForms, wordForm } from './word-values.ts';
import type { Bounded } from './words.ts';

const BYTES = [8, 8, 8, 8] as const;
const MAX_WORD = 0xffffffffn;

/** Returns the machine that calculates with words as integers. */
export function wordMachine(builder: GadgetBuilder): BlakeMachine<Form> {
  const bytes = (words: readonly Form[]): Form[] =>
    words.flatMap(word => cutValue(builder, word, BYTES).map(({ form }) => form));
  return {
    constant: value => constantForm(builder.prime, value),
    read: inputs => {
      const pieces = inputs.map((input, index) => ({
        form: inputValue(builder, input, 8),
        offset: 8 * index,
        width: 8,
      }));
      return bounded(wordForm(builder, pieces));
    },
    value: bounded,
    round: (state, message) => mixRound(builder, state, message),
    xor: (...words) =>
      words.reduce((sum, word) => wordForm(builder, cutValue(builder, claimXor(builder, sum, word), [32]))),
    assign: (outputs, words) => {
      const all = bytes(words);
      outputs.forEach((witness, index) => {
        assignWitness(builder, witness, all[index] ?? ZERO_FORM);
      });
    },
    bytes: words => bytes(words).map(byte => toBits(builder, byte, 8)),
  };
}

const bounded = (form: Form): Bounded => ({ form, low: 0n, high: MAX_WORD });

/** Costs: 32 words of AND, 32 carries and the ranges of 32 words at most. */
function mixRound(builder: GadgetBuilder, initial: readonly Form[], message: readonly Bounded[]): Form[] {
  const state = [...initial];
  GROUPS.forEach(([a, b, c, d], group) => {
    const word = (index: number): Form => state[index] ?? ZERO_FORM;
    const addends = [0, 1].map(half => message[2 * group + half]?.form ?? ZERO_FORM);
    const first = halfMix(builder, [word(a), word(b), word(c), word(d), addends[0] ?? ZERO_FORM], [16, 12]);
    const second = halfMix(builder, [...first, addends[1] ?? ZERO_FORM], [8, 7]);
    [state[a], state[b], state[c], state[d]] = second;
  });
  return state;
}

type Quarter = readonly [a: Form, b: Form, c: Form, d: Form];

/** a += b + x; d = (d ^ a) >>> r; c += d; b = (b ^ c) >>> s. */
function halfMix(
  builder: GadgetBuilder,
  [a, b, c, d, x]: readonly [...Quarter, Form],
  rotations: readonly [number, number],
): Quarter {
  const nextA = reduceLoosely(builder, sumForms(builder, a, b, x), 2);
  const nextD = xorRotated(builder, [d, nextA], rotations[0]);
  const nextC = reduceLoosely(builder, sumForms(builder, c, nextD), 1);
  const nextB = xorRotated(builder, [b, nextC], rotations[1]);
  return [nextA, nextB, nextC, nextD];
}

function xorRotated(builder: GadgetBuilder, [left, right]: readonly [Form, Form], count: number): Form {
  return rotatedValue(builder, cutValue(builder, claimXor(builder, left, right), [count, 32 - count]), count);
}
