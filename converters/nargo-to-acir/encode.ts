/** Programs to bytecode and artifacts of the newest release: for tests, and for programs that no Noir source has. */
import type { Abi } from '../../src/acir/index.ts';
import type { Program } from '../../src/acir/types.ts';
import { encodeBase64 } from './base64.ts';
import { gzip } from './gzip.ts';
import type { MsgpackForm } from './msgpack-sink.ts';
import { NEWEST_VERSION } from './release.ts';
import { writeProgram } from './write-program.ts';

/** How to write a program. */
export interface EncodeOptions {
  /** Compact when absent, as Noir writes it. */
  readonly form?: MsgpackForm;
  /** 'quick': a tenth more bytes in a third of the time. */
  readonly packing?: 'quick';
}

/** What noir_js, ACVM and {@link decodeArtifact} take. */
export interface Artifact {
  readonly noir_version: string;
  readonly hash: string;
  readonly abi: Abi;
  readonly bytecode: string;
  readonly debug_symbols: string;
  readonly file_map: Readonly<Record<string, never>>;
}

/**
 * Encodes a program as ACVM takes it: gzip of the newest format.
 * @throws UNSUPPORTED_OPCODE for what only older releases could say
 */
export function encodeProgram(program: Program, options: EncodeOptions = {}): Uint8Array {
  return gzip(writeProgram(program, options.form ?? 'compact'), options.packing);
}

/**
 * Makes an artifact of a program, without debug information.
 * @throws UNSUPPORTED_OPCODE for what only older releases could say
 */
export function programToArtifact(program: Program, abi: Abi): Artifact {
  return {
    noir_version: NEWEST_VERSION,
    hash: '0',
    abi,
    bytecode: encodeBase64(encodeProgram(program)),
    debug_symbols: '',
    file_map: {},
  };
}
