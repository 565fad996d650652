import type { AcirWitness, FunctionInput } from '../../../../src/acir/types.ts';
import type { MakeCall } from './support/black-box.ts';
import { assertGated } from './support/curves.ts';

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
];

describe('hashes and bitwise black boxes in calls with a predicate', () => {
  for (const { name, inputCount, outputCount, call } of CASES) {
    it(`${name} accepts the call when it is on, and any inputs when it is off`, async () => {
      const bytes = Array.from({ length: inputCount }, (_, index) => BigInt((index * 77 + 13) % 256));
      await assertGated(bytes, outputCount, call, 1n);
      const wide = bytes.map(byte => byte + (1n << 100n));
      await assertGated(wide, outputCount, call, 0n);
    });
  }
});
