import assert from 'node:assert/strict';
import fc from 'fast-check';
import { InternalError } from '../../src/errors.ts';
import {
  absolute,
  bitLength,
  cut,
  exponentOf,
  isPowerOfTwo,
  maximum,
  minimum,
  roundScaled,
  splitTwos,
} from '../../src/quantize/integers.ts';

describe('quantiser integers', () => {
  it('counts bits so that 2^(n-1) <= |value| < 2^n', () => {
    assert.equal(bitLength(0n), 0);
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 300n), max: 1n << 300n }), value => {
        const bits = bitLength(value);
        assert.ok(absolute(value) < 1n << BigInt(bits));
        assert.ok(bits === 0 || absolute(value) >= 1n << BigInt(bits - 1));
      }),
      { seed: 11 },
    );
    for (let n = 0; n < 260; n++) assert.equal(bitLength(1n << BigInt(n)), n + 1);
  });

  it('cuts with halves rounded up, as floor((x + half) / 2^bits)', () => {
    assert.deepEqual(
      [-7n, -6n, -5n, -2n, -1n, 0n, 1n, 2n, 5n, 6n, 7n].map(value => cut(value, 2)),
      [-2n, -1n, -1n, 0n, 0n, 0n, 0n, 1n, 1n, 2n, 2n],
    );
    assert.equal(cut(-7n, 0), -7n);
  });

  it('rounds scaled reals to the nearest integer, beyond 2^53 exactly', () => {
    assert.equal(roundScaled(0.3, 3), 2n);
    assert.equal(roundScaled(-0.3125, 3), -2n);
    assert.equal(roundScaled(12, -3), 2n);
    assert.equal(roundScaled(0.75, 100), 3n << 98n);
    assert.equal(roundScaled(-1e-30, 4), 0n);
  });

  it('finds exponents exactly around powers of two', () => {
    for (let n = -60; n <= 60; n++) {
      const power = 2 ** n;
      assert.equal(exponentOf(power), n + 1);
      assert.equal(exponentOf(-power * (1 - 2 ** -52)), n);
      assert.equal(isPowerOfTwo(-power), true);
      assert.equal(isPowerOfTwo(power * 1.5), false);
    }
    assert.equal(isPowerOfTwo(0), false);
    for (const value of [0, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(
        () => exponentOf(value),
        new InternalError(`The number ${value} has no binary exponent.`),
      );
    }
  });

  it('takes minima, maxima and factors of two', () => {
    assert.equal(minimum(3n, -5n, 4n), -5n);
    assert.equal(maximum(3n, -5n, 4n), 4n);
    assert.deepEqual(splitTwos(48), { odd: 3, twos: 4 });
    assert.deepEqual(splitTwos(1), { odd: 1, twos: 0 });
  });
});
