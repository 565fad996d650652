import assert from 'node:assert/strict';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  type Argument,
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
  INFINITY,
  isSatisfied,
  limbs,
  multiple,
  multiScalarMul,
  N,
  rerun,
  valuesOf,
} from './support/curves.ts';

const A = multiple(123456789n);
const B = multiple(987654321n);
const SCALARS = [
  ...[0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 255n],
  ...[N - 1n, N - 2n, N - 3n, N - 4n, N >> 1n, (N >> 1n) + 1n, (N + 3n) / 4n, N / 3n],
  ...[(1n << 128n) - 1n, 1n << 128n, 1n << 253n, (N * 5n) / 7n],
];

/** No four ones in a row: the inverse of 0, which is free, is not among its wires. */
const ALTERNATING = ((1n << 253n) - 1n) / 3n;

const term = (point: Affine, scalar: bigint): bigint[] => [point.x, point.y, ...limbs(scalar)];

describe('MultiScalarMul', () => {
  it('multiplies a variable and a constant point as ACVM does', async () => {
    for (const point of [witnesses([A.x, A.y]), constants([A.x, A.y])]) {
      const first = await runBlackBox(
        [constant(1), ...point, ...witnesses(limbs(N / 3n))],
        2,
        multiScalarMul,
      );
      for (const scalar of SCALARS) {
        const run = await rerun(first, [...valuesOf(point), ...limbs(scalar)]);
        const expected = multiple(scalar, A);
        assert.deepEqual(run.outputs, [expected.x, expected.y]);
        assertHonest(run);
        if (scalar < 3n || scalar > N - 3n) assertOutputsPinned(run);
      }
    }
  });

  it('adds terms, equal, opposite or infinite ones too', async () => {
    for (const terms of [
      [term(A, 5n), term(B, 6n)],
      [term(A, 5n), term(A, 5n)],
      [term(A, 5n), term(A, N - 5n)],
      [term(A, 5n), term(INFINITY, 7n), term(B, 0n)],
    ]) {
      const run = await runBlackBox([constant(1), ...witnesses(terms.flat())], 2, multiScalarMul);
      assertHonest(run);
      assertOutputsPinned(run);
    }
  });

  it('takes constant scalars, points and limbs', async () => {
    const mixtures: readonly (readonly Argument[])[] = [
      constants(term(A, 77n)),
      [...witnesses([A.x, A.y]), ...constants(limbs(0n))],
      [...witnesses([A.x, A.y]), ...constants(limbs(6n))],
      [...constants([0n, 0n]), ...witnesses(limbs(6n))],
    ];
    for (const mixture of mixtures) {
      for (const predicate of [constant(1), witness(1), witness(0)]) {
        const run = await runBlackBox([predicate, ...mixture], 2, multiScalarMul);
        assertHonest(run);
        assertOutputsPinned(run);
      }
    }
  });

  it('is infinity without terms', async () => {
    const run = await runBlackBox([constant(1)], 2, multiScalarMul, [0n, 0n]);
    assertHonest(run);
    assertOutputsPinned(run);
  });

  it('rejects lies about any wire', async () => {
    const run = await runBlackBox(
      [
        constant(1),
        ...witnesses(term(A, ALTERNATING)),
        ...constants([B.x, B.y]),
        ...witnesses(limbs(ALTERNATING)),
      ],
      2,
      multiScalarMul,
    );
    assertLiesRejected(run, 60);
  });

  it('refuses scalars that are not canonical', async () => {
    const scalar = witnesses(limbs(N / 3n));
    const variable = await runBlackBox([constant(1), ...witnesses([A.x, A.y]), ...scalar], 2, multiScalarMul);
    const fixed = await runBlackBox([constant(1), ...constants([A.x, A.y]), ...scalar], 2, multiScalarMul);
    for (const [low, high] of [
      limbs(N),
      limbs(N + 1n),
      [0n, 1n << 126n],
      [1n << 128n, 0n],
      [(1n << 128n) + 5n, 3n],
      [0n, 1n << 128n],
    ] as const) {
      const values = [1n, A.x, A.y, low, high];
      const initial = new Map(values.map((value, index) => [index, value]));
      await assert.rejects(execute(blackBoxProgram(witnesses(values), 2, multiScalarMul), initial));
      const claimed = multiple(low + (high << 128n), A);
      for (const run of [variable, fixed]) {
        const point = run === variable ? [A.x, A.y] : [];
        assert.ok(!isSatisfied(run, [...point, low, high, claimed.x, claimed.y]));
      }
      assertThrowsCode(
        () => lowerProgram(blackBoxProgram([...constants(values)], 2, multiScalarMul)),
        'UNSATISFIABLE_PROGRAM',
      );
    }
  });

  it('refuses points off the curve', async () => {
    for (const [x, y] of [
      [5n, 0n],
      [A.x, B.y],
    ] as const) {
      for (const claimed of [INFINITY, A]) {
        const args = [constant(1), ...witnesses([x, y, 3n, 0n])];
        assertUnsatisfied(args, [claimed.x, claimed.y], multiScalarMul);
      }
      const program = blackBoxProgram(
        [constant(1), ...constants([x, y]), ...witnesses([3n, 0n])],
        2,
        multiScalarMul,
      );
      assertThrowsCode(() => lowerProgram(program), 'UNSATISFIABLE_PROGRAM');
      const guarded = [witness(1), ...constants([x, y]), ...witnesses([3n, 0n])];
      assertUnsatisfied(guarded, [0n, 0n], multiScalarMul);
    }
  });

  it('accepts anything under a predicate of 0', async () => {
    for (const values of [[5n, 0n, ...limbs(N)], [5n, 5n, 1n << 200n, 1n << 250n], term(A, 3n)]) {
      for (const args of [
        witnesses(values),
        [...constants(values.slice(0, 2)), ...witnesses(values.slice(2))],
      ]) {
        for (const predicate of [witness(0), constant(0)]) {
          const run = await runBlackBox([predicate, ...args], 2, multiScalarMul);
          assert.deepEqual(run.outputs, [0n, 0n]);
          assertHonest(run);
          assertOutputsPinned(run);
        }
      }
    }
  });

  it('stands in a folded function that may be switched off', async () => {
    await assertGated([1n, ...term(A, N - 3n)], 2, multiScalarMul, 1n);
    await assertGated([1n, 5n, 0n, ...limbs(N)], 2, multiScalarMul, 0n);
  });

  it('costs 2 085 rows a variable point and 923 a constant one', async () => {
    const scalar = witnesses(limbs(N / 7n));
    const variable = await runBlackBox([constant(1), ...witnesses([A.x, A.y]), ...scalar], 2, multiScalarMul);
    const fixed = await runBlackBox([constant(1), ...constants([A.x, A.y]), ...scalar], 2, multiScalarMul);
    assert.equal(variable.lowered.system.constraintCount, 2085);
    assert.equal(fixed.lowered.system.constraintCount, 923);
  });
});
