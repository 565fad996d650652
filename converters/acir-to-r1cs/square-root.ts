/**
 * Square roots modulo an odd prime (Tonelli and Shanks; see Cohen, "A Course in Computational Algebraic Number Theory",
 * algorithm 1.5.1). Not constant-time: it sees coefficients of public circuits only.
 */
import { mod, power } from '../../src/field/index.ts';

/** Returns a root of `value`, or undefined when it is not a square. */
export function squareRoot(value: bigint, prime: bigint): bigint | undefined {
  const target = mod(value, prime);
  if (target === 0n) return 0n;
  if (power(target, (prime - 1n) / 2n, prime) !== 1n) return undefined;
  let odd = prime - 1n;
  let twos = 0;
  for (; (odd & 1n) === 0n; odd >>= 1n) twos++;
  let generator = power(nonResidue(prime), odd, prime);
  let root = power(target, (odd + 1n) / 2n, prime);
  let error = power(target, odd, prime);
  for (let bound = twos; error !== 1n; ) {
    const order = orderExponent(error, prime);
    const step = power(generator, 1n << BigInt(bound - order - 1), prime);
    bound = order;
    root = (root * step) % prime;
    generator = (step * step) % prime;
    error = (error * generator) % prime;
  }
  return root;
}

/** The least k with value^(2^k) = 1. */
function orderExponent(value: bigint, prime: bigint): number {
  let exponent = 0;
  for (let square = value; square !== 1n; square = (square * square) % prime) exponent++;
  return exponent;
}

function nonResidue(prime: bigint): bigint {
  let candidate = 2n;
  while (power(candidate, (prime - 1n) / 2n, prime) === 1n) candidate++;
  return candidate;
}
