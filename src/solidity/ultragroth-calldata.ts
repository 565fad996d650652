/** Arguments of an UltraGroth verifier's `verifyProof(a, b, c1, c2, signals)`, as calldata.ts has them for Groth16. */
import type { UltraGrothPoints } from '../kernel/types.ts';
import { encodeVerifyProof, printArguments, swapped } from './calldata.ts';

/** Prints the arguments: quoted 32-byte hexadecimals in brackets. */
export function printUltraGrothCalldata(proof: UltraGrothPoints, publicSignals: readonly bigint[]): string {
  return printArguments(proof, [proof.c1, proof.c2], publicSignals);
}

/** Encodes the call of `verifyProof` by the contract ABI. */
export function encodeUltraGrothCall(proof: UltraGrothPoints, publicSignals: readonly bigint[]): Uint8Array {
  const values = [...proof.a, ...swapped(proof).flat(), ...proof.c1, ...proof.c2, ...publicSignals];
  return encodeVerifyProof('uint256[2],uint256[2][2],uint256[2],uint256[2]', publicSignals.length, values);
}
