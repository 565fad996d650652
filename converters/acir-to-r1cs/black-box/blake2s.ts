/** Blake2s-256 without a key (RFC 7693), for messages of any length. */
import type { HashCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { withBlakeMachine } from './blake.ts';
import type { BlakeMachine } from './blake-machine.ts';
import { INITIAL_STATE } from './sha256.ts';
import type { Bounded } from './words.ts';

const BLOCK_BYTES = 64;

/** RFC 7693, 2.7. */
const SIGMA = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
] as const;

/** Digest of 32 bytes, no key, fan-out and depth 1: the parameter block's first word. */
const PARAMETERS = 0x01010020n;

/**
 * Proves: outputs = Blake2s-256 of the input bytes; inputs are bytes.
 * Costs: 8 rows a byte and about 21 300 rows a block of 64 bytes; by lookups about 4700, and tables of 540 once.
 */
export function lowerBlake2s(builder: GadgetBuilder, call: HashCall): void {
  const { inputs, outputs } = call;
  withBlakeMachine(builder, machine => {
    const read = (from: number, end: number): Bounded => machine.read(inputs.slice(from, end));
    machine.assign(outputs, blake2s(machine, inputs.length, read));
  });
}

/**
 * Returns the words of a message's digest.
 * @param readValue - the value of the message's bytes from a position up to another, at most 4, the first byte lowest.
 */
export function blake2s<Word>(
  machine: BlakeMachine<Word>,
  byteCount: number,
  readValue: (from: number, end: number) => Bounded,
): readonly Word[] {
  let state: readonly Word[] = INITIAL_STATE.map((word, index) =>
    machine.constant(index === 0 ? word ^ PARAMETERS : word),
  );
  for (let start = 0; start === 0 || start < byteCount; start += BLOCK_BYTES) {
    const end = Math.min(byteCount, start + BLOCK_BYTES);
    const message = Array.from({ length: 16 }, (_, word) => {
      const from = Math.min(end, start + 4 * word);
      return readValue(from, Math.min(end, from + 4));
    });
    state = compress(machine, state, message, { byteCount: BigInt(end), isLast: end === byteCount });
  }
  return state;
}

/** RFC 7693, 3.2. */
function compress<Word>(
  machine: BlakeMachine<Word>,
  initial: readonly Word[],
  message: readonly Bounded[],
  { byteCount, isLast }: { readonly byteCount: bigint; readonly isLast: boolean },
): readonly Word[] {
  const mask = 0xffffffffn;
  const tweaks = [0n, 0n, 0n, 0n, byteCount & mask, byteCount >> 32n, isLast ? mask : 0n, 0n];
  const constants = INITIAL_STATE.map((word, index) => machine.constant(word ^ (tweaks[index] ?? 0n)));
  let state: readonly Word[] = [...initial, ...constants];
  for (const order of SIGMA) {
    const ordered = order.flatMap(index => message[index] ?? []);
    state = machine.round(state, ordered);
  }
  const [low, high] = [state.slice(0, 8), state.slice(8)];
  return initial.map((word, index) =>
    machine.xor(...[word, ...low.slice(index, index + 1), ...high.slice(index, index + 1)]),
  );
}
