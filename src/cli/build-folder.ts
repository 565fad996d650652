/**
 * The build folder: one network's artefacts under fixed names, so that each command finds what the one before it made.
 *
 *   graph.txt quantized.txt costs.txt      listings for people
 *   network.json                           the integers, for proving
 *   noir/                                  the Nargo package
 *   artifact.json circuit.r1cs circuit.sym
 *   proving_key.zkey verification_key.json Verifier.sol
 *   witness.wtns proof.json public.json calldata.txt
 */
import { join } from 'node:path';
import {
  BionoirError,
  type Circuit,
  costTable,
  decodeQuantGraph,
  encodeQuantGraph,
  lowerArtifact,
  type NoirArtifact,
  type NoirPackage,
  type PartialNetwork,
  type ProvableNetwork,
  printCostTable,
  printGraph,
  printQuantGraph,
  writeR1cs,
  writeSym,
} from '../index.ts';
import { exists, readJson, readText, writeWhole } from './files.ts';

export const FILES = {
  graph: 'graph.txt',
  quantized: 'quantized.txt',
  network: 'network.json',
  noir: 'noir',
  artifact: 'artifact.json',
  r1cs: 'circuit.r1cs',
  symbols: 'circuit.sym',
  costs: 'costs.txt',
  provingKey: 'proving_key.zkey',
  verificationKey: 'verification_key.json',
  verifier: 'Verifier.sol',
  witness: 'witness.wtns',
  proof: 'proof.json',
  publicSignals: 'public.json',
  calldata: 'calldata.txt',
} as const;

/** Writes a Nargo package under `folder`. */
export function writePackage(folder: string, noirPackage: NoirPackage): void {
  for (const [path, text] of noirPackage.files) writeWhole(join(folder, path), text);
}

/** Writes what compiling a network gave, as far as it went. */
export function writeCompiled(folder: string, network: PartialNetwork): void {
  const { graph, quantGraph, noirPackage, artifact, lowered } = network;
  const write = (file: string, content: Uint8Array | string) => writeWhole(join(folder, file), content);
  write(FILES.graph, printGraph(graph));
  if (quantGraph) write(FILES.quantized, printQuantGraph(quantGraph));
  if (noirPackage) writePackage(join(folder, FILES.noir), noirPackage);
  if (artifact) write(FILES.artifact, JSON.stringify(artifact));
  if (!artifact || !lowered || !quantGraph) return;
  writeCircuit(folder, { artifact, lowered });
  write(FILES.network, encodeQuantGraph(quantGraph)); // last: a folder with network.json is complete
}

/** Writes artifact, constraints, names and costs. */
export function writeCircuit(
  folder: string,
  { artifact, lowered }: Pick<Circuit, 'artifact' | 'lowered'>,
): void {
  const { system, wireName } = lowered;
  const names = Array.from({ length: system.wireCount - 1 }, (_, i) => wireName(toWire(i + 1)));
  writeWhole(join(folder, FILES.artifact), JSON.stringify(artifact));
  writeWhole(join(folder, FILES.r1cs), writeR1cs(system));
  writeWhole(join(folder, FILES.symbols), writeSym(names));
  writeWhole(join(folder, FILES.costs), printCostTable(costTable(system)));
}

type WireOf = Parameters<Circuit['lowered']['wireName']>[0];
const toWire = (index: number): WireOf => index as WireOf; // a wire of this very system

/**
 * Reads a build folder back into what proving needs.
 *
 * @throws BionoirError FILE_NOT_FOUND when the folder is not a build folder; MALFORMED_FILE, MALFORMED_ARTIFACT
 */
export async function readCompiled(folder: string): Promise<ProvableNetwork> {
  requireBuild(folder, FILES.network, 'compile');
  const quantGraph = decodeQuantGraph(readText(join(folder, FILES.network), 'quantised network'));
  const artifact = readJson(join(folder, FILES.artifact), 'Noir artifact') as NoirArtifact; // checked by the decoder
  return { quantGraph, ...(await lowerArtifact(artifact)) };
}

/** @throws BionoirError FILE_NOT_FOUND naming the command that makes the file. */
export function requireBuild(folder: string, file: string, command: string): string {
  const path = join(folder, file);
  if (exists(path)) return path;
  throw new BionoirError(
    'FILE_NOT_FOUND',
    `${folder} has no ${file}. Run 'bionoir ${command}' for this folder first.`,
    { details: { path, command }, location: path },
  );
}
