/** UltraGroth keys: the verification key inside a proving key, and a proving key made ready for many proofs. */
import {
  readUltraGrothZkeyHead,
  ultraGrothKeyDigest,
  ultraGrothVerificationKey,
  ultraGrothVerificationKeyUnchecked,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import type { Kernel, LoadedUltraGrothKey, UltraGrothVerificationKey } from '../kernel/types.ts';
import { requireUltraGroth } from './setup.ts';

/**
 * Takes the verification key out of a proving key, whole or cut by `cutZkeyHead`.
 *
 * @throws BionoirError MALFORMED_KEY; UNSAFE_KEY while a delta is unset, or both are equal.
 */
export function exportVerificationKey(zkey: Uint8Array): UltraGrothVerificationKey {
  return ultraGrothVerificationKey(readUltraGrothZkeyHead(zkey));
}

/** A proving key that a kernel has loaded, with what challenges bind to. */
export interface UltraGrothProvingKey {
  readonly verificationKey: UltraGrothVerificationKey;
  readonly digest: Uint8Array;
  readonly loaded: LoadedUltraGrothKey;
  release(): void;
}

/**
 * Loads a proving key into a kernel, which checks every point of it, those of the verification key too; release it when done.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY, MISSING_KERNEL, KERNEL_FAILED.
 */
export async function loadProvingKey(kernel: Kernel, zkey: Uint8Array): Promise<UltraGrothProvingKey> {
  const engine = requireUltraGroth(kernel);
  const verificationKey = ultraGrothVerificationKeyUnchecked(zkey);
  const loaded = await engine.loadProvingKey(zkey).catch(error => {
    // What is wrong with the verification key has a name of its own, whoever finds it.
    if (error instanceof BionoirError && error.code === 'MALFORMED_KEY') exportVerificationKey(zkey);
    throw error;
  });
  return {
    verificationKey,
    digest: ultraGrothKeyDigest(verificationKey),
    loaded,
    release: () => loaded.release(),
  };
}
