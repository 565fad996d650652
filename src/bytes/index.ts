export { ByteReader, bytesToBigint, type ReaderOptions } from './reader.ts';
export {
  layoutSections,
  readSections,
  requireSection,
  type SectionFile,
  type SectionFileFormat,
  writeSections,
} from './sections.ts';
export { ByteWriter, writeBigint } from './writer.ts';
