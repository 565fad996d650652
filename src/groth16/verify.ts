/** Groth16 verification: checks what comes in, then asks the kernel for the pairing equation. */

import { checkVerificationKey, isValidG1, isValidG2 } from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Groth16Points, Groth16VerificationKey, Kernel } from '../kernel/types.ts';

/**
 * True iff the proof is right for these public signals under this key; false for any other well-formed proof.
 *
 * @throws BionoirError MALFORMED_PROOF (a point off the curve or outside its group, a signal not in [0, r)),
 *   MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH (another number of public signals).
 */
export async function verify(
  kernel: Kernel,
  key: Groth16VerificationKey,
  publicSignals: readonly bigint[],
  proof: Groth16Points,
): Promise<boolean> {
  checkVerificationKey(key);
  if (publicSignals.length !== key.ic.length - 1) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `There are ${publicSignals.length} public signals; the verification key takes ${key.ic.length - 1}. Use the key of the circuit that made the proof.`,
      { details: { found: publicSignals.length, expected: key.ic.length - 1 } },
    );
  }
  publicSignals.forEach((value, i) => {
    if (value >= 0n && value < BN254_SCALAR_PRIME) return;
    throw new BionoirError(
      'MALFORMED_PROOF',
      `Public signal ${i} is ${value}, which is not in [0, r). Reduce it, and refuse it from others: it is an alias of another value.`,
      { details: { index: i, value } },
    );
  });
  if (!isValidG1(proof.a) || !isValidG2(proof.b) || !isValidG1(proof.c)) {
    throw new BionoirError(
      'MALFORMED_PROOF',
      'The proof holds a point that is not in the group of order r. Ask for the proof again.',
    );
  }
  return kernel.verify(key, publicSignals, proof);
}
