/**
 * Views of iden3 payloads as 32-bit words: millions of terms are copied word by word, without a DataView call each.
 */
import { InternalError } from '../../src/errors.ts';

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Little-endian words of bytes whose length is a multiple of 4; copies only if the bytes are not aligned. */
export function words(bytes: Uint8Array): Uint32Array {
  if (!LITTLE_ENDIAN) throw new InternalError('Big-endian machines are not supported.');
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
}

/** Bytes that iden3 formats give to an element of the field: the least multiple of 8 that holds the prime. */
export function fieldBytes(prime: bigint): number {
  return Math.ceil(prime.toString(16).length / 16) * 8;
}
