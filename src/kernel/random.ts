/** Uniform scalars from the platform's cryptographically secure generator. */
import { bytesToBigint } from '../bytes/index.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';

const SCALAR_BITS = 254;

/** Draws uniformly from [0, r): 254 random bits, drawn again while they are not below r (about one time in four). */
export function randomScalar(): bigint {
  const bytes = new Uint8Array(32);
  for (;;) {
    globalThis.crypto.getRandomValues(bytes);
    const candidate = BigInt.asUintN(SCALAR_BITS, bytesToBigint(bytes));
    bytes.fill(0);
    if (candidate < BN254_SCALAR_PRIME) return candidate;
  }
}

/** Draws uniformly from [1, r). */
export function randomNonZeroScalar(): bigint {
  for (;;) {
    const scalar = randomScalar();
    if (scalar !== 0n) return scalar;
  }
}

/** Web Crypto gives at most this many bytes a call. */
const CALL_BYTES_MAX = 65536;

/** Draws bytes, any number of them. */
export function randomBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += CALL_BYTES_MAX) {
    globalThis.crypto.getRandomValues(bytes.subarray(at, at + CALL_BYTES_MAX));
  }
  return bytes;
}
