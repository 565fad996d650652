/**
 * Parses the terms of a `.r1cs` into sparse rows, interning coefficients as it goes: a network has millions of terms and
 * a few thousand distinct coefficients, so a bigint is made per distinct coefficient and never per term.
 */

import { bytesToBigint } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import type { SparseRows } from '../../src/r1cs/types.ts';
import type { R1csFile } from './r1cs.ts';
import { words } from './words.ts';

type FileFacts = Pick<
  R1csFile,
  'prime' | 'coefficientBytes' | 'wireCount' | 'constraintCount' | 'constraints'
>;

/** One matrix while it grows. */
export class GrowingRows {
  wires = new Uint32Array(1024);
  coefficientIds = new Uint32Array(1024);
  length = 0;
  readonly rowStarts: Uint32Array;

  constructor(rowCount: number) {
    this.rowStarts = new Uint32Array(rowCount + 1);
  }

  push(wire: number, coefficientId: number): void {
    if (this.length === this.wires.length) {
      this.wires = grown(this.wires);
      this.coefficientIds = grown(this.coefficientIds);
    }
    this.wires[this.length] = wire;
    this.coefficientIds[this.length++] = coefficientId;
  }

  finish(): SparseRows {
    return {
      rowStarts: this.rowStarts,
      wires: this.wires.slice(0, this.length),
      coefficientIds: this.coefficientIds.slice(0, this.length),
    };
  }
}

/** Walks section 2 row by row. */
export class TermCollector {
  readonly #file: FileFacts;
  readonly #words: Uint32Array;
  readonly #coefficientWords: number;
  readonly #interner: CoefficientInterner;
  #at = 0;

  constructor(file: FileFacts) {
    if (file.constraints.length % 4 !== 0) throw ragged(file.constraints.length);
    this.#file = file;
    this.#words = words(file.constraints);
    this.#coefficientWords = file.coefficientBytes / 4;
    this.#interner = new CoefficientInterner(this.#words, this.#coefficientWords, file.prime);
  }

  matrix(): GrowingRows {
    return new GrowingRows(this.#file.constraintCount);
  }

  /** Reads one linear combination as row `row` of `rows`. */
  readRow(rows: GrowingRows, row: number): void {
    const termWords = 1 + this.#coefficientWords;
    const count =
      this.#at < this.#words.length ? (this.#words[this.#at] as number) : Number.POSITIVE_INFINITY;
    if (count * termWords > this.#words.length - this.#at - 1) throw truncated(row);
    this.#at++;
    const first = rows.length;
    let sorted = true;
    let last = -1;
    for (let i = 0; i < count; i++, this.#at += termWords) {
      const wire = this.#words[this.#at] as number;
      if (wire >= this.#file.wireCount) throw unknownWire(wire, row, this.#file.wireCount);
      const id = this.#interner.intern(this.#at + 1, row);
      if (wire <= last || this.#interner.isZero(id)) sorted = false;
      last = wire;
      rows.push(wire, id);
    }
    if (!sorted) this.#normalize(rows, first);
    rows.rowStarts[row + 1] = rows.length;
  }

  /** Nothing may follow the last row. */
  end(): void {
    if (this.#at === this.#words.length) return;
    throw new BionoirError(
      'MALFORMED_R1CS',
      `The constraint system (.r1cs) has ${(this.#words.length - this.#at) * 4} bytes after its last constraint; its header promises ${this.#file.constraintCount} constraints.`,
    );
  }

  coefficients(): bigint[] {
    return this.#interner.values;
  }

  /** Sorts the terms from `first` on, adds up those of one wire and drops zeros. */
  #normalize(rows: GrowingRows, first: number): void {
    const sums = new Map<number, bigint>();
    for (let i = first; i < rows.length; i++) {
      const wire = rows.wires[i] as number;
      sums.set(wire, (sums.get(wire) ?? 0n) + this.#interner.valueOf(rows.coefficientIds[i] as number));
    }
    rows.length = first;
    for (const [wire, sum] of [...sums].sort(([left], [right]) => left - right)) {
      const value = sum % this.#file.prime;
      if (value !== 0n) rows.push(wire, this.#interner.internValue(value));
    }
  }
}

/** Open-addressing hash table from coefficient words to ids in order of appearance. */
class CoefficientInterner {
  readonly values: bigint[] = [];
  readonly #byValue = new Map<bigint, number>();
  readonly #words: Uint32Array;
  readonly #width: number;
  readonly #prime: bigint;
  /** For each slot: id + 1, or 0; and where in #words its coefficient was first seen. */
  #slots = new Uint32Array(1 << 12);
  #origins: number[] = [];
  #ids: number[] = [];

  constructor(source: Uint32Array, width: number, prime: bigint) {
    this.#words = source;
    this.#width = width;
    this.#prime = prime;
  }

  isZero(id: number): boolean {
    return this.values[id] === 0n;
  }

  valueOf(id: number): bigint {
    return this.values[id] as bigint;
  }

  /** Id of the coefficient at word `at`; checks that it is canonical when it is new. */
  intern(at: number, row: number): number {
    let slot = this.#hash(at) & (this.#slots.length - 1);
    for (;;) {
      const entry = this.#slots[slot] as number;
      if (entry === 0) break;
      if (this.#equal(this.#origins[entry - 1] as number, at)) return this.#ids[entry - 1] as number;
      slot = (slot + 1) & (this.#slots.length - 1);
    }
    const value = this.#read(at);
    if (value >= this.#prime) throw notCanonical(value, row);
    const id = this.internValue(value);
    this.#origins.push(at);
    this.#ids.push(id);
    this.#slots[slot] = this.#origins.length;
    if (this.#origins.length * 2 > this.#slots.length) this.#rehash();
    return id;
  }

  internValue(value: bigint): number {
    let id = this.#byValue.get(value);
    if (id === undefined) {
      id = this.values.push(value) - 1;
      this.#byValue.set(value, id);
    }
    return id;
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 4);
    this.#origins.forEach((origin, index) => {
      let slot = this.#hash(origin) & (this.#slots.length - 1);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = index + 1;
    });
  }

  #hash(at: number): number {
    let hash = 0;
    for (let i = 0; i < this.#width; i++)
      hash = Math.imul(hash ^ (this.#words[at + i] as number), 0x9e3779b1);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #equal(left: number, right: number): boolean {
    for (let i = 0; i < this.#width; i++) if (this.#words[left + i] !== this.#words[right + i]) return false;
    return true;
  }

  #read(at: number): bigint {
    return bytesToBigint(
      new Uint8Array(this.#words.buffer, this.#words.byteOffset + at * 4, this.#width * 4),
    );
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(array.length * 2);
  bigger.set(array);
  return bigger;
}

function ragged(length: number): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `The constraints of the constraint system (.r1cs) take ${length} bytes, which is not a multiple of 4. Is the file complete?`,
  );
}

function truncated(row: number): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `The constraint system (.r1cs) ends inside constraint ${row}. Is the file complete?`,
    { details: { constraint: row }, location: `constraint ${row}` },
  );
}

function unknownWire(wire: number, row: number, wireCount: number): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `Constraint ${row} of the constraint system (.r1cs) names wire ${wire}, but there are ${wireCount} wires.`,
    { details: { constraint: row, wire, wireCount }, location: `constraint ${row}` },
  );
}

function notCanonical(value: bigint, row: number): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `Constraint ${row} of the constraint system (.r1cs) holds the coefficient ${value}, which is not below the prime.`,
    { details: { constraint: row, value }, location: `constraint ${row}` },
  );
}
