/**
 * Circuits that were lowered before. Beside the witness program (.bwp) stands a stamp: hashes of the artifact that it was
 * made of, of the program and of the constraints. Where all fit, proving starts at once; else it is told what does not, and the
 * artifact is lowered again.
 */
import { createHash } from 'node:crypto';
import {
  type Circuit,
  type NoirArtifact,
  type ProvableNetwork,
  type ReadyCircuit,
  readR1cs,
  WITNESS_PROGRAM_VERSION,
  witnessProgramOf,
} from '../index.ts';
import { exists, type FileChange, readBytes, readJson, writeTogether } from './files.ts';
import type { Place } from './place.ts';

const FORMAT = 'bionoir-stamp';
const VERSION = 2;

interface Stamp {
  readonly proofSystem: 'groth16' | 'ultragroth';
  readonly publicCount: number;
  /** Of the witness program's own format, which engines of another version do not read. */
  readonly programVersion: number;
  readonly artifact: string;
  readonly witnessProgram: string;
  /** Of the constraints, where they were written. */
  readonly r1cs?: string;
}

/** A ready circuit, and the network that it is of, if it is of one. */
export type PlacedReady = ReadyCircuit & Partial<Pick<ProvableNetwork, 'quantGraph' | 'application'>>;

/** Why an artifact has to be lowered. */
export interface NotReady {
  readonly reason: string;
}

/** Writes the witness program of a circuit with its stamp, where engines can run it; removes an earlier circuit's else. */
export function writeReady(place: Place, circuit: ReadySource): void {
  writeTogether(readyChanges(place, circuit));
}

type ReadySource = Pick<Circuit, 'artifact' | 'lowered' | 'program'>;

/** The same as changes of files, to be made with others; `r1cs` are the constraints that are written with them. */
export function readyChanges(
  place: Place,
  { artifact, lowered, program }: ReadySource,
  r1cs?: Uint8Array,
): readonly FileChange[] {
  const [solverPath, stampPath] = [place.file('witnessProgram'), place.file('stamp')];
  const solver = witnessProgramOf({ program, lowered });
  if (solver.kind === 'uncompilable')
    return [solverPath, stampPath].map(path => ({ path, content: undefined }));
  const stamp: Stamp = {
    proofSystem: lowered.system.rounds === undefined ? 'groth16' : 'ultragroth',
    publicCount: lowered.system.publicCount,
    programVersion: WITNESS_PROGRAM_VERSION,
    artifact: artifactHash(artifact),
    witnessProgram: sha256(solver.bytes),
    ...(r1cs === undefined ? {} : { r1cs: sha256(r1cs) }),
  };
  return [
    { path: solverPath, content: solver.bytes },
    {
      path: stampPath,
      content: `${JSON.stringify({ format: FORMAT, version: VERSION, ...stamp }, null, 1)}\n`,
    },
  ];
}

/** What a ready circuit is for. */
interface ReadyUse {
  /** The system of the key that is to prove, or any. */
  readonly proofSystem?: 'groth16' | 'ultragroth';
  /** Whether the constraints are needed: where no proof will tell whether the witness is right. */
  readonly withConstraints: boolean;
}

/** Reads the circuit of a place, if it was lowered before from this very artifact. */
export function readReady(
  place: Place,
  artifact: NoirArtifact,
  { proofSystem, withConstraints }: ReadyUse,
): ReadyCircuit | NotReady {
  const stamp = readStamp(place);
  if ('reason' in stamp) return stamp;
  if (proofSystem !== undefined && stamp.proofSystem !== proofSystem)
    return { reason: `the witness program is for ${stamp.proofSystem}, the key for ${proofSystem}` };
  if (stamp.artifact !== artifactHash(artifact))
    return { reason: 'the witness program is of another artifact' };
  const witnessProgram = readBytes(place.file('witnessProgram'), 'witness program');
  if (stamp.witnessProgram !== sha256(witnessProgram))
    return { reason: 'the witness program is not the one that was written with its stamp' };
  const { publicCount } = stamp;
  const ready = { artifact, witnessProgram, proofSystem: stamp.proofSystem, publicCount };
  if (!withConstraints) return ready;
  const path = place.file('r1cs');
  const r1cs = stamp.r1cs !== undefined && exists(path) ? readBytes(path, 'constraint system') : undefined;
  if (r1cs === undefined || sha256(r1cs) !== stamp.r1cs)
    return { reason: 'the constraints to check a witness with are not those of the witness program' };
  return { ...ready, system: readR1cs(r1cs) };
}

function readStamp(place: Place): Stamp | NotReady {
  const path = place.file('stamp');
  if (!exists(path) || !exists(place.file('witnessProgram')))
    return { reason: 'no compiled witness program is there' };
  const value = readJson(path, 'stamp') as Partial<Stamp & { format: string; version: number }>;
  const { format, version, proofSystem, publicCount, programVersion, artifact, witnessProgram, r1cs } = value;
  const isKnown = format === FORMAT && version === VERSION && Number.isSafeInteger(publicCount);
  if (!isKnown || artifact === undefined || witnessProgram === undefined || publicCount === undefined)
    return { reason: `${path} is of another version` };
  if (proofSystem !== 'groth16' && proofSystem !== 'ultragroth')
    return { reason: `${path} is of another version` };
  if (programVersion !== WITNESS_PROGRAM_VERSION)
    return {
      reason: `the witness program is of format ${programVersion}, and the engines here read ${WITNESS_PROGRAM_VERSION}`,
    };
  const hashes = { artifact, witnessProgram, ...(r1cs === undefined ? {} : { r1cs }) };
  return { proofSystem, publicCount, programVersion, ...hashes };
}

/** Of what the constraints follow from, and of the names of inputs. */
function artifactHash({ bytecode, abi }: NoirArtifact): string {
  return sha256(`${bytecode}\n${JSON.stringify(abi)}`);
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
