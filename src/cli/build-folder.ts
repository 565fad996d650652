/**
 * The build folder: one network's artefacts under fixed names, so that each command finds what the one before it made.
 *
 *   graph.txt quantized.txt costs.txt      listings for people
 *   network.json                           the integers, for proving
 *   project.json                           the application and how pictures are read, if said
 *   noir/                                  the Nargo package
 *   artifact.json circuit.r1cs circuit.bwp ...   what place.ts names, as for any Noir program
 */
import { dirname, join } from 'node:path';
import {
  type Circuit,
  costTable,
  decodeQuantGraph,
  encodeQuantGraph,
  type NoirPackage,
  type PartialNetwork,
  type ProvableNetwork,
  printCostTable,
  printGraph,
  printQuantGraph,
  printSearchReport,
  writeR1cs,
  writeSym,
} from '../index.ts';
import { readText, writeWhole } from './files.ts';
import { buildPlace, type Place, requireFile } from './place.ts';
import { applicationOf, type Project, readProject, writeProject } from './project.ts';
import { writeReady } from './ready.ts';

/** Names that only a network's folder has; place.ts knows the others. */
export const FILES = {
  graph: 'graph.txt',
  quantized: 'quantized.txt',
  noir: 'noir',
  fidelity: 'fidelity.json',
  fidelityPage: 'fidelity.html',
} as const;

/** Writes a Nargo package under `folder`. */
export function writePackage(folder: string, noirPackage: NoirPackage): void {
  for (const [path, text] of noirPackage.files) writeWhole(join(folder, path), text);
}

/** Writes what compiling a network gave, as far as it went. */
export function writeCompiled(folder: string, network: PartialNetwork, project: Project = {}): void {
  const { graph, quantGraph, noirPackage, artifact, lowered, program } = network;
  const write = (file: string, content: Uint8Array | string) => writeWhole(join(folder, file), content);
  write(FILES.graph, printGraph(graph));
  if (quantGraph) write(FILES.quantized, printQuantGraph(quantGraph));
  if (network.fidelity) {
    write(FILES.fidelity, `${JSON.stringify(network.fidelity, null, 1)}\n`);
    write(FILES.fidelityPage, printSearchReport(network.fidelity));
  }
  if (noirPackage) writePackage(join(folder, FILES.noir), noirPackage);
  const place = buildPlace(folder);
  if (artifact) writeWhole(place.file('artifact'), JSON.stringify(artifact));
  if (!artifact || !lowered || !program || !quantGraph) return;
  writeCircuit(place, { artifact, lowered, program });
  writeProject(place, { ...project, ...scored(project, network) });
  writeWhole(place.file('network'), encodeQuantGraph(quantGraph)); // last: a folder with network.json is complete
}

/** What compiling found out about the score of a liveness network. */
function scored({ application: asked }: Project, { application }: PartialNetwork): Project {
  if (asked === undefined || application?.kind !== 'liveness') return {};
  const { scoreIndex, isLogit } = application;
  return { application: { ...asked, scoreIndex, isLogit } };
}

/** Writes artifact, constraints, names and costs; gives their paths. */
export function writeCircuit(
  place: Place,
  circuit: Pick<Circuit, 'artifact' | 'lowered' | 'program'>,
): readonly string[] {
  writeWhole(place.file('artifact'), JSON.stringify(circuit.artifact));
  return [place.file('artifact'), ...writeConstraints(place, circuit)];
}

/** Writes constraints, names, costs and, where engines can run it, the witness program; gives their paths. */
export function writeConstraints(
  place: Place,
  circuit: Pick<Circuit, 'artifact' | 'lowered' | 'program'>,
): readonly string[] {
  const { system, wireName } = circuit.lowered;
  const names = Array.from({ length: system.wireCount - 1 }, (_, i) => wireName(toWire(i + 1)));
  const r1cs = writeR1cs(system);
  const files = [
    [place.file('r1cs'), r1cs],
    [place.file('symbols'), writeSym(names)],
    [place.file('costs'), printCostTable(costTable(system))],
  ] as const;
  for (const [path, content] of files) writeWhole(path, content);
  return [...files.map(([path]) => path), ...writeReady(place, circuit, r1cs)];
}

type WireOf = Parameters<Circuit['lowered']['wireName']>[0];
const toWire = (index: number): WireOf => index as WireOf; // a wire of this very system

/** What a build folder knows of its network besides the circuit. */
export type PlacedNetwork = Pick<ProvableNetwork, 'quantGraph' | 'application'>;

/**
 * Reads the integers and the application of a build folder.
 *
 * @throws BionoirError FILE_NOT_FOUND when the folder is not complete; MALFORMED_FILE
 */
export function readPlacedNetwork(place: Place): PlacedNetwork {
  const quantGraph = readNetwork(place);
  const application = applicationOf(readProject(place), quantGraph);
  return { quantGraph, ...(application ? { application } : {}) };
}

/** Reads the integers of a build folder. @throws BionoirError FILE_NOT_FOUND, MALFORMED_FILE */
export function readNetwork(place: Place): ProvableNetwork['quantGraph'] {
  return decodeQuantGraph(readText(requireFile(place, 'network', 'compile'), 'quantised network'));
}

/** The folder of the Nargo package that was generated. */
export function noirFolder(place: Place): string {
  return join(dirname(place.file('network')), FILES.noir);
}
