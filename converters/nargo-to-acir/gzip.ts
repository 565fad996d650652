/**
 * Gzip (RFC 1952) with a bound on what it may unpack to. fflate inflates; header, checksum and length are checked here,
 * since it ignores the latter two and a corrupt program must not reach a prover.
 *
 * One member only. fflate does not say where a stream ends, so stuffing between it and the trailer goes unnoticed; what
 * comes out is checked all the same.
 */
import { gzipSync, Inflate } from 'fflate';
import { BionoirError, type ErrorCode } from '../../src/errors.ts';

/** Bytes handed to the inflater at once: it can make at most about 1030 times as many of them between two checks. */
const CHUNK_BYTES = 16_384;
const USUAL_LEVEL = 6;
const QUICK_LEVEL = 1;
const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;

/** What is unpacked, and how far. */
export interface UnpackOptions {
  /** What is unpacked, for messages: "bytecode". */
  readonly what: string;
  /** Code of the error of damaged bytes. */
  readonly code: ErrorCode;
  /** Most bytes that may come out. */
  readonly maxBytes: number;
}

/** Tells whether bytes begin as gzip does. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/**
 * Unpacks gzip.
 * @throws FILE_TOO_LARGE when more than `maxBytes` come out; `code` when the bytes are cut or corrupt
 */
export function gunzip(bytes: Uint8Array, options: UnpackOptions): Uint8Array {
  const start = headerLength(bytes, options);
  const end = bytes.length - TRAILER_BYTES;
  if (start > end) throw corrupt(options, 'it ends inside the gzip header or trailer');
  const result = inflate(bytes.subarray(start, end), options);
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end, TRAILER_BYTES);
  if (trailer.getUint32(4, true) !== result.length % 2 ** 32) throw corrupt(options, 'its length is wrong');
  if (trailer.getUint32(0, true) !== crc32(result)) throw corrupt(options, 'its checksum is wrong');
  return result;
}

/**
 * Unpacks a raw deflate stream.
 * @throws FILE_TOO_LARGE when more than `maxBytes` come out; `code` when the stream is cut or corrupt
 */
export function inflate(bytes: Uint8Array, options: UnpackOptions): Uint8Array {
  const { what, maxBytes } = options;
  const chunks: Uint8Array[] = [];
  let total = 0;
  const inflater = new Inflate(chunk => {
    total += chunk.length;
    if (total <= maxBytes) chunks.push(chunk);
  });
  for (let at = 0; at === 0 || at < bytes.length; at += CHUNK_BYTES) {
    const next = at + CHUNK_BYTES;
    try {
      inflater.push(bytes.subarray(at, next), next >= bytes.length);
    } catch (cause) {
      throw corrupt(options, `it does not inflate (${(cause as Error).message})`, cause);
    }
    if (total > maxBytes) throw tooLarge(what, maxBytes);
  }
  return concatenate(chunks, total);
}

/** Packs bytes as gzip, with no time stamp: equal bytes give equal files. */
export function gzip(bytes: Uint8Array, packing?: 'quick'): Uint8Array {
  return gzipSync(bytes, { mtime: 0, level: packing === 'quick' ? QUICK_LEVEL : USUAL_LEVEL });
}

function headerLength(bytes: Uint8Array, options: UnpackOptions): number {
  const DEFLATE = 8;
  if (!isGzip(bytes) || bytes[2] !== DEFLATE || bytes.length < HEADER_BYTES) {
    throw corrupt(options, 'it does not begin as gzip does');
  }
  const flags = bytes[3] as number;
  let at = HEADER_BYTES;
  if (flags & FLAG_EXTRA) at += 2 + (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0);
  if (flags & FLAG_NAME) at = afterZero(bytes, at);
  if (flags & FLAG_COMMENT) at = afterZero(bytes, at);
  return flags & FLAG_HEADER_CRC ? at + 2 : at;
}

function afterZero(bytes: Uint8Array, start: number): number {
  const zero = bytes.indexOf(0, start);
  return zero < 0 ? bytes.length : zero + 1;
}

function concatenate(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const [only] = chunks;
  if (chunks.length === 1 && only) return only;
  const result = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}

/** CRC-32 of RFC 1952, section 8: reflected polynomial 0xedb88320. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (CRC_TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

function corrupt({ what, code }: UnpackOptions, how: string, cause?: unknown): BionoirError {
  return new BionoirError(
    code,
    `The ${what} is damaged: ${how}. Copy or make it again.`,
    cause === undefined ? {} : { cause },
  );
}

function tooLarge(what: string, maxBytes: number): BionoirError {
  return new BionoirError(
    'FILE_TOO_LARGE',
    `The ${what} unpacks to more than ${maxBytes} bytes. If it really is that large, raise maxBytes.`,
    { details: { maxBytes } },
  );
}
