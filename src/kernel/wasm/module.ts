/** The module's bytes: making it run without shared memory. */
import { InternalError } from '../../errors.ts';

const IMPORT_SECTION = 2;
const KIND = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;
const SHARED_FLAG = 2;

/**
 * The module with its memory declared unshared. Its atomic instructions stay valid; none waits while there is one thread.
 * (https://webassembly.github.io/spec/core/binary/modules.html#import-section)
 */
export function withoutSharing(module: Uint8Array): Uint8Array {
  const out = module.slice();
  const reader = new Reader(out, 8);
  for (;;) {
    const [id, size] = [reader.byte(), reader.unsigned()];
    if (id === IMPORT_SECTION) break;
    reader.skip(size);
  }
  for (let left = reader.unsigned(); left > 0; left--) {
    reader.skip(reader.unsigned()); // module
    reader.skip(reader.unsigned()); // name
    const kind = reader.byte();
    if (kind === KIND.memory) {
      const place = reader.at;
      out[place] = reader.byte() & ~SHARED_FLAG;
      return out;
    }
    if (kind !== KIND.function) break; // the linker puts functions and the memory only
    reader.unsigned();
  }
  throw new InternalError('The kernel module imports no memory.');
}

class Reader {
  at: number;
  private readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }
  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new InternalError('The kernel module ends early.');
    this.at++;
    return value;
  }
  skip(count: number): void {
    this.at += count;
  }
  /** LEB128. */
  unsigned(): number {
    for (let value = 0, shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
