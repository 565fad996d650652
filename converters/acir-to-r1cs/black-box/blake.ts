/**
 * What Blake2s (RFC 7693, 3.1) and Blake3 (https://github.com/BLAKE3-team/BLAKE3-specs, 2.2) share: the machine that mixes
 * their words, by bits or by lookups.
 */
import type { GadgetBuilder } from '../builder.ts';
import { bitMachine } from './blake-bits.ts';
import type { BlakeMachine } from './blake-machine.ts';
import { wordMachine } from './blake-words.ts';
import { hasWordTables } from './word-tables.ts';

/** Calls `run` with the machine of the proof system: tables where there are lookups, else bits. */
export function withBlakeMachine<Result>(
  builder: GadgetBuilder,
  run: <Word>(machine: BlakeMachine<Word>) => Result,
): Result {
  return hasWordTables(builder) ? run(wordMachine(builder)) : run(bitMachine(builder));
}
