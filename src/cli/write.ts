/** Writes keys, witnesses and proofs where they belong, and says which files came. */
import { dirname, join } from 'node:path';
import {
  BN254_SCALAR_PRIME,
  consumerContract,
  type NetworkWitness,
  printPublicSignals,
  type Witness,
  writeWtns,
} from '../index.ts';
import type { PlacedCircuit } from './circuits.ts';
import { writePrivate, writeWhole } from './files.ts';
import type { FileKind, Place } from './place.ts';
import {
  type AnyKeys,
  type AnyProofResult,
  anyVerifierContract,
  printAnyKey,
  printAnyProof,
} from './proof-systems.ts';

/** Letters of a folder's name: file systems take 255 bytes, of which a letter may have 4. */
const NAME_MAX = 60;

/** The folder that --out names, or one named after the model. */
export function buildFolderOf(out: string | undefined, name: string): string {
  const stem = name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, ''); // no hidden folder, no option
  return out ?? `${stem === '' ? 'model' : stem.slice(0, NAME_MAX)}-proof`;
}

/** Writes .zkey, verification key and Solidity verifier; gives their paths. */
export function writeKeys(place: Place, keys: AnyKeys): readonly string[] {
  return writeAll(place, [
    ['provingKey', keys.provingKey],
    ['verificationKey', printAnyKey(keys.verificationKey)],
    ['verifier', anyVerifierContract(keys.verificationKey)],
  ]);
}

/** Writes the consumer contract of an application for accounts; gives its path, or none. */
export function writeConsumer(place: Place, { application, lowered }: PlacedCircuit): readonly string[] {
  if (!application?.bound) return [];
  const proofSystem = lowered.system.rounds === undefined ? 'groth16' : 'ultragroth';
  const { name, source } = consumerContract(application, { proofSystem });
  const path = join(dirname(place.file('verifier')), `${name}.sol`);
  writeWhole(path, source);
  return [path];
}

/** Writes what opens the commitment to the input, where there is one; gives its path, or none. */
export function writeOpening(
  place: Place,
  { application }: Pick<PlacedCircuit, 'application'>,
  witness: Witness | NetworkWitness,
): readonly string[] {
  const salt = 'claim' in witness ? witness.claim?.inputSalt : undefined;
  const commitment = witness.publicSignals.at(-1);
  if (salt === undefined || commitment === undefined || application === undefined) return [];
  const path = place.file('opening');
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  writePrivate(
    path,
    `${JSON.stringify({ inputSalt: hex(salt), inputCommitment: hex(commitment) }, null, 1)}\n`,
  );
  return [path];
}

/** Writes the wires as .wtns; gives the path. Of a circuit with rounds: round 1, with zeros for what follows it. */
export function writeWitness(place: Place, witness: Witness): string {
  const path = place.file('witness');
  writeWhole(path, writeWtns(BN254_SCALAR_PRIME, witness.encoded ?? witness.wires));
  return path;
}

/** Writes proof, public signals and calldata; gives their paths. */
export function writeProof(
  place: Place,
  result: Pick<AnyProofResult, 'proof' | 'publicSignals'>,
): readonly string[] {
  const { json, calldata } = printAnyProof(result);
  return writeAll(place, [
    ['proof', json],
    ['publicSignals', printPublicSignals(result.publicSignals)],
    ['calldata', `${calldata}\n`],
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
