/**
 * Bytecode: the `bytecode` text of an artifact, or its bytes, to a Program.
 *
 * Envelope: base64 of gzip of the program. From 1.0.0-beta.19 on the program begins with a format byte (2 msgpack with
 * names, 3 msgpack in field order, 4 msgpack with numbers), before that it is bincode without any mark. Older programs
 * can begin with the same byte, so the next one, the marker of Program's two fields, decides too.
 */
import { checkProgram, printProgram } from '../../src/acir/index.ts';
import type { Program } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { decodeBase64 } from './base64.ts';
import { BincodeSource } from './bincode-source.ts';
import { DIALECTS, type Dialect } from './dialects.ts';
import { gunzip, isGzip } from './gzip.ts';
import { MsgpackSource } from './msgpack-source.ts';
import { readProgram } from './read-program.ts';
import { type DialectChoice, dialectsOf, NEWEST_VERSION } from './release.ts';
import { malformed, PROGRAM, type Source } from './source.ts';

/** Half a gibibyte: about ten million linear terms. */
export const DEFAULT_MAX_BYTES = 2 ** 29;

/** What decoding may take from the caller. */
export interface BytecodeOptions {
  /** `noir_version` of the artifact, where the caller has it. Without it all dialects are tried. */
  readonly noirVersion?: string;
  /** Most bytes that the bytecode may unpack to; 2^29 when absent. */
  readonly maxBytes?: number;
}

/** Container of a program. */
export type WireFormat = 'bincode' | 'msgpack-named' | 'msgpack-compact' | 'msgpack-tagged';

/** What wrote a program. */
export interface Release {
  /** As the artifact says. */
  readonly noirVersion: string | undefined;
  /** The first release that wrote this dialect. */
  readonly dialect: string;
  readonly format: WireFormat;
}

/** A program and what wrote it; names of functions are empty where releases keep them in the artifact. */
export interface DecodedBytecode {
  readonly program: Program;
  readonly release: Release;
}

/**
 * Decodes bytecode of any release: base64 text, gzip, or the unpacked bytes.
 * @throws MALFORMED_ARTIFACT, UNKNOWN_RELEASE, FILE_TOO_LARGE, MALFORMED_PROGRAM
 */
export function decodeBytecode(
  bytecode: string | Uint8Array,
  options: BytecodeOptions = {},
): DecodedBytecode {
  const packed = typeof bytecode === 'string' ? decodeBase64(bytecode) : bytecode;
  if (packed === undefined) {
    throw new BionoirError(
      'MALFORMED_ARTIFACT',
      'The bytecode is not base64 text. Was the artifact cut or edited? Compile it again.',
    );
  }
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const bytes = isGzip(packed)
    ? gunzip(packed, { what: 'bytecode', code: 'MALFORMED_ARTIFACT', maxBytes })
    : packed;
  return decodeBytes(bytes, options.noirVersion);
}

const FORMATS: Readonly<Record<number, WireFormat>> = {
  2: 'msgpack-named',
  3: 'msgpack-compact',
  4: 'msgpack-tagged',
};
const MAP_OF_TWO = 0x82;
const LIST_OF_TWO = 0x92;

function formatOf(bytes: Uint8Array): WireFormat {
  const marked = bytes[1] === MAP_OF_TWO || bytes[1] === LIST_OF_TWO;
  return (marked ? FORMATS[bytes[0] as number] : undefined) ?? 'bincode';
}

interface Candidate {
  readonly program: Program;
  readonly dialect: string;
}

function decodeBytes(bytes: Uint8Array, noirVersion: string | undefined): DecodedBytecode {
  const format = formatOf(bytes);
  const choice = dialectsOf(noirVersion);
  const dialects = dialectsFor(bytes, format, choice, noirVersion);
  const failures: BionoirError[] = [];
  const candidates: Candidate[] = [];
  for (const dialect of dialects) {
    try {
      candidates.push({ program: decodeAs(bytes, dialect), dialect: dialect.name });
    } catch (error) {
      if (!(error instanceof BionoirError)) throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (choice.certain && failure && candidates.length === 0) throw failure;
  const { program, dialect } = onlyMeaning(candidates, noirVersion) ?? fail(noirVersion, dialects, failures);
  return { program, release: { noirVersion, dialect, format } };
}

/** Older releases could be told to write msgpack; none that writes msgpack could be told to write bare bincode. */
function dialectsFor(
  bytes: Uint8Array,
  format: WireFormat,
  choice: DialectChoice,
  noirVersion: string | undefined,
): readonly Dialect[] {
  if (format !== 'bincode') return DIALECTS.filter(dialect => dialect.container === 'msgpack');
  const dialects = choice.dialects.filter(dialect => dialect.container === 'bincode');
  if (dialects.length > 0) return dialects;
  const found = Array.from(bytes.subarray(0, 2), byte => byte.toString(16).padStart(2, '0')).join(' ');
  throw malformed(PROGRAM, `'${found}' instead of the format mark of Noir ${noirVersion}`, 0);
}

function decodeAs(bytes: Uint8Array, dialect: Dialect): Program {
  const source: Source =
    dialect.container === 'msgpack'
      ? new MsgpackSource(bytes, 1, PROGRAM)
      : new BincodeSource(bytes, dialect, PROGRAM);
  const program = readProgram(source, dialect);
  if (source.remaining > 0) throw source.fail(`${source.remaining} bytes too many`);
  checkProgram(program);
  return program;
}

/**
 * The newest candidate, provided that all say the same. Neighbouring dialects number black boxes differently, so bytes
 * can fit two of them and mean two programs; guessing would prove another statement than the one that was compiled.
 */
function onlyMeaning(
  candidates: readonly Candidate[],
  noirVersion: string | undefined,
): Candidate | undefined {
  const newest = candidates.at(-1);
  if (newest === undefined || candidates.length === 1) return newest;
  const meaning = printProgram(newest.program);
  const other = candidates.find(candidate => printProgram(candidate.program) !== meaning);
  if (other === undefined) return newest;
  throw new BionoirError(
    'UNKNOWN_RELEASE',
    `The artifact ${saying(noirVersion)}, and its bytes mean one program in Noir ${other.dialect} and another in ${newest.dialect}. Say which with noirVersion.`,
    { details: { noirVersion, dialects: candidates.map(candidate => candidate.dialect) } },
  );
}

function fail(
  noirVersion: string | undefined,
  dialects: readonly Dialect[],
  failures: readonly BionoirError[],
): never {
  const tried = dialects.map(dialect => dialect.name).join(', ') || 'none';
  throw new BionoirError(
    'UNKNOWN_RELEASE',
    `The artifact ${saying(noirVersion)}, and its bytes fit no known form (tried: ${tried}). Compile it with Noir ${NEWEST_VERSION}.`,
    { details: { noirVersion, tried, failures: failures.map(failure => failure.message) } },
  );
}

function saying(noirVersion: string | undefined): string {
  return noirVersion === undefined ? 'names no Noir version' : `names Noir ${noirVersion}`;
}
