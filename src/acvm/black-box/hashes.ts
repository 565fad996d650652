/** Hash functions on values, for solving: byte hashes of @noble/hashes, and the permutations that Noir exposes. */
import { blake2s as nobleBlake2s } from '@noble/hashes/blake2.js';
import { blake3 as nobleBlake3 } from '@noble/hashes/blake3.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { keccak_256, keccakP } from '@noble/hashes/sha3.js';

/** Names of hashes from any number of bytes to 32. */
export type ByteHash = 'sha256' | 'blake2s' | 'blake3' | 'keccak256';

const BYTE_HASHES: Readonly<Record<ByteHash, (bytes: Uint8Array) => Uint8Array>> = {
  sha256: nobleSha256,
  blake2s: nobleBlake2s,
  blake3: nobleBlake3,
  keccak256: keccak_256,
};

/** Returns the 32 bytes of a hash. */
export function hashBytes(name: ByteHash, bytes: Uint8Array): Uint8Array {
  return BYTE_HASHES[name](bytes);
}

const LANES = 25;

/** Keccak-f[1600] (FIPS 202, section 3.3) on 25 lanes, lane x + 5 y. */
export function keccakF1600(lanes: readonly bigint[]): bigint[] {
  const halves = new Uint32Array(2 * LANES);
  lanes.forEach((lane, k) => {
    halves[2 * k] = Number(lane & 0xffffffffn);
    halves[2 * k + 1] = Number((lane >> 32n) & 0xffffffffn);
  });
  keccakP(halves);
  return Array.from({ length: LANES }, (_, k) => {
    return (BigInt(halves[2 * k + 1] as number) << 32n) | BigInt(halves[2 * k] as number);
  });
}

/** First 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4, section 4.2.2). */
const SHA256_CONSTANTS = cubeRootFractions(64);

function cubeRootFractions(count: number): Uint32Array {
  const constants = new Uint32Array(count);
  for (let candidate = 2n, found = 0; found < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2n; divisor * divisor <= candidate; divisor++) isPrime &&= candidate % divisor !== 0n;
    if (!isPrime) continue;
    // floor(2^32 cbrt(candidate)), by bisection on integers
    let [low, high] = [0n, 8n << 32n];
    while (low + 1n < high) {
      const middle = (low + high) >> 1n;
      if (middle ** 3n <= candidate << 96n) low = middle;
      else high = middle;
    }
    constants[found++] = Number(low & 0xffffffffn);
  }
  return constants;
}

/** The SHA-256 compression function (FIPS 180-4, section 6.2.2): 16 words and a state of 8 to the next state. */
export function sha256Compression(block: readonly number[], state: readonly number[]): number[] {
  const words = Uint32Array.from({ length: 64 }, (_, t) => block[t] ?? 0);
  for (let t = 16; t < 64; t++) {
    const [early, late] = [words[t - 15] as number, words[t - 2] as number];
    const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    words[t] = (words[t - 16] as number) + s0 + (words[t - 7] as number) + s1;
  }
  let [a, b, c, d, e, f, g, h] = state.map(word => word | 0) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  for (let t = 0; t < 64; t++) {
    const chosen = (e & f) ^ (~e & g);
    const first =
      (h +
        (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
        chosen +
        (SHA256_CONSTANTS[t] as number) +
        (words[t] as number)) |
      0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, k) => (word + (state[k] ?? 0)) >>> 0);
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
