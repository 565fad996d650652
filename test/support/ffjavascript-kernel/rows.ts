/**
 * Work over the terms of a `.r1cs`: checking them, summing them into the wires' polynomials at tau, and copying those of
 * A and B into a proving key. Millions of terms, so bytes in and bytes out.
 */

import { COEFFICIENT_BYTES } from '../../../converters/keys-to-iden3/index.ts';
import type { R1csFile } from '../../../converters/r1cs-to-iden3/index.ts';
import { writeBigint } from '../../../src/bytes/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { KernelCallOptions } from '../../../src/kernel/types.ts';
import { at, type Engine, type Task, TaskBuilder } from './engine.ts';
import { FIELD_FUNCTIONS } from './wasm-field.ts';

const FIELD_BYTES = 32;
const TERM_WORDS = 1 + FIELD_BYTES / 4;
const BYTES_PER_TASK = 1 << 25;
const COEFFICIENTS_PER_TASK = 1 << 16;
const R = 1n << 256n;

/** Where rows start, in 32-bit words of the constraints; and how many terms A and B have. */
export interface RowScan {
  readonly words: Uint32Array;
  /** constraintCount + 1 entries. */
  readonly starts: Float64Array;
  readonly termCountAB: number;
}

/**
 * Walks all terms once, so that the WebAssembly code may trust them: lengths, wires, canonical coefficients.
 *
 * @throws BionoirError MALFORMED_R1CS.
 */
export function scanRows(file: R1csFile): RowScan {
  const bytes = file.constraints;
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 2);
  const starts = new Float64Array(file.constraintCount + 1);
  let position = 0;
  let termCountAB = 0;
  for (let row = 0; row < file.constraintCount; row++) {
    starts[row] = position;
    for (let matrix = 0; matrix < 3; matrix++) {
      const count = position < words.length ? (words[position] as number) : Number.POSITIVE_INFINITY;
      const end = position + 1 + count * TERM_WORDS;
      if (end > words.length) throw malformed(row, 'ends inside');
      for (let at = position + 1; at < end; at += TERM_WORDS) {
        if ((words[at] as number) >= file.wireCount) throw malformed(row, 'names an unknown wire in');
        if (!isCanonical(words, at + 1)) throw malformed(row, 'holds a coefficient above the prime in');
      }
      if (matrix < 2) termCountAB += count;
      position = end;
    }
  }
  starts[file.constraintCount] = position;
  if (position * 4 !== bytes.length) throw malformed(file.constraintCount - 1, 'has bytes after');
  return { words, starts, termCountAB };
}

const PRIME_WORDS = Array.from({ length: 8 }, (_, i) => Number((r >> BigInt(32 * i)) & 0xffffffffn));

function isCanonical(words: Uint32Array, at: number): boolean {
  for (let i = 7; i >= 0; i--) {
    const word = words[at + i] as number;
    const limit = PRIME_WORDS[i] as number;
    if (word !== limit) return word < limit;
  }
  return false;
}

/** Sums factor[row] * coefficient into each wire, for the three matrices. */
export async function evaluateRows(
  engine: Engine,
  file: R1csFile,
  rows: RowScan,
  factors: readonly bigint[],
  options: KernelCallOptions,
): Promise<{ readonly a: bigint[]; readonly b: bigint[]; readonly c: bigint[] }> {
  const factorBytes = new Uint8Array(file.constraintCount * FIELD_BYTES);
  for (let row = 0; row < file.constraintCount; row++) {
    writeBigint(factorBytes, row * FIELD_BYTES, ((factors[row] as bigint) * R) % r, FIELD_BYTES);
  }
  const tasks: Task[] = [];
  for (let first = 0; first < file.constraintCount; ) {
    let end = first + 1;
    const limit = (rows.starts[first] as number) + BYTES_PER_TASK / 4;
    while (end < file.constraintCount && (rows.starts[end + 1] as number) <= limit) end++;
    const range = [first, end] as const;
    tasks.push({
      weight: (rows.starts[end] as number) - (rows.starts[first] as number),
      build: () => evaluateTask(file.wireCount, rows, factorBytes, range),
    });
    first = end;
  }
  const results = await engine.run(tasks, 'polynomials', options);
  const sum = (matrix: number): bigint[] => {
    const sums = new Array<bigint>(file.wireCount).fill(0n);
    for (const result of results) addElements(sums, result[matrix] as Uint8Array);
    return sums;
  };
  return { a: sum(0), b: sum(1), c: sum(2) };
}

function evaluateTask(
  wireCount: number,
  rows: RowScan,
  factors: Uint8Array,
  [first, end]: readonly [number, number],
): TaskBuilder {
  const from = rows.starts[first] as number;
  const to = rows.starts[end] as number;
  const terms = new Uint8Array(rows.words.buffer, rows.words.byteOffset + from * 4, (to - from) * 4);
  const task = new TaskBuilder();
  const pTerms = task.input(terms);
  const pFactors = task.input(factors.subarray(first * FIELD_BYTES, end * FIELD_BYTES));
  const zeros = new Uint8Array(wireCount * FIELD_BYTES);
  const sums = [task.input(zeros), task.input(zeros), task.input(zeros)] as const;
  task.call(FIELD_FUNCTIONS.accumulateRows, at(pTerms), end - first, at(pFactors), ...sums.map(v => at(v)));
  for (const variable of sums) task.output(variable, zeros.length);
  return task;
}

function addElements(sums: bigint[], bytes: Uint8Array): void {
  const limbs = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
  for (let i = 0; i < sums.length; i++) {
    const at = i * 4;
    const low = (limbs[at] as bigint) | ((limbs[at + 1] as bigint) << 64n);
    const high = (limbs[at + 2] as bigint) | ((limbs[at + 3] as bigint) << 64n);
    const value = low | (high << 128n);
    if (value !== 0n) sums[i] = ((sums[i] as bigint) + value) % r;
  }
}

/** Section 4 of the key: terms of A and B row by row, then one of A for each public wire. */
export async function encodeKeyCoefficients(
  engine: Engine,
  file: R1csFile,
  rows: RowScan,
  publicCount: number,
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const count = rows.termCountAB + publicCount + 1;
  const out = new Uint8Array(4 + count * COEFFICIENT_BYTES);
  const outWords = new Uint32Array(out.buffer);
  outWords[0] = count;
  let position = 1;
  for (let row = 0; row < file.constraintCount; row++) {
    let at = rows.starts[row] as number;
    for (let matrix = 0; matrix < 2; matrix++) {
      const terms = rows.words[at++] as number;
      for (let i = 0; i < terms; i++, at += TERM_WORDS) {
        outWords[position++] = matrix;
        outWords[position++] = row;
        for (let j = 0; j < TERM_WORDS; j++) outWords[position++] = rows.words[at + j] as number;
      }
    }
  }
  for (let wire = 0; wire <= publicCount; wire++) {
    outWords.set([0, file.constraintCount + wire, wire, 1], position);
    position += COEFFICIENT_BYTES / 4;
  }
  await encodeInPlace(engine, out.subarray(4), options);
  return out;
}

async function encodeInPlace(engine: Engine, entries: Uint8Array, options: KernelCallOptions): Promise<void> {
  const chunk = COEFFICIENTS_PER_TASK * COEFFICIENT_BYTES;
  const tasks: Task[] = [];
  for (let offset = 0; offset < entries.length; offset += chunk) {
    const bytes = entries.subarray(offset, offset + chunk);
    tasks.push({ weight: bytes.length, build: () => encodeTask(bytes) });
  }
  const results = await engine.run(tasks, 'coefficients', options);
  results.forEach(([bytes], i) => {
    entries.set(bytes as Uint8Array, i * chunk);
  });
}

function encodeTask(entries: Uint8Array): TaskBuilder {
  const task = new TaskBuilder();
  const variable = task.input(entries);
  task.call(FIELD_FUNCTIONS.encodeCoefficients, at(variable), entries.length / COEFFICIENT_BYTES);
  task.output(variable, entries.length);
  return task;
}

function malformed(row: number, what: string): BionoirError {
  return new BionoirError(
    'MALFORMED_R1CS',
    `The constraint system (.r1cs) ${what} constraint ${row}. Is the file complete?`,
    { details: { constraint: row }, location: `constraint ${row}` },
  );
}
