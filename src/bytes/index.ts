export { ByteReader, bytesToBigint, type ReaderOptions } from './reader.ts';
export { ByteWriter, writeBigint } from './writer.ts';
