import assert from 'node:assert/strict';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { checkWitness } from '../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../src/witness/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  blackBoxProgram,
  constant,
  constants,
  type MakeCall,
  publicWitness,
  runBlackBox,
  stackOf,
  witnesses,
} from './support/black-box.ts';

const permutation: MakeCall = (inputs, outputs) => ({ name: 'keccakf1600', inputs, outputs });

const hash: MakeCall = (inputs, outputs) => ({ name: 'keccak256', inputs, outputs });

/** The last argument is the size. */
const hashPrefix: MakeCall = (inputs, outputs) => ({
  name: 'keccak256',
  inputs: inputs.slice(0, -1),
  messageSize: inputs.at(-1) ?? { kind: 'constant', value: 0n },
  outputs,
});

const keccak256 = (bytes: readonly number[]): bigint[] =>
  Array.from(keccak_256(Uint8Array.from(bytes)), BigInt);

const pattern = (length: number): number[] =>
  Array.from({ length }, (_, index) => (index * 89 + length) & 255);

describe('keccakf1600', () => {
  it('permutes the zero state to the published lanes, from constants without a row but the outputs', async () => {
    const run = await runBlackBox(constants(new Array<number>(25).fill(0)), 25, permutation);
    assert.equal(run.outputs[0], 0xf1258f7940e1dde7n);
    assert.equal(run.outputs[24], 0xeaf1ff7b5ceca249n);
    assertHonest(run);
    assert.equal(run.lowered.system.constraintCount, 25);
  });

  it('agrees with ACVM, and rejects lies about outputs and inner wires and lanes that are too wide', async () => {
    const lanes = Array.from({ length: 25 }, (_, index) => (2n ** 64n - 1n) / BigInt(2 * index + 1));
    const [first = 0n, ...others] = lanes;
    const run = await runBlackBox([publicWitness(first), ...witnesses(others)], 25, permutation);
    assertHonest(run);
    assertLiesRejected(run);
    const values = [first + 2n ** 64n, ...others, ...run.outputs];
    assert.ok(checkWitness(run.lowered.system, solveWires(run.lowered.recipe, stackOf(values))));
  });
});

describe('keccak256 of old releases', () => {
  it('pads: constant messages fold to the right digest at every length around a block', async () => {
    for (const length of [0, 3, 135, 136, 137, 272]) {
      const run = await runBlackBox(constants(pattern(length)), 32, hash, keccak256(pattern(length)));
      assertHonest(run);
      assertLiesRejected(run, 1);
    }
  });

  it('hashes as many bytes as a constant size says, and refuses a size beyond the message', async () => {
    const args = [...constants(pattern(140)), constant(100)];
    const run = await runBlackBox(args, 32, hashPrefix, keccak256(pattern(140).slice(0, 100)));
    assertHonest(run);
    assertThrowsCode(
      () => lowerProgram(blackBoxProgram([...constants(pattern(3)), constant(4)], 32, hashPrefix)),
      'UNSATISFIABLE_PROGRAM',
      'The program demands that Keccak-256 takes 4 of 3 bytes, so no input satisfies it: keccak256, opcode 0 of main. Correct the assertion in the Noir source.',
    );
  });

  it('hashes as many bytes as a witness says, within a block or beyond, and rejects every other digest', () => {
    const bytes = pattern(137);
    const args = [...witnesses(bytes.slice(0, 2)), ...constants(bytes.slice(2)), publicWitness(0)];
    const { system, recipe } = lowerProgram(blackBoxProgram(args, 32, hashPrefix));
    const check = (size: number, digest: readonly bigint[]) => {
      const inputs = [...bytes.slice(0, 2), size].map(BigInt);
      return checkWitness(system, solveWires(recipe, stackOf([...inputs, ...digest])));
    };
    for (const size of [0, 1, 135, 136, 137])
      assert.equal(check(size, keccak256(bytes.slice(0, size)))?.place, undefined, `size ${size}`);
    for (const [size, hashed] of [
      [1, 2],
      [136, 135],
      [137, 136],
      [138, 137],
    ] as const)
      assert.ok(check(size, keccak256(bytes.slice(0, hashed))), `size ${size} with the digest of ${hashed}`);
  });
});
