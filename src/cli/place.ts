/**
 * What a command works on, found from one argument: a Nargo package, the artifact of any Noir program, or the build folder
 * of a network. A place knows where each kind of file belongs:
 *
 *   Nargo package, artifact x.json     target/x.zkey x.vkey.json x.sol x.gz x.proof.json ... beside the artifact
 *   build folder                       proving_key.zkey verification_key.json Verifier.sol ... inside
 */
import { basename, dirname, join } from 'node:path';
import { BionoirError, findPackage, findPackages, type NargoPackage } from '../index.ts';
import { exists, isDirectory } from './files.ts';

/** Names in a build folder, and what follows the program's name elsewhere. */
const NAMES = {
  network: ['network.json', '.network.json'],
  project: ['project.json', '.project.json'],
  features: ['features.json', '.features.json'],
  opening: ['opening.json', '.opening.json'],
  artifact: ['artifact.json', '.json'],
  r1cs: ['circuit.r1cs', '.r1cs'],
  symbols: ['circuit.sym', '.sym'],
  costs: ['costs.txt', '.costs.txt'],
  witnessProgram: ['circuit.bwp', '.bwp'],
  stamp: ['circuit.stamp.json', '.stamp.json'],
  lock: ['.lock', '.lock'],
  provingKey: ['proving_key.zkey', '.zkey'],
  verificationKey: ['verification_key.json', '.vkey.json'],
  verifier: ['Verifier.sol', '.sol'],
  witnessStack: ['witness.gz', '.gz'],
  witness: ['witness.wtns', '.wtns'],
  proof: ['proof.json', '.proof.json'],
  publicSignals: ['public.json', '.public.json'],
  calldata: ['calldata.txt', '.calldata.txt'],
} as const;

/** A file that commands leave for one another. */
export type FileKind = keyof typeof NAMES;

export interface Place {
  readonly kind: 'package' | 'artifact' | 'build';
  /** How people know it: the package, the artifact, the folder. */
  readonly title: string;
  /** The package, for places of that kind. */
  readonly nargoPackage?: NargoPackage;
  file(kind: FileKind): string;
}

/** Makes the place of a network's build folder, which need not exist yet. */
export function buildPlace(folder: string): Place {
  return { kind: 'build', title: folder, file: kind => join(folder, NAMES[kind][0]) };
}

/** Makes the place of an artifact file; `folder` is where the others go. */
export function artifactPlace(artifact: string, folder = dirname(artifact)): Place {
  const stem = basename(artifact).replace(/\.json$/, '');
  return {
    kind: 'artifact',
    title: artifact,
    file: kind => (kind === 'artifact' ? artifact : join(folder, `${stem}${NAMES[kind][1]}`)),
  };
}

/** Makes the place of a Nargo package. */
export function packagePlace(nargoPackage: NargoPackage): Place {
  const { name, target } = nargoPackage;
  return {
    kind: 'package',
    title: name,
    nargoPackage,
    file: kind => join(target, `${name}${NAMES[kind][1]}`),
  };
}

/** What proving writes. */
const PROOF_FILES: readonly FileKind[] = [
  'witnessStack',
  'witness',
  'opening',
  'proof',
  'publicSignals',
  'calldata',
];

/** The same place whose witness and proof go to another folder, under the names that they have in a build folder. */
export function proofPlace(place: Place, folder: string | undefined): Place {
  if (folder === undefined) return place;
  const target = buildPlace(folder);
  return { ...place, file: kind => (PROOF_FILES.includes(kind) ? target : place).file(kind) };
}

/** Files by which a build folder is known; the first two appear before it is complete. */
const BUILD_MARKS = ['graph.txt', 'network.json', 'artifact.json'];

/**
 * Finds the place that an argument names; without one, around the working directory.
 *
 * @param packageName chooses in a workspace
 * @throws BionoirError FILE_NOT_FOUND when nothing of the three is there; USAGE, COMPILE_FAILED by the package's manifest
 */
export function findPlace(where = '.', packageName?: string): Place {
  const own = findOwnPlace(where, packageName);
  if (own) return own;
  const nargoPackage = findPackage(where, packageName);
  if (nargoPackage) return packagePlace(nargoPackage);
  throw nothingAt(where);
}

/**
 * Finds all places that an argument names: every binary package of a workspace that leaves the choice.
 *
 * @throws BionoirError as {@link findPlace}
 */
export function findPlaces(where: string, packageName?: string): readonly Place[] {
  const own = findOwnPlace(where, packageName);
  if (own) return [own];
  const packages = findPackages(where, packageName);
  if (packages.length > 0) return packages.map(packagePlace);
  throw nothingAt(where);
}

/** The artifact or build folder that is given by its own path. */
function findOwnPlace(where: string, packageName: string | undefined): Place | undefined {
  if (!exists(where)) throw notFound(where, `There is no ${where}`);
  if (!isDirectory(where)) return artifactPlace(where);
  return packageName === undefined && isBuildFolder(where) ? buildPlace(where) : undefined;
}

function nothingAt(where: string): BionoirError {
  return notFound(where, `${where} is no build folder, and no Nargo.toml is in it or above it`);
}

function isBuildFolder(folder: string): boolean {
  return BUILD_MARKS.some(mark => exists(join(folder, mark))) && !exists(join(folder, 'Nargo.toml'));
}

function notFound(where: string, reason: string): BionoirError {
  return new BionoirError(
    'FILE_NOT_FOUND',
    `${reason}. Give a Nargo package, the artifact of a Noir program (target/<name>.json), or the build folder of a network.`,
    { details: { where }, location: where },
  );
}

/**
 * The path of a file that another command makes.
 *
 * @throws BionoirError FILE_NOT_FOUND naming that command
 */
export function requireFile(place: Place, kind: FileKind, command: string): string {
  const path = place.file(kind);
  if (exists(path)) return path;
  throw new BionoirError(
    'FILE_NOT_FOUND',
    `${dirname(path)} has no ${basename(path)}. Run 'bionoir ${command}' for ${place.kind === 'build' ? 'this folder' : place.title} first.`,
    { details: { path, command }, location: path },
  );
}
