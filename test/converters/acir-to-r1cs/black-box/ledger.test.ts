import type { Program } from '../../../../src/acir/types.ts';
import { pinCosts } from '../../../support/ledger.ts';
import { type Argument, blackBoxProgram, constant, type MakeCall, witnesses } from './support/black-box.ts';

const inputs = (count: number): Argument[] => witnesses(new Array<number>(count).fill(0));

const byteHash = (name: 'blake2s' | 'blake3', bytes: number): Program =>
  blackBoxProgram(inputs(bytes), 32, (message, outputs) => ({ name, inputs: message, outputs }));

const compression: MakeCall = (words, outputs) => ({
  name: 'sha256-compression',
  inputs: words.slice(0, 16),
  state: words.slice(16),
  outputs,
});

const aes = (bytes: number): Program =>
  blackBoxProgram(inputs(32 + bytes), bytes, (args, outputs) => ({
    name: 'aes128-encrypt',
    iv: args.slice(0, 16),
    key: args.slice(16, 32),
    inputs: args.slice(32),
    outputs,
  }));

describe('the ledger of hashes', () => {
  it('pins what hashes and ciphers of witnesses cost', () => {
    pinCosts('hashes', {
      'and 32 with a constant': blackBoxProgram(
        [...inputs(1), constant(0xff00ff00)],
        1,
        (args, [output]) => ({
          name: 'and',
          left: args[0] ?? { kind: 'constant', value: 0n },
          right: args[1] ?? { kind: 'constant', value: 0n },
          bits: 32,
          output: output ?? (0 as never),
        }),
      ),
      'poseidon2-permutation': blackBoxProgram(inputs(4), 4, (state, outputs) => ({
        name: 'poseidon2-permutation',
        inputs: state,
        outputs,
      })),
      'sha256-compression': blackBoxProgram(inputs(24), 8, compression),
      'blake2s of 64 bytes': byteHash('blake2s', 64),
      'blake3 of 64 bytes': byteHash('blake3', 64),
      keccakf1600: blackBoxProgram(inputs(25), 25, (lanes, outputs) => ({
        name: 'keccakf1600',
        inputs: lanes,
        outputs,
      })),
      'aes128-encrypt of 16 bytes': aes(16),
      'aes128-encrypt of 32 bytes': aes(32),
    });
  });
});
