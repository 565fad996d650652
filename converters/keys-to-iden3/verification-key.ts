/** What must hold for a verification key before anybody trusts a proof checked with it. */
import { BionoirError } from '../../src/errors.ts';
import type { Groth16VerificationKey } from '../../src/kernel/types.ts';
import {
  equalG2,
  G2_GENERATOR,
  isCanonicalPoint,
  isInfinityG1,
  isInfinityG2,
  isValidG1,
  isValidG2,
} from './curve.ts';

/**
 * Checks what soundness rests on: all points in their groups, alpha, beta, gamma, delta finite, and delta unlike gamma
 * and the generator. With delta = gamma anyone can forge a proof; that is what a `.zkey` looks like before its first
 * contribution.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkVerificationKey(key: Groth16VerificationKey): void {
  const inGroups =
    [key.alpha, ...key.ic].every(isValidG1) && [key.beta, key.gamma, key.delta].every(isValidG2);
  if (!inGroups) throw outsideOfGroups();
  checkVerificationKeyShape(key);
}

/**
 * The same without curves and groups, for kernels that check these themselves: numbers below q, finite points, a delta
 * that somebody has drawn.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkVerificationKeyShape(key: Groth16VerificationKey): void {
  const canonical = [key.alpha, key.beta, key.gamma, key.delta, ...key.ic].every(isCanonicalPoint);
  const finite = ![key.beta, key.gamma, key.delta].some(isInfinityG2) && !isInfinityG1(key.alpha);
  if (!canonical || !finite || key.ic.length === 0) throw outsideOfGroups();
  if (!equalG2(key.delta, key.gamma) && !equalG2(key.delta, G2_GENERATOR)) return;
  throw new BionoirError(
    'UNSAFE_KEY',
    'The verification key has delta equal to gamma or to the generator, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.',
  );
}

/** The error for a key with a point where none may be. */
export function outsideOfGroups(cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_KEY',
    'The verification key holds a point that is infinite or outside of the group of order r, or has no IC points. Export it again.',
    cause === undefined ? {} : { cause },
  );
}
