/**
 * Entries of the tables of Boolean functions on words: the solver looks them up one by one, and the lowering lists them all
 * (converters/acir-to-r1cs/black-box/word-tables.ts says what they prove).
 */

/** How an entry is put together: f(x_0 .. x_n-1) + sum_i 2^(base + spacing i) x_i. */
export interface EntryShape {
  /** Bits of a chunk. */
  readonly width: number;
  /** The function: bit m is its value where input i is bit i of m. */
  readonly truth: bigint;
  readonly base: bigint;
  readonly spacing: bigint;
}

/** Returns the entry of these chunks, each less than 2^width. */
export function wordEntry(parts: readonly bigint[], { width, truth, base, spacing }: EntryShape): bigint {
  let entry = applyTruth(parts, truth, width);
  parts.forEach((part, index) => {
    entry += part << (base + spacing * BigInt(index));
  });
  return entry;
}

/** Returns the function of words, bit by bit. */
export function applyTruth(words: readonly bigint[], truth: bigint, width: number): bigint {
  let result = 0n;
  for (let bit = 0; bit < width; bit++) {
    let inputs = 0n;
    words.forEach((word, index) => {
      inputs |= ((word >> BigInt(bit)) & 1n) << BigInt(index);
    });
    result |= ((truth >> inputs) & 1n) << BigInt(bit);
  }
  return result;
}
