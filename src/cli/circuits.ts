/** From a place to constraints: reads or compiles, and lowers. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  BionoirError,
  type Circuit,
  compileNoir,
  type Diagnostic,
  lastChange,
  lowerArtifact,
  type NoirArtifact,
  nargo,
  type ProvableNetwork,
  readR1csFile,
  unusedInputs,
} from '../index.ts';
import { FILES, type PlacedNetwork, readPlacedNetwork, writeConstraints } from './build-folder.ts';
import { type Context, compilingOptions, listenerFor } from './context.ts';
import { exists, readBytes, readJson, writeWhole } from './files.ts';
import type { ProofSystemName } from './options.ts';
import { type Place, requireFile } from './place.ts';
import { type PlacedReady, readReady, writeReady } from './ready.ts';

/** Which Noir compiler. */
export interface CompilerChoice {
  readonly toolchain: 'noir_wasm' | 'nargo';
  /** Groth16 unless said. */
  readonly proofSystem?: ProofSystemName;
}

/** A circuit, and the network that it is of, if it is of one. */
export type PlacedCircuit = Circuit & Partial<Pick<ProvableNetwork, 'quantGraph' | 'application'>>;

/** Reads the circuit of a place; compiles a Nargo package whose artifact is missing or older than its sources. */
export async function readCircuit(
  context: Context,
  place: Place,
  choice?: Partial<CompilerChoice>,
): Promise<PlacedCircuit> {
  const artifact = await readArtifact(context, place, choice);
  return lowerPlaced(context, place, artifact, choice?.proofSystem);
}

async function lowerPlaced(
  context: Context,
  place: Place,
  artifact: NoirArtifact,
  proofSystem: ProofSystemName = 'groth16',
): Promise<PlacedCircuit> {
  const stage = { listener: listenerFor(context), signal: context.signal };
  const network = networkOf(place);
  return { ...(await lowerArtifact(artifact, { ...stage, proofSystem })), ...network };
}

/** The network of a build folder, which a listing of its graph tells as well; nothing for any other program. */
function networkOf(place: Place): Partial<PlacedNetwork> {
  const file = place.file('network');
  const isNetwork = place.kind === 'build' && (exists(file) || exists(join(dirname(file), FILES.graph)));
  return isNetwork ? readPlacedNetwork(place) : {};
}

/** What a circuit is solved for. */
export interface Solving extends Partial<CompilerChoice> {
  /** The system of the key that is to prove; that of the place's constraints unless said. */
  readonly proofSystem?: 'groth16' | 'ultragroth';
  /** Whether a proof will tell if the witness is right. */
  readonly isProved: boolean;
}

/** Reads what solving the circuit of a place takes: as it was lowered before, or lowered again for a reason that is told. */
export async function readSolvable(
  context: Context,
  place: Place,
  { isProved, ...choice }: Solving,
): Promise<PlacedCircuit | PlacedReady> {
  const artifact = await readArtifact(context, place, choice);
  const { proofSystem } = choice;
  const ready = readReady(place, artifact, {
    withConstraints: !isProved,
    ...(proofSystem === undefined ? {} : { proofSystem }),
  });
  if (!('reason' in ready)) return { ...ready, ...networkOf(place) };
  const circuit = await lowerPlaced(context, place, artifact, proofSystem ?? compiledFor(place));
  context.reporter.fact('lowered because', ready.reason);
  if (isProved) keepReady(context, place, circuit);
  return circuit;
}

/** Writes what proving starts from: of a network with its constraints, of other programs without. */
export function writeLowered(place: Place, circuit: PlacedCircuit): void {
  if (place.kind === 'build') writeConstraints(place, circuit);
  else writeReady(place, circuit);
}

/** Leaves what was lowered for the next proof. A place that cannot be written is told of, and nothing more. */
function keepReady({ reporter }: Context, place: Place, circuit: PlacedCircuit): void {
  try {
    writeLowered(place, circuit);
  } catch (error) {
    if (!(error instanceof BionoirError)) throw error;
    reporter.warn(`Not kept for the next proof. ${error.message}`);
  }
}

/** Reads the artifact of a place, or compiles it. */
export async function readArtifact(
  context: Context,
  place: Place,
  choice?: Partial<CompilerChoice>,
): Promise<NoirArtifact> {
  if (place.nargoPackage && isStale(place)) return compilePackage(context, place, choice);
  return readJson(requireFile(place, 'artifact', 'compile'), 'Noir artifact') as NoirArtifact; // checked by the decoder
}

function isStale({ nargoPackage, file }: Place): boolean {
  const { mtimeMs } = statSync(file('artifact'), { throwIfNoEntry: false }) ?? { mtimeMs: 0 };
  return nargoPackage !== undefined && mtimeMs < lastChange(nargoPackage.folder);
}

/** Compiles a Nargo package into its target folder. Warnings are told. */
export async function compilePackage(
  context: Context,
  place: Place,
  choice: Partial<CompilerChoice> = {},
): Promise<NoirArtifact> {
  if (!place.nargoPackage)
    throw new BionoirError('USAGE', `${place.title} holds no Noir sources; compile where its package is.`);
  const artifact = await compileNoir(place.nargoPackage.folder, {
    ...compilingOptions(context),
    onWarning: warning => context.reporter.warn(describeWarning(warning)),
    ...(choice.toolchain === 'nargo' ? { toolchain: nargo() } : {}),
  });
  writeWhole(place.file('artifact'), JSON.stringify(artifact));
  context.reporter.fact('artifact', place.file('artifact'));
  return artifact;
}

function describeWarning({ message, file, line, column }: Diagnostic): string {
  return `${line === undefined ? file : `${file}:${line}:${column}`}: ${message}`;
}

/** The system that the constraints of a place were written for, if they were. */
export function compiledFor(place: Place): 'groth16' | 'ultragroth' {
  const path = place.file('r1cs');
  if (!exists(path)) return 'groth16';
  return readR1csFile(readBytes(path, 'constraint system')).rounds === undefined ? 'groth16' : 'ultragroth';
}

const SHOWN_INPUTS = 8;

/** Warns of private inputs that bear on nothing public. Not for networks, where unused pixels are usual. */
export function warnOfUnusedInputs({ reporter }: Context, circuit: PlacedCircuit): void {
  if (circuit.quantGraph) return;
  const names = unusedInputs(circuit);
  if (names.length === 0) return;
  const shown = names.slice(0, SHOWN_INPUTS).join(', ');
  const rest = names.length > SHOWN_INPUTS ? ` and ${names.length - SHOWN_INPUTS} more` : '';
  reporter.warn(
    `Private inputs that bear on nothing public, so that a proof ties them to nothing that others see: ${shown}${rest}.`,
  );
}
