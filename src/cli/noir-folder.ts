/**
 * The generated Nargo package of a build folder, which people may edit. A list of what was generated, with hashes, stands
 * beside it, so that compiling the model again neither loses their lines nor leaves modules of an earlier network there.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { NoirPackage } from '../index.ts';
import { exists, type FileChange, readBytes, readJson } from './files.ts';

const LIST = '.generated.json';
const FORMAT = 'bionoir-generated';
const VERSION = 1;

/** How a package is written. */
export interface PackageChanges {
  readonly changes: readonly FileChange[];
  /** Files that somebody had edited, under the names that they are kept by. */
  readonly kept: readonly string[];
}

/**
 * What writing a package anew takes: its files; copies of those that were edited since they were generated; the removal of
 * those that it no longer has. Files that nobody generated stay as they are.
 */
export function packageChanges(folder: string, { files }: NoirPackage): PackageChanges {
  const earlier = readList(folder);
  const changes: FileChange[] = [];
  const kept: string[] = [];
  for (const [path, hash] of Object.entries(earlier)) {
    const file = join(folder, path);
    if (!exists(file)) continue;
    const found = readBytes(file, 'Noir source');
    if (sha256(found) !== hash && sha256(found) !== hashOf(files.get(path))) {
      const copy = freeName(file);
      changes.push({ path: copy, content: found });
      kept.push(copy);
    }
    if (!files.has(path)) changes.push({ path: file, content: undefined });
  }
  for (const [path, content] of files) changes.push({ path: join(folder, path), content });
  const hashes = Object.fromEntries([...files].map(([path, text]) => [path, sha256(text)]));
  const list = { format: FORMAT, version: VERSION, files: hashes };
  changes.push({ path: join(folder, LIST), content: `${JSON.stringify(list, null, 1)}\n` });
  return { changes, kept };
}

/** Hashes of the files that were generated before; none in a folder of another version. */
function readList(folder: string): Readonly<Record<string, string>> {
  const path = join(folder, LIST);
  if (!exists(path)) return {};
  const value = readJson(path, 'list of generated files') as {
    readonly format?: unknown;
    readonly version?: unknown;
    readonly files?: Readonly<Record<string, string>>;
  };
  return value.format === FORMAT && value.version === VERSION ? (value.files ?? {}) : {};
}

/** A name beside an edited file that is not taken. */
function freeName(file: string): string {
  for (let number = 1; ; number++) {
    const name = `${file}.edited-${number}`;
    if (!exists(name)) return name;
  }
}

function hashOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : sha256(text);
}

function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}
