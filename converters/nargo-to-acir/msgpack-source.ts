/**
 * Msgpack as Noir writes it from 1.0.0-beta.19 on (msgpack.org specification; serde's conventions):
 * struct = array in field order, or map keyed by names, or map keyed by positions; enum with data = map of one entry
 * keyed by the variant's name or position; enum without data = its name, or that map with nil; field element = up to
 * 32 big-endian bytes. One reader takes all three forms, each struct as it comes.
 *
 * Not read: signed integers, floats, extensions and keys out of order, which no Noir release writes.
 */
import type { BionoirError } from '../../src/errors.ts';
import { ColumnPool } from './column-pool.ts';
import { FIELD_BYTES, FieldTable } from './field-table.ts';
import { malformed, type Source, type StructForm, type Subject } from './source.ts';

const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
/** Longest piece of the input that a message quotes. */
const MAX_QUOTE = 40;
const U32_LIMIT = 0xffff_ffff;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads msgpack in all three forms. */
export class MsgpackSource implements Source {
  readonly describesItself = true;
  readonly #subject: Subject;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #fields = new FieldTable();
  readonly #columns = new ColumnPool();
  #offset: number;
  /** Whether the variant just entered has a payload slot (map form) or is a bare name. */
  #hasPayload = false;

  /** @param offset of the first byte of msgpack */
  constructor(bytes: Uint8Array, offset: number, subject: Subject) {
    this.#subject = subject;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  fail(what: string): BionoirError {
    return malformed(this.#subject, what, this.#offset);
  }

  boolean(): boolean {
    const marker = this.#peek();
    if (marker !== TRUE && marker !== FALSE) throw this.#unexpected('a boolean');
    this.#offset++;
    return marker === TRUE;
  }

  u8(): number {
    return this.#integer(0xff);
  }

  u32(): number {
    return this.#integer(U32_LIMIT);
  }

  size(): number {
    return this.#integer(Number.MAX_SAFE_INTEGER);
  }

  u64(): bigint {
    if (this.#peek() !== 0xcf) return BigInt(this.#integer(U32_LIMIT));
    this.#need(9);
    const value = this.#view.getBigUint64(this.#offset + 1);
    this.#offset += 9;
    return value;
  }

  text(): string {
    const length = this.#textLength();
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    try {
      const value = decoder.decode(bytes);
      this.#offset += length;
      return value;
    } catch {
      throw this.fail('a text that is not UTF-8');
    }
  }

  #textLength(): number {
    const marker = this.#peek();
    const fixed = (marker & 0xe0) === 0xa0;
    const length = fixed ? this.#skip(1, marker & 0x1f) : this.#length(marker, 0xd9, 'a text');
    this.#need(length);
    return length;
  }

  column(length: number): Uint32Array {
    return this.#columns.take(length);
  }

  field(): bigint {
    const length = this.#length(this.#peek(), 0xc4, 'a field element');
    if (length > FIELD_BYTES) throw this.fail(`a field element of ${length} bytes`);
    this.#need(length);
    const value = this.#fields.read(this.#bytes, this.#offset, length);
    if (value === undefined) throw this.fail('a number that is not below the field prime');
    this.#offset += length;
    return value;
  }

  list(): number {
    const marker = this.#peek();
    const fixed = (marker & 0xf0) === 0x90;
    const length = fixed ? this.#skip(1, marker & 0x0f) : this.#wideLength(marker, 0xdc, 'a list');
    if (length > this.remaining)
      throw this.fail(`a list of ${length} items with ${this.remaining} bytes left`);
    return length;
  }

  tuple(length: number): void {
    const start = this.#offset;
    const actual = this.list();
    if (actual === length) return;
    this.#offset = start;
    throw this.fail(`a list of ${actual} items instead of ${length}`);
  }

  array(length: number): void {
    this.tuple(length);
  }

  struct(fieldCount: number): StructForm {
    const marker = this.#peek();
    if (!isMap(marker)) {
      this.tuple(fieldCount);
      return 'positional';
    }
    const start = this.#offset;
    const count = this.entries();
    if (count !== fieldCount) {
      this.#offset = start;
      throw this.fail(`a map of ${count} fields instead of ${fieldCount}`);
    }
    return fieldCount > 0 && isText(this.#peek()) ? 'named' : 'tagged';
  }

  key(form: StructForm, names: readonly string[], index: number): void {
    if (form === 'positional') return;
    const start = this.#offset;
    const found = form === 'named' ? this.text() : this.u32();
    const wanted = form === 'named' ? names[index] : index;
    if (found === wanted) return;
    this.#offset = start;
    throw this.fail(`the field '${String(found).slice(0, MAX_QUOTE)}' instead of '${wanted}'`);
  }

  peekCount(): number {
    const start = this.#offset;
    const count = isMap(this.#peek()) ? this.entries() : this.list();
    this.#offset = start;
    return count;
  }

  peekBoolean(): boolean {
    return (this.#peek() | 1) === TRUE;
  }

  peekInteger(): boolean {
    const marker = this.#peek();
    return marker < 0x80 || (marker >= 0xcc && marker <= 0xcf);
  }

  variant(names: readonly string[]): number {
    const start = this.#offset;
    this.#hasPayload = isMap(this.#peek());
    if (this.#hasPayload && this.entries() !== 1) {
      this.#offset = start;
      throw this.fail('a map of several entries instead of one variant');
    }
    const at = this.#offset;
    const tagged = this.#hasPayload && !isText(this.#peek());
    const index = tagged ? this.u32() : this.#name(names);
    if (index >= 0 && index < names.length) return index;
    this.#offset = at;
    const found = tagged ? index : this.text().slice(0, MAX_QUOTE);
    this.#offset = start;
    throw this.fail(`the variant '${found}' where one of ${names.join(', ')} belongs,`);
  }

  /** Index of the text that comes next in `names`, or -1: a comparison of bytes, since a text is made per opcode otherwise. */
  #name(names: readonly string[]): number {
    const length = this.#textLength();
    const start = this.#offset;
    const index = names.findIndex(name => name.length === length && this.#equals(name, start));
    this.#offset += length;
    return index;
  }

  /** Whether the ASCII text `name` stands at `start`. */
  #equals(name: string, start: number): boolean {
    for (let i = 0; i < name.length; i++) if (this.#bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  unit(): void {
    if (!this.#hasPayload) return;
    if (this.#peek() !== NIL) throw this.#unexpected('nil');
    this.#offset++;
  }

  payload(): void {
    if (!this.#hasPayload) throw this.fail('a variant without its data');
  }

  option(): boolean {
    if (this.#peek() !== NIL) return true;
    this.#offset++;
    return false;
  }

  entries(): number {
    const marker = this.#peek();
    const fixed = (marker & 0xf0) === 0x80;
    const length = fixed ? this.#skip(1, marker & 0x0f) : this.#wideLength(marker, 0xde, 'a map');
    if (length > this.remaining)
      throw this.fail(`a map of ${length} entries with ${this.remaining} bytes left`);
    return length;
  }

  #integer(limit: number): number {
    const marker = this.#peek();
    if (marker < 0x80) return this.#skip(1, marker);
    const start = this.#offset;
    const value = this.#wideInteger(marker);
    if (value <= limit) return value;
    this.#offset = start;
    throw this.fail(`the number ${value} where at most ${limit} belongs`);
  }

  #wideInteger(marker: number): number {
    const at = this.#offset + 1;
    const width = 1 << (marker - 0xcc);
    if (marker < 0xcc || marker > 0xcf) throw this.#unexpected('an unsigned integer');
    this.#need(1 + width);
    this.#offset += 1 + width;
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at);
    if (width === 4) return this.#view.getUint32(at);
    return Number(this.#view.getBigUint64(at));
  }

  /** Length of a bin or str whose 8-bit form has the marker `first`. */
  #length(marker: number, first: number, what: string): number {
    if (marker === first) {
      this.#need(2);
      return this.#skip(2, this.#view.getUint8(this.#offset + 1));
    }
    return this.#wideLength(marker, first + 1, what);
  }

  /** Length of a container whose 16-bit form has the marker `first`, and its 32-bit form the next one. */
  #wideLength(marker: number, first: number, what: string): number {
    if (marker === first) {
      this.#need(3);
      return this.#skip(3, this.#view.getUint16(this.#offset + 1));
    }
    if (marker !== first + 1) throw this.#unexpected(what);
    this.#need(5);
    return this.#skip(5, this.#view.getUint32(this.#offset + 1));
  }

  #peek(): number {
    this.#need(1);
    return this.#bytes[this.#offset] as number;
  }

  #skip(bytes: number, result: number): number {
    this.#offset += bytes;
    return result;
  }

  #need(bytes: number): void {
    if (bytes > this.remaining) throw this.fail(`its end where ${bytes - this.remaining} more bytes belong,`);
  }

  #unexpected(wanted: string): BionoirError {
    return this.fail(`the marker 0x${this.#peek().toString(16)} where ${wanted} belongs,`);
  }
}

function isMap(marker: number): boolean {
  return (marker & 0xf0) === 0x80 || marker === 0xde || marker === 0xdf;
}

function isText(marker: number): boolean {
  return (marker & 0xe0) === 0xa0 || (marker >= 0xd9 && marker <= 0xdb);
}
