import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { checkWitness } from '../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../src/witness/index.ts';
import {
  assertHonest,
  assertLiesRejected,
  constants,
  type MakeCall,
  publicWitness,
  runBlackBox,
  stackOf,
  witnesses,
} from './support/black-box.ts';

const INITIAL_STATE = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** "abc", padded: FIPS 180-2, appendix B.1. */
const ABC_BLOCK = [0x61626380, ...new Array<number>(14).fill(0), 24];

const ABC_DIGEST = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

const compression: MakeCall = (inputs, outputs) => ({
  name: 'sha256-compression',
  inputs: inputs.slice(0, 16),
  state: inputs.slice(16),
  outputs,
});

const hash: MakeCall = (inputs, outputs) => ({ name: 'sha256', inputs, outputs });

const sha256 = (bytes: readonly number[]): bigint[] =>
  Array.from(createHash('sha256').update(Uint8Array.from(bytes)).digest(), BigInt);

const hexOf = (words: readonly bigint[]): string =>
  words.map(word => word.toString(16).padStart(8, '0')).join('');

describe('sha256-compression', () => {
  it('folds constants: the FIPS 180 digest of "abc" without a row but the outputs', async () => {
    const run = await runBlackBox(constants([...ABC_BLOCK, ...INITIAL_STATE]), 8, compression);
    assert.equal(hexOf(run.outputs), ABC_DIGEST);
    assertHonest(run);
    assert.equal(run.lowered.system.constraintCount, 8);
  });

  it('agrees with ACVM, takes an earlier state as bits, and rejects lies and wide words', async () => {
    const words = Array.from({ length: 24 }, (_, index) =>
      index % 3 === 0 ? 0xffffffff : index % 3 === 1 ? (index * 0x9e3779b9) >>> 0 : 0,
    );
    const [first = 0, ...others] = words;
    const run = await runBlackBox([publicWitness(first), ...witnesses(others)], 16, twice);
    assertHonest(run);
    assertLiesRejected(run);
    // 768 bits of inputs; a compression takes about 17 520 rows and nothing for a state whose bits are known.
    assert.ok(run.lowered.system.constraintCount < 768 + 2 * 17_540);
    const values = [2n ** 32n + BigInt(first), ...others.map(BigInt), ...run.outputs];
    assert.ok(checkWitness(run.lowered.system, solveWires(run.lowered.recipe, stackOf(values))));
  });
});

describe('sha256 of old releases', () => {
  it('pads: constant messages fold to the right digest at every length around a block', async () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120]) {
      const bytes = Array.from({ length }, (_, index) => (index * 31 + length) & 255);
      const run = await runBlackBox(constants(bytes), 32, hash, sha256(bytes));
      assertHonest(run);
      assertLiesRejected(run, 1);
    }
  });

  it('hashes witnesses among constants, and rejects every edited byte', async () => {
    const bytes = Array.from({ length: 70 }, (_, index) => (index * 89) & 255);
    const args = [...constants(bytes.slice(0, 65)), ...witnesses(bytes.slice(65))];
    const run = await runBlackBox(args, 32, hash, sha256(bytes));
    assertHonest(run);
    assertLiesRejected(run);
  });
});

/** A compression, and another of the same block into its result. */
const twice: MakeCall = (inputs, outputs) => {
  const first = outputs.slice(0, 8);
  const state = first.map(witness => ({ kind: 'witness' as const, witness }));
  return [
    compression(inputs, first),
    compression([...inputs.slice(0, 16), ...state], outputs.slice(8)),
  ].flat();
};
