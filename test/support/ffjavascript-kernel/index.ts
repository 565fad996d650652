/**
 * The WebAssembly kernel: Groth16 on ffjavascript's BN254 module and its worker threads. Runs wherever Node does.
 */
import { BionoirError } from '../../../src/errors.ts';
import type { Kernel, LoadedProvingKey, ToxicWaste } from '../../../src/kernel/types.ts';
import { startEngine } from './engine.ts';
import { layOutKey, proveGroth16, type WasmProvingKey } from './prove.ts';
import { type SetupOptions, setupFromSecrets } from './setup.ts';
import { verifyGroth16 } from './verify.ts';

/** The WebAssembly kernel, whose set-up can also leave a record that `snarkjs zkey verify` checks. */
export interface FfjavascriptKernel extends Kernel {
  setup(r1cs: Uint8Array, secrets: ToxicWaste, options?: SetupOptions): Promise<Uint8Array>;
}

/**
 * Starts a WebAssembly kernel.
 *
 * @param options.threads One a core unless given.
 * @throws BionoirError USAGE.
 */
export async function createFfjavascriptKernel(
  options: { readonly threads?: number } = {},
): Promise<FfjavascriptKernel> {
  const engine = await startEngine(options);
  return {
    name: 'ffjavascript',
    description: `ffjavascript 0.3.1 (WebAssembly), ${engine.threads} ${engine.threads === 1 ? 'thread' : 'threads'}`,
    setup: (r1cs, secrets, options) => setupFromSecrets(engine, r1cs, secrets, options),
    loadProvingKey: async zkey => layOutKey(zkey),
    prove: (key, witness, options) => proveGroth16(engine, ownKey(key), witness, options),
    verify: (key, publicInputs, proof) => verifyGroth16(engine, key, publicInputs, proof),
    close: () => engine.close(),
  };
}

function ownKey(key: LoadedProvingKey): WasmProvingKey {
  if ('zkey' in key) return key as WasmProvingKey;
  throw new BionoirError(
    'KERNEL_FAILED',
    'This proving key was loaded by another kernel. Load it with the kernel that proves.',
  );
}
