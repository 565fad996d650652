/**
 * A cache of compilations in a folder: one file for each, named by the hash of all that went into it.
 *
 * A file is written beside its place and renamed into it, so that readers and an interrupted run never see half of one,
 * and runs at the same time do not disturb one another. Its first line holds a checksum of the rest: what does not fit is
 * removed and compiled again. The folder is kept below a size by removing what was not used for longest.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { NoirPackage } from '../../noir/types.ts';
import type { Diagnostic, NoirArtifact } from '../types.ts';

/** What a compilation gave. */
export interface Compiled {
  readonly artifact: NoirArtifact;
  readonly warnings: readonly Diagnostic[];
}

export interface CompileCache {
  get(key: string): Promise<Compiled | undefined>;
  put(key: string, compiled: Compiled): Promise<void>;
}

export interface CacheOptions {
  /** Most bytes that the folder may hold; 2^30 when left out. */
  readonly maxBytes?: number;
}

/** Changes whenever the same texts would give another entry. */
const FORMAT = 'bionoir-compiled-2';
const ENDING = '.json';
/** Files of runs that died, after so many milliseconds. */
const STALE_MILLIS = 3_600_000;

/** The folder that caches of this user belong into, by the customs of the system. */
export function defaultCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'bionoir');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'bionoir', 'cache');
  return process.platform === 'darwin'
    ? join(homedir(), 'Library', 'Caches', 'bionoir')
    : join(homedir(), '.cache', 'bionoir');
}

/** The key of a compilation: a hash of the compiler's name and version, and of all texts by path. */
export function cacheKey(compiler: string, { name, files }: NoirPackage): string {
  const hash = createHash('sha256');
  const add = (text: string): void => void hash.update(`${Buffer.byteLength(text)}:`).update(text);
  for (const text of [FORMAT, compiler, name]) add(text);
  for (const [path, text] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    add(path);
    add(text);
  }
  return hash.digest('hex');
}

/**
 * Opens the cache in a folder, which is made when it is first written to. A folder that cannot be written to keeps nothing.
 */
export function folderCache(folder: string, { maxBytes = 2 ** 30 }: CacheOptions = {}): CompileCache {
  return {
    get: key => read(join(folder, key + ENDING)),
    put: async (key, compiled) => {
      try {
        await write(folder, key + ENDING, compiled);
        await prune(folder, maxBytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      }
    },
  };
}

async function read(path: string): Promise<Compiled | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
  const lineEnd = text.indexOf('\n');
  const body = text.slice(lineEnd + 1);
  if (text.slice(0, lineEnd) !== checksum(body)) {
    await rm(path, { force: true });
    return undefined;
  }
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined); // another run may have removed it
  return JSON.parse(body) as Compiled;
}

function checksum(body: string): string {
  return `${FORMAT} ${createHash('sha256').update(body).digest('hex')}`;
}

async function write(folder: string, file: string, compiled: Compiled): Promise<void> {
  const body = JSON.stringify(compiled);
  const draft = join(folder, `${randomUUID()}.tmp`);
  await mkdir(folder, { recursive: true });
  try {
    await writeFile(draft, `${checksum(body)}\n${body}`);
    await rename(draft, join(folder, file));
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes what was not used for longest, and what runs that died left behind. */
async function prune(folder: string, maxBytes: number): Promise<void> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names
      .filter(name => name.endsWith(ENDING) || name.endsWith('.tmp'))
      .map(async name => {
        const path = join(folder, name);
        const facts = await stat(path).catch(() => undefined); // another run may have removed it
        return facts ? [{ path, bytes: facts.size, usedAt: facts.mtimeMs }] : [];
      }),
  );
  const isLeft = ({ path, usedAt }: { path: string; usedAt: number }): boolean =>
    path.endsWith('.tmp') && Date.now() - usedAt > STALE_MILLIS;
  let bytes = 0;
  for (const file of files.flat().sort((left, right) => right.usedAt - left.usedAt)) {
    if (!file.path.endsWith('.tmp')) bytes += file.bytes;
    if (isLeft(file) || (file.path.endsWith(ENDING) && bytes > maxBytes))
      await rm(file.path, { force: true });
  }
}
