/** Little-endian writer into a growing byte array. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const at = this.#grow(1); // first: growing replaces the view
    this.#view.setUint8(at, value);
  }

  u32(value: number): void {
    const at = this.#grow(4);
    this.#view.setUint32(at, value, true);
  }

  u64(value: bigint | number): void {
    const at = this.#grow(8);
    this.#view.setBigUint64(at, BigInt(value), true);
  }

  put(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Unsigned little-endian integer in `length` bytes. */
  uint(value: bigint, length: number): void {
    const at = this.#grow(length);
    writeBigint(this.#bytes, at, value, length);
  }

  /** Overwrites a u64 written before, such as a section length that was not known then. */
  patchU64(offset: number, value: bigint | number): void {
    this.#view.setBigUint64(offset, BigInt(value), true);
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(length: number): number {
    const at = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const bigger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      bigger.set(this.#bytes.subarray(0, at));
      this.#bytes = bigger;
      this.#view = new DataView(bigger.buffer);
    }
    return at;
  }
}

/** Writes `value` as `length` little-endian bytes at `offset`. The value must fit. */
export function writeBigint(bytes: Uint8Array, offset: number, value: bigint, length: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  let rest = value;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    view.setBigUint64(i, BigInt.asUintN(64, rest), true);
    rest >>= 64n;
  }
  for (; i < length; i++) {
    view.setUint8(i, Number(rest & 0xffn));
    rest >>= 8n;
  }
}
