/**
 * One command at a time in a folder. Whoever changes the files of a place holds its lock: a file that names the process.
 * Others wait until it goes away; one whose process has ended is stale and is removed, with what that process left half
 * written. Processes of other machines cannot be looked at: of these, the message says which file to remove.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { BionoirError } from '../index.ts';
import type { Context } from './context.ts';
import { forgetOnExit, listFiles, PART, removeFile, removeOnExit, unwritable } from './files.ts';
import type { Place } from './place.ts';

const POLL_MILLIS = 100;
/** Writing a lock takes far less: one that still cannot be read was left by a process that died over it. */
const WRITING_MILLIS = 10_000;

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, where the system tells: numbers of processes are used again. */
  readonly born: string;
  readonly since: string;
}

/** Locks of this process, by their paths. */
const held = new Set<string>();

/**
 * Runs `action` while no other command changes the files of a place.
 *
 * @throws BionoirError UNWRITABLE_OUTPUT when its folder cannot be made; ABORTED while it waits
 */
export async function withLock<T>(context: Context, place: Place, action: () => Promise<T> | T): Promise<T> {
  const path = place.file('lock');
  const isHeld = await acquire(context, path);
  try {
    return await action();
  } finally {
    if (isHeld) release(path);
  }
}

/** False where nothing can be written, so that there is nothing to keep apart. */
async function acquire({ reporter, signal }: Context, path: string): Promise<boolean> {
  makeFolder(path);
  let isTold = false;
  for (;;) {
    const outcome = tryAcquire(path);
    if (outcome !== 'taken') return outcome === 'acquired';
    const blocker = removeIfStale(path);
    if (blocker === 'gone') continue;
    if (!isTold) reporter.warn(describe(path, blocker));
    isTold = true;
    await pause(POLL_MILLIS, undefined, { signal }).catch(() => {
      throw new BionoirError('ABORTED', `Interrupted while waiting for ${path}.`, { details: { path } });
    });
  }
}

function release(path: string): void {
  removeFile(path);
  held.delete(path);
  forgetOnExit(path);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (cause) {
    throw unwritable(dirname(path), cause);
  }
}

/** Errors of folders that are not to be written: the command says so itself, if it comes to writing. */
const READ_ONLY = ['EACCES', 'EPERM', 'EROFS'];

function tryAcquire(path: string): 'acquired' | 'taken' | 'read-only' {
  const holder: Holder = {
    pid: process.pid,
    host: hostname(),
    born: birthOf(process.pid),
    since: new Date().toISOString(),
  };
  try {
    writeFileSync(path, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
  } catch (cause) {
    const { code = '' } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') return 'taken';
    if (READ_ONLY.includes(code)) return 'read-only';
    removeFile(path); // made, but not written: a full disk
    throw unwritable(path, cause);
  }
  held.add(path);
  removeOnExit(path);
  sweep(dirname(path));
  return 'acquired';
}

/** Removes a lock that nobody holds any more; else gives its holder, or nothing while it is being written. */
function removeIfStale(path: string): Holder | undefined | 'gone' {
  const text = readLock(path);
  if (text === undefined) return 'gone';
  const holder = parseHolder(text);
  const isStale = holder === undefined ? isOld(path) : !isAlive(path, holder);
  if (!isStale) return holder;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path); // another one's, made meanwhile: it is given back
  } catch {
    // somebody else was faster
  }
  removeFile(aside);
  return 'gone';
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Holder;
    return Number.isSafeInteger(value.pid) && value.pid > 0 ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOld(path: string): boolean {
  const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() };
  return Date.now() - mtimeMs > WRITING_MILLIS;
}

function isAlive(path: string, { pid, host, born }: Holder): boolean {
  if (host !== hostname()) return true; // nobody can tell
  if (pid === process.pid) return held.has(path);
  return isRunning(pid) && birthOf(pid) === born;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What tells two processes of one number apart: on Linux the time of its start (field 22; the name may hold spaces). */
function birthOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Removes files that processes which no longer run left half written. */
function sweep(folder: string): void {
  for (const name of listFiles(folder)) {
    if (!name.startsWith('.') || !name.endsWith(PART)) continue;
    const pid = Number(name.slice(0, -PART.length).split('.').at(-1));
    if (Number.isSafeInteger(pid) && pid > 0 && !isRunning(pid)) removeFile(join(folder, name));
  }
}

function describe(path: string, holder: Holder | undefined): string {
  if (holder === undefined) return `Waiting for ${path}, which another bionoir is writing.`;
  const here = holder.host === hostname() ? '' : ` on ${holder.host}`;
  return `Another bionoir (process ${holder.pid}${here}, since ${holder.since}) is at work in ${dirname(path)}; waiting until it ends. If there is no such process any more, remove ${basename(path)} there.`;
}
