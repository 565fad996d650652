/** What Blake2s and Blake3 are written with; blake-bits.ts and blake-words.ts are its two engines. */
import type { AcirWitness, FunctionInput } from '../../../src/acir/types.ts';
import type { Bits } from './bits.ts';
import type { Bounded } from './words.ts';

/** What both hashes are written with: words of 32 bits as bits, or as integers. */
export interface BlakeMachine<Word> {
  readonly constant: (value: bigint) => Word;
  /** Reads at most four bytes, the first one lowest, as a message word. Proves: they are bytes. */
  readonly read: (bytes: readonly FunctionInput[]) => Bounded;
  /** A word as a message word. */
  readonly value: (word: Word) => Bounded;
  /** The state after a round with the message words in the order of their use. */
  readonly round: (state: readonly Word[], message: readonly Bounded[]) => readonly Word[];
  /** The XOR of two or three words. */
  readonly xor: (...words: readonly Word[]) => Word;
  /** Makes output witnesses equal to the words' bytes, lowest first. */
  readonly assign: (outputs: readonly AcirWitness[], words: readonly Word[]) => void;
  /** The words' bytes as bits. */
  readonly bytes: (words: readonly Word[]) => readonly Bits[];
}

/** Columns, then diagonals. */
export const GROUPS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;
