import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { lowerProgram } from '../../../../converters/acir-to-r1cs/index.ts';
import { checkWitness } from '../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../src/witness/index.ts';
import { assertThrowsCode } from '../../../support/errors.ts';
import {
  assertHonest,
  assertLiesRejected,
  blackBoxProgram,
  constants,
  type MakeCall,
  publicWitness,
  runBlackBox,
  stackOf,
  witnesses,
} from './support/black-box.ts';

/** Vector, key, message. */
const encrypt: MakeCall = (inputs, outputs) => ({
  name: 'aes128-encrypt',
  iv: inputs.slice(0, 16),
  key: inputs.slice(16, 32),
  inputs: inputs.slice(32),
  outputs,
});

const bytesOf = (hex: string): number[] => [...Buffer.from(hex, 'hex')];

/** FIPS 197, appendix C.1: one block without chaining. */
const FIPS = {
  key: bytesOf('000102030405060708090a0b0c0d0e0f'),
  plain: bytesOf('00112233445566778899aabbccddeeff'),
  cipher: bytesOf('69c4e0d86a7b0430d8cdb78070b4c55a'),
};

/** SP 800-38A, F.2.1: the first two blocks. */
const CBC = {
  key: bytesOf('2b7e151628aed2a6abf7158809cf4f3c'),
  vector: bytesOf('000102030405060708090a0b0c0d0e0f'),
  plain: bytesOf('6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51'),
  cipher: bytesOf('7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2'),
};

describe('aes128-encrypt', () => {
  it('gives the FIPS 197 block, from constants without a row but the outputs', async () => {
    const args = constants([...new Array<number>(16).fill(0), ...FIPS.key, ...FIPS.plain]);
    const run = await runBlackBox(args, 16, encrypt);
    assert.deepEqual(run.outputs, FIPS.cipher.map(BigInt));
    assertHonest(run);
    assert.equal(run.lowered.system.constraintCount, 16);
  });

  it('chains blocks as SP 800-38A, and rejects lies about outputs, inner wires and bytes', async () => {
    const [first = 0, ...others] = [...CBC.vector, ...CBC.key, ...CBC.plain];
    const run = await runBlackBox([publicWitness(first), ...witnesses(others)], 32, encrypt);
    assert.deepEqual(run.outputs, CBC.cipher.map(BigInt));
    assertHonest(run);
    assertLiesRejected(run);
    const { system, recipe } = run.lowered;
    const values = [256 + first, ...others].map(BigInt);
    assert.ok(checkWitness(system, solveWires(recipe, stackOf([...values, ...run.outputs]))));
  });

  it('pads by PKCS#7 where the outputs are longer than the inputs, as old releases do', async () => {
    for (const length of [0, 5, 15, 16, 17]) {
      const plain = CBC.plain.slice(0, length);
      const cipher = padded(plain);
      const args = constants([...CBC.vector, ...CBC.key, ...plain]);
      const run = await runBlackBox(args, cipher.length, encrypt, cipher);
      assertHonest(run);
      assertLiesRejected(run, 1);
    }
  });

  it('pads witnesses', async () => {
    const plain = CBC.plain.slice(0, 5);
    const args = [...constants([...CBC.vector, ...CBC.key]), ...witnesses(plain)];
    const run = await runBlackBox(args, 16, encrypt, padded(plain));
    assertHonest(run);
    assertLiesRejected(run);
  });

  it('refuses lengths that fit neither way of padding', () => {
    assertThrowsCode(
      () => lowerProgram(blackBoxProgram(constants(new Array<number>(32 + 17).fill(0)), 17, encrypt)),
      'MALFORMED_PROGRAM',
      'AES-128 of 17 bytes gives 17 bytes, which is neither without padding nor with PKCS#7: aes128-encrypt, opcode 0 of main. Compile the program again.',
    );
  });
});

function padded(plain: readonly number[]): bigint[] {
  const cipher = createCipheriv('aes-128-cbc', Uint8Array.from(CBC.key), Uint8Array.from(CBC.vector));
  const bytes = Buffer.concat([cipher.update(Uint8Array.from(plain)), cipher.final()]);
  return Array.from(bytes, BigInt);
}
