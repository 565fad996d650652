import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { keccak_256 } from '@noble/hashes/sha3.js';
import fc from 'fast-check';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import type { FunctionInput, Program } from '../../../../src/acir/types.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { blackBoxProgram, constants, type MakeCall, witnesses } from './support/black-box.ts';
import {
  acceptsValues,
  assertEditsRejected,
  assertGatedByLookups,
  assertSwapsRejected,
  runByLookups,
} from './support/lookup-runs.ts';

const compression: MakeCall = (inputs, outputs) => ({
  name: 'sha256-compression',
  inputs: inputs.slice(0, 16),
  state: inputs.slice(16),
  outputs,
});
const keccakf: MakeCall = (inputs, outputs) => ({ name: 'keccakf1600', inputs, outputs });
const aes: MakeCall = (args, outputs) => ({
  name: 'aes128-encrypt',
  iv: args.slice(0, 16),
  key: args.slice(16, 32),
  inputs: args.slice(32),
  outputs,
});
const byteHash =
  (name: 'blake2s' | 'blake3' | 'sha256'): MakeCall =>
  (inputs, outputs) => ({ name, inputs, outputs });

/** AND and XOR in turn, of neighbouring arguments. */
const bitwise =
  (bits: number): MakeCall =>
  (inputs, outputs) =>
    outputs.map((output, index) => {
      const at = (offset: number): FunctionInput => inputs[index + offset] ?? { kind: 'constant', value: 0n };
      return {
        name: index % 2 === 0 ? ('and' as const) : ('xor' as const),
        left: at(0),
        right: at(1),
        bits,
        output,
      };
    });

/** Words with extremes among them. */
const wordsOf = (count: number, bits: number, seed: number): bigint[] =>
  Array.from({ length: count }, (_, index) => {
    const mask = (1n << BigInt(bits)) - 1n;
    if ((index + seed) % 5 === 0) return mask;
    if ((index + seed) % 7 === 0) return 0n;
    return (BigInt(index + seed + 1) * 0x9e3779b97f4a7c15n) & mask;
  });

const inputs = (count: number) => witnesses(new Array<number>(count).fill(0));
const rowsOf = (program: Program): { all: number; apart: number } => {
  const { system, lookups } = lowerProgram(program, { lookups: {} });
  return { all: system.constraintCount, apart: system.constraintCount - (lookups?.tableRowCount ?? 0) };
};

describe('sha256 by lookups', () => {
  it('agrees with ACVM on a compression, and rejects edits and wide words', async () => {
    const run = await runByLookups(witnesses(wordsOf(24, 32, 3)), 8, compression);
    assertEditsRejected(run, 40);
    assertSwapsRejected(run, 200);
    const values = [...wordsOf(24, 32, 3), ...run.outputs];
    for (const index of [0, 5, 15, 16, 17, 20, 23])
      assert.equal(
        acceptsValues(run.lowered, values.with(index, (values[index] ?? 0n) + (1n << 32n))),
        false,
      );
  });

  it('folds constants, and hashes bytes of old releases over two blocks', async () => {
    const bytes = Array.from({ length: 70 }, (_, index) => (index * 89) & 255);
    const digest = Array.from(createHash('sha256').update(Uint8Array.from(bytes)).digest(), BigInt);
    const folded = await runByLookups(constants(bytes), 32, byteHash('sha256'), digest);
    assert.equal(folded.lowered.system.constraintCount, 32);
    const args = [...constants(bytes.slice(0, 20)), ...witnesses(bytes.slice(20))];
    const run = await runByLookups(args, 32, byteHash('sha256'), digest);
    assertEditsRejected(run, 20);
    assert.equal(
      acceptsValues(
        run.lowered,
        [...bytes.slice(20).map(BigInt), ...digest].with(0, 256n + BigInt(bytes[20] ?? 0)),
      ),
      false,
    );
  });
});

describe('keccak by lookups', () => {
  it('agrees with ACVM on a permutation, and rejects edits and wide lanes', async () => {
    const lanes = wordsOf(25, 64, 1);
    const run = await runByLookups(witnesses(lanes), 25, keccakf);
    assertEditsRejected(run, 8);
    const wide = [...lanes, ...run.outputs].with(7, (lanes[7] ?? 0n) + (1n << 64n));
    assert.equal(acceptsValues(run.lowered, wide), false);
  });

  it('hashes constants and witnesses of old releases over two blocks', async () => {
    const bytes = Array.from({ length: 150 }, (_, index) => (index * 37) & 255);
    const digest = Array.from(keccak_256(Uint8Array.from(bytes)), BigInt);
    const hash: MakeCall = (message, outputs) => ({ name: 'keccak256', inputs: message, outputs });
    const args = [...constants(bytes.slice(0, 140)), ...witnesses(bytes.slice(140))];
    const run = await runByLookups(args, 32, hash, digest);
    assertEditsRejected(run, 2);
  });
});

describe('blake2s and blake3 by lookups', () => {
  for (const name of ['blake2s', 'blake3'] as const) {
    it(`${name} agrees with ACVM around a block, and rejects edits and wide bytes`, async () => {
      for (const length of [0, 5, 64, 65]) {
        const bytes = wordsOf(length, 8, length);
        const run = await runByLookups(witnesses(bytes), 32, byteHash(name));
        assertEditsRejected(run, length === 65 ? 60 : 5);
        if (length === 0) continue;
        const wide = [...bytes, ...run.outputs].with(0, (bytes[0] ?? 0n) + 256n);
        assert.equal(acceptsValues(run.lowered, wide), false);
      }
    });
  }

  it('joins the chunks of blake3 in a tree', async () => {
    const args = [...constants(wordsOf(1100, 8, 4)), ...witnesses(wordsOf(10, 8, 9))];
    await runByLookups(args, 32, byteHash('blake3'));
  });
});

describe('aes by lookups', () => {
  it('agrees with ACVM, and rejects edits and wide bytes', async () => {
    for (const blocks of [1, 2]) {
      const bytes = wordsOf(32 + 16 * blocks, 8, blocks);
      const run = await runByLookups(witnesses(bytes), 16 * blocks, aes);
      assertEditsRejected(run, 40);
      for (const index of [0, 20, 40]) {
        const wide = [...bytes, ...run.outputs].with(index, (bytes[index] ?? 0n) + 256n);
        assert.equal(acceptsValues(run.lowered, wide), false);
      }
    }
  });
});

describe('and and xor by lookups', () => {
  for (const bits of [4, 13, 32, 64]) {
    it(`agree with ACVM on words of ${bits} bits, and reject edits and wide words`, async () => {
      const words = wordsOf(121, bits, bits);
      const run = await runByLookups(witnesses(words), 120, bitwise(bits));
      assert.ok((run.lowered.lookups?.tables ?? []).some(({ name }) => name === 'and'));
      assertEditsRejected(run, 20);
      assertSwapsRejected(run, 50);
      const wide = [...words, ...run.outputs].with(3, (words[3] ?? 0n) + (1n << BigInt(bits)));
      assert.equal(acceptsValues(run.lowered, wide), false);
    });
  }

  it('share the lookups of an AND and a XOR of the same operands', async () => {
    const both: MakeCall = (args, outputs) =>
      outputs.map((output, index) => {
        const [left, right] = [args[index >> 1], args[(index >> 1) + 1]];
        assert.ok(left && right);
        return { name: index % 2 === 0 ? 'xor' : 'and', left, right, bits: 32, output };
      });
    const run = await runByLookups(witnesses(wordsOf(51, 32, 2)), 100, both);
    const table = run.lowered.lookups?.tables.find(({ name }) => name === 'and');
    const chunk = Math.log2(table?.rowCount ?? 1) / 2;
    assert.equal(table?.lookupCount, 50 * Math.ceil(32 / chunk));
    assertEditsRejected(run, 30);
  });

  it('are never dearer than bits: a few take the rows of bits, and many of any width fewer', () => {
    const rows = (count: number, bits: number): readonly [number, number] => {
      const program = blackBoxProgram(inputs(count + 1), count, bitwise(bits));
      return [rowsOf(program).all, lowerProgram(program).system.constraintCount];
    };
    for (const bits of [1, 3, 8, 32, 65]) {
      for (const count of [1, 4, 12, 50]) {
        const [looked, plain] = rows(count, bits);
        assert.ok(looked <= plain, `${count} of ${bits} bits: ${looked} rows, ${plain} by bits`);
      }
    }
  });
});

describe('words looked up in calls with a predicate', () => {
  const cases: readonly (readonly [name: string, inputCount: number, outputCount: number, call: MakeCall])[] =
    [
      ['and and xor', 101, 100, bitwise(32)],
      ['sha256-compression', 24, 8, compression],
      ['blake2s', 6, 32, byteHash('blake2s')],
      ['aes128-encrypt', 48, 16, aes],
    ];
  for (const [name, inputCount, outputCount, call] of cases) {
    it(`${name} accept the call when it is on, and any inputs and only zeros when it is off`, async () => {
      const bytes = wordsOf(inputCount, 8, 6);
      await assertGatedByLookups(bytes, outputCount, call, 1n);
      const wide = bytes.map(byte => byte + (1n << 100n));
      await assertGatedByLookups(wide, outputCount, call, 0n);
    });
  }
});

describe('the cost of words looked up', () => {
  const byBox = {
    'and and xor 32, 64 of them': blackBoxProgram(inputs(65), 64, bitwise(32)),
    'sha256-compression': blackBoxProgram(inputs(24), 8, compression),
    'blake2s of 64 bytes': blackBoxProgram(inputs(64), 32, byteHash('blake2s')),
    'blake3 of 64 bytes': blackBoxProgram(inputs(64), 32, byteHash('blake3')),
    keccakf1600: blackBoxProgram(inputs(25), 25, keccakf),
    'aes128-encrypt of 16 bytes': blackBoxProgram(inputs(48), 16, aes),
    'aes128-encrypt of 32 bytes': blackBoxProgram(inputs(64), 32, aes),
  };

  it('is pinned, tables included', () => {
    const systems = Object.entries(byBox).map(
      ([name, program]) => [name, lowerProgram(program, { lookups: {} }).system] as const,
    );
    pinCosts('hashes with lookups', Object.fromEntries(systems));
    const rows = new Map(systems.map(([name, { constraintCount }]) => [name, constraintCount]));
    assert.ok((rows.get('sha256-compression') ?? Number.POSITIVE_INFINITY) <= 11_000);
    assert.ok((rows.get('keccakf1600') ?? Number.POSITIVE_INFINITY) <= 60_000);
    assert.ok(rowsOf(byBox['and and xor 32, 64 of them']).apart <= 24 * 64);
  });
});

describe('the chunks of word tables', () => {
  it('grow with the number of uses', () => {
    const rows = (count: number): number =>
      rowsOf(blackBoxProgram(inputs(count + 1), count, bitwise(32))).all;
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 300 }), count => rows(2 * count) < 2 * rows(count)),
      { seed: 7, numRuns: 3 },
    );
  });
});
