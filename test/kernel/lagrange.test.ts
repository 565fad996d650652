import assert from 'node:assert/strict';
import fc from 'fast-check';
import { power, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { evaluateLagrange, rootOfUnity } from '../support/ffjavascript-kernel/lagrange.ts';

const SEED = 20240614;
const ALL = { first: 0, step: 1, factor: 1n };

describe('Lagrange polynomials', () => {
  it('interpolate: sum f(w^i) L_i(tau) = f(tau)', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.bigInt(2n, r - 1n),
        fc.infiniteStream(fc.bigInt(0n, r - 1n)),
        (bits, tau, stream) => {
          fc.pre(power(tau, 64n, r) !== 1n);
          const size = 2 ** bits;
          const coefficients = [...stream.take(size)];
          const f = (x: bigint): bigint => coefficients.reduceRight((sum, c) => (sum * x + c) % r, 0n);
          const root = rootOfUnity(bits);
          const sum = evaluateLagrange(tau, bits, ALL).reduce(
            (total, value, i) => (total + value * f(power(root, BigInt(i), r))) % r,
            0n,
          );
          assert.equal(sum, f(tau));
        },
      ),
      { seed: SEED, numRuns: 50 },
    );
  });

  it('are evaluated in part, and scaled, on request', () => {
    const all = evaluateLagrange(12345n, 4, ALL);
    const odd = evaluateLagrange(12345n, 4, { first: 1, step: 2, factor: 7n });
    assert.deepEqual(
      odd,
      all.filter((_, i) => i % 2 === 1).map(value => (value * 7n) % r),
    );
  });

  it('refuse a point of the domain', () => {
    for (const tau of [1n, r - 1n, rootOfUnity(3)]) {
      assertThrowsCode(
        () => evaluateLagrange(tau, 3, ALL),
        'UNSAFE_KEY',
        'The secret tau is a root of unity of order 2^3; a key made with it would be broken. Draw the secrets from a random source.',
      );
    }
  });

  it('use primitive roots of unity', () => {
    for (const bits of [1, 5, 28]) {
      const root = rootOfUnity(bits);
      assert.equal(power(root, BigInt(2 ** (bits - 1)), r), r - 1n);
    }
  });
});
