/**
 * Columns of witness indices cut from a few large buffers: a program has a column per opcode, most of them a few entries
 * long, and a buffer of its own costs each of them 200 bytes.
 */

/** Entries of one buffer. A column longer than a quarter of it gets its own. */
const BUFFER_LENGTH = 65_536;

/** Hands out columns of zeros. */
export class ColumnPool {
  #buffer = new Uint32Array(0);
  #used = 0;

  /** A column of zeros. */
  take(length: number): Uint32Array {
    if (length > BUFFER_LENGTH / 4) return new Uint32Array(length);
    if (this.#used + length > this.#buffer.length) {
      this.#buffer = new Uint32Array(BUFFER_LENGTH);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += length;
    return this.#buffer.subarray(start, this.#used);
  }
}
