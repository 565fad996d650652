import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BN254_SCALAR_PRIME, invertOrZero, mod } from '../../src/field/index.ts';
import { forgetSince, isCluttered } from '../../src/r1cs/coefficients.ts';
import {
  addIds,
  coefficientOf,
  createCoefficientTable,
  intern,
  internNumber,
  invertId,
  MINUS_ONE_ID,
  multiplyIds,
  negateId,
  ONE_ID,
  ZERO_ID,
} from '../../src/r1cs/index.ts';

describe('the coefficient table', () => {
  it('gives 0, 1 and -1 the same ids in every table', () => {
    const table = createCoefficientTable(7n, [5n, 6n, 5n]);
    assert.deepEqual(
      [ZERO_ID, ONE_ID, MINUS_ONE_ID].map(id => coefficientOf(table, id)),
      [0n, 1n, 6n],
    );
    assert.deepEqual(table.values, [0n, 1n, 6n, 5n]);
  });

  for (const prime of [5n, 7n, 97n, (1n << 61n) - 1n, BN254_SCALAR_PRIME]) {
    it(`calculates as the field of ${prime} does`, () => {
      const table = createCoefficientTable(prime);
      const edge = [
        0n,
        1n,
        -1n,
        2n,
        (1n << 26n) - 1n,
        1n << 52n,
        (1n << 52n) + 1n,
        prime >> 1n,
        (prime >> 1n) + 1n,
        prime - 1n,
      ];
      const value = fc.oneof(
        fc.constantFrom(...edge),
        fc.bigInt(-(2n ** 54n), 2n ** 54n),
        fc.bigInt(0n, prime - 1n),
      );
      fc.assert(
        fc.property(value, value, (x, y) => {
          const [left, right] = [intern(table, x), intern(table, y)];
          assert.equal(coefficientOf(table, multiplyIds(table, left, right)), mod(x * y, prime));
          assert.equal(coefficientOf(table, addIds(table, left, right)), mod(x + y, prime));
          assert.equal(coefficientOf(table, negateId(table, left)), mod(-x, prime));
          assert.equal(coefficientOf(table, invertId(table, left)), invertOrZero(x, prime));
        }),
        { seed: 4, numRuns: 100 },
      );
      assert.equal(new Set(table.values).size, table.values.length, 'no value twice');
    });
  }

  it('forgets what was interned since a mark, but for what is kept, and calculates on', () => {
    const table = createCoefficientTable(BN254_SCALAR_PRIME, [7n, 1n << 200n]);
    const large = intern(table, 1n << 200n);
    const mark = table.values.length;
    assert.equal(isCluttered(table, mark), false);
    const ids = Array.from({ length: 5000 }, (_, i) =>
      multiplyIds(table, large, internNumber(table, i + 10)),
    );
    assert.equal(isCluttered(table, mark), true);
    const kept = forgetSince(table, mark, [ids[3] ?? 0, large, ids[4] ?? 0, internNumber(table, 7)]);
    const value = (i: number): bigint => mod((1n << 200n) * BigInt(i + 10), BN254_SCALAR_PRIME);
    assert.deepEqual(
      kept.map(id => coefficientOf(table, id)),
      [value(3), 1n << 200n, value(4), 7n],
    );
    assert.equal(table.values.length, mark + 2);
    const again = multiplyIds(table, large, internNumber(table, 4000)); // its slot of the product cache held a void id
    assert.equal(coefficientOf(table, again), value(3990));
    assert.equal(intern(table, value(3)), kept[0]);
    assert.equal(new Set(table.values).size, table.values.length, 'no value twice');
  });

  it('takes numbers', () => {
    const table = createCoefficientTable(97n);
    assert.equal(coefficientOf(table, internNumber(table, -100)), 94n);
  });
});
