/**
 * Files of the command line: clear errors on reading, and writes that are whole or not there at all. A file is written
 * beside its target and renamed over it, so that an interrupted run never leaves half a key in place of a good one.
 */
import {
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

const unfinished = new Set<string>();

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

/** Writes a file that opens what a proof keeps private; its owner alone may read it. @throws BionoirError UNWRITABLE_OUTPUT */
export function writePrivate(path: string, content: string): void {
  writeWhole(path, content, PRIVATE_MODE);
}

/** Writes the whole file or nothing. @throws BionoirError UNWRITABLE_OUTPUT */
export function writeWhole(path: string, content: Uint8Array | string, mode = SHARED_MODE): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    unfinished.add(temporary);
    writeFileSync(temporary, content, { mode });
    renameSync(temporary, path);
  } catch (cause) {
    if (exists(temporary)) rmSync(temporary, { force: true });
    throw new BionoirError(
      'UNWRITABLE_OUTPUT',
      `Cannot write ${path}: ${(cause as Error).message}. Give another place with --out.`,
      { details: { path }, location: path, cause },
    );
  } finally {
    unfinished.delete(temporary);
  }
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
