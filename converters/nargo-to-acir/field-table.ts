/**
 * Field elements read from bytes and interned: equal elements are one bigint. A dense layer of a thousand weights has
 * a few hundred distinct ones, so a million terms cost a million pointers and a few hundred bigints.
 *
 * An open-addressing table over the eight 32-bit words of the element. The hash is multilinear with random
 * multipliers, so that nobody can prepare a program whose coefficients all collide.
 */
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';

const WORDS = 8;
/** Bytes of a field element on the wire. */
export const FIELD_BYTES = 32;

/** Gives the one bigint of each field element. */
export class FieldTable {
  #capacity = 1024;
  #count = 0;
  #words = new Uint32Array(this.#capacity * WORDS);
  #values: (bigint | undefined)[] = new Array(this.#capacity);
  readonly #seeds = globalThis.crypto.getRandomValues(new Uint32Array(WORDS));
  readonly #key = new Uint32Array(WORDS);

  /**
   * The element in `length` big-endian bytes (at most 32, zero-extended), or undefined when it is not below p.
   */
  read(bytes: Uint8Array, offset: number, length: number): bigint | undefined {
    const key = this.#key;
    for (let i = 0, end = offset + length; i < WORDS; i++, end -= 4) {
      key[i] = wordEndingAt(bytes, offset, end);
    }
    let slot = this.#slotOf(key, 0);
    const known = this.#values[slot];
    if (known !== undefined) return known;
    const value = toBigint(key);
    if (value >= BN254_SCALAR_PRIME) return undefined;
    if (++this.#count * 2 > this.#capacity) {
      this.#grow();
      slot = this.#slotOf(key, 0);
    }
    this.#words.set(key, slot * WORDS);
    this.#values[slot] = value;
    return value;
  }

  /** The slot that holds the key at `at` of `key`, or the free one where it belongs. */
  #slotOf(key: Uint32Array, at: number): number {
    const mask = this.#capacity - 1;
    let hash = 0;
    for (let i = 0; i < WORDS; i++) {
      const word = key[at + i] as number;
      hash = (hash + Math.imul(word ^ (word >>> 15), (this.#seeds[i] as number) | 1)) | 0;
    }
    let slot = (hash ^ (hash >>> 16)) & mask;
    while (this.#values[slot] !== undefined && !this.#equals(slot, key, at)) slot = (slot + 1) & mask;
    return slot;
  }

  #equals(slot: number, key: Uint32Array, at: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words[slot * WORDS + i] !== key[at + i]) return false;
    return true;
  }

  #grow(): void {
    const [words, values] = [this.#words, this.#values];
    this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * WORDS);
    this.#values = new Array(this.#capacity);
    values.forEach((value, old) => {
      if (value === undefined) return;
      const slot = this.#slotOf(words, old * WORDS);
      this.#words.set(words.subarray(old * WORDS, (old + 1) * WORDS), slot * WORDS);
      this.#values[slot] = value;
    });
  }
}

/** The big-endian 32-bit word whose last byte is `end - 1`; bytes before `start` count as zero. */
function wordEndingAt(bytes: Uint8Array, start: number, end: number): number {
  let word = 0;
  for (let at = Math.max(start, end - 4); at < end; at++) word = (word << 8) | (bytes[at] as number);
  return word >>> 0;
}

function toBigint(words: Uint32Array): bigint {
  let value = 0n;
  for (let i = WORDS - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[i] as number);
  return value;
}
