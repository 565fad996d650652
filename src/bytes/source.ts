/** Bytes that are read in pieces: an array, or a file too large for one. */

export interface ByteSource {
  readonly size: number;
  /** `length` bytes from `offset`; the caller keeps inside `size`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** An array as a source: pieces are views of it. */
export function arraySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}
