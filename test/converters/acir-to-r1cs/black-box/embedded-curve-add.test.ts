import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  blackBoxProgram,
  constant,
  constants,
  execute,
  runBlackBox,
  witness,
  witnesses,
} from './support/black-box.ts';
import {
  type Affine,
  assertGated,
  assertOutputsPinned,
  assertUnsatisfied,
  curveAdd,
  flaggedCurveAdd,
  INFINITY,
  multiple,
  negated,
  P,
} from './support/curves.ts';

const A = multiple(123456789n);
const B = multiple(987654321n);
/** A root of unity times A.x: the curve's equation has the same y for three x. */
const SAME_Y = { x: (A.x * 4407920970296243842393367215006156084916469457145843978461n) % P, y: A.y };

const coordinates = (...points: readonly Affine[]): bigint[] => points.flatMap(({ x, y }) => [x, y]);
const cases: readonly (readonly [name: string, left: Affine, right: Affine])[] = [
  ['two points', A, B],
  ['a point and itself', A, A],
  ['a point and its negative', A, negated(A)],
  ['points of one y', A, SAME_Y],
  ['a point and infinity', A, INFINITY],
  ['infinity and a point', INFINITY, B],
  ['infinity and infinity', INFINITY, INFINITY],
];

describe('EmbeddedCurveAdd', () => {
  for (const [name, left, right] of cases) {
    it(`adds ${name} as ACVM does`, async () => {
      for (const predicate of [constant(1), witness(1), witness(0), constant(0)]) {
        const run = await runBlackBox([...witnesses(coordinates(left, right)), predicate], 2, curveAdd);
        assertHonest(run);
        assertOutputsPinned(run);
      }
    });
  }

  it('rejects lies about any wire', async () => {
    const run = await runBlackBox([...witnesses(coordinates(A, B)), constant(1)], 2, curveAdd);
    assertLiesRejected(run, Number.POSITIVE_INFINITY);
    const gated = await runBlackBox([...witnesses(coordinates(A, B)), witness(1)], 2, curveAdd);
    assertLiesRejected(gated, Number.POSITIVE_INFINITY);
  });

  it('adds random multiples', async () => {
    const scalar = fc.integer({ min: 1, max: 2 ** 30 }).map(BigInt);
    await fc.assert(
      fc.asyncProperty(scalar, scalar, async (left, right) => {
        const args = witnesses([...coordinates(multiple(left), multiple(right)), 1n]);
        const run = await runBlackBox(args, 2, curveAdd);
        assertHonest(run);
        const sum = multiple(left + right);
        assert.deepEqual(run.outputs, [sum.x, sum.y]);
      }),
      { numRuns: 5, seed: 3 },
    );
  });

  it('folds constants', async () => {
    const both = await runBlackBox([...constants(coordinates(A, B)), constant(1)], 2, curveAdd);
    assertHonest(both);
    assert.equal(both.lowered.system.constraintCount, 2, 'the public outputs are pinned');
    const one = await runBlackBox(
      [...constants(coordinates(A)), ...witnesses(coordinates(B)), constant(1)],
      2,
      curveAdd,
    );
    assertHonest(one);
    assertOutputsPinned(one);
    assert.equal(one.lowered.system.constraintCount, 17);
  });

  it('refuses points off the curve', async () => {
    for (const off of [
      { x: 5n, y: 0n },
      { x: A.x, y: B.y },
      { x: 0n, y: 1n },
    ]) {
      const values = coordinates(off, B);
      await assert.rejects(
        execute(
          blackBoxProgram(witnesses([...values, 1n]), 2, curveAdd),
          new Map([...values, 1n].map((value, index) => [index, value])),
        ),
      );
      for (const sum of [INFINITY, B, A])
        assertUnsatisfied([...witnesses(values), constant(1)], coordinates(sum), curveAdd);
      assertThrowsCode(
        () => lowerProgram(blackBoxProgram(constants([...values, 1n]), 2, curveAdd)),
        'UNSATISFIABLE_PROGRAM',
      );
    }
  });

  it('accepts any operands under a predicate of 0', async () => {
    for (const values of [
      [5n, 0n, 5n, 0n],
      [7n, 8n, 7n, 8n],
      [1n, 2n, 1n, P - 2n],
      [0n, 1n, 3n, 1n],
    ]) {
      for (const predicate of [constant(0), witness(0)]) {
        const run = await runBlackBox([...witnesses(values), predicate], 2, curveAdd);
        assertHonest(run);
        assert.deepEqual(run.outputs, [0n, 0n]);
        assertOutputsPinned(run);
      }
    }
  });

  it('stands in a folded function that may be switched off', async () => {
    const withPredicate = [...coordinates(A, B), 1n];
    assert.equal(await assertGated(withPredicate, 2, curveAdd, 1n), 38);
    assert.equal(await assertGated([5n, 0n, 5n, 0n, 1n], 2, curveAdd, 0n), 38);
  });

  it('costs 26 rows, and 31 under a predicate that varies', async () => {
    const values = witnesses(coordinates(A, B));
    const fixed = await runBlackBox([...values, constant(1)], 2, curveAdd);
    const varying = await runBlackBox([...values, witness(1)], 2, curveAdd);
    assert.equal(fixed.lowered.system.constraintCount, 26);
    assert.equal(varying.lowered.system.constraintCount, 31);
  });
});

describe('EmbeddedCurveAdd with infinity flags', () => {
  const flagged = (point: Affine): bigint[] => [point.x, point.y, point.x === 0n && point.y === 0n ? 1n : 0n];

  for (const [name, left, right] of cases) {
    it(`adds ${name}`, async () => {
      const plain = await runBlackBox(witnesses([...coordinates(left, right), 1n]), 2, curveAdd);
      const expected = flagged({ x: plain.outputs[0] ?? 0n, y: plain.outputs[1] ?? 0n });
      const values = witnesses([...flagged(left), ...flagged(right)]);
      for (const predicate of [constant(1), witness(1)]) {
        const run = await runBlackBox([...values, predicate], 3, flaggedCurveAdd, expected);
        assertHonest(run);
        assertOutputsPinned(run);
      }
      const off = await runBlackBox([...values, witness(0)], 3, flaggedCurveAdd, [0n, 0n, 1n]);
      assertHonest(off);
      assertOutputsPinned(off);
    });
  }

  it('ignores the coordinates of flagged points', async () => {
    const args = witnesses([...flagged(A), 4n, 5n, 1n]);
    const run = await runBlackBox([...args, constant(1)], 3, flaggedCurveAdd, flagged(A));
    assertHonest(run);
    assertOutputsPinned(run);
  });

  it('has one solution for operands off the curve', async () => {
    for (const [values, expected] of [
      [
        [5n, 0n, 0n, 5n, 0n, 0n],
        [5615n, P - 420750n, 0n],
      ],
      [
        [0n, 0n, 0n, 0n, 0n, 0n],
        [0n, 0n, 0n],
      ],
      [
        [5n, 1n, 0n, 5n, 2n, 0n],
        [0n, 0n, 1n],
      ],
      [
        [5n, 1n, 0n, 6n, 1n, 0n],
        [P - 11n, P - 1n, 0n],
      ],
    ] as const) {
      const run = await runBlackBox([...witnesses(values), constant(1)], 3, flaggedCurveAdd, expected);
      assertHonest(run);
      assertOutputsPinned(run);
    }
  });

  it('refuses a flag that is not boolean while it is on', () => {
    const values = witnesses([A.x, A.y, 2n, B.x, B.y, 0n]);
    const sum = multiple(123456789n + 987654321n);
    assertUnsatisfied([...values, constant(1)], [sum.x, sum.y, 0n], flaggedCurveAdd);
  });

  it('costs 25 rows', async () => {
    const sum = multiple(123456789n + 987654321n);
    const args = [...witnesses([...flagged(A), ...flagged(B)]), constant(1)];
    const run = await runBlackBox(args, 3, flaggedCurveAdd, [sum.x, sum.y, 0n]);
    assert.equal(run.lowered.system.constraintCount, 25);
    assertLiesRejected(run, Number.POSITIVE_INFINITY);
  });
});
