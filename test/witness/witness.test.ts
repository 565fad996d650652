import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { WitnessFrame } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME, invertOrZero, mod } from '../../src/field/index.ts';
import {
  createCoefficientTable,
  createRowBuffer,
  endRow,
  finishRows,
  intern,
  pushTerm,
} from '../../src/r1cs/index.ts';
import { matchFrames, solveWires } from '../../src/witness/index.ts';
import { type CallInstance, type Recipe, STEP_KINDS, type StepKind } from '../../src/witness/types.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { expression } from '../support/program-text.ts';

const P = BN254_SCALAR_PRIME;

function frame(functionIndex: number, ...values: readonly bigint[]): WitnessFrame {
  return { functionIndex, witnesses: new Map(values.map((value, index) => [index, value] as const)) };
}

function call(instance: number, functionIndex: number, ...children: readonly CallInstance[]): CallInstance {
  return { instance, functionIndex, children };
}

interface TestStep {
  readonly kind: StepKind;
  /** Terms (slot, coefficient) of each operand. */
  readonly operands: readonly (readonly (readonly [number, bigint])[])[];
  readonly first: number;
  readonly size?: number;
  readonly parameter?: bigint;
}

/** Slots 1..inputs copy witnesses 0.. of main; steps fill the others; every slot is a wire. */
function recipeOf(inputs: number, slotCount: number, steps: readonly TestStep[]): Recipe {
  const table = createCoefficientTable(P);
  const forms = createRowBuffer();
  const operands: number[] = [];
  for (const step of steps) {
    operands.push(forms.starts.length - 1);
    for (const operand of step.operands) {
      for (const [slot, value] of operand) pushTerm(forms, slot, intern(table, value));
      endRow(forms);
    }
  }
  const parameters = steps.map(({ parameter }) => intern(table, parameter ?? 0n));
  const slots = Array.from({ length: inputs }, (_, index) => index);
  return {
    prime: P,
    slotCount,
    wireSlots: Uint32Array.from({ length: slotCount }, (_, slot) => slot),
    calls: call(0, 0),
    copies: {
      slots: Uint32Array.from(slots, slot => slot + 1),
      instances: new Uint32Array(inputs),
      witnesses: Uint32Array.from(slots),
    },
    steps: {
      kinds: Uint8Array.from(steps, ({ kind }) => STEP_KINDS.indexOf(kind)),
      operands: Uint32Array.from(operands),
      firsts: Uint32Array.from(steps, ({ first }) => first),
      sizes: Uint32Array.from(steps, ({ size }) => size ?? 1),
      parameters: Uint32Array.from(parameters),
      forms: finishRows(forms),
      coefficients: table.values,
    },
  };
}

describe('the solver', () => {
  it('copies witnesses, and takes 0 for those that were never assigned', () => {
    assert.deepEqual(solveWires(recipeOf(2, 4, []), [frame(0, 7n)]), [1n, 7n, 0n, 0n]);
  });

  it('runs every kind of step', () => {
    const [x, y]: [bigint, bigint] = [P - 5n, 12n];
    const steps: TestStep[] = [
      { kind: 'product', operands: [[[1, 1n]], [[2, 3n]]], first: 3 },
      {
        kind: 'linear',
        operands: [
          [
            [1, 1n],
            [2, 2n],
            [0, -1n],
          ],
        ],
        first: 4,
      },
      { kind: 'inverse', operands: [[[2, 1n]]], first: 5 },
      { kind: 'inverse', operands: [[]], first: 6 },
      { kind: 'divide', operands: [[[2, 1n]]], first: 7, size: 2, parameter: 5n },
      { kind: 'bits', operands: [[[2, 1n]]], first: 9, size: 4 },
      {
        kind: 'one-hot',
        operands: [
          [
            [2, 1n],
            [0, -10n],
          ],
        ],
        first: 13,
        size: 4,
      },
      { kind: 'quotient', operands: [[[1, 1n]], [[2, 1n]]], first: 17 },
      { kind: 'one-hot', operands: [[[1, 1n]]], first: 18, size: 2 },
      { kind: 'quotient', operands: [[[1, 1n]], []], first: 20 },
    ];
    const wires = solveWires(recipeOf(2, 21, steps), [frame(0, x, y)]);
    assert.deepEqual(wires.slice(3), [
      mod(x * 36n, P),
      mod(x + 23n, P),
      invertOrZero(y, P),
      0n,
      2n,
      2n,
      ...[0n, 0n, 1n, 1n],
      ...[0n, 0n, 1n, 0n],
      mod(x * invertOrZero(y, P), P),
      ...[0n, 0n],
      0n,
    ]);
  });

  it('splits values of any width into bits', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, P - 1n), fc.integer({ min: 1, max: 254 }), (value, size) => {
        const step: TestStep = { kind: 'bits', operands: [[[1, 1n]]], first: 2, size };
        const bits = solveWires(recipeOf(1, size + 2, [step]), [frame(0, value)]).slice(2);
        assert.equal(
          bits.reduce((sum, bit, index) => sum + (bit << BigInt(index)), 0n),
          value % 2n ** BigInt(size),
        );
      }),
      { seed: 6, numRuns: 60 },
    );
  });
});

describe('matching frames', () => {
  const tree = call(0, 0, call(1, 1, call(2, 2)), call(3, 2), call(4, 1, call(5, 2)));
  const stack = [frame(2, 20n), frame(1, 10n), frame(2, 30n), frame(2, 50n), frame(1, 40n), frame(0)];

  it('finds the frame of each call from the order of completion', () => {
    const frames = matchFrames(tree, stack, P);
    assert.deepEqual(
      [1, 2, 3, 4, 5].map(instance => frames.get(instance)?.witnesses.get(0)),
      [10n, 20n, 30n, 40n, 50n],
    );
  });

  it('skips calls whose predicate is 0 together with their descendants', () => {
    const optional = { ...call(1, 1, call(2, 2)), predicate: expression('w0*w1 - w1 + 1 - w2') };
    const off = matchFrames(call(0, 0, optional, call(3, 2)), [frame(2, 3n), frame(0, 5n, 0n, 1n)], P);
    assert.deepEqual([...off.keys()].sort(), [0, 3]);
    const on = matchFrames(
      call(0, 0, optional, call(3, 2)),
      [frame(2), frame(1), frame(2), frame(0, 5n, 0n, 0n)],
      P,
    );
    assert.deepEqual([...on.keys()].sort(), [0, 1, 2, 3]);
  });

  for (const [name, frames, problem] of [
    [
      'with a frame too many',
      [frame(1), ...stack],
      'expected no further frame, found one of function 1, at frame 1',
    ],
    ['with a frame missing', stack.slice(1), 'expected a frame of function 2, found none, at frame 0'],
    [
      'of another program',
      [frame(3), ...stack.slice(1)],
      'expected a frame of function 2, found one of function 3, at frame 0',
    ],
    ['without frames', [], 'expected a frame of function 0, found none, at frame 0'],
  ] as const) {
    it(`refuses a stack ${name}`, () => {
      assertThrowsCode(
        () => matchFrames(tree, frames, P),
        'MALFORMED_WITNESS',
        `The witness stack does not fit the program: ${problem}. Solve the witness with the artifact that was lowered.`,
      );
    });
  }
});
