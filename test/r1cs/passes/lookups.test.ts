import assert from 'node:assert/strict';
import {
  compactSystem,
  createCoefficientTable,
  eliminateLinear,
  findUnconnected,
  GROTH16_COSTS,
  type Interval,
  orientRows,
  packLinear,
  parseSystem,
  printSystem,
  simplifySystem,
} from '../../../src/r1cs/index.ts';
import { analyzeBounds } from '../../../src/r1cs/passes/bounds.ts';
import { planPacks } from '../../../src/r1cs/passes/pack.ts';
import type { ConstraintSystem, Rounds } from '../../../src/r1cs/types.ts';
import { solutionsOf } from '../../support/exhaust.ts';

function read(text: string, rounds?: Rounds) {
  const parsed = parseSystem(text);
  const table = createCoefficientTable(parsed.prime, parsed.coefficients);
  const system: ConstraintSystem = rounds === undefined ? parsed : { ...parsed, rounds };
  return { system, table };
}

function rowsOf(system: ConstraintSystem): string[] {
  return printSystem(system)
    .split('\n')
    .filter(line => line.startsWith('('))
    .map(line => line.replace(/ {2}#.*/, ''));
}

const RANGE = (high: number): Interval => ({ low: 0, high });

describe('passes over systems with lookups', () => {
  /** Public w1; challenge w2; round 1: w3..w6; round 2: w7, w8. Keys w3 + 2 w4 and w5, two linear rows. */
  const TEXT =
    'prime 101\npublic w1\nprivate w2..w8\n(0) * (0) = (w3 - 5*w1 - 7)\n(w7) * (w2 - w3 - 2*w4) = (1)\n(w8) * (w2 - w5) = (1 + 3*w8)\n(w4) * (w5) = (w6)';
  const ROUNDS: Rounds = { challengeCount: 1, roundOneCount: 4 };

  it('put definitions into keys, and keep inverses, challenges and the shape of lookups', () => {
    const { system, table } = read(TEXT, ROUNDS);
    const simplified = simplifySystem(system, table).system;
    assert.deepEqual(simplified.rounds, ROUNDS);
    assert.deepEqual(rowsOf(simplified), [
      '(w7) * (-5*w1 + w2 - 2*w4) = (7*w7 + 1)',
      '(w8) * (w2 - w5) = (3*w8 + 1)',
      '(w4) * (w5) = (w6)',
    ]);
  });

  it('never define a wire by a row of a lookup argument', () => {
    const { system, table } = read(
      'prime 101\nprivate w1..w4\n(0) * (0) = (w2 + w3 - w4)\n(w2) * (w3) = (0)',
      {
        challengeCount: 1,
        roundOneCount: 1,
      },
    );
    const { definitions } = eliminateLinear(system, table, { costs: GROTH16_COSTS });
    assert.equal(definitions.wires.length, 0);
  });

  it('leave inverses in A, where small keys would go otherwise', () => {
    const text = 'prime 101\nprivate w1..w4\n(w3) * (w1 - w2) = (1)\n(w4) * (w1 - w2) = (1)';
    assert.deepEqual(
      rowsOf(orientRows(read(text, { challengeCount: 1, roundOneCount: 1 }).system, read(text).table)),
      ['(w3) * (w1 - w2) = (1)', '(w4) * (w1 - w2) = (1)'],
    );
    assert.deepEqual(rowsOf(orientRows(read(text).system, read(text).table))[0], '(w1 - w2) * (w3) = (1)');
  });

  it('keep challenges and the order of rounds when wires are renumbered', () => {
    const { system } = read('prime 101\nprivate w1..w6\n(w6) * (w3 - w4) = (1)', {
      challengeCount: 2,
      roundOneCount: 3,
    });
    const { system: compact, oldWires } = compactSystem(system);
    assert.deepEqual([...oldWires], [0, 1, 2, 3, 4, 6]);
    assert.deepEqual(compact.rounds, { challengeCount: 2, roundOneCount: 2 });
  });

  it('connect nothing through a challenge', () => {
    const { system } = read(TEXT.replace('(w4) * (w5) = (w6)', '(w4) * (w4) = (w6)'), ROUNDS);
    assert.deepEqual(findUnconnected(system), [5]);
    assert.deepEqual(findUnconnected(read(TEXT, ROUNDS).system), []);
  });
});

describe('intervals that lookups prove', () => {
  const TEXT = 'prime 29\nprivate w1..w4\n(0) * (0) = (w1 - 2*w2)\n(0) * (0) = (w3 - w4 - 1)';
  const GIVEN = new Map([
    [1, RANGE(3)],
    [2, RANGE(1)],
    [3, RANGE(3)],
    [4, RANGE(3)],
  ]);

  it('let linear rows share one, with the same solutions among those that the lookups admit', () => {
    const { system, table } = read(TEXT);
    assert.equal(packLinear(system, table).constraintCount, 2, 'nothing is known without them');
    const plan = planPacks(system, table, analyzeBounds(system, table, GIVEN));
    const packed = packLinear(system, table, plan);
    assert.equal(packed.constraintCount, 1);
    const admitted = (of: ConstraintSystem): string[] =>
      solutionsOf(of, [1, 2, 3, 4]).filter(text =>
        text.split(' ').every((value, index) => Number(value) <= (GIVEN.get(index + 1)?.high ?? 0)),
      );
    assert.deepEqual(admitted(packed), admitted(system));
    assert.ok(admitted(system).length > 3);
  });

  it('are no bounds where they reach the size of the field', () => {
    const { system, table } = read(TEXT);
    const { high } = analyzeBounds(system, table, new Map([[1, RANGE(4)]]));
    assert.equal(high[1], Number.POSITIVE_INFINITY);
  });

  it('bound what follows from them by rows, and keep those rows', () => {
    const { system, table } = read('prime 127\nprivate w1 w2\n(w1) * (w1) = (w2)');
    const { high, boundBy } = analyzeBounds(system, table, new Map([[1, RANGE(3)]]));
    assert.deepEqual([high[2], boundBy[2], boundBy[1]], [9, 0, -1]);
  });
});
