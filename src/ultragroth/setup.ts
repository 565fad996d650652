/**
 * Development set-up of UltraGroth: keys from secrets drawn here and forgotten; see src/groth16/setup.ts for what that means.
 * Every key begins with the static check of rounds.ts: there is no way around it.
 */
import { readR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Kernel, KernelCallOptions, UltraGrothKernel, UltraGrothToxicWaste } from '../kernel/types.ts';
import { randomNonZeroScalar } from '../kernel/web.ts';
import { assertRoundsSound, type RoundsReport } from './rounds.ts';

/** Draws the secrets of a single-party set-up: uniform in [1, r), the deltas neither 1 nor equal. */
export function drawUltraGrothToxicWaste(): UltraGrothToxicWaste {
  for (;;) {
    const [tau, alpha, beta, delta1, delta2] = Array.from({ length: 5 }, randomNonZeroScalar) as [
      bigint,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    if (delta1 !== delta2 && delta1 !== 1n && delta2 !== 1n) return { tau, alpha, beta, delta1, delta2 };
  }
}

/**
 * Makes an UltraGroth proving key (`.zkey` bytes) for a system with rounds (`.r1cs` bytes), with secrets that nobody keeps.
 * Show `DEVELOPMENT_SETUP_WARNING` to whoever uses the key.
 *
 * @throws BionoirError UNDER_CONSTRAINED, MALFORMED_R1CS, MISSING_KERNEL, ABORTED, KERNEL_FAILED.
 */
export function setupForDevelopment(
  kernel: Kernel,
  r1cs: Uint8Array,
  options?: KernelCallOptions,
): Promise<Uint8Array> {
  checkR1csRounds(r1cs);
  return requireUltraGroth(kernel).setup(r1cs, drawUltraGrothToxicWaste(), options);
}

/**
 * The static check on `.r1cs` bytes.
 *
 * @throws BionoirError UNDER_CONSTRAINED, MALFORMED_R1CS.
 */
export function checkR1csRounds(r1cs: Uint8Array): RoundsReport {
  return assertRoundsSound(readR1cs(r1cs, { prime: BN254_SCALAR_PRIME }));
}

/**
 * The UltraGroth part of a kernel.
 *
 * @throws BionoirError MISSING_KERNEL for a kernel without it.
 */
export function requireUltraGroth(kernel: Kernel): UltraGrothKernel {
  if (kernel.ultraGroth) return kernel.ultraGroth;
  throw new BionoirError(
    'MISSING_KERNEL',
    `The kernel ${kernel.name} cannot do UltraGroth. Open one that can, such as the native kernel, or use Groth16.`,
    { details: { kernel: kernel.name } },
  );
}
