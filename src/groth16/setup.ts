/**
 * Development set-up: keys from secrets drawn here and forgotten.
 *
 * Whoever runs it could have kept the secrets and can then forge proofs. It is for development, tests and provers who
 * verify for themselves; keys for others come from a ceremony (ceremony.ts).
 */

import { randomNonZeroScalar } from '../kernel/index.ts';
import type { Kernel, KernelCallOptions, ToxicWaste } from '../kernel/types.ts';

/** Said wherever a development key is made or used. */
export const DEVELOPMENT_SETUP_WARNING =
  'DEVELOPMENT SET-UP: this key was made by a single party. Whoever ran the set-up could have kept its secrets and can forge proofs. Use a ceremony (.ptau and contributions) for anything of value.';

/** Draws the secrets of a single-party set-up, uniformly from [1, r) (delta also not 1), from the platform's CSPRNG. */
export function drawToxicWaste(): ToxicWaste {
  return {
    tau: randomNonZeroScalar(),
    alpha: randomNonZeroScalar(),
    beta: randomNonZeroScalar(),
    delta: drawDelta(),
  };
}

function drawDelta(): bigint {
  for (;;) {
    const delta = randomNonZeroScalar();
    if (delta !== 1n) return delta;
  }
}

/**
 * Makes a proving key (`.zkey` bytes) for the circuit in `r1cs` (`.r1cs` bytes) with secrets that nobody keeps. Show
 * {@link DEVELOPMENT_SETUP_WARNING} to whoever uses the key.
 *
 * @throws BionoirError MALFORMED_R1CS, ABORTED, KERNEL_FAILED.
 */
export function setupForDevelopment(
  kernel: Kernel,
  r1cs: Uint8Array,
  options?: KernelCallOptions,
): Promise<Uint8Array> {
  return kernel.setup(r1cs, drawToxicWaste(), options);
}
