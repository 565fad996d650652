/**
 * Arguments of `verifyProof`, as text for people and as bytes for a transaction. Coordinates of G2 are imaginary part
 * first, as the pairing precompile of EIP-197 takes them.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Groth16Points } from '../kernel/types.ts';

const WORD_BYTES = 32;

/** Prints the arguments like `snarkjs zkey export soliditycalldata`: quoted 32-byte hexadecimals in brackets. */
export function printCalldata(proof: Groth16Points, publicSignals: readonly bigint[]): string {
  const list = (values: readonly bigint[]): string => `[${values.map(v => `"0x${hexWord(v)}"`).join(', ')}]`;
  const [a, b, c] = [proof.a, swapped(proof), proof.c];
  const groups = [list(a), `[${b.map(list).join(',')}]`, list(c)];
  if (publicSignals.length > 0) groups.push(list(publicSignals).replaceAll(', ', ','));
  return groups.join(',');
}

/** Encodes the call of `verifyProof` by the contract ABI: selector, then one word a value (all types are static). */
export function encodeCall(proof: Groth16Points, publicSignals: readonly bigint[]): Uint8Array {
  const signals = publicSignals.length > 0 ? `,uint256[${publicSignals.length}]` : '';
  const signature = `verifyProof(uint256[2],uint256[2][2],uint256[2]${signals})`;
  const values = [...proof.a, ...swapped(proof).flat(), ...proof.c, ...publicSignals];
  const bytes = new Uint8Array(4 + values.length * WORD_BYTES);
  bytes.set(keccak_256(new TextEncoder().encode(signature)).subarray(0, 4));
  values.forEach((value, i) => {
    const hex = hexWord(value);
    for (let j = 0; j < WORD_BYTES; j++) {
      bytes[4 + i * WORD_BYTES + j] = Number.parseInt(hex.slice(j * 2, j * 2 + 2), 16);
    }
  });
  return bytes;
}

function swapped({ b: [x, y] }: Groth16Points): bigint[][] {
  return [
    [x[1], x[0]],
    [y[1], y[0]],
  ];
}

function hexWord(value: bigint): string {
  return value.toString(16).padStart(WORD_BYTES * 2, '0');
}
