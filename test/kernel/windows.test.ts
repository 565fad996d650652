import assert from 'node:assert/strict';
import fc from 'fast-check';
import { writeBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { orderByBucket, planWindows, signedDigits } from '../support/ffjavascript-kernel/windows.ts';

const SEED = 20240616;

function wordsOf(scalars: readonly bigint[], bytes: number): Uint32Array {
  const out = new Uint8Array(scalars.length * bytes);
  scalars.forEach((value, i) => {
    writeBigint(out, i * bytes, value, bytes);
  });
  return new Uint32Array(out.buffer);
}

describe('signed windows', () => {
  const cases = [
    { bits: 254, bytes: 32, max: r - 1n },
    { bits: 64, bytes: 8, max: 2n ** 64n - 1n },
  ];
  for (const { bits, bytes, max } of cases) {
    it(`give scalars of ${bits} bits back`, () => {
      const scalar = fc.oneof(fc.bigInt(0n, 3n), fc.bigInt(max - 3n, max), fc.bigInt(0n, max));
      fc.assert(
        fc.property(
          fc.array(scalar, { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 2 ** 21 }),
          (scalars, size) => {
            const plan = planWindows(size, bits);
            const digits = signedDigits(wordsOf(scalars, bytes), bytes / 4, plan);
            scalars.forEach((value, i) => {
              let sum = 0n;
              for (let window = plan.windowCount - 1; window >= 0; window--) {
                const digit = digits[window * scalars.length + i] as number;
                assert.ok(Math.abs(digit) <= plan.bucketCount);
                sum = (sum << BigInt(plan.windowBits)) + BigInt(digit);
              }
              assert.equal(sum, value);
            });
          },
        ),
        { seed: SEED },
      );
    });
  }

  it('grow with the number of points', () => {
    const bitsFor = [1, 100, 10_000, 1_000_000].map(count => planWindows(count, 254).windowBits);
    assert.deepEqual(
      bitsFor,
      [...bitsFor].sort((a, b) => a - b),
    );
    assert.ok((bitsFor[0] as number) < (bitsFor[3] as number));
  });
});

describe('buckets of a window', () => {
  it('list points by the size of their digit, with its sign', () => {
    const { order, counts } = orderByBucket(Int32Array.of(2, 0, -1, 4, -2, 1), 4);
    assert.deepEqual([...counts], [2, 2, 0, 1]);
    assert.deepEqual([...order], [2 + 2 ** 31, 5, 0, 4 + 2 ** 31, 3]);
  });

  it('are empty without points', () => {
    const { order, counts } = orderByBucket(Int32Array.of(0, 0), 2);
    assert.equal(order.length, 0);
    assert.deepEqual([...counts], [0, 0]);
  });
});
