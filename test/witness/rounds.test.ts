import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BN254_SCALAR_PRIME, invertOrZero, mod } from '../../src/field/index.ts';
import {
  createCoefficientTable,
  createRowBuffer,
  endRow,
  finishRows,
  intern,
  pushTerm,
} from '../../src/r1cs/index.ts';
import { solveRounds } from '../../src/witness/index.ts';
import { invertAll } from '../../src/witness/lookups.ts';
import { type LookupColumns, type Recipe, STEP_KINDS } from '../../src/witness/types.ts';
import { assertThrowsCode } from '../support/errors.ts';

const P = BN254_SCALAR_PRIME;
const stackOf = (...values: readonly bigint[]) => [
  { functionIndex: 0, witnesses: new Map(values.map((value, index) => [index, value] as const)) },
];

/** Slots: 1 challenge, 2.. inputs; then what `build` adds. Forms are single slots. */
function recipeOf(
  inputCount: number,
  slotCount: number,
  { limbs, lookups }: { limbs?: readonly number[]; lookups?: (firstForm: number) => LookupColumns },
): Recipe {
  const table = createCoefficientTable(P);
  const forms = createRowBuffer();
  const push = (slot: number, value: bigint): void => {
    pushTerm(forms, slot, intern(table, value));
    endRow(forms);
  };
  if (limbs !== undefined) {
    push(2, 1n);
    for (const width of limbs) push(0, BigInt(width));
  }
  const firstForm = forms.starts.length - 1;
  for (let slot = 2; slot < 2 + inputCount; slot++) push(slot, 1n);
  const slots = Array.from({ length: inputCount }, (_, index) => index);
  return {
    prime: P,
    slotCount,
    wireSlots: Uint32Array.from({ length: slotCount }, (_, slot) => slot),
    calls: { instance: 0, functionIndex: 0, children: [] },
    copies: {
      slots: Uint32Array.from(slots, slot => slot + 2),
      instances: new Uint32Array(inputCount),
      witnesses: Uint32Array.from(slots),
    },
    steps: {
      kinds: Uint8Array.from(limbs === undefined ? [] : [STEP_KINDS.indexOf('limbs')]),
      operands: new Uint32Array(limbs === undefined ? 0 : 1),
      firsts: Uint32Array.from(limbs === undefined ? [] : [2 + inputCount]),
      sizes: Uint32Array.from(limbs === undefined ? [] : [limbs.length]),
      parameters: new Uint32Array(limbs === undefined ? 0 : 1),
      forms: finishRows(forms),
      coefficients: table.values,
    },
    ...(lookups === undefined ? {} : { lookups: lookups(firstForm) }),
  };
}

describe('solving in two rounds', () => {
  /** Three keys: two in the table of 0..3, one in {10, 20}. Slots 5..8, 9..10 counts; 11..13 inverses; 14..17, 18..19 quotients. */
  const recipe = recipeOf(3, 20, {
    lookups: firstForm => ({
      challengeSlot: 1,
      tables: [
        { size: 4, firstMultiplicity: 5, firstQuotient: 14 },
        { size: 2, entries: [10n, 20n], firstMultiplicity: 9, firstQuotient: 18 },
      ],
      tableIds: Uint32Array.of(0, 0, 1),
      operands: Uint32Array.from([0, 1, 2], index => firstForm + index),
      firstInverse: 11,
    }),
  });

  it('counts how often each row is hit, before any challenge', () => {
    const { wires, challengeCount } = solveRounds(recipe, stackOf(3n, 3n, 20n));
    assert.equal(challengeCount, 1);
    assert.deepEqual(wires.slice(1), [
      0n,
      3n,
      3n,
      20n,
      0n,
      0n,
      0n,
      2n,
      0n,
      1n,
      ...new Array<bigint>(9).fill(0n),
    ]);
  });

  it('inverts keys and divides counts, once the challenge is known', () => {
    const round = solveRounds(recipe, stackOf(3n, 1n, 10n));
    for (const r of [77n, P - 1n]) {
      const wires = round.finish([r]);
      const inverse = (value: bigint): bigint => invertOrZero(mod(r - value, P), P);
      assert.equal(wires[1], r);
      assert.deepEqual(wires.slice(11, 14), [inverse(3n), inverse(1n), inverse(10n)]);
      assert.deepEqual(wires.slice(14), [0n, inverse(1n), 0n, inverse(3n), inverse(10n), 0n]);
    }
  });

  it('leaves a key that is in no row to the checker', () => {
    const { wires, finish } = solveRounds(recipe, stackOf(4n, 1n, 15n));
    assert.deepEqual(wires.slice(5, 11), [0n, 1n, 0n, 0n, 0n, 0n]);
    const complete = finish([100n]);
    assert.equal(mod((complete[11] ?? 0n) * 96n, P), 1n);
    assert.equal(mod((complete[13] ?? 0n) * 85n, P), 1n);
  });

  it('takes exactly one challenge, of the field', () => {
    const { finish } = solveRounds(recipe, stackOf(0n, 0n, 10n));
    for (const challenges of [[], [1n, 2n], [P], [-1n]]) {
      assertThrowsCode(
        () => finish(challenges),
        'USAGE',
        `The second round was given ${challenges.length} challenges; it takes 1, each a field element. Derive them from the first round's commitment.`,
      );
    }
  });

  it('cuts a value into limbs of any widths, the last of which takes the rest', () => {
    fc.assert(
      fc.property(
        fc.bigInt(0n, P - 1n),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
        (value, widths) => {
          const cut = recipeOf(1, 3 + widths.length, { limbs: widths });
          const limbs = solveRounds(cut, stackOf(value)).wires.slice(3);
          let offset = 0n;
          let sum = 0n;
          limbs.forEach((limb, index) => {
            if (index < limbs.length - 1) assert.ok(limb < 1n << BigInt(widths[index] ?? 0));
            sum += limb << offset;
            offset += BigInt(widths[index] ?? 0);
          });
          assert.equal(sum, value);
        },
      ),
      { seed: 8, numRuns: 60 },
    );
  });
});

describe('inverting many values at once', () => {
  it('gives what inverting each gives, 0 for 0', () => {
    fc.assert(
      fc.property(fc.constantFrom(7n, P), fc.array(fc.bigInt(0n, 6n), { maxLength: 12 }), (prime, values) => {
        assert.deepEqual(
          invertAll(values, prime),
          values.map(value => invertOrZero(value, prime)),
        );
      }),
      { seed: 9 },
    );
  });
});
