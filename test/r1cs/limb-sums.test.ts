import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import {
  addLarge,
  addSmallMultiple,
  clearTouched,
  createLimbSums,
  SMALL_FACTOR_MAX,
  setMultiplier,
  takeSum,
  touchedWires,
} from '../../src/r1cs/limb-sums.ts';

describe('sums of limbs', () => {
  it('agree with bigint sums up to the stated number of addends', () => {
    const factor = fc.oneof(
      fc.integer({ min: -SMALL_FACTOR_MAX, max: SMALL_FACTOR_MAX }),
      fc.constantFrom(-SMALL_FACTOR_MAX, SMALL_FACTOR_MAX),
    );
    const addend = fc.record({
      wire: fc.integer({ min: 0, max: 3 }),
      multiplier: fc.oneof(
        fc.bigInt(0n, BN254_SCALAR_PRIME - 1n),
        fc.constantFrom(0n, 1n, BN254_SCALAR_PRIME - 1n),
      ),
      factor,
    });
    const sums = createLimbSums(BN254_SCALAR_PRIME, 4);
    fc.assert(
      fc.property(
        fc.array(addend, { maxLength: 64 }),
        fc.bigInt(-(2n ** 300n), 2n ** 300n),
        (addends, large) => {
          const expected = new Map<number, bigint>();
          const add = (wire: number, value: bigint): void =>
            void expected.set(wire, (expected.get(wire) ?? 0n) + value);
          for (const each of addends) {
            setMultiplier(sums, each.multiplier);
            addSmallMultiple(sums, each.wire, each.factor);
            add(each.wire, each.multiplier * BigInt(each.factor));
          }
          addLarge(sums, 2, large);
          add(2, large);
          assert.deepEqual([...touchedWires(sums)], [...expected.keys()].sort());
          for (const [wire, value] of expected) assert.equal(takeSum(sums, wire), value);
          clearTouched(sums);
          assert.equal(touchedWires(sums).length, 0);
        },
      ),
      { seed: 3, numRuns: 100 },
    );
  });

  it('stay exact for 256 addends of the largest size, on more wires than there was room for', () => {
    const sums = createLimbSums(BN254_SCALAR_PRIME, 1000);
    const multiplier = BN254_SCALAR_PRIME - 1n;
    setMultiplier(sums, multiplier);
    for (let wire = 0; wire < 1000; wire++) addSmallMultiple(sums, wire, 1);
    for (let k = 0; k < 255; k++) addSmallMultiple(sums, 7, SMALL_FACTOR_MAX);
    assert.equal(takeSum(sums, 7), multiplier * (255n * BigInt(SMALL_FACTOR_MAX) + 1n));
    assert.equal(takeSum(sums, 999), multiplier);
  });
});
