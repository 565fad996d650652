/**
 * Nargo.toml: packages and workspaces (noir-lang.org/docs, "Crates and packages", "Workspaces"). Only what building a
 * binary package needs is read; `compiler_version` and the like are nargo's to judge.
 */
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parse } from 'smol-toml';
import { BionoirError } from '../errors.ts';

/** A dependency as the manifest names it. */
export type Dependency =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly tag: string; readonly directory?: string };

/** A `[package]`. */
export interface PackageManifest {
  readonly kind: 'package';
  readonly name: string;
  readonly type: string;
  /** The root file, where it is not src/main.nr or src/lib.nr. */
  readonly entry?: string;
  /** By the name under which the package's sources know it. */
  readonly dependencies: ReadonlyMap<string, Dependency>;
}

/** A `[workspace]`. */
export interface WorkspaceManifest {
  readonly kind: 'workspace';
  /** Folders, relative to the workspace's. */
  readonly members: readonly string[];
  readonly defaultMember?: string;
}

export const MANIFEST = 'Nargo.toml';

/**
 * Reads the manifest in a folder.
 *
 * @throws BionoirError COMPILE_FAILED when there is none, or it does not say what it must
 */
export function readManifest(folder: string): PackageManifest | WorkspaceManifest {
  return toManifest(folder, readText(folder));
}

function toManifest(folder: string, text: string): PackageManifest | WorkspaceManifest {
  const value = parseManifest(folder, text);
  if (isRecord(value.workspace)) return toWorkspace(folder, value.workspace);
  if (!isRecord(value.package)) throw unreadable(folder, `${MANIFEST} has neither [package] nor [workspace]`);
  const { name, type, entry } = value.package;
  if (typeof name !== 'string') throw unreadable(folder, `${MANIFEST} names no package`);
  if (typeof type !== 'string')
    throw unreadable(folder, `${MANIFEST} gives no type; it must be "bin" or "lib"`);
  const dependencies = isRecord(value.dependencies) ? Object.entries(value.dependencies) : [];
  return {
    kind: 'package',
    name,
    type,
    ...(typeof entry === 'string' ? { entry } : {}),
    dependencies: new Map(dependencies.map(([alias, each]) => [alias, toDependency(folder, alias, each)])),
  };
}

/**
 * Writes a manifest whose dependencies are paths in memory, as compilers get it: they see the root package at /<name>.
 *
 * @param places folders of the dependencies, relative to the root package's
 */
export function printManifest(
  { name, type }: Pick<PackageManifest, 'name' | 'type'>,
  places: ReadonlyMap<string, string>,
  rootName: string,
): string {
  const lines = [...places].map(([alias, place]) => `${alias} = { path = "/${rootName}/${place}" }\n`);
  return `[package]\nname = "${name}"\ntype = "${type}"\nauthors = [""]\n\n[dependencies]\n${lines.join('')}`;
}

/** A manifest in memory in the one form that {@link printManifest} gives; as it is when it says what that cannot. */
export function normalManifest(path: string, text: string, rootName: string): string {
  try {
    const manifest = toManifest(path, text);
    if (manifest.kind !== 'package' || manifest.entry !== undefined) return text;
    const places = [...manifest.dependencies].map(([alias, dependency]): [string, string] => {
      if (dependency.kind !== 'path') throw unreadable(path, 'a git dependency stays what it is');
      const place = posix.resolve(`/${rootName}`, posix.dirname(path), dependency.path);
      return [alias, posix.relative(`/${rootName}`, place)];
    });
    return printManifest(manifest, new Map(places), rootName);
  } catch {
    return text; // the compiler says what is wrong with it
  }
}

function readText(folder: string): string {
  try {
    return readFileSync(join(folder, MANIFEST), 'utf8');
  } catch (cause) {
    throw unreadable(folder, firstLine(cause), cause);
  }
}

function parseManifest(folder: string, text: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (cause) {
    throw unreadable(folder, firstLine(cause), cause);
  }
}

function toWorkspace(folder: string, workspace: Readonly<Record<string, unknown>>): WorkspaceManifest {
  const { members } = workspace;
  if (!Array.isArray(members) || !members.every(member => typeof member === 'string'))
    throw unreadable(folder, `${MANIFEST} lists no workspace members`);
  const defaultMember = workspace['default-member'];
  return { kind: 'workspace', members, ...(typeof defaultMember === 'string' ? { defaultMember } : {}) };
}

function toDependency(folder: string, alias: string, value: unknown): Dependency {
  if (isRecord(value) && typeof value.path === 'string') return { kind: 'path', path: value.path };
  if (isRecord(value) && typeof value.git === 'string' && typeof value.tag === 'string') {
    const { git: url, tag, directory } = value;
    return { kind: 'git', url, tag, ...(typeof directory === 'string' ? { directory } : {}) };
  }
  throw unreadable(folder, `its dependency '${alias}' has neither a path nor a git address with a tag`);
}

/** The error of a package that cannot be read: `reason` completes "cannot be read: ...". */
export function unreadable(folder: string, reason: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'COMPILE_FAILED',
    `The Noir package '${folder}' cannot be read: ${reason}. A package is a folder with ${MANIFEST} and src/main.nr.`,
    { details: { name: folder, message: reason }, location: join(folder, MANIFEST), cause },
  );
}

function firstLine(error: unknown): string {
  return ((error as Error).message.split('\n')[0] as string).replace(/\.$/, '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
