/**
 * A prepared `.ptau` from known secrets, made with independent curve code: what a ceremony would give, for circuits of a
 * few rows. Nobody contributed, so section 7 is empty.
 */
import { bn254 } from '@noble/curves/bn254.js';
import { encodeG1, encodeG2 } from '../../converters/keys-to-iden3/index.ts';
import { ByteWriter, writeSections } from '../../src/bytes/index.ts';
import {
  invertOrZero,
  mod,
  power as powerOf,
  BN254_BASE_PRIME as q,
  BN254_SCALAR_PRIME as r,
} from '../../src/field/index.ts';

export interface PtauSecrets {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
}

/** Makes a `.ptau` of power at most 5 or so: it takes about 500 * 2^power curve operations. */
export function makePtau(bits: number, { tau, alpha, beta }: PtauSecrets): Uint8Array {
  const size = 2 ** bits;
  const powers = Array.from({ length: 2 * size - 1 }, (_, i) => powerOf(tau, BigInt(i), r));
  const lagrange = (sizes: number): bigint[] =>
    Array.from({ length: sizes }, (_, k) => lagrangeAt(tau, k)).flat();
  const times = (factor: bigint, values: readonly bigint[]): bigint[] => values.map(v => (v * factor) % r);
  return writeSections('ptau', 1, [
    [1, header(bits)],
    [2, g1(powers)],
    [3, g2(powers.slice(0, size))],
    [4, g1(times(alpha, powers.slice(0, size)))],
    [5, g1(times(beta, powers.slice(0, size)))],
    [6, g2([beta])],
    [7, new Uint8Array(4)],
    [12, g1(lagrange(bits + 2))],
    [13, g2(lagrange(bits + 1))],
    [14, g1(times(alpha, lagrange(bits + 1)))],
    [15, g1(times(beta, lagrange(bits + 1)))],
  ]);
}

function header(bits: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(32);
  writer.uint(q, 32);
  writer.u32(bits);
  writer.u32(bits);
  return writer.finish();
}

/** L_i(tau) over the 2^k-th roots of unity, from the definition as a product. */
function lagrangeAt(tau: bigint, k: number): bigint[] {
  const root = powerOf(5n, (r - 1n) >> BigInt(k), r);
  const domain = Array.from({ length: 2 ** k }, (_, i) => powerOf(root, BigInt(i), r));
  return domain.map(x => {
    let numerator = 1n;
    let denominator = 1n;
    for (const y of domain) {
      if (y === x) continue;
      numerator = mod(numerator * (tau - y), r);
      denominator = mod(denominator * (x - y), r);
    }
    return mod(numerator * invertOrZero(denominator, r), r);
  });
}

function g1(scalars: readonly bigint[]): Uint8Array {
  return concatenate(
    scalars.map(k => {
      const { x, y } = bn254.G1.Point.BASE.multiply(k).toAffine();
      return encodeG1([x, y]);
    }),
  );
}

function g2(scalars: readonly bigint[]): Uint8Array {
  return concatenate(
    scalars.map(k => {
      const { x, y } = bn254.G2.Point.BASE.multiply(k).toAffine();
      return encodeG2([
        [x.c0, x.c1],
        [y.c0, y.c1],
      ]);
    }),
  );
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
