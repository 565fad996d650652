import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import {
  BN254_BASE_PRIME,
  BN254_SCALAR_PRIME,
  invertOrZero,
  mod,
  power,
  toSigned,
} from '../../src/field/index.ts';

const p = BN254_SCALAR_PRIME;

describe('field', () => {
  it("has the curve's two primes", () => {
    assert.equal(BN254_SCALAR_PRIME, bn254.fields.Fr.ORDER);
    assert.equal(BN254_BASE_PRIME, bn254.fields.Fp.ORDER);
  });

  it('agrees with an independent field on powers and inverses', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, p - 1n), fc.bigInt(0n, 1n << 70n), (x, exponent) => {
        assert.equal(power(x, exponent, p), bn254.fields.Fr.pow(x, exponent));
        assert.equal(invertOrZero(x, p), x === 0n ? 0n : bn254.fields.Fr.inv(x));
      }),
      {
        seed: 2,
        examples: [
          [0n, 0n],
          [1n, 0n],
          [p - 1n, 2n],
        ],
      },
    );
  });

  it('inverts zero to zero, and exhaustively in a tiny field', () => {
    assert.equal(invertOrZero(0n, p), 0n);
    for (let x = 1n; x < 47n; x++) assert.equal((x * invertOrZero(x, 47n)) % 47n, 1n);
  });

  it('reduces negatives and reads the upper half as negative', () => {
    assert.equal(mod(-1n, p), p - 1n);
    assert.equal(toSigned(p - 1n, p), -1n);
    assert.equal(toSigned((p - 1n) / 2n, p), (p - 1n) / 2n);
    assert.equal(toSigned((p + 1n) / 2n, p), -(p - 1n) / 2n);
  });
});
