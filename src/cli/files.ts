/**
 * Files of the command line: clear errors on reading, and writes that are whole or not there at all. A file is written
 * beside its target and renamed over it, so that an interrupted run never leaves half a key in place of a good one.
 */
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BionoirError } from '../index.ts';

/** How files that are being written end: after the number of the process that writes them. */
export const PART = '.part';

const unfinished = new Set<string>();

/** Has a file removed when the process ends, unless it was renamed by then. */
export function removeOnExit(path: string): void {
  unfinished.add(path);
}

/** Takes that back. */
export function forgetOnExit(path: string): void {
  unfinished.delete(path);
}

/** Removes what an interrupted write left behind. Called on exit. */
export function removeUnfinishedFiles(): void {
  for (const path of unfinished) rmSync(path, { force: true });
  unfinished.clear();
}

/** @throws BionoirError FILE_NOT_FOUND */
export function readBytes(path: string, what: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw unreadable(path, what, cause);
  }
}

/** @throws BionoirError FILE_NOT_FOUND */
export function readText(path: string, what: string): string {
  return new TextDecoder().decode(readBytes(path, what));
}

/** @throws BionoirError FILE_NOT_FOUND, MALFORMED_FILE */
export function readJson(path: string, what: string): unknown {
  const text = readText(path, what);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const advice = NOT_FINITE.test(text)
      ? 'It holds NaN or Infinity, which are no JSON and no numbers to prove; replace them.'
      : 'Is it the right file, and complete?';
    throw new BionoirError('MALFORMED_FILE', `The ${what} ${path} is not JSON: ${message}. ${advice}`, {
      details: { path },
      location: path,
      cause,
    });
  }
}

/** What Python's json.dump writes of numbers that JSON does not have. */
const NOT_FINITE = /[[,:]\s*(NaN|-?Infinity)\s*[\],}]/;

/** True for a folder, false for a file or nothing. */
export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() ?? false;
}

/** True when something is there. */
export function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

/** Nothing is there below a file, either: the system calls that an error. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Names of the files in a folder. */
export function listFiles(path: string): string[] {
  return readdirSync(path).sort();
}

/** Removes a file, if it is there. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Who may read a file: everybody the system lets, or its owner alone. */
const [SHARED_MODE, PRIVATE_MODE] = [0o666, 0o600];

/** A file's new content; a file that is to go away has none. */
export interface FileChange {
  readonly path: string;
  readonly content: Uint8Array | string | undefined;
  readonly mode?: number;
}

/** Writes a file that opens what a proof keeps private; its owner alone may read it. @throws BionoirError UNWRITABLE_OUTPUT */
export function writePrivate(path: string, content: string): void {
  writeTogether([{ path, content, mode: PRIVATE_MODE }]);
}

/** Writes the whole file or nothing. @throws BionoirError UNWRITABLE_OUTPUT */
export function writeWhole(path: string, content: Uint8Array | string): void {
  writeTogether([{ path, content }]);
}

/**
 * Writes files that belong together: all of them are there, beside their targets, before the first is renamed over its own.
 * A full disk thus leaves the earlier ones as they were.
 *
 * @throws BionoirError UNWRITABLE_OUTPUT
 */
export function writeTogether(changes: readonly FileChange[]): void {
  const staged = new Map<string, string>();
  let current = '';
  try {
    for (const { path, content, mode = SHARED_MODE } of changes) {
      current = path;
      if (content === undefined) continue;
      const temporary = join(dirname(path), `.${basename(path)}.${process.pid}${PART}`);
      mkdirSync(dirname(path), { recursive: true });
      removeOnExit(temporary);
      staged.set(path, temporary);
      writeFileSync(temporary, content, { mode });
    }
    for (const { path } of changes) {
      current = path;
      const temporary = staged.get(path);
      if (temporary === undefined) rmSync(path, { force: true });
      else renameSync(temporary, path);
    }
  } catch (cause) {
    for (const temporary of staged.values()) if (exists(temporary)) rmSync(temporary, { force: true });
    throw unwritable(current, cause);
  } finally {
    for (const temporary of staged.values()) unfinished.delete(temporary);
  }
}

/**
 * Checks that a folder, or the one that it would be made in, can be written: before the work whose result goes there.
 *
 * @throws BionoirError UNWRITABLE_OUTPUT
 */
export function assertWritable(folder: string): void {
  let nearest = folder;
  while (!exists(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  try {
    if (!isDirectory(nearest)) throw new Error(`${nearest} is a file`);
    accessSync(nearest, constants.W_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/** What there is to do about a write that failed, where the system's own words do not say it. */
const WRITE_ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on this disk, and run the command again; files that were there are as they were.',
  EDQUOT: 'Free some of your quota, and run the command again; files that were there are as they were.',
  EROFS: 'The disk is read-only: give another place with --out, or work in a copy of the folder.',
  EACCES: 'Ask for the right to write there, give another place with --out, or work in a copy of the folder.',
};

/** A file or folder that cannot be written. */
export function unwritable(path: string, cause: unknown): BionoirError {
  const { message, code = '' } = cause as NodeJS.ErrnoException;
  const advice = WRITE_ADVICE[code] ?? 'Give another place with --out.';
  return new BionoirError('UNWRITABLE_OUTPUT', `Cannot write ${path}: ${message}. ${advice}`, {
    details: { path },
    location: path,
    cause,
  });
}

function unreadable(path: string, what: string, cause: unknown): BionoirError {
  const reason =
    (cause as NodeJS.ErrnoException).code === 'ENOENT'
      ? `there is no such file${slashAdvice(path)}`
      : (cause as Error).message;
  return new BionoirError('FILE_NOT_FOUND', `Cannot read the ${what} ${path}: ${reason}.`, {
    details: { path },
    location: path,
    cause,
  });
}

/** A path of Windows on another system. */
function slashAdvice(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  return slashed !== path && exists(slashed) ? `; did you mean ${slashed}` : '';
}
