/** The commitments of zkml::commitment, on values: what a contract or a sensor stores, and what opens it. */
import { BN254_SCALAR_PRIME, poseidon2Hash } from '../field/index.ts';
import type { PackedRange } from './types.ts';

/** Bits of values in one field element, as in zkml::commitment. */
export const WORD_BITS = 252;
const SALT_BYTES = 31;

/**
 * Commits to a list of integers that lie in `range`: Poseidon2 of the salt and the packed list. The same as the circuit
 * calculates.
 */
export function commitValues(values: readonly bigint[], range: PackedRange, salt: bigint): bigint {
  const perWord = Math.floor(WORD_BITS / range.bits);
  const words: bigint[] = [];
  for (let first = 0; first < values.length; first += perWord) {
    const part = values.slice(first, first + perWord);
    words.push(part.reduceRight((word, value) => (word << BigInt(range.bits)) + value - range.low, 0n));
  }
  return poseidon2Hash([salt % BN254_SCALAR_PRIME, ...words]);
}

/** Draws a salt of 248 bits from the platform's generator. */
export function randomSalt(): bigint {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  return bytes.reduce((value, byte) => (value << 8n) + BigInt(byte), 0n);
}
