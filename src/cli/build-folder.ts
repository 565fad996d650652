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
  type PartialNetwork,
  type ProvableNetwork,
  printCostTable,
  printGraph,
  printQuantGraph,
  printSearchReport,
  writeR1cs,
  writeSym,
} from '../index.ts';
import { type FileChange, readText, writeTogether } from './files.ts';
import { type PackageChanges, packageChanges } from './noir-folder.ts';
import { buildPlace, type Place, requireFile } from './place.ts';
import { applicationOf, type Project, projectChange, readProject } from './project.ts';
import { readyChanges } from './ready.ts';

/** Names that only a network's folder has; place.ts knows the others. */
export const FILES = {
  graph: 'graph.txt',
  quantized: 'quantized.txt',
  noir: 'noir',
  fidelity: 'fidelity.json',
  fidelityPage: 'fidelity.html',
} as const;

/**
 * Writes what compiling a network gave, as far as it went. Gives the names under which edited sources were kept.
 *
 * @throws BionoirError UNWRITABLE_OUTPUT, and then the folder is as it was
 */
export function writeCompiled(
  folder: string,
  network: PartialNetwork,
  project: Project = {},
): readonly string[] {
  const { graph, quantGraph, noirPackage, artifact, lowered, program } = network;
  const place = buildPlace(folder);
  const listing = (file: string, content: string): FileChange => ({ path: join(folder, file), content });
  const sources = noirPackage ? packageChanges(join(folder, FILES.noir), noirPackage) : NO_SOURCES;
  writeTogether([
    listing(FILES.graph, printGraph(graph)),
    ...(quantGraph ? [listing(FILES.quantized, printQuantGraph(quantGraph))] : []),
    ...(network.fidelity
      ? [
          listing(FILES.fidelity, `${JSON.stringify(network.fidelity, null, 1)}\n`),
          listing(FILES.fidelityPage, printSearchReport(network.fidelity)),
        ]
      : []),
    ...sources.changes,
    ...(artifact ? [{ path: place.file('artifact'), content: JSON.stringify(artifact) }] : []),
    ...(artifact && lowered && program && quantGraph
      ? [
          ...constraintChanges(place, { artifact, lowered, program }),
          projectChange(place, { ...project, ...scored(project, network) }),
          { path: place.file('network'), content: encodeQuantGraph(quantGraph) }, // last: its folder is complete
        ]
      : []),
  ]);
  return sources.kept;
}

const NO_SOURCES: PackageChanges = { changes: [], kept: [] };

/** What compiling found out about the score of a liveness network. */
function scored({ application: asked }: Project, { application }: PartialNetwork): Project {
  if (asked === undefined || application?.kind !== 'liveness') return {};
  const { scoreIndex, isLogit } = application;
  return { application: { ...asked, scoreIndex, isLogit } };
}

type WrittenCircuit = Pick<Circuit, 'artifact' | 'lowered' | 'program'>;

/** Writes artifact, constraints, names and costs; gives their paths. */
export function writeCircuit(place: Place, circuit: WrittenCircuit): readonly string[] {
  const artifact = { path: place.file('artifact'), content: JSON.stringify(circuit.artifact) };
  return writeListed([artifact, ...constraintChanges(place, circuit)]);
}

/** Writes constraints, names, costs and, where engines can run it, the witness program; gives their paths. */
export function writeConstraints(place: Place, circuit: WrittenCircuit): readonly string[] {
  return writeListed(constraintChanges(place, circuit));
}

/** All but the stamp, which is of no use to people. */
function writeListed(changes: readonly FileChange[]): readonly string[] {
  writeTogether(changes);
  const written = changes.filter(({ content }) => content !== undefined).map(({ path }) => path);
  return written.filter(path => !path.endsWith('stamp.json'));
}

function constraintChanges(place: Place, circuit: WrittenCircuit): readonly FileChange[] {
  const { system, wireName } = circuit.lowered;
  const names = Array.from({ length: system.wireCount - 1 }, (_, i) => wireName(toWire(i + 1)));
  const r1cs = writeR1cs(system);
  return [
    { path: place.file('r1cs'), content: r1cs },
    { path: place.file('symbols'), content: writeSym(names) },
    { path: place.file('costs'), content: printCostTable(costTable(system)) },
    ...readyChanges(place, circuit, r1cs),
  ];
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
