/**
 * Blake3 in its default mode with 32 bytes of output (https://github.com/BLAKE3-team/BLAKE3-specs), for messages of any
 * length: chunks of 1024 bytes are the leaves of a binary tree.
 */
import type { FunctionInput, HashCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { type Bits, xorBits } from './bits.ts';
import { blakeRound } from './blake.ts';
import { INITIAL_STATE } from './sha256.ts';
import { assignBits, type Bounded, constantBits, littleEndianValue, splitWords, wordValue } from './words.ts';

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
 * Costs: 8 rows a byte and about 14 900 rows a block of 64 bytes, and as many for each chunk but the first.
 */
export function lowerBlake3(builder: GadgetBuilder, call: HashCall): void {
  const digest = hashTree(builder, call.inputs, { firstChunk: 0n, rootFlag: ROOT });
  const bytes = digest.flatMap(word => splitWords(word, 8));
  call.outputs.forEach((witness, index) => {
    assignBits(builder, witness, bytes[index] ?? []);
  });
}

/** Section 2.5: the left subtree holds the largest power of two of chunks that leaves something to the right. */
function hashTree(
  builder: GadgetBuilder,
  inputs: readonly FunctionInput[],
  { firstChunk, rootFlag }: { readonly firstChunk: bigint; readonly rootFlag: number },
): readonly Bits[] {
  if (inputs.length <= CHUNK_BYTES) return hashChunk(builder, inputs, { firstChunk, rootFlag });
  let leftChunks = 1;
  while (2 * leftChunks * CHUNK_BYTES < inputs.length) leftChunks *= 2;
  const split = leftChunks * CHUNK_BYTES;
  const left = hashTree(builder, inputs.slice(0, split), { firstChunk, rootFlag: 0 });
  const right = hashTree(builder, inputs.slice(split), {
    firstChunk: firstChunk + BigInt(leftChunks),
    rootFlag: 0,
  });
  const message = [...left, ...right].map(word => wordValue(builder, word));
  const flags = PARENT | rootFlag;
  return compress(builder, initialState(), { message, counter: 0n, byteCount: BLOCK_BYTES, flags });
}

function hashChunk(
  builder: GadgetBuilder,
  inputs: readonly FunctionInput[],
  { firstChunk, rootFlag }: { readonly firstChunk: bigint; readonly rootFlag: number },
): readonly Bits[] {
  let state: readonly Bits[] = initialState();
  for (let start = 0; start === 0 || start < inputs.length; start += BLOCK_BYTES) {
    const end = Math.min(inputs.length, start + BLOCK_BYTES);
    const message = Array.from({ length: 16 }, (_, word) => {
      const from = start + 4 * word;
      return littleEndianValue(builder, inputs.slice(from, Math.min(end, from + 4)));
    });
    const flags = (start === 0 ? CHUNK_START : 0) | (end === inputs.length ? CHUNK_END | rootFlag : 0);
    state = compress(builder, state, { message, counter: firstChunk, byteCount: end - start, flags });
  }
  return state;
}

function initialState(): Bits[] {
  return INITIAL_STATE.map(word => constantBits(word, 32));
}

/** Section 2.2; the first eight words of its output. */
function compress(
  builder: GadgetBuilder,
  chaining: readonly Bits[],
  { message, counter, byteCount, flags }: Compression,
): Bits[] {
  const tweaks = [counter & 0xffffffffn, counter >> 32n, BigInt(byteCount), BigInt(flags)];
  const constants = [...INITIAL_STATE.slice(0, 4), ...tweaks].map(word => constantBits(word, 32));
  let state: readonly Bits[] = [...chaining, ...constants];
  let order = message;
  for (let round = 0; round < ROUNDS; round++) {
    state = blakeRound(builder, state, order);
    const previous = order;
    order = PERMUTATION.flatMap(index => previous[index] ?? []);
  }
  return chaining.map((_, index) => xorBits(builder, state[index] ?? [], state[index + 8] ?? []));
}
