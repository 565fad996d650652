import assert from 'node:assert/strict';
import type { Groth16Points } from '../../src/kernel/types.ts';
import { encodeCall, printCalldata } from '../../src/solidity/index.ts';

const PROOF: Groth16Points = {
  a: [1n, 2n],
  b: [
    [3n, 4n],
    [5n, 6n],
  ],
  c: [7n, 8n],
};
const word = (value: number): string => value.toString(16).padStart(64, '0');

describe('calldata', () => {
  it('prints quoted words, imaginary parts of G2 first', () => {
    const hex = (value: number): string => `"0x${word(value)}"`;
    assert.equal(
      printCalldata(PROOF, [9n, 10n]),
      `[${hex(1)}, ${hex(2)}],[[${hex(4)}, ${hex(3)}],[${hex(6)}, ${hex(5)}]],[${hex(7)}, ${hex(8)}],[${hex(9)},${hex(10)}]`,
    );
  });

  it('leaves out the list of signals when there are none, as the contract does', () => {
    assert.equal(printCalldata(PROOF, []).split('[[')[1]?.split('],[').length, 3);
  });

  it('encodes selector and words by the contract ABI', () => {
    const bytes = Buffer.from(encodeCall(PROOF, [9n])).toString('hex');
    // keccak256("verifyProof(uint256[2],uint256[2][2],uint256[2],uint256[1])"), known from snarkjs' verifiers of one signal.
    assert.equal(bytes.slice(0, 8), '43753b4d');
    assert.equal(bytes.slice(8), [1, 2, 4, 3, 6, 5, 7, 8, 9].map(word).join(''));
  });
});
