/**
 * A round of Blake's mixing function on 16 words of 32 bits, by bits.
 *
 * An addition reduces modulo 2^32 by decomposing the sum; its bits are those that the next XOR needs. Message words are
 * only added, so that their bits matter for their range alone.
 */
import type { GadgetBuilder } from '../builder.ts';
import { type Bits, xorBits } from './bits.ts';
import { type BlakeMachine, GROUPS } from './blake-machine.ts';
import {
  add,
  assignBits,
  type Bounded,
  constantBits,
  littleEndianValue,
  reduce,
  rotateRight,
  splitWords,
  wordValue,
} from './words.ts';

/** Returns the machine that calculates with bits. */
export function bitMachine(builder: GadgetBuilder): BlakeMachine<Bits> {
  const bytes = (words: readonly Bits[]): Bits[] => words.flatMap(word => splitWords(word, 8));
  return {
    constant: value => constantBits(value, 32),
    read: inputs => littleEndianValue(builder, inputs),
    value: word => wordValue(builder, word),
    round: (state, message) => blakeRound(builder, state, message),
    xor: (...words) => xorBits(builder, ...words),
    assign: (outputs, words) => {
      const all = bytes(words);
      outputs.forEach((witness, index) => {
        assignBits(builder, witness, all[index] ?? []);
      });
    },
    bytes,
  };
}

/** Returns the state after a round with the message words in the order of their use. Costs: at most 2096 rows. */
function blakeRound(builder: GadgetBuilder, initial: readonly Bits[], message: readonly Bounded[]): Bits[] {
  const state = [...initial];
  GROUPS.forEach(([a, b, c, d], group) => {
    const words = [state[a] ?? [], state[b] ?? [], state[c] ?? [], state[d] ?? []] as const;
    const first = halfMix(builder, words, { message: message[2 * group], rotations: [16, 12] });
    const second = halfMix(builder, first, { message: message[2 * group + 1], rotations: [8, 7] });
    [state[a], state[b], state[c], state[d]] = second;
  });
  return state;
}

type Quarter = readonly [a: Bits, b: Bits, c: Bits, d: Bits];

/** a += b + x; d = (d ^ a) >>> r; c += d; b = (b ^ c) >>> s. Costs: 131 rows. */
function halfMix(
  builder: GadgetBuilder,
  [a, b, c, d]: Quarter,
  { message, rotations }: { message: Bounded | undefined; rotations: readonly [number, number] },
): Quarter {
  const addends = [wordValue(builder, a), wordValue(builder, b), ...(message === undefined ? [] : [message])];
  const nextA = reduce(builder, add(builder, ...addends), 32);
  const nextD = rotateRight(xorBits(builder, d, nextA), rotations[0]);
  const nextC = reduce(builder, add(builder, wordValue(builder, c), wordValue(builder, nextD)), 32);
  const nextB = rotateRight(xorBits(builder, b, nextC), rotations[1]);
  return [nextA, nextB, nextC, nextD];
}
