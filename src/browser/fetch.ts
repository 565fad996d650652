/**
 * Fetching what proving takes, and keeping it between visits: keys are megabytes, and the same for months.
 *
 * Every file is held against the size and the hash that circuit.json says, whether it comes from the server or from the
 * browser's cache (Cache API). Where there is no such cache, or no room in it, files are fetched each time.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { BionoirError } from '../errors.ts';
import { type FileEntry, type ProvingFiles, parseCircuitFile, toHex } from './circuit-file.ts';

export interface FetchOptions {
  readonly signal?: AbortSignal;
  /** Bytes so far and in all, both files together. */
  readonly onProgress?: (received: number, total: number) => void;
  /** Name of the cache that keeps the files, 'bionoir' unless said; false: none. */
  readonly cache?: string | false;
}

/** What was fetched, and how much of it came over the network. */
export interface FetchedFiles extends ProvingFiles {
  readonly networkBytes: number;
}

/** Long enough to tell builds apart. */
const TAG_DIGITS = 16;

/**
 * Fetches a circuit by the URL of its circuit.json; the other files are beside it.
 *
 * @throws BionoirError FILE_NOT_FOUND (unreachable, or an answer like 404), FILE_TOO_LARGE, TRUNCATED_INPUT,
 *   MALFORMED_FILE (no circuit.json, or another hash than it says), ABORTED
 */
export async function fetchCircuit(url: string | URL, options: FetchOptions = {}): Promise<FetchedFiles> {
  const base = new URL(url, globalThis.location?.href);
  const answer = await request(base, options.signal, { cache: 'no-cache' });
  const text = await answer.text().catch(cause => {
    throw broken(base, options.signal, cause);
  });
  const { witnessProgram, provingKey, ...rest } = parseCircuitFile(text, base.href);
  const received = new Map<FileEntry, number>();
  const total = witnessProgram.bytes + provingKey.bytes;
  const get = (entry: FileEntry): Promise<Fetched> =>
    fetchEntry(entry, base, options, bytes => {
      received.set(entry, bytes);
      options.onProgress?.(
        [...received.values()].reduce((sum, count) => sum + count, 0),
        total,
      );
    });
  const [program, key] = await Promise.all([get(witnessProgram), get(provingKey)]);
  const networkBytes = [program, key].reduce(
    (sum, { bytes, isKept }) => sum + (isKept ? 0 : bytes.length),
    0,
  );
  return { ...rest, witnessProgram: program.bytes, provingKey: key.bytes, networkBytes };
}

interface Fetched {
  readonly bytes: Uint8Array;
  /** From the cache. */
  readonly isKept: boolean;
}

async function fetchEntry(
  entry: FileEntry,
  base: URL,
  { signal, cache: name = 'bionoir' }: FetchOptions,
  onBytes: (received: number) => void,
): Promise<Fetched> {
  const url = new URL(entry.path, base);
  url.searchParams.set('v', entry.sha256.slice(0, TAG_DIGITS)); // no cache on the way can take it for an older one
  const cache = name === false ? undefined : await openCache(name);
  const kept = await cache?.match(url).catch(() => undefined);
  if (kept) {
    const bytes = await readWhole(kept, entry, { url, signal, onBytes }).catch(() => undefined);
    if (bytes) return { bytes, isKept: true }; // one that was damaged is fetched again
  }
  const bytes = await readWhole(await request(url, signal), entry, { url, signal, onBytes });
  await keep(cache, url, bytes);
  return { bytes, isKept: false };
}

/** Absent in insecure contexts, refused in some private windows. */
async function openCache(name: string): Promise<Cache | undefined> {
  return globalThis.caches?.open(name).catch(() => undefined);
}

/** Keeps a file in place of its older versions; a full disk only means that it is fetched again. */
async function keep(cache: Cache | undefined, url: URL, bytes: Uint8Array): Promise<void> {
  if (cache === undefined) return;
  try {
    await cache.delete(url, { ignoreSearch: true });
    await cache.put(url, new Response(bytes as BodyInit));
  } catch {
    // Nothing was promised.
  }
}

async function request(url: URL, signal: AbortSignal | undefined, init: RequestInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, ...(signal === undefined ? {} : { signal }) }).catch(cause => {
    throw broken(url, signal, cause);
  });
  if (answer.ok) return answer;
  throw new BionoirError(
    'FILE_NOT_FOUND',
    `The server answers ${answer.status} for ${url.href}. Serve what "bionoir bundle" wrote there.`,
    { details: { url: url.href, status: answer.status }, location: url.href },
  );
}

function broken(url: URL, signal: AbortSignal | undefined, cause: unknown): BionoirError {
  if (signal?.aborted) {
    return new BionoirError('ABORTED', `Stopped while fetching ${url.href}, as asked.`, { cause });
  }
  return new BionoirError(
    'FILE_NOT_FOUND',
    `${url.href} cannot be fetched: ${cause instanceof Error ? cause.message : String(cause)}. Is the connection up, and may the page connect there?`,
    { details: { url: url.href }, location: url.href, cause },
  );
}

interface Reading {
  readonly url: URL;
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (received: number) => void;
}

/** Reads a body into one array of the size that is expected, hashing on the way. */
async function readWhole(answer: Response, entry: FileEntry, reading: Reading): Promise<Uint8Array> {
  const { url, signal, onBytes } = reading;
  const bytes = new Uint8Array(entry.bytes);
  const hash = sha256.create();
  let received = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const piece = await reader?.read().catch(cause => {
      throw broken(url, signal, cause);
    });
    if (piece?.value === undefined) break;
    if (received + piece.value.length > entry.bytes) {
      await reader?.cancel();
      throw unlike('FILE_TOO_LARGE', url, `has more than ${entry.bytes} bytes`);
    }
    bytes.set(piece.value, received);
    hash.update(piece.value);
    received += piece.value.length;
    onBytes(received);
  }
  if (received < entry.bytes) throw unlike('TRUNCATED_INPUT', url, `has ${received} bytes of ${entry.bytes}`);
  if (toHex(hash.digest()) !== entry.sha256) throw unlike('MALFORMED_FILE', url, 'has another hash');
  return bytes;
}

function unlike(
  code: 'FILE_TOO_LARGE' | 'TRUNCATED_INPUT' | 'MALFORMED_FILE',
  url: URL,
  problem: string,
): BionoirError {
  return new BionoirError(
    code,
    `${url.href} ${problem}: it is not the file that circuit.json speaks of. Serve all three files of one "bionoir bundle".`,
    { details: { url: url.href }, location: url.href },
  );
}
