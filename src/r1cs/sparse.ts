/**
 * Growing columns and sparse rows on typed arrays, and an accumulator that adds up one row.
 *
 * These are the only mutable containers of lowering and simplification; a finished system holds trimmed arrays.
 */
import {
  addIds,
  type CoefficientTable,
  forgetSince,
  isCluttered,
  multiplyIds,
  ZERO_ID,
} from './coefficients.ts';
import type { SparseRows } from './types.ts';

/** A growing column of unsigned 32-bit integers. */
export interface U32List {
  data: Uint32Array;
  length: number;
}

/** Makes an empty column. */
export function createU32List(capacity = 16): U32List {
  return { data: new Uint32Array(capacity), length: 0 };
}

/** Appends a value. */
export function push(list: U32List, value: number): void {
  if (list.length === list.data.length) reserve(list, list.length + 1);
  list.data[list.length++] = value;
}

/** Appends source[start..end). */
export function pushRange(list: U32List, source: Uint32Array, start: number, end: number): void {
  reserve(list, list.length + end - start);
  const { data } = list;
  let target = list.length;
  for (let k = start; k < end; k++) data[target++] = at(source, k);
  list.length = target;
}

/** The column's values: a view where little room is left over, so that large columns are not copied. */
export function finishU32(list: U32List): Uint32Array {
  const { data, length } = list;
  return length > 0.75 * data.length ? data.subarray(0, length) : data.slice(0, length);
}

function reserve(list: U32List, length: number): void {
  if (length <= list.data.length) return;
  const grown = new Uint32Array(Math.max(length, 2 * list.data.length));
  grown.set(list.data);
  list.data = grown;
}

/** Element access where the index is in range by construction. One function a type: shared, it would be slow for all. */
export function at(array: Uint32Array, index: number): number {
  return array[index] as number;
}

/** {@link at} of doubles. */
export function atReal(array: Float64Array, index: number): number {
  return array[index] as number;
}

/** {@link at} of bytes. */
export function atByte(array: Uint8Array, index: number): number {
  return array[index] as number;
}

/** Growing sparse rows. */
export interface RowBuffer {
  readonly starts: U32List;
  readonly wires: U32List;
  readonly coefficientIds: U32List;
}

/** Makes an empty buffer, with room for some rows and terms. */
export function createRowBuffer(rowCount = 0, termCount = 0): RowBuffer {
  const starts = createU32List(Math.max(16, rowCount + 1));
  push(starts, 0);
  const capacity = Math.max(64, termCount);
  return { starts, wires: createU32List(capacity), coefficientIds: createU32List(capacity) };
}

/** Adds a term to the row being written. */
export function pushTerm(rows: RowBuffer, wire: number, coefficientId: number): void {
  push(rows.wires, wire);
  push(rows.coefficientIds, coefficientId);
}

/** Ends the row being written. */
export function endRow(rows: RowBuffer): void {
  push(rows.starts, rows.wires.length);
}

/** Ends the rows. */
export function finishRows(rows: RowBuffer): SparseRows {
  return {
    rowStarts: finishU32(rows.starts),
    wires: finishU32(rows.wires),
    coefficientIds: finishU32(rows.coefficientIds),
  };
}

/** Copies row `row` of `source` unchanged. */
export function copyRow(target: RowBuffer, source: SparseRows, row: number): void {
  const start = at(source.rowStarts, row);
  const end = at(source.rowStarts, row + 1);
  pushRange(target.wires, source.wires, start, end);
  pushRange(target.coefficientIds, source.coefficientIds, start, end);
  endRow(target);
}

/** Adds up the terms of one row: coefficient ids by wire, and the wires touched so far (unsorted, each once). */
export interface Accumulator {
  readonly table: CoefficientTable;
  readonly idOf: Uint32Array;
  readonly touched: U32List;
  readonly isTouched: Uint8Array;
}

/** Makes an empty sum over wires below `wireCount`. */
export function createAccumulator(table: CoefficientTable, wireCount: number): Accumulator {
  return {
    table,
    idOf: new Uint32Array(wireCount),
    touched: createU32List(64),
    isTouched: new Uint8Array(wireCount),
  };
}

/** Adds coefficient * wire. */
export function accumulate(sum: Accumulator, wire: number, coefficientId: number): void {
  if (sum.isTouched[wire] === 1) {
    sum.idOf[wire] = addIds(sum.table, at(sum.idOf, wire), coefficientId);
  } else {
    sum.isTouched[wire] = 1;
    sum.idOf[wire] = coefficientId;
    push(sum.touched, wire);
  }
}

/** Adds scale * row. */
export function accumulateRow(sum: Accumulator, rows: SparseRows, row: number, scaleId: number): void {
  const end = at(rows.rowStarts, row + 1);
  for (let k = at(rows.rowStarts, row); k < end; k++) {
    accumulate(sum, at(rows.wires, k), multiplyIds(sum.table, scaleId, at(rows.coefficientIds, k)));
  }
}

/** Drops the partial results of sums that were added up since a mark of their table, if they are many. */
export function forgetPartialSums(table: CoefficientTable, mark: number, sums: readonly Accumulator[]): void {
  if (!isCluttered(table, mark)) return;
  const places = sums.flatMap(sum =>
    Array.from(sum.touched.data.subarray(0, sum.touched.length), wire => ({ sum, wire })),
  );
  const kept = forgetSince(
    table,
    mark,
    places.map(({ sum, wire }) => at(sum.idOf, wire)),
  );
  for (const [index, { sum, wire }] of places.entries()) sum.idOf[wire] = kept[index] as number;
}

/** Writes the sum as one row of ascending wires without zeros, and clears the accumulator. Returns the term count. */
export function flush(sum: Accumulator, rows: RowBuffer): number {
  const wires = sortedTouched(sum);
  const before = rows.wires.length;
  for (let k = 0; k < wires.length; k++) {
    const wire = at(wires, k);
    const id = at(sum.idOf, wire);
    if (id !== ZERO_ID) pushTerm(rows, wire, id);
    sum.isTouched[wire] = 0;
  }
  sum.touched.length = 0;
  endRow(rows);
  return rows.wires.length - before;
}

/** The touched wires in ascending order; most rows are short, and sorting them in place beats the library. */
export function sortedTouched({ touched }: Accumulator): Uint32Array {
  const wires = touched.data.subarray(0, touched.length);
  if (wires.length > INSERTION_MAX) return wires.sort();
  for (let k = 1; k < wires.length; k++) {
    const wire = at(wires, k);
    let slot = k;
    for (; slot > 0 && at(wires, slot - 1) > wire; slot--) wires[slot] = at(wires, slot - 1);
    wires[slot] = wire;
  }
  return wires;
}

const INSERTION_MAX = 24;

/** Forgets the sum. */
export function clear(sum: Accumulator): void {
  for (let k = 0; k < sum.touched.length; k++) sum.isTouched[at(sum.touched.data, k)] = 0;
  sum.touched.length = 0;
}
