/** What must hold for a verification key before anybody trusts a proof checked with it. */
import { BionoirError } from '../../src/errors.ts';
import type { Groth16VerificationKey } from '../../src/kernel/types.ts';
import { equalG2, G2_GENERATOR, isInfinityG1, isInfinityG2, isValidG1, isValidG2 } from './curve.ts';

/**
 * Checks what soundness rests on: all points in their groups, alpha, beta, gamma, delta finite, and delta unlike gamma
 * and the generator. With delta = gamma anyone can forge a proof; that is what a `.zkey` looks like before its first
 * contribution.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkVerificationKey(key: Groth16VerificationKey): void {
  const finiteG2 = [key.beta, key.gamma, key.delta].every(point => isValidG2(point) && !isInfinityG2(point));
  const validG1 = !isInfinityG1(key.alpha) && key.ic.length > 0 && [key.alpha, ...key.ic].every(isValidG1);
  if (!finiteG2 || !validG1) {
    throw new BionoirError(
      'MALFORMED_KEY',
      'The verification key holds a point that is infinite or outside of the group of order r, or has no IC points. Export it again.',
    );
  }
  if (!equalG2(key.delta, key.gamma) && !equalG2(key.delta, G2_GENERATOR)) return;
  throw new BionoirError(
    'UNSAFE_KEY',
    'The verification key has delta equal to gamma or to the generator, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.',
  );
}
