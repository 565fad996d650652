/**
 * What a page needs of one circuit to prove with it, as three files that any static server can serve:
 *
 *   circuit.json   this format: parameters of main, verification key, and the other two with their sizes and hashes
 *   circuit.bwp    the compiled witness program (docs/witness.md)
 *   circuit.zkey   the proving key, of Groth16 or UltraGroth
 *
 * `bionoir bundle` writes them; fetch.ts fetches them. Nothing of it is secret.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import {
  isUltraGrothZkey,
  printUltraGrothKey,
  printVerificationKey,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { exportVerificationKey } from '../groth16/web.ts';
import type { Groth16VerificationKey, UltraGrothVerificationKey } from '../kernel/web.ts';
import type { AbiParameter } from '../toolchain/web.ts';
import { exportVerificationKey as exportUltraGrothKey } from '../ultragroth/web.ts';

/** A verification key of either proof system; `delta` tells them apart. */
export type AnyVerificationKey = Groth16VerificationKey | UltraGrothVerificationKey;

/** What proving takes besides a kernel and inputs. */
export interface ProvingFiles {
  /** Of main, as the artifact's ABI has them. */
  readonly parameters: readonly AbiParameter[];
  /** `.bwp` bytes. */
  readonly witnessProgram: Uint8Array;
  /** `.zkey` bytes. */
  readonly provingKey: Uint8Array;
  /** What verifiers hold: `verification_key.json`. Held against the key inside the proving key. */
  readonly verificationKey: string;
}

/** One of the files beside circuit.json. */
export interface FileEntry {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** circuit.json. */
export interface CircuitFile extends Pick<ProvingFiles, 'parameters' | 'verificationKey'> {
  readonly witnessProgram: FileEntry;
  readonly provingKey: FileEntry;
}

const FORMAT = 'bionoir-circuit';
const VERSION = 1;

/**
 * Makes the three files, by name.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY
 */
export function circuitFiles({
  parameters,
  witnessProgram,
  provingKey,
}: Omit<ProvingFiles, 'verificationKey'>): ReadonlyMap<string, Uint8Array> {
  const json = {
    format: FORMAT,
    version: VERSION,
    parameters,
    witnessProgram: entryOf('circuit.bwp', witnessProgram),
    provingKey: entryOf('circuit.zkey', provingKey),
    verificationKey: JSON.parse(printKey(exportKey(provingKey))),
  };
  return new Map([
    ['circuit.json', new TextEncoder().encode(`${JSON.stringify(json, null, 1)}\n`)],
    ['circuit.bwp', witnessProgram],
    ['circuit.zkey', provingKey],
  ]);
}

/** What one array of a page can hold everywhere; a key of that size would prove millions of constraints. */
const LARGEST_FILE = 2 ** 31 - 1;

function entryOf(path: string, bytes: Uint8Array): FileEntry {
  return { path, bytes: bytes.length, sha256: toHex(sha256(bytes)) };
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

function exportKey(provingKey: Uint8Array): AnyVerificationKey {
  return isUltraGrothZkey(provingKey) ? exportUltraGrothKey(provingKey) : exportVerificationKey(provingKey);
}

/** A verification key as its JSON. */
export function printKey(key: AnyVerificationKey): string {
  return 'delta' in key ? printVerificationKey(key) : printUltraGrothKey(key);
}

/**
 * Reads circuit.json.
 *
 * @param where for messages
 * @throws BionoirError MALFORMED_FILE
 */
export function parseCircuitFile(text: string, where: string): CircuitFile {
  const json = parseObject(text, where);
  if (json.format !== FORMAT || json.version !== VERSION)
    throw malformed(where, `is no ${FORMAT} of version ${VERSION}`);
  if (!Array.isArray(json.parameters)) throw malformed(where, 'has no list of parameters');
  return {
    parameters: json.parameters as readonly AbiParameter[], // written by the compiler; values are checked against it
    witnessProgram: parseEntry(json.witnessProgram, 'witnessProgram', where),
    provingKey: parseEntry(json.provingKey, 'provingKey', where),
    verificationKey: JSON.stringify(json.verificationKey ?? null),
  };
}

function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (cause) {
    throw malformed(where, 'is no JSON', cause);
  }
  throw malformed(where, 'is no JSON object');
}

function parseEntry(value: unknown, name: string, where: string): FileEntry {
  const { path, bytes, sha256: hash } = (value ?? {}) as Partial<FileEntry>;
  const isWhole =
    typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= LARGEST_FILE;
  const isHash = typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash);
  if (typeof path === 'string' && isWhole && isHash) return { path, bytes, sha256: hash };
  throw malformed(where, `says of ${name} no path, bytes and sha256`);
}

function malformed(where: string, problem: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_FILE',
    `${where} ${problem}. Write it with "bionoir bundle", and serve it as it is.`,
    { location: where, cause },
  );
}
