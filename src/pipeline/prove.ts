/** From a witness to a proof. */
import { BionoirError } from '../errors.ts';
import { type ProofResult, prove as proveGroth16 } from '../groth16/index.ts';
import type { Kernel, LoadedProvingKey } from '../kernel/index.ts';
import {
  encodeTwoRounds,
  type TwoRoundWitness,
  type UltraGrothProofResult,
  type UltraGrothProvingKey,
  prove as ultraGrothProve,
} from '../ultragroth/index.ts';
import { runStage, type StageOptions } from './stages.ts';
import type { Witness } from './witness.ts';

/**
 * Proves with a solved witness. The kernel's loaded key serves many proofs; release it when done.
 *
 * @throws BionoirError KEY_MISMATCH, ABORTED, KERNEL_FAILED
 */
export function prove(
  kernel: Kernel,
  key: LoadedProvingKey,
  witness: Witness,
  options: StageOptions = {},
): Promise<ProofResult> {
  return runStage('prove', options, onProgress =>
    proveGroth16(kernel, key, witness.encoded ?? witness.wires, {
      onProgress,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }),
  );
}

/**
 * {@link prove} in two rounds, with a key that `loadUltraGrothKey` has loaded.
 *
 * @throws BionoirError USAGE (a witness for Groth16), and as {@link prove}
 */
export function proveUltraGroth(
  kernel: Kernel,
  key: UltraGrothProvingKey,
  witness: Witness,
  options: StageOptions = {},
): Promise<UltraGrothProofResult> {
  return runStage('prove', options, onProgress => {
    return ultraGrothProve(kernel, key, twoRoundsOf(witness), {
      onProgress,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
  });
}

function twoRoundsOf(witness: Witness): TwoRoundWitness {
  const { encoded, finishEncoded, finish } = witness;
  if (encoded !== undefined && finishEncoded !== undefined)
    return { roundOne: encoded, finish: finishEncoded };
  if (finish === undefined) {
    throw new BionoirError(
      'USAGE',
      "The witness has one round only; UltraGroth needs one of a circuit with rounds. Lower it with proofSystem 'ultragroth', and solve again.",
    );
  }
  return encodeTwoRounds(witness.wires, finish);
}
