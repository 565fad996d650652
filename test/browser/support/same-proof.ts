/** One proof with given randomness: the same code in Node and, bundled, in a page. */

import { printUltraGrothProof } from '../../../converters/keys-to-iden3/index.ts';
import { fetchCircuit } from '../../../src/browser/fetch.ts';
import { type Kernel, webKernel } from '../../../src/kernel/web.ts';
import { loadProvingKey, prove } from '../../../src/ultragroth/web.ts';

/** Fixed, so that two engines can be compared. Never do so with a secret. */
const BLINDING = { rho: 11n, r: 12n, s: 13n };

export interface Files {
  readonly witnessProgram: Uint8Array;
  readonly provingKey: Uint8Array;
}

/** `proof.json` of inputs that are given as the values of main's parameters. */
export async function proofOf(kernel: Kernel, files: Files, inputs: readonly bigint[]): Promise<string> {
  const program = await kernel.witness?.load(files.witnessProgram);
  const witness = await program?.solve(inputs);
  if (witness?.kind !== 'solved') throw new Error('The program stopped.');
  const key = await loadProvingKey(kernel, files.provingKey);
  const { proof } = await prove(
    kernel,
    key,
    { roundOne: witness.wires, finish: witness.finish },
    { blinding: BLINDING },
  );
  return printUltraGrothProof(proof);
}

/** The same in a page, with what its server has. */
export async function proofInPage(inputs: readonly bigint[]): Promise<string> {
  const files = await fetchCircuit('circuits/ultragroth/circuit.json', { cache: false });
  const kernel = await webKernel('bionoir_kernel.wasm');
  try {
    return await proofOf(kernel, files, inputs);
  } finally {
    await kernel.close();
  }
}
