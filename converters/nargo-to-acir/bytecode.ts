/**
 * Bytecode: the `bytecode` text of an artifact, or its bytes, to a Program.
 *
 * Envelope: base64 of gzip of the program. From 1.0.0-beta.19 on the program begins with a format byte (2 msgpack with
 * names, 3 msgpack in field order, 4 msgpack with numbers), before that it is bincode without any mark. Older programs
 * can begin with the same byte, so the next one, the marker of Program's two fields, decides too.
 */
import { checkProgram } from '../../src/acir/index.ts';
import type { Program } from '../../src/acir/types.ts';
import { BionoirError } from '../../src/errors.ts';
import { decodeBase64 } from './base64.ts';
import { BincodeSource } from './bincode-source.ts';
import type { Dialect } from './dialects.ts';
import { gunzip, isGzip } from './gzip.ts';
import { MsgpackSource } from './msgpack-source.ts';
import { readProgram } from './read-program.ts';
import { dialectsOf, NEWEST_VERSION } from './release.ts';
import { PROGRAM, type Source } from './source.ts';

/** Half a gibibyte: about ten million linear terms. */
export const DEFAULT_MAX_BYTES = 2 ** 29;

export interface BytecodeOptions {
  /** `noir_version` of the artifact, where the caller has it. Without it all dialects are tried. */
  readonly noirVersion?: string;
  /** Most bytes that the bytecode may unpack to; 2^29 when absent. */
  readonly maxBytes?: number;
}

export type WireFormat = 'bincode' | 'msgpack-named' | 'msgpack-compact' | 'msgpack-tagged';

/** What wrote a program. */
export interface Release {
  /** As the artifact says. */
  readonly noirVersion: string | undefined;
  /** The first release that wrote this dialect. */
  readonly dialect: string;
  readonly format: WireFormat;
}

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
  const decoded = decodeBytes(bytes, options.noirVersion);
  checkProgram(decoded.program);
  return decoded;
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

function decodeBytes(bytes: Uint8Array, noirVersion: string | undefined): DecodedBytecode {
  const format = formatOf(bytes);
  const container = format === 'bincode' ? 'bincode' : 'msgpack';
  const choice = dialectsOf(noirVersion);
  const dialects = choice.dialects.filter(dialect => dialect.container === container);
  const failures: BionoirError[] = [];
  for (const dialect of dialects) {
    try {
      const program = decodeAs(bytes, dialect);
      return { program, release: { noirVersion, dialect: dialect.name, format } };
    } catch (error) {
      if (!(error instanceof BionoirError)) throw error;
      failures.push(error);
    }
  }
  const [only] = failures;
  if (choice.certain && only) throw only;
  throw unknownRelease(noirVersion, dialects, failures);
}

function decodeAs(bytes: Uint8Array, dialect: Dialect): Program {
  const source: Source =
    dialect.container === 'msgpack'
      ? new MsgpackSource(bytes, 1, PROGRAM)
      : new BincodeSource(bytes, dialect, PROGRAM);
  const program = readProgram(source, dialect);
  if (source.remaining > 0) throw source.fail(`${source.remaining} bytes too many`);
  return program;
}

function unknownRelease(
  noirVersion: string | undefined,
  dialects: readonly Dialect[],
  failures: readonly BionoirError[],
): BionoirError {
  const version = noirVersion === undefined ? 'says no Noir version' : `says Noir ${noirVersion}`;
  const tried = dialects.map(dialect => dialect.name).join(', ') || 'none';
  return new BionoirError(
    'UNKNOWN_RELEASE',
    `The artifact ${version} and its bytes fit no known form (tried: ${tried}). Compile it with Noir ${NEWEST_VERSION}.`,
    { details: { noirVersion, tried, failures: failures.map(failure => failure.message) } },
  );
}
