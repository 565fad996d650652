/** Writes keys, witnesses and proofs where they belong, and says which files came. */
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
import { writeWhole } from './files.ts';
import type { FileKind, Place } from './place.ts';

/** The folder that --out names, or one named after the model. */
export function buildFolderOf(out: string | undefined, name: string): string {
  return out ?? `${name.replace(/[^\w.-]+/g, '-')}-proof`;
}

/** Writes .zkey, verification key and Solidity verifier; gives their paths. */
export function writeKeys(place: Place, keys: Keys): readonly string[] {
  return writeAll(place, [
    ['provingKey', keys.provingKey],
    ['verificationKey', printVerificationKey(keys.verificationKey)],
    ['verifier', verifierContract(keys.verificationKey)],
  ]);
}

/** Writes the wires as .wtns; gives the path. */
export function writeWitness(place: Place, circuit: Pick<Circuit, 'lowered'>, witness: Witness): string {
  const path = place.file('witness');
  writeWhole(path, writeWtns(circuit.lowered.system.prime, witness.wires));
  return path;
}

/** Writes proof, public signals and calldata; gives their paths. */
export function writeProof(
  place: Place,
  { proof, publicSignals }: { readonly proof: Groth16Points; readonly publicSignals: readonly bigint[] },
): readonly string[] {
  return writeAll(place, [
    ['proof', printProof(proof)],
    ['publicSignals', printPublicSignals(publicSignals)],
    ['calldata', `${printCalldata(proof, publicSignals)}\n`],
  ]);
}

function writeAll(
  place: Place,
  files: readonly (readonly [FileKind, Uint8Array | string])[],
): readonly string[] {
  return files.map(([kind, content]) => {
    const path = place.file(kind);
    writeWhole(path, content);
    return path;
  });
}
