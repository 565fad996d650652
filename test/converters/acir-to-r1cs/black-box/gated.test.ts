import assert from 'node:assert/strict';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import type { AcirWitness, FunctionInput, WitnessFrame } from '../../../../src/acir/types.ts';
import { checkWitness } from '../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../src/witness/index.ts';
import type { MakeCall } from './support/black-box.ts';
import { assertGated, gatedProgram } from './support/curves.ts';

const ZERO: FunctionInput = { kind: 'constant', value: 0n };

interface Case {
  readonly name: string;
  readonly inputCount: number;
  readonly outputCount: number;
  readonly call: MakeCall;
}

const CASES: readonly Case[] = [
  {
    name: 'xor',
    inputCount: 2,
    outputCount: 1,
    call: ([left = ZERO, right = ZERO], [output = 0 as AcirWitness]) => ({
      name: 'xor',
      left,
      right,
      bits: 32,
      output,
    }),
  },
  {
    name: 'sha256-compression',
    inputCount: 24,
    outputCount: 8,
    call: (inputs, outputs) => ({
      name: 'sha256-compression',
      inputs: inputs.slice(0, 16),
      state: inputs.slice(16),
      outputs,
    }),
  },
  {
    name: 'poseidon2-permutation',
    inputCount: 4,
    outputCount: 4,
    call: (inputs, outputs) => ({ name: 'poseidon2-permutation', inputs, outputs }),
  },
  {
    name: 'aes128-encrypt',
    inputCount: 48,
    outputCount: 16,
    call: (inputs, outputs) => ({
      name: 'aes128-encrypt',
      iv: inputs.slice(0, 16),
      key: inputs.slice(16, 32),
      inputs: inputs.slice(32),
      outputs,
    }),
  },
  { name: 'blake2s', inputCount: 3, outputCount: 32, call: digest('blake2s') },
  { name: 'blake3', inputCount: 3, outputCount: 32, call: digest('blake3') },
];

function digest(name: 'blake2s' | 'blake3'): MakeCall {
  return (inputs, outputs) => ({ name, inputs, outputs });
}

/** Keccak-256 of as many of four bytes as the last argument says. */
const KECCAK256_PREFIX: MakeCall = (inputs, outputs) => ({
  name: 'keccak256',
  inputs: inputs.slice(0, -1),
  messageSize: inputs.at(-1) ?? ZERO,
  outputs,
});

/** Keccak-f[1600] so: fixtures/noir/folds/off-keccakf1600.nr. */
describe('hashes and bitwise black boxes in calls with a predicate', () => {
  for (const { name, inputCount, outputCount, call } of CASES) {
    it(`${name} accepts the call when it is on, and any inputs when it is off`, async () => {
      const bytes = Array.from({ length: inputCount }, (_, index) => BigInt((index * 77 + 13) % 256));
      await assertGated(bytes, outputCount, call, 1n);
      const wide = bytes.map(byte => byte + (1n << 100n));
      await assertGated(wide, outputCount, call, 0n);
    });
  }

  it('keccak256 with a witness for its size hashes when it is on, and takes any size when it is off', () => {
    const { system, recipe } = lowerProgram(gatedProgram(5, 32, KECCAK256_PREFIX));
    const isSatisfied = (stack: readonly WitnessFrame[]): boolean =>
      checkWitness(system, solveWires(recipe, stack)) === undefined;
    const isOff = (inputs: readonly bigint[], first: bigint): boolean =>
      isSatisfied([frame(0, [...inputs, 0n, first, ...new Array<bigint>(31).fill(0n)])]);
    assert.ok(isOff([1n, 2n, 3n, 4n, 3n], 0n));
    assert.ok(isOff([256n, 2n, 1n << 200n, 4n, 5n], 0n), 'neither bytes nor a size of the message');
    assert.ok(!isOff([1n, 2n, 3n, 4n, 3n], 1n), 'another output than 0');
    const accepts = (size: number, hashed: number): boolean => {
      const output = Array.from(keccak_256(Uint8Array.from([1, 2, 3, 4].slice(0, hashed))), BigInt);
      const inputs = [1n, 2n, 3n, 4n, BigInt(size)];
      return isSatisfied([frame(1, [...inputs, ...output]), frame(0, [...inputs, 1n, ...output])]);
    };
    for (const size of [0, 3, 4]) assert.ok(accepts(size, size), `size ${size}`);
    assert.ok(!accepts(3, 4), 'the digest of another prefix');
    assert.ok(!accepts(5, 4), 'a size beyond the message');
  });
});

function frame(functionIndex: number, values: readonly bigint[]): WitnessFrame {
  return { functionIndex, witnesses: new Map(values.map((value, index) => [index, value])) };
}
