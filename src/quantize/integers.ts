/**
 * Integer helpers of the quantiser: bit lengths and exact roundings between reals and bigints.
 */
import { InternalError } from '../errors.ts';

/** Numbers below this magnitude are exact integers in a double. */
export const SAFE_LIMIT = 2 ** 53;

/** Counts the bits of |value|: the least n with |value| < 2^n. */
export function bitLength(value: bigint): number {
  const magnitude = absolute(value);
  if (magnitude === 0n) return 0;
  const hex = magnitude.toString(16);
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex.slice(0, 1), 16)));
}

/** Gives |value|. */
export function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** Gives the smallest of some integers, at least one. */
export function minimum(first: bigint, ...rest: readonly bigint[]): bigint {
  let best = first;
  for (const value of rest) if (value < best) best = value;
  return best;
}

/** Gives the largest of some integers, at least one. */
export function maximum(first: bigint, ...rest: readonly bigint[]): bigint {
  let best = first;
  for (const value of rest) if (value > best) best = value;
  return best;
}

/** Rounds value * 2^bits to the nearest integer (halves up); the product with a power of two is exact in a double. */
export function roundScaled(value: number, bits: number): bigint {
  return BigInt(Math.round(value * 2 ** bits));
}

/** Gives the n with 2^(n-1) <= |value| < 2^n, for a finite value other than zero. */
export function exponentOf(value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude > 0 && magnitude < Number.POSITIVE_INFINITY)) {
    throw new InternalError(`The number ${value} has no binary exponent.`);
  }
  let exponent = Math.floor(Math.log2(magnitude)) + 1;
  while (2 ** exponent <= magnitude) exponent += 1; // the logarithm may be off by one near powers of two
  while (2 ** (exponent - 1) > magnitude) exponent -= 1;
  return exponent;
}

/** Tells whether a value is plus or minus a power of two. */
export function isPowerOfTwo(value: number): boolean {
  return value !== 0 && Math.abs(value) === 2 ** (exponentOf(value) - 1);
}

/** Gives floor((value + half) / 2^bits) with half = 2^(bits-1), or the value itself for no bits: every cut of a scale. */
export function cut(value: bigint, bits: number): bigint {
  return bits === 0 ? value : (value + (1n << BigInt(bits - 1))) >> BigInt(bits);
}

/** Divides out every factor of two: value = odd * 2^twos, for a positive integer. */
export function splitTwos(value: number): { readonly odd: number; readonly twos: number } {
  let odd = value;
  let twos = 0;
  while (odd % 2 === 0) {
    odd /= 2;
    twos += 1;
  }
  return { odd, twos };
}

/** Gives floor(sqrt(value)) of a value that is not negative. */
export function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
