/** From a proof to a verdict. */
import { verify as verifyGroth16 } from '../groth16/index.ts';
import type {
  Groth16Points,
  Groth16VerificationKey,
  Kernel,
  UltraGrothPoints,
  UltraGrothVerificationKey,
} from '../kernel/index.ts';
import { verify as ultraGrothVerify } from '../ultragroth/index.ts';
import { runStage, type StageOptions } from './stages.ts';

/**
 * True iff the proof is right for these public signals under this key; false for any other well-formed proof.
 *
 * @throws BionoirError MALFORMED_PROOF, MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH
 */
export function verify(
  kernel: Kernel,
  key: Groth16VerificationKey,
  statement: { readonly proof: Groth16Points; readonly publicSignals: readonly bigint[] },
  options: StageOptions = {},
): Promise<boolean> {
  return runStage('verify', options, () =>
    verifyGroth16(kernel, key, statement.publicSignals, statement.proof),
  );
}

/**
 * {@link verify} for UltraGroth.
 *
 * @throws BionoirError MALFORMED_PROOF, MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH, MISSING_KERNEL
 */
export function verifyUltraGroth(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  statement: { readonly proof: UltraGrothPoints; readonly publicSignals: readonly bigint[] },
  options: StageOptions = {},
): Promise<boolean> {
  return runStage('verify', options, () =>
    ultraGrothVerify(kernel, key, statement.publicSignals, statement.proof),
  );
}
