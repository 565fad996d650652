import assert from 'node:assert/strict';
import { blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
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
  witness,
  witnesses,
} from './support/black-box.ts';

type Name = 'blake2s' | 'blake3';

const hash =
  (name: Name): MakeCall =>
  (inputs, outputs) => ({ name, inputs, outputs });

const ORACLES = { blake2s, blake3 };

const digest = (name: Name, bytes: readonly number[]): bigint[] =>
  Array.from(ORACLES[name](Uint8Array.from(bytes)), BigInt);

/** The input of Blake3's test vectors: 0, 1, ..., 250, 0, ... */
const pattern = (length: number): number[] => Array.from({ length }, (_, index) => index % 251);

const hexOf = (bytes: readonly bigint[]): string =>
  bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');

/** RFC 7693, appendix B; the empty input of Blake3's test vectors. */
const VECTORS = [
  ['blake2s', [...Buffer.from('abc')], '508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982'],
  ['blake3', [], 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'],
] as const;

for (const [name, message, expected] of VECTORS) {
  describe(name, () => {
    it('gives the published digest, from constants without a row but the outputs', async () => {
      const run = await runBlackBox(constants(message), 32, hash(name));
      assert.equal(hexOf(run.outputs), expected);
      assertHonest(run);
      assert.equal(run.lowered.system.constraintCount, 32);
    });

    it('folds constant messages of every length around blocks and chunks to the right digest', async () => {
      const lengths =
        name === 'blake2s' ? [0, 1, 63, 64, 65, 128, 129] : [1, 63, 64, 65, 1023, 1024, 1025, 3073];
      for (const length of lengths) {
        const run = await runBlackBox(
          constants(pattern(length)),
          32,
          hash(name),
          digest(name, pattern(length)),
        );
        assertHonest(run);
        assertLiesRejected(run, 1);
      }
    });

    it('agrees with ACVM and the reference, and rejects lies about outputs, inner wires and bytes', async () => {
      const [first = 0, ...others] = pattern(67).map(byte => 255 - byte);
      const run = await runBlackBox([publicWitness(first), ...witnesses(others)], 32, hash(name));
      assert.deepEqual(run.outputs, digest(name, [first, ...others]));
      assertHonest(run);
      assertLiesRejected(run);
      const values = [256 + first, ...others].map(BigInt);
      const { system, recipe } = run.lowered;
      assert.ok(checkWitness(system, solveWires(recipe, stackOf([...values, ...run.outputs]))));
    });
  });
}

describe('blake3 of several chunks', () => {
  it('joins them in a tree: a witness in the last of three', async () => {
    const bytes = pattern(2050);
    const args = [...constants(bytes.slice(0, -1)), witness(bytes.at(-1) ?? 0)];
    const run = await runBlackBox(args, 32, hash('blake3'), digest('blake3', bytes));
    assertHonest(run);
    assertLiesRejected(run);
  });
});
