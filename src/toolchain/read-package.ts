/**
 * Reads a Nargo package in a folder, with all it depends on, into memory: no path of this machine gets into the artifact,
 * and the compiler fetches nothing from the network.
 *
 * Git dependencies are taken from where nargo keeps them: $NARGO_CRATES_ROOT or ~/nargo, then
 * <domain>/<owner>/<repository>/<tag>. Files of dependencies inside the package's folder keep their place, others go to
 * deps/<name>/. One name means one package: noir_wasm does not know more.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { BionoirError } from '../errors.ts';
import type { NoirPackage } from '../noir/types.ts';
import {
  type Dependency,
  MANIFEST,
  type PackageManifest,
  printManifest,
  readManifest,
  unreadable,
} from './manifest.ts';

/**
 * Reads a binary package.
 *
 * @throws BionoirError COMPILE_FAILED when it or a dependency cannot be read; FILE_NOT_FOUND for a git dependency that
 *   nargo has not fetched; UNSUPPORTED_OPTION for an entry file of another name
 */
export function readPackage(folder: string): NoirPackage {
  const root = resolve(folder);
  const units = resolveUnits(root);
  const name = units[0]?.manifest.name ?? '';
  const files = new Map<string, string>();
  for (const unit of units) {
    const { manifest, dependencies } = unit;
    files.set(inside(unit.place, MANIFEST), printManifest(manifest, dependencies, name));
    for (const file of sourceFiles(unit)) {
      const text = readFileSync(join(unit.folder, file), 'utf8');
      files.set(inside(unit.place, file.split(sep).join('/')), text);
    }
  }
  return { name, files };
}

/** The folders of a package and of all it depends on. @throws BionoirError as {@link readPackage} */
export function packageFolders(folder: string): string[] {
  return resolveUnits(resolve(folder)).map(unit => unit.folder);
}

/** One package of the tree. */
interface Unit {
  readonly folder: string;
  /** Its folder in memory, relative to the root package's; empty for that itself. */
  readonly place: string;
  readonly manifest: PackageManifest;
  /** Places of its dependencies by name. */
  readonly dependencies: Map<string, string>;
}

/** The package and its dependencies, each once. */
function resolveUnits(root: string): Unit[] {
  const byFolder = new Map<string, Unit>();
  const folderOfName = new Map<string, string>();
  const visit = (folder: string, place: string): Unit => {
    const known = byFolder.get(folder);
    if (known !== undefined) return known;
    const manifest = readManifest(folder);
    if (manifest.kind === 'workspace') throw unreadable(folder, 'it is a workspace, not a package');
    const unit = { folder, place, manifest, dependencies: new Map<string, string>() };
    byFolder.set(folder, unit);
    for (const [name, dependency] of manifest.dependencies) {
      const target = locate(folder, name, dependency);
      const earlier = folderOfName.get(name);
      if (earlier !== undefined && earlier !== target) throw twoPackages(name, earlier, target);
      folderOfName.set(name, target);
      const { manifest: found, place: where } = visit(target, placeOf(root, target, name));
      if (found.type !== 'lib')
        throw unreadable(folder, `its dependency '${name}' is of type "${found.type}", not "lib"`);
      unit.dependencies.set(name, where);
    }
    return unit;
  };
  visit(root, '');
  return [...byFolder.values()];
}

function placeOf(root: string, folder: string, name: string): string {
  const path = relative(root, folder);
  const isInside = path !== '' && !path.startsWith('..') && !/^([a-zA-Z]:)?[\\/]/.test(path);
  return isInside ? path.split(sep).join('/') : `deps/${name}`;
}

function locate(folder: string, name: string, dependency: Dependency): string {
  if (dependency.kind === 'path') {
    const target = resolve(folder, dependency.path);
    if (existsSync(join(target, MANIFEST))) return target;
    throw unreadable(folder, `its dependency '${name}' has no ${MANIFEST} at ${target}`);
  }
  const clone = join(cratesRoot(), clonePath(folder, name, dependency));
  const target = dependency.directory === undefined ? clone : join(clone, dependency.directory);
  if (existsSync(join(target, MANIFEST))) return target;
  throw new BionoirError(
    'FILE_NOT_FOUND',
    `The dependency '${name}' (${dependency.url}, tag ${dependency.tag}) is not in nargo's cache at ${target}. ` +
      `Run 'nargo check' in ${folder}, which fetches it, or clone it there.`,
    { details: { name, ...dependency, target }, location: join(folder, MANIFEST) },
  );
}

function cratesRoot(): string {
  return process.env.NARGO_CRATES_ROOT ?? join(homedir(), 'nargo');
}

function clonePath(folder: string, name: string, { url, tag }: Extract<Dependency, { kind: 'git' }>): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const path = parsed && join(parsed.hostname, parsed.pathname, tag);
  if (path !== undefined && !path.split(sep).includes('..')) return path;
  throw unreadable(folder, `the git address '${url}' (tag '${tag}') of its dependency '${name}' is not one`);
}

function twoPackages(name: string, one: string, other: string): BionoirError {
  return new BionoirError(
    'COMPILE_FAILED',
    `Two packages are known as '${name}': ${one} and ${other}. The built-in compiler knows one package by a name: give one of them another name, or compile with nargo (--toolchain nargo).`,
    { details: { name, folders: [one, other] } },
  );
}

/** Sources of a package, relative to its folder. */
function sourceFiles({ folder, manifest }: Unit): string[] {
  const entry = join('src', manifest.type === 'lib' ? 'lib.nr' : 'main.nr');
  if (manifest.entry !== undefined && join(manifest.entry) !== entry) {
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `The Noir package '${folder}' has the entry '${manifest.entry}'; the built-in compiler starts at ${entry} only. Rename the file, or compile with nargo (--toolchain nargo).`,
      { details: { folder, entry: manifest.entry }, location: join(folder, MANIFEST) },
    );
  }
  if (!existsSync(join(folder, entry))) throw unreadable(folder, `it has no ${entry}`);
  return readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter(item => item.isFile() && item.name.endsWith('.nr'))
    .map(item => relative(folder, join(item.parentPath, item.name)))
    .sort();
}

function inside(place: string, file: string): string {
  return place === '' ? file : `${place}/${file}`;
}
