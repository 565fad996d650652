export { locateSections, type SectionPlace } from './locate.ts';
export { ByteReader, bytesToBigint, type ReaderOptions } from './reader.ts';
export {
  layoutSections,
  readSections,
  requireSection,
  type SectionFile,
  type SectionFileFormat,
  writeSections,
} from './sections.ts';
export { arraySource, type ByteSource } from './source.ts';
export { ByteWriter, writeBigint } from './writer.ts';
