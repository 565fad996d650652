/** Msgpack as Noir reads it: the writing side of msgpack-source.ts, in its three forms. */
import { FIELD_BYTES } from './field-table.ts';

/** How structs are written: in field order, keyed by names, or (some of them) keyed by numbers. */
export type MsgpackForm = 'compact' | 'named' | 'tagged';

const encoder = new TextEncoder();

/** Writes msgpack into a growing buffer. */
export class MsgpackSink {
  readonly form: MsgpackForm;
  #bytes = new Uint8Array(4096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  constructor(form: MsgpackForm) {
    this.form = form;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** A byte outside of msgpack: the mark of the format. */
  mark(byte: number): void {
    const at = this.#grow(1);
    this.#view.setUint8(at, byte);
  }

  nil(): void {
    this.mark(0xc0);
  }

  boolean(value: boolean): void {
    this.mark(value ? 0xc3 : 0xc2);
  }

  /** The shortest unsigned form. */
  integer(value: number | bigint): void {
    if (value < 0x80) this.mark(Number(value));
    else if (value < 2 ** 8) this.#sized(0xcc, 1, Number(value));
    else if (value < 2 ** 16) this.#sized(0xcd, 2, Number(value));
    else if (value < 2 ** 32) this.#sized(0xce, 4, Number(value));
    else {
      this.mark(0xcf);
      const at = this.#grow(8);
      this.#view.setBigUint64(at, BigInt(value));
    }
  }

  text(value: string): void {
    const bytes = encoder.encode(value);
    if (bytes.length < 32) this.mark(0xa0 | bytes.length);
    else if (bytes.length < 2 ** 8) this.#sized(0xd9, 1, bytes.length);
    else this.#wide(0xda, bytes.length);
    const at = this.#grow(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** 32 bytes, big-endian. */
  field(value: bigint): void {
    this.#sized(0xc4, 1, FIELD_BYTES);
    const at = this.#grow(FIELD_BYTES);
    for (let i = 0; i < 4; i++) {
      this.#view.setBigUint64(at + 8 * i, BigInt.asUintN(64, value >> BigInt(64 * (3 - i))));
    }
  }

  list(length: number): void {
    if (length < 16) this.mark(0x90 | length);
    else this.#wide(0xdc, length);
  }

  map(length: number): void {
    if (length < 16) this.mark(0x80 | length);
    else this.#wide(0xde, length);
  }

  #wide(marker: number, length: number): void {
    if (length < 2 ** 16) this.#sized(marker, 2, length);
    else this.#sized(marker + 1, 4, length);
  }

  #sized(marker: number, width: 1 | 2 | 4, value: number): void {
    this.mark(marker);
    const at = this.#grow(width);
    if (width === 1) this.#view.setUint8(at, value);
    else if (width === 2) this.#view.setUint16(at, value);
    else this.#view.setUint32(at, value);
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
