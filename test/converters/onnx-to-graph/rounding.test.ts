/** Whole multipliers give, for every sum that can occur, what float32 and halves to even give. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fitRequantization, type Target } from '../../../converters/onnx-to-graph/rounding.ts';

const BYTES: Target = { zeroPoint: 128, min: 0, max: 255 };

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** What ONNX Runtime computes. */
function reference(sum: number, scale: number, bias: number, { zeroPoint, min, max }: Target): number {
  const real = Math.fround(Math.fround(sum + bias) * Math.fround(scale));
  return Math.min(Math.max(roundHalfEven(real) + zeroPoint, min), max);
}

describe('fitRequantization', () => {
  it('agrees on every sum, with the fewest bits that do (seed 11)', () => {
    const signed: Target = { zeroPoint: -3, min: -128, max: 127 };
    const scales = fc.float({
      min: Math.fround(1e-4),
      max: Math.fround(0.3),
      noNaN: true,
      noDefaultInfinity: true,
    });
    const property = fc.property(
      scales,
      fc.integer({ min: -5000, max: 5000 }),
      fc.integer({ min: 1, max: 20_000 }),
      fc.constantFrom(BYTES, signed, { ...BYTES, min: 128 }),
      (scale, bias, reach, target) => {
        const fit = fitRequantization([{ scale, bias, low: -reach, high: reach }], target);
        if (!fit.isExact) return; // halves: tested below
        const [factor = 0, offset = 0] = [fit.multipliers[0], fit.offsets[0]];
        for (let sum = -reach; sum <= reach; sum++) {
          const steps = Math.floor((sum * factor + offset) / 2 ** fit.shiftBits);
          const actual = Math.min(Math.max(steps, 0), target.max - target.min) + target.min;
          assert.equal(actual, reference(sum, scale, bias, target), `sum ${sum}`);
        }
        assert.ok(fit.shiftBits <= 32, `${fit.shiftBits} bits`);
      },
    );
    fc.assert(property, { seed: 11, numRuns: 150 });
  });

  it('takes one shift for all channels, and few bits for small sums', () => {
    const channels = [0.011, 0.0007, 0.2503].map(scale => ({
      scale: Math.fround(scale),
      bias: 3,
      low: -900,
      high: 900,
    }));
    const fit = fitRequantization(channels, BYTES);
    assert.equal(fit.isExact, true);
    assert.equal(fit.multipliers.length, 3);
    assert.ok(fit.shiftBits <= 20, `${fit.shiftBits} bits`);
  });

  it('says so where sums fall right between two outputs, and rounds those halves up', () => {
    const fit = fitRequantization([{ scale: 0.5, bias: 0, low: -100, high: 100 }], BYTES);
    assert.equal(fit.isExact, false);
    const [factor = 0, offset = 0] = [fit.multipliers[0], fit.offsets[0]];
    const at = (sum: number): number => Math.floor((sum * factor + offset) / 2 ** fit.shiftBits);
    assert.deepEqual([1, 2, 3, 5].map(at), [129, 129, 130, 131]);
    assert.deepEqual(
      [1, 2, 3, 5].map(sum => reference(sum, 0.5, 0, BYTES)),
      [128, 129, 130, 130],
    );
  });
});
