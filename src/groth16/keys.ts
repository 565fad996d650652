/**
 * Verification keys: taking one out of a proving key, and refusing those that prove nothing.
 */

import {
  decodeG1,
  equalG2,
  G1_BYTES,
  G2_GENERATOR,
  isInfinityG2,
  isValidG1,
  isValidG2,
  readZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import type { G1Point, Groth16VerificationKey } from '../kernel/types.ts';

/**
 * Takes the verification key out of a proving key.
 *
 * @throws BionoirError MALFORMED_KEY; UNSAFE_KEY for a key that nobody has contributed to.
 */
export function exportVerificationKey(zkey: Uint8Array): Groth16VerificationKey {
  const key = readZkey(zkey);
  const ic = Array.from({ length: key.publicCount + 1 }, (_, i) =>
    icPoint(key.ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES), i),
  );
  const verificationKey = { alpha: key.alpha1, beta: key.beta2, gamma: key.gamma2, delta: key.delta2, ic };
  checkVerificationKey(verificationKey);
  return verificationKey;
}

function icPoint(bytes: Uint8Array, index: number): G1Point {
  const point = decodeG1(bytes);
  if (point && isValidG1(point)) return point;
  throw new BionoirError(
    'MALFORMED_KEY',
    `Point ${index} of section 3 (IC) of the proving key (.zkey) is not on the curve. Is the file corrupt?`,
    { details: { index } },
  );
}

/**
 * Checks what soundness rests on: all points in their groups, alpha, beta, gamma, delta finite, and delta unlike gamma
 * and the generator. With delta = gamma anyone can forge a proof; that is what a `.zkey` looks like before its first
 * contribution.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkVerificationKey(key: Groth16VerificationKey): void {
  const g2 = [key.beta, key.gamma, key.delta];
  const finite = g2.every(point => isValidG2(point) && !isInfinityG2(point)) && key.alpha.some(c => c !== 0n);
  if (!finite || ![key.alpha, ...key.ic].every(isValidG1) || key.ic.length === 0) {
    throw new BionoirError(
      'MALFORMED_KEY',
      'The verification key holds a point outside of the group of order r, or none for its public signals. Export it again.',
    );
  }
  if (!equalG2(key.delta, key.gamma) && !equalG2(key.delta, G2_GENERATOR)) return;
  throw new BionoirError(
    'UNSAFE_KEY',
    'The verification key has delta equal to gamma or to the generator, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.',
  );
}
