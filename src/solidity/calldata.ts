/**
 * Arguments of `verifyProof`, as text for people and as bytes for a transaction. Coordinates of G2 are imaginary part
 * first, as the pairing precompile of EIP-197 takes them.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import type { G1Point, Groth16Points } from '../kernel/types.ts';

const WORD_BYTES = 32;

/** Prints the arguments like `snarkjs zkey export soliditycalldata`: quoted 32-byte hexadecimals in brackets. */
export function printCalldata(proof: Groth16Points, publicSignals: readonly bigint[]): string {
  return printArguments(proof, [proof.c], publicSignals);
}

/** Prints A, B, further points of G1, and the signals if there are any. */
export function printArguments(
  proof: Pick<Groth16Points, 'a' | 'b'>,
  more: readonly G1Point[],
  publicSignals: readonly bigint[],
): string {
  const list = (values: readonly bigint[]): string => `[${values.map(v => `"0x${hexWord(v)}"`).join(', ')}]`;
  const groups = [list(proof.a), `[${swapped(proof).map(list).join(',')}]`, ...more.map(list)];
  if (publicSignals.length > 0) groups.push(list(publicSignals).replaceAll(', ', ','));
  return groups.join(',');
}

/**
 * Encodes the call of `verifyProof`, or of a consumer's function with the same parameters, by the contract ABI: selector,
 * then one word a value (all types are static).
 */
export function encodeCall(
  proof: Groth16Points,
  publicSignals: readonly bigint[],
  functionName = 'verifyProof',
): Uint8Array {
  const values = [...proof.a, ...swapped(proof).flat(), ...proof.c, ...publicSignals];
  const types = `${functionName}(uint256[2],uint256[2][2],uint256[2]`;
  return encodeProofCall(types, publicSignals.length, values);
}

/** Encodes a call; `head` is the signature's beginning up to the points, behind which come the signals, if any. */
export function encodeProofCall(head: string, signalCount: number, values: readonly bigint[]): Uint8Array {
  const signature = `${head}${signalCount > 0 ? `,uint256[${signalCount}]` : ''})`;
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

/** Point B, imaginary parts first. */
export function swapped({ b: [x, y] }: Pick<Groth16Points, 'b'>): bigint[][] {
  return [
    [x[1], x[0]],
    [y[1], y[0]],
  ];
}

function hexWord(value: bigint): string {
  return value.toString(16).padStart(WORD_BYTES * 2, '0');
}
