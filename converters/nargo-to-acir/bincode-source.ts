/**
 * Bincode 1.x with its default options, as Noir wrote it up to 1.0.0-beta.18: integers little-endian, enum variants as
 * u32, lengths as u64, structs without any framing. Field elements are 64 hexadecimal digits, or 32 big-endian bytes
 * from beta.12 on.
 */
import { type BionoirError, InternalError } from '../../src/errors.ts';
import { ColumnPool } from './column-pool.ts';
import { FIELD_BYTES, FieldTable } from './field-table.ts';
import { malformed, type Source, type StructForm, type Subject } from './source.ts';

const HEX_DIGITS = 2 * FIELD_BYTES;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** What differs between the releases that wrote bincode. */
export interface BincodeOptions {
  readonly fields: 'hex' | 'bytes';
  readonly arrayLengths: boolean;
}

/** Reads bincode; nothing in the bytes says what comes next. */
export class BincodeSource implements Source {
  readonly describesItself = false;
  readonly #subject: Subject;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #options: BincodeOptions;
  readonly #fields = new FieldTable();
  readonly #columns = new ColumnPool();
  readonly #scratch = new Uint8Array(FIELD_BYTES);
  #offset = 0;

  constructor(bytes: Uint8Array, options: BincodeOptions, subject: Subject) {
    this.#subject = subject;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#options = options;
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
    const value = this.#bytes[this.#offset];
    if (value !== 0 && value !== 1)
      throw this.fail(`${value === undefined ? 'its end' : value} where a boolean belongs,`);
    this.#offset++;
    return value === 1;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  size(): number {
    const at = this.#take(8);
    const high = this.#view.getUint32(at + 4, true);
    if (high < 2 ** 21) return high * 2 ** 32 + this.#view.getUint32(at, true);
    this.#offset = at;
    throw this.fail('a number of 2^53 or more');
  }

  text(): string {
    const bytes = this.#takeBytes(this.list());
    try {
      return decoder.decode(bytes);
    } catch {
      throw this.fail('a text that is not UTF-8 before its place');
    }
  }

  field(): bigint {
    const length = this.list();
    const hex = this.#options.fields === 'hex';
    if (length !== (hex ? HEX_DIGITS : FIELD_BYTES))
      throw this.fail(`a field element of ${length} bytes before its place`);
    const start = this.#offset;
    const bytes = this.#takeBytes(length);
    if (hex) this.#parseHex(bytes);
    const value = this.#fields.read(hex ? this.#scratch : bytes, 0, FIELD_BYTES);
    if (value !== undefined) return value;
    this.#offset = start;
    throw this.fail('a number that is not below the field prime');
  }

  column(length: number): Uint32Array {
    return this.#columns.take(length);
  }

  list(): number {
    const at = this.#offset;
    const length = this.size();
    if (length <= this.remaining) return length;
    const left = this.remaining;
    this.#offset = at;
    throw this.fail(`a list of ${length} items with ${left} bytes left`);
  }

  entries(): number {
    return this.list();
  }

  tuple(): void {}

  array(length: number): void {
    if (!this.#options.arrayLengths) return;
    const actual = this.list();
    if (actual !== length)
      throw this.fail(`an array of ${actual} items instead of ${length} before its place`);
  }

  struct(): StructForm {
    return 'positional';
  }

  key(): void {}

  variant(names: readonly string[]): number {
    const index = this.u32();
    if (index < names.length) return index;
    this.#offset -= 4;
    throw this.fail(`the variant ${index} where one of ${names.join(', ')} belongs,`);
  }

  unit(): void {}

  payload(): void {}

  option(): boolean {
    return this.boolean();
  }

  peekCount(): number {
    throw new InternalError('Bincode does not say how many fields come next.');
  }

  peekBoolean(): boolean {
    throw new InternalError('Bincode does not say whether a boolean comes next.');
  }

  peekInteger(): boolean {
    throw new InternalError('Bincode does not say whether an integer comes next.');
  }

  #parseHex(digits: Uint8Array): void {
    for (let i = 0; i < FIELD_BYTES; i++) {
      const value = 16 * hexValue(digits[2 * i] as number) + hexValue(digits[2 * i + 1] as number);
      if (Number.isNaN(value)) throw this.fail('a field element that is not hexadecimal before its place');
      this.#scratch[i] = value;
    }
  }

  #takeBytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #take(length: number): number {
    const at = this.#offset;
    if (length > this.remaining)
      throw this.fail(`its end where ${length - this.remaining} more bytes belong,`);
    this.#offset += length;
    return at;
  }
}

/** Value of a lower-case digit, as every release writes them; NaN for anything else. */
function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : Number.NaN;
}
