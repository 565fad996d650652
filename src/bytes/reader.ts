/**
 * Little-endian reader over a byte array: every read is bounds-checked and names the offset it failed at.
 */
import { BionoirError, type ErrorCode } from '../errors.ts';

export interface ReaderOptions {
  /** What is being read, for messages: "proving key", "model.json weights". */
  readonly what: string;
  /** Code of the error thrown at a short read. */
  readonly code?: ErrorCode;
}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly what: string;
  readonly #code: ErrorCode;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array, options: ReaderOptions) {
    this.bytes = bytes;
    this.what = options.what;
    this.#code = options.code ?? 'TRUNCATED_INPUT';
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.bytes.length - this.#offset;
  }

  /** Moves to an absolute offset inside the bytes. */
  seek(offset: number): void {
    if (offset < 0 || offset > this.bytes.length) throw this.#short(offset - this.#offset);
    this.#offset = offset;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  /** A u64 that must be usable as a JavaScript number (a length, a count). */
  u64AsNumber(): number {
    const at = this.#offset;
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new BionoirError(
        'MALFORMED_FILE',
        `The ${this.what} holds a length of ${value} at byte ${at}, more than any file has.`,
        {
          details: { offset: at, value },
        },
      );
    }
    return Number(value);
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  /** Unsigned little-endian integer of `length` bytes. */
  uint(length: number): bigint {
    return bytesToBigint(this.take(length));
  }

  #advance(length: number): number {
    if (!(length >= 0 && length <= this.remaining)) throw this.#short(length);
    const start = this.#offset;
    this.#offset += length;
    return start;
  }

  #short(length: number): BionoirError {
    return new BionoirError(
      this.#code,
      `The ${this.what} ends too early: ${length} bytes wanted at byte ${this.#offset}, ${this.remaining} left. Is the file complete?`,
      {
        details: { offset: this.#offset, wanted: length, left: this.remaining },
        location: `byte ${this.#offset}`,
      },
    );
  }
}

/** Unsigned little-endian bytes to an integer. */
export function bytesToBigint(bytes: Uint8Array): bigint {
  let hex = '';
  for (let i = bytes.length - 1; i >= 0; i--) hex += (bytes[i] as number).toString(16).padStart(2, '0');
  return hex === '' ? 0n : BigInt(`0x${hex}`);
}
