/** The ACIR artifacts of fixtures/artifacts: a gzipped tar of JSON files, unpacked in memory once per run. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const FOLDER = new URL('../../fixtures/artifacts/', import.meta.url);
/** POSIX ustar: blocks of 512 bytes; a header block, then the file's bytes filled up to whole blocks. */
const BLOCK = 512;

let unpacked: ReadonlyMap<string, string> | undefined;

function files(): ReadonlyMap<string, string> {
  unpacked ??= untar(gunzipSync(readFileSync(new URL('acir-releases.tgz', FOLDER))));
  return unpacked;
}

function untar(tar: Uint8Array): ReadonlyMap<string, string> {
  const text = new TextDecoder();
  const cut = (bytes: Uint8Array) => text.decode(bytes).replace(/\0.*$/s, '');
  const found = new Map<string, string>();
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const name = cut(tar.subarray(at, at + 100)).replace(/^\.\//, '');
    const size = Number.parseInt(cut(tar.subarray(at + 124, at + 136)), 8);
    at += BLOCK;
    found.set(name, text.decode(tar.subarray(at, at + size)));
    at += Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

/** Names of the 444 artifacts, such as 'fold.1.0.0-beta.26.json'. */
export function artifactNames(): string[] {
  return [...files().keys()].filter(
    name => /^[a-z0-9_]+\.\d.*\.json$/.test(name) && !name.startsWith('vectors.'),
  );
}

/** The JSON text of an artifact. */
export function readArtifact(name: string): string {
  const text = files().get(name);
  if (text === undefined)
    throw new Error(`There is no artifact ${name} in fixtures/artifacts/acir-releases.tgz.`);
  return text;
}

/** One run of a program of 1.0.0-beta.26. Witness values are decimal. */
export interface Vector {
  readonly case: string;
  readonly artifact: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly initial: Readonly<Record<string, string>>;
  readonly stack: readonly { readonly index: number; readonly witness: Readonly<Record<string, string>> }[];
}

/** The 40 runs with the witness stacks that ACVM solved. */
export function readVectors(): readonly Vector[] {
  return JSON.parse(readArtifact('vectors.1.0.0-beta.26.json')) as Vector[];
}

/** A program of a release that has no compiler on npm. */
export interface HandEncoded {
  readonly noir_version: string;
  readonly acvm_js: string;
  readonly bytecode: string;
  readonly text: readonly string[];
}

/** The programs of fixtures/artifacts/hand-encoded.json. */
export function readHandEncoded(): readonly HandEncoded[] {
  return JSON.parse(readFileSync(new URL('hand-encoded.json', FOLDER), 'utf8')) as HandEncoded[];
}
