/** Arguments of an UltraGroth verifier's `verifyProof(a, b, c1, c2, signals)`, as calldata.ts has them for Groth16. */
import type { UltraGrothPoints } from '../kernel/types.ts';
import { encodeProofCall, printArguments, swapped } from './calldata.ts';

/** Prints the arguments: quoted 32-byte hexadecimals in brackets. */
export function printUltraGrothCalldata(proof: UltraGrothPoints, publicSignals: readonly bigint[]): string {
  return printArguments(proof, [proof.c1, proof.c2], publicSignals);
}

/** Encodes the call of `verifyProof`, or of a consumer's function with the same parameters, by the contract ABI. */
export function encodeUltraGrothCall(
  proof: UltraGrothPoints,
  publicSignals: readonly bigint[],
  functionName = 'verifyProof',
): Uint8Array {
  const values = [...proof.a, ...swapped(proof).flat(), ...proof.c1, ...proof.c2, ...publicSignals];
  const types = `${functionName}(uint256[2],uint256[2][2],uint256[2],uint256[2]`;
  return encodeProofCall(types, publicSignals.length, values);
}
