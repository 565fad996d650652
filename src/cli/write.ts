/** Writes keys, witnesses and proofs where they belong, and says which files came. */
import {
  BN254_SCALAR_PRIME,
  type NetworkWitness,
  printPublicSignals,
  type Witness,
  writeWtns,
} from '../index.ts';
import type { PlacedCircuit } from './circuits.ts';
import { consumerChange, verifierOf } from './contracts.ts';
import { writePrivate, writeTogether, writeWhole } from './files.ts';
import type { Place } from './place.ts';
import { type AnyKeys, type AnyProofResult, printAnyKey, printAnyProof } from './proof-systems.ts';

/** Letters of a folder's name: file systems take 255 bytes, of which a letter may have 4. */
const NAME_MAX = 60;

/** The folder that --out names, or one named after the model. */
export function buildFolderOf(out: string | undefined, name: string): string {
  const stem = name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, ''); // no hidden folder, no option
  return out ?? `${stem === '' ? 'model' : stem.slice(0, NAME_MAX)}-proof`;
}

/** Writes .zkey, verification key, Solidity verifier and an application's consumer contract; gives their paths. */
export function writeKeys(place: Place, { provingKey, verificationKey }: AnyKeys): readonly string[] {
  const changes = [
    { path: place.file('provingKey'), content: provingKey },
    { path: place.file('verificationKey'), content: printAnyKey(verificationKey) },
    { path: place.file('verifier'), content: verifierOf(place, verificationKey) },
    ...consumerChange(place, verificationKey),
  ];
  writeTogether(changes);
  return changes.map(({ path }) => path);
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
  const changes = [
    { path: place.file('proof'), content: json },
    { path: place.file('publicSignals'), content: printPublicSignals(result.publicSignals) },
    { path: place.file('calldata'), content: `${calldata}\n` },
  ];
  writeTogether(changes);
  return changes.map(({ path }) => path);
}
