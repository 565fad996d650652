/**
 * The container of iden3's binary files (`.r1cs`, `.wtns`, `.zkey`, `.ptau`): four magic letters, a version, a number of
 * sections, then sections of (u32 id, u64 length, payload) in any order. Little-endian.
 *
 * Reading indexes all sections before any is looked at. It refuses duplicates, short files and trailing bytes.
 * What the sections mean is the business of the format's own reader.
 */
import { BionoirError, type ErrorCode } from '../errors.ts';
import { ByteReader } from './reader.ts';

export interface SectionFileFormat {
  /** Four ASCII letters. */
  readonly magic: string;
  readonly versionMax: number;
  /** What is being read, for messages: "proving key". */
  readonly what: string;
  /** Code of every error but a short read inside a section's own reader. */
  readonly code: ErrorCode;
}

/** An indexed file: section id to payload (views, not copies). */
export interface SectionFile {
  readonly version: number;
  readonly sections: ReadonlyMap<number, Uint8Array>;
}

const SECTION_HEADER_BYTES = 12;
const FILE_HEADER_BYTES = 12;

/**
 * Indexes the sections of an iden3 file.
 *
 * @throws BionoirError with the format's code: wrong magic or version, duplicate section, truncation, trailing bytes.
 */
export function readSections(bytes: Uint8Array, format: SectionFileFormat): SectionFile {
  const { what, code } = format;
  const reader = new ByteReader(bytes, { what, code });
  const magic = String.fromCharCode(...reader.take(4));
  if (magic !== format.magic) {
    throw new BionoirError(
      code,
      `The ${what} starts with "${printable(magic)}" instead of "${format.magic}". Is this the right file?`,
      { details: { magic, expected: format.magic }, location: 'byte 0' },
    );
  }
  const version = reader.u32();
  if (version < 1 || version > format.versionMax) {
    throw new BionoirError(
      code,
      `The ${what} has format version ${version}; versions 1 to ${format.versionMax} are supported.`,
      { details: { version }, location: 'byte 4' },
    );
  }
  const count = reader.u32();
  const sections = new Map<number, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const at = reader.offset;
    const id = reader.u32();
    const payload = reader.take(Number(reader.u64()));
    if (sections.has(id)) {
      throw new BionoirError(code, `The ${what} holds section ${id} twice, again at byte ${at}.`, {
        details: { section: id },
        location: `byte ${at}`,
      });
    }
    sections.set(id, payload);
  }
  if (reader.remaining > 0) {
    throw new BionoirError(
      code,
      `The ${what} has ${reader.remaining} bytes after its last section, at byte ${reader.offset}. Was it written over a longer file?`,
      { details: { extra: reader.remaining }, location: `byte ${reader.offset}` },
    );
  }
  return { version, sections };
}

/**
 * The payload of a section that must be there, and of the stated length if one is given.
 *
 * @throws BionoirError with the format's code.
 */
export function requireSection(
  file: SectionFile,
  id: number,
  format: SectionFileFormat,
  expected?: { readonly name?: string; readonly length?: number },
): Uint8Array {
  const name = expected?.name ? ` (${expected.name})` : '';
  const payload = file.sections.get(id);
  if (!payload) {
    throw new BionoirError(
      format.code,
      `The ${format.what} has no section ${id}${name}. Is the file complete?`,
      {
        details: { section: id },
      },
    );
  }
  if (expected?.length !== undefined && payload.length !== expected.length) {
    throw new BionoirError(
      format.code,
      `Section ${id}${name} of the ${format.what} has ${payload.length} bytes; its header promises ${expected.length}.`,
      { details: { section: id, length: payload.length, expected: expected.length } },
    );
  }
  return payload;
}

/** Lays sections, in the order given, into one file. */
export function writeSections(
  magic: string,
  version: number,
  sections: readonly (readonly [id: number, payload: Uint8Array])[],
): Uint8Array {
  const { bytes, payloads } = layoutSections(
    magic,
    version,
    sections.map(([id, payload]) => [id, payload.length]),
  );
  sections.forEach(([, payload], i) => {
    payloads[i]?.set(payload);
  });
  return bytes;
}

/** Allocates a file with empty sections of the given lengths, for writers that fill large payloads in place. */
export function layoutSections(
  magic: string,
  version: number,
  sections: readonly (readonly [id: number, length: number])[],
): { readonly bytes: Uint8Array; readonly payloads: readonly Uint8Array[] } {
  const total = sections.reduce((sum, [, length]) => sum + SECTION_HEADER_BYTES + length, FILE_HEADER_BYTES);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) bytes[i] = magic.charCodeAt(i);
  view.setUint32(4, version, true);
  view.setUint32(8, sections.length, true);
  let offset = FILE_HEADER_BYTES;
  const payloads = sections.map(([id, length]) => {
    view.setUint32(offset, id, true);
    view.setBigUint64(offset + 4, BigInt(length), true);
    const start = offset + SECTION_HEADER_BYTES;
    offset = start + length;
    return bytes.subarray(start, offset);
  });
  return { bytes, payloads };
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
