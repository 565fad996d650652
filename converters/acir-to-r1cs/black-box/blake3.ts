/**
 * Blake3 in its default mode with 32 bytes of output (https://github.com/BLAKE3-team/BLAKE3-specs), for messages of any
 * length: chunks of 1024 bytes are the leaves of a binary tree.
 */
import type { FunctionInput, HashCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { withBlakeMachine } from './blake.ts';
import type { BlakeMachine } from './blake-machine.ts';
import { INITIAL_STATE } from './sha256.ts';
import type { Bounded } from './words.ts';

const BLOCK_BYTES = 64;
const CHUNK_BYTES = 1024;
const ROUNDS = 7;

const PERMUTATION = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8] as const;

/** Domain separation (section 2.2, table 3). */
const CHUNK_START = 1;
const CHUNK_END = 2;
const PARENT = 4;
const ROOT = 8;

interface Compression {
  readonly message: readonly Bounded[];
  readonly counter: bigint;
  readonly byteCount: number;
  readonly flags: number;
}

/**
 * Proves: outputs = Blake3 of the input bytes; inputs are bytes.
 * Costs: 8 rows a byte and about 14 900 rows a block of 64 bytes, and as many for each chunk but the first; by
 * lookups about 3300 a block, and tables of 540 once.
 */
export function lowerBlake3(builder: GadgetBuilder, call: HashCall): void {
  withBlakeMachine(builder, machine => {
    machine.assign(call.outputs, hashTree(machine, call.inputs, { firstChunk: 0n, rootFlag: ROOT }));
  });
}

/** Section 2.5: the left subtree holds the largest power of two of chunks that leaves something to the right. */
function hashTree<Word>(
  machine: BlakeMachine<Word>,
  inputs: readonly FunctionInput[],
  { firstChunk, rootFlag }: { readonly firstChunk: bigint; readonly rootFlag: number },
): readonly Word[] {
  if (inputs.length <= CHUNK_BYTES) return hashChunk(machine, inputs, { firstChunk, rootFlag });
  let leftChunks = 1;
  while (2 * leftChunks * CHUNK_BYTES < inputs.length) leftChunks *= 2;
  const split = leftChunks * CHUNK_BYTES;
  const left = hashTree(machine, inputs.slice(0, split), { firstChunk, rootFlag: 0 });
  const right = hashTree(machine, inputs.slice(split), {
    firstChunk: firstChunk + BigInt(leftChunks),
    rootFlag: 0,
  });
  const message = [...left, ...right].map(word => machine.value(word));
  const flags = PARENT | rootFlag;
  return compress(machine, initialState(machine), { message, counter: 0n, byteCount: BLOCK_BYTES, flags });
}

function hashChunk<Word>(
  machine: BlakeMachine<Word>,
  inputs: readonly FunctionInput[],
  { firstChunk, rootFlag }: { readonly firstChunk: bigint; readonly rootFlag: number },
): readonly Word[] {
  let state: readonly Word[] = initialState(machine);
  for (let start = 0; start === 0 || start < inputs.length; start += BLOCK_BYTES) {
    const end = Math.min(inputs.length, start + BLOCK_BYTES);
    const message = Array.from({ length: 16 }, (_, word) => {
      const from = start + 4 * word;
      return machine.read(inputs.slice(from, Math.min(end, from + 4)));
    });
    const flags = (start === 0 ? CHUNK_START : 0) | (end === inputs.length ? CHUNK_END | rootFlag : 0);
    state = compress(machine, state, { message, counter: firstChunk, byteCount: end - start, flags });
  }
  return state;
}

function initialState<Word>(machine: BlakeMachine<Word>): Word[] {
  return INITIAL_STATE.map(word => machine.constant(word));
}

/** Section 2.2; the first eight words of its output. */
function compress<Word>(
  machine: BlakeMachine<Word>,
  chaining: readonly Word[],
  { message, counter, byteCount, flags }: Compression,
): readonly Word[] {
  const tweaks = [counter & 0xffffffffn, counter >> 32n, BigInt(byteCount), BigInt(flags)];
  const constants = [...INITIAL_STATE.slice(0, 4), ...tweaks].map(word => machine.constant(word));
  let state: readonly Word[] = [...chaining, ...constants];
  let order = message;
  for (let round = 0; round < ROUNDS; round++) {
    state = machine.round(state, order);
    const previous = order;
    order = PERMUTATION.flatMap(index => previous[index] ?? []);
  }
  const [low, high] = [state.slice(0, 8), state.slice(8)];
  return low.map((word, index) => machine.xor(...[word, ...high.slice(index, index + 1)]));
}
