import assert from 'node:assert/strict';
import fc from 'fast-check';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import type { FunctionInput } from '../../../../src/acir/types.ts';
import { checkWitness } from '../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../src/witness/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  blackBoxProgram,
  constant,
  type MakeCall,
  publicWitness,
  runBlackBox,
  stackOf,
  witness,
} from './support/black-box.ts';

const ZERO: FunctionInput = { kind: 'constant', value: 0n };

const bitwise =
  (name: 'and' | 'xor', bits: number): MakeCall =>
  ([left = ZERO, right = ZERO], [output = 0 as never]) => ({ name, left, right, bits, output });

/** Both on the same operands, then XOR of the two outputs. */
const chained: MakeCall = (
  [left = ZERO, right = ZERO],
  [and = 0 as never, xor = 0 as never, or = 0 as never],
) => [
  { name: 'and', left, right, bits: 32, output: and },
  { name: 'xor', left, right, bits: 32, output: xor },
  {
    name: 'xor',
    left: { kind: 'witness', witness: and },
    right: { kind: 'witness', witness: xor },
    bits: 32,
    output: or,
  },
];

describe('AND and XOR', () => {
  it('agree with ACVM for all widths and operands, constant or not', async () => {
    const operand = (width: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(width)) - 1n });
    const cases = fc
      .integer({ min: 1, max: 128 })
      .chain(width =>
        fc.tuple(fc.constant(width), operand(width), operand(width), fc.boolean(), fc.boolean()),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ([width, left, right, isXor, isConstant]) => {
        const args = [witness(left), isConstant ? constant(right) : witness(right)];
        const run = await runBlackBox(args, 1, bitwise(isXor ? 'xor' : 'and', width));
        assert.equal(run.outputs[0], isXor ? left ^ right : left & right);
        assertHonest(run);
        if (!isConstant) assertLiesRejected(run, 4);
      }),
      { numRuns: 25, seed: 20 },
    );
  });

  it('share operands and products, and take outputs as bits', async () => {
    const run = await runBlackBox([witness(0xdeadbeefn), witness(0x12345678n)], 3, chained);
    assert.deepEqual(run.outputs[2], 0xdeadbeefn | 0x12345678n);
    assertHonest(run);
    assertLiesRejected(run);
    // 64 bits of operands, 32 products, 32 products of outputs, and at most a row an output.
    assert.ok(run.lowered.system.constraintCount <= 128 + 3);
  });

  it('reject operands that are too wide, though no RANGE says so', () => {
    for (const name of ['and', 'xor'] as const) {
      const args = [publicWitness(0n), publicWitness(0n)];
      const { system, recipe } = lowerProgram(blackBoxProgram(args, 1, bitwise(name, 8)));
      for (const [left, right] of [
        [256n, 3n],
        [3n, 256n],
        [-1n, 3n],
      ] as const) {
        const values = [left, right].map(value => ((value % system.prime) + system.prime) % system.prime);
        const output = name === 'and' ? left & right & 255n : (left ^ right) & 255n;
        assert.ok(checkWitness(system, solveWires(recipe, stackOf([...values, output]))));
      }
    }
  });

  it('refuse a constant that is too wide', () => {
    assertThrowsCode(
      () => lowerProgram(blackBoxProgram([witness(0n), constant(256n)], 1, bitwise('and', 8))),
      'UNSATISFIABLE_PROGRAM',
      'The program demands that the constant 256 fits 8 bits, so no input satisfies it: and, opcode 0 of main. Correct the assertion in the Noir source.',
    );
  });

  it('refuse widths whose decomposition is not unique in the field', () => {
    assertThrowsCode(
      () => lowerProgram(blackBoxProgram([witness(0n), witness(0n)], 1, bitwise('xor', 254))),
      'UNSUPPORTED_OPCODE',
      'The program asks for xor on 254 bits, but at most 253 are supported: xor, opcode 0 of main. Use integers of 128 bits or less.',
    );
  });
});
