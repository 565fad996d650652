/**
 * Lagrange polynomials of the radix-2 domains of BN254's scalar field, at a point.
 *
 * Roots of unity as iden3 has them: 5 is the least non-residue, w_28 = 5^((r - 1) / 2^28), the others by squaring.
 */
import { BionoirError } from '../../../src/errors.ts';
import { invertOrZero, power, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';

const TWO_ADICITY = 28;
const NON_RESIDUE = 5n;

/** The primitive 2^bits-th root of unity. */
export function rootOfUnity(bits: number): bigint {
  return power(NON_RESIDUE, (r - 1n) >> BigInt(bits), r);
}

/** The largest domain; H needs roots of twice its order. */
export const DOMAIN_BITS_MAX = TWO_ADICITY - 1;

/**
 * L_i(tau) * factor for i = first, first + step, ... below the domain's size, where L_i is one at w^i and zero at the
 * other 2^bits-th roots of unity: L_i(tau) = (tau^N - 1) / N * w^i / (tau - w^i).
 *
 * @throws BionoirError UNSAFE_KEY when tau is in the domain: a key made with it would reveal it.
 */
export function evaluateLagrange(
  tau: bigint,
  bits: number,
  { first, step, factor }: { readonly first: number; readonly step: number; readonly factor: bigint },
): bigint[] {
  const size = 2 ** bits;
  const vanishing = (power(tau, BigInt(size), r) - 1n + r) % r;
  if (vanishing === 0n) {
    throw new BionoirError(
      'UNSAFE_KEY',
      `The secret tau is a root of unity of order 2^${bits}; a key made with it would be broken. Draw the secrets from a random source.`,
    );
  }
  const root = rootOfUnity(bits);
  const stride = power(root, BigInt(step), r);
  const scale = (((vanishing * invertOrZero(BigInt(size), r)) % r) * factor) % r;
  const points: bigint[] = [];
  for (let w = power(root, BigInt(first), r), i = first; i < size; i += step) {
    points.push(w);
    w = (w * stride) % r;
  }
  const inverses = invertAll(points.map(w => (tau - w + r) % r));
  return points.map((w, i) => (((w * scale) % r) * (inverses[i] as bigint)) % r);
}

/** Montgomery's trick: one inversion for all. None may be zero. */
function invertAll(values: readonly bigint[]): bigint[] {
  const prefixes: bigint[] = new Array(values.length);
  let product = 1n;
  values.forEach((value, i) => {
    prefixes[i] = product;
    product = (product * value) % r;
  });
  let inverse = invertOrZero(product, r);
  const inverses: bigint[] = new Array(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    inverses[i] = (inverse * (prefixes[i] as bigint)) % r;
    inverse = (inverse * (values[i] as bigint)) % r;
  }
  return inverses;
}
