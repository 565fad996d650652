/**
 * Finds the Nargo package that a command is about, by nargo's rules: the innermost Nargo.toml at or above a folder; with
 * a package's name, the outermost one, whose workspace has the member. Artifacts go to `target/` beside that manifest.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BionoirError } from '../errors.ts';
import { MANIFEST, readManifest, type WorkspaceManifest } from './manifest.ts';
import { packageFolders } from './read-package.ts';

/** A binary package to work on. */
export interface NargoPackage {
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
  /** Where nargo writes: `target` beside the package's manifest, or the workspace's. */
  readonly target: string;
}

/**
 * Finds the package at or above a folder; undefined when there is no Nargo.toml.
 *
 * @param name of the package, for workspaces with several
 * @throws BionoirError COMPILE_FAILED for a manifest that cannot be read; USAGE when the workspace leaves a choice, has no
 *   such package, or has no binary one
 */
export function findPackage(from: string, name?: string): NargoPackage | undefined {
  const packages = findPackages(from, name);
  const [first] = packages;
  if (first === undefined || packages.length === 1) return first;
  const names = packages.map(each => each.name);
  const manifest = join(dirname(first.target), MANIFEST);
  throw new BionoirError(
    'USAGE',
    `${manifest} is of a workspace with the packages ${names.join(', ')}. Choose one with --package, or set default-member.`,
    { details: { packages: names }, location: manifest },
  );
}

/**
 * Finds the binary packages that a command without a choice is about, as nargo does: the one that is named, the default
 * member, or all members; none when there is no Nargo.toml.
 *
 * @throws BionoirError as {@link findPackage}, but for a choice
 */
export function findPackages(from: string, name?: string): readonly NargoPackage[] {
  const roots = manifestFolders(resolve(from));
  const root = name === undefined ? roots[0] : roots.at(-1);
  if (root === undefined) return [];
  const manifest = readManifest(root);
  const members =
    manifest.kind === 'workspace'
      ? workspaceMembers(root, manifest)
      : [{ name: manifest.name, type: manifest.type, folder: root }];
  const binaries = members.filter(({ type }) => type === 'bin');
  const found = binaries.filter(member => isChosen(root, manifest, member, name));
  if (found.length > 0)
    return found.map(member => ({ name: member.name, folder: member.folder, target: join(root, 'target') }));
  throw new BionoirError('USAGE', absenceMessage(root, binaries, name), {
    details: { root, name, packages: binaries.map(each => each.name) },
    location: join(root, MANIFEST),
  });
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly folder: string;
}

/** Folders with a manifest at or above a folder, innermost first. */
function manifestFolders(from: string): string[] {
  const found: string[] = [];
  for (let folder = from; ; folder = dirname(folder)) {
    if (existsSync(join(folder, MANIFEST))) found.push(folder);
    if (dirname(folder) === folder) return found;
  }
}

function workspaceMembers(root: string, { members }: WorkspaceManifest): Member[] {
  return members.map(member => {
    const folder = join(root, member);
    const manifest = readManifest(folder);
    if (manifest.kind === 'package') return { name: manifest.name, type: manifest.type, folder };
    throw new BionoirError(
      'COMPILE_FAILED',
      `The workspace '${root}' has the member '${member}', which is a workspace itself; Noir knows no workspaces in workspaces. List its packages instead.`,
      { details: { root, member }, location: join(root, MANIFEST) },
    );
  });
}

function isChosen(
  root: string,
  manifest: ReturnType<typeof readManifest>,
  member: Member,
  name: string | undefined,
): boolean {
  if (name !== undefined) return member.name === name;
  if (manifest.kind !== 'workspace' || manifest.defaultMember === undefined) return true;
  return join(root, manifest.defaultMember) === member.folder;
}

function absenceMessage(root: string, binaries: readonly Member[], name: string | undefined): string {
  const names = binaries.map(each => each.name).join(', ');
  if (names === '')
    return `${join(root, MANIFEST)} has no package of type "bin", and only such can be proved.`;
  const sought = name === undefined ? 'as its default-member' : `'${name}'`;
  return `${join(root, MANIFEST)} has no binary package ${sought}; it has ${names}.`;
}

/** The time of the last change of a package's manifests and sources, those of its dependencies included. */
export function lastChange(folder: string): number {
  const times = packageFolders(folder).flatMap(each => [
    statSync(join(each, MANIFEST)).mtimeMs,
    ...readdirSync(join(each, 'src'), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && entry.name.endsWith('.nr'))
      .map(entry => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  ]);
  return Math.max(...times);
}
