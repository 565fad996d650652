/** Where the sections of an iden3 file lie, by reading their headers only: for files that stay on disk. */
import { BionoirError } from '../errors.ts';
import { ByteReader } from './reader.ts';
import type { SectionFileFormat } from './sections.ts';
import type { ByteSource } from './source.ts';

export interface SectionPlace {
  readonly offset: number;
  readonly length: number;
}

const HEADER_BYTES = 12;
/** No format has near this many; a file that claims more would be walked for long. */
const SECTIONS_MAX = 64;

/**
 * Finds the sections of a file.
 *
 * @throws BionoirError with the format's code: wrong magic or version, duplicate section, truncation, trailing bytes.
 */
export async function locateSections(
  source: ByteSource,
  format: SectionFileFormat,
): Promise<ReadonlyMap<number, SectionPlace>> {
  const { what, code } = format;
  const header = await headerAt(source, 0, format);
  const magic = String.fromCharCode(...header.take(4));
  if (magic !== format.magic) {
    throw new BionoirError(
      code,
      `The ${what} starts with "${magic.replace(/[^\x20-\x7e]/g, '?')}" instead of "${format.magic}". Is this the right file?`,
      { details: { magic, expected: format.magic }, location: 'byte 0' },
    );
  }
  const version = header.u32();
  const count = header.u32();
  if (version < 1 || version > format.versionMax || count > SECTIONS_MAX) {
    throw new BionoirError(
      code,
      `The ${what} has format version ${version} and ${count} sections; versions 1 to ${format.versionMax} and up to ${SECTIONS_MAX} sections are supported.`,
      { details: { version, count }, location: 'byte 4' },
    );
  }
  const places = new Map<number, SectionPlace>();
  let offset = HEADER_BYTES;
  for (let i = 0; i < count; i++) {
    const section = await headerAt(source, offset, format);
    const id = section.u32();
    const length = Number(section.u64());
    if (places.has(id)) {
      throw new BionoirError(code, `The ${what} holds section ${id} twice, again at byte ${offset}.`, {
        details: { section: id },
        location: `byte ${offset}`,
      });
    }
    offset += HEADER_BYTES;
    if (length > source.size - offset) throw tooShort(format, length, offset, source.size);
    places.set(id, { offset, length });
    offset += length;
  }
  if (offset < source.size) {
    throw new BionoirError(
      code,
      `The ${what} has ${source.size - offset} bytes after its last section, at byte ${offset}. Was it written over a longer file?`,
      { details: { extra: source.size - offset }, location: `byte ${offset}` },
    );
  }
  return places;
}

async function headerAt(source: ByteSource, offset: number, format: SectionFileFormat): Promise<ByteReader> {
  if (source.size - offset < HEADER_BYTES) throw tooShort(format, HEADER_BYTES, offset, source.size);
  return new ByteReader(await source.read(offset, HEADER_BYTES), format);
}

function tooShort(
  { what, code }: SectionFileFormat,
  length: number,
  offset: number,
  size: number,
): BionoirError {
  return new BionoirError(
    code,
    `The ${what} ends too early: ${length} bytes wanted at byte ${offset}, ${size - offset} left. Is the file complete?`,
    { details: { offset, wanted: length, left: size - offset }, location: `byte ${offset}` },
  );
}
