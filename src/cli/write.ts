/** Writes keys, witnesses and proofs into a build folder, and says which files came. */
import { join } from 'node:path';
import {
  type Circuit,
  type Groth16Points,
  type Keys,
  printCalldata,
  printProof,
  printPublicSignals,
  printVerificationKey,
  verifierContract,
  type Witness,
  writeWtns,
} from '../index.ts';
import { FILES } from './build-folder.ts';
import { writeWhole } from './files.ts';

/** The folder that --out names, or one named after the model. */
export function buildFolderOf(out: string | undefined, name: string): string {
  return out ?? `${name.replace(/[^\w.-]+/g, '-')}-proof`;
}

/** Writes .zkey, verification key and Solidity verifier; gives their paths. */
export function writeKeys(folder: string, keys: Keys): readonly string[] {
  return writeAll(folder, [
    [FILES.provingKey, keys.provingKey],
    [FILES.verificationKey, printVerificationKey(keys.verificationKey)],
    [FILES.verifier, verifierContract(keys.verificationKey)],
  ]);
}

export function writeWitness(folder: string, circuit: Pick<Circuit, 'lowered'>, witness: Witness): string {
  const path = join(folder, FILES.witness);
  writeWhole(path, writeWtns(circuit.lowered.system.prime, witness.wires));
  return path;
}

/** Writes proof, public signals and calldata; gives their paths. */
export function writeProof(
  folder: string,
  { proof, publicSignals }: { readonly proof: Groth16Points; readonly publicSignals: readonly bigint[] },
): readonly string[] {
  return writeAll(folder, [
    [FILES.proof, printProof(proof)],
    [FILES.publicSignals, printPublicSignals(publicSignals)],
    [FILES.calldata, `${printCalldata(proof, publicSignals)}\n`],
  ]);
}

function writeAll(folder: string, files: readonly (readonly [string, Uint8Array | string])[]): string[] {
  return files.map(([name, content]) => {
    const path = join(folder, name);
    writeWhole(path, content);
    return path;
  });
}
