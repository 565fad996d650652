/**
 * Integer bounds of wires: for each wire an interval [low, high] such that in every solution the wire's value is
 * congruent to an integer of the interval. Simplification uses them to merge linear rows (pack.ts).
 *
 * A wire is bounded by one row whose other wires are bounded already:
 * - (A - k)(B - m) = 0, written A B = m A + k B - k m: one factor is 0, so a wire that occurs in both lies in the hull of
 *   the two solutions. Booleans w w = w give {0, 1}; y (y - q) = 0 gives the hull of 0 and q.
 * - A B = c z + rest with A, B, rest bounded: z is bounded by interval arithmetic.
 * - 0 = c z + rest: the same.
 * Each time the row is scaled so that z has coefficient one; if that makes the others fractions (numbers near p), the
 * interval is as wide as the field and z stays unbounded. Since a bound follows from rows and earlier bounds only,
 * there is no circle; `boundBy` names the row, so that a pass can keep it.
 *
 * Intervals may be *given*: those that lookups prove (the rows of a lookup argument do not show its table). They hold in
 * every solution by lookup rows alone, which no pass merges or drops.
 *
 * Intervals are doubles: exact for integers below 2^53, and widened beyond by more than all rounding errors together.
 */
import { toSigned } from '../../field/index.ts';
import {
  addIds,
  type CoefficientTable,
  coefficientOf,
  invertId,
  multiplyIds,
  negateId,
  ONE_ID,
  smallOf,
  ZERO_ID,
} from '../coefficients.ts';
import { at, atReal, createU32List, push } from '../sparse.ts';
import type { ConstraintSystem, SparseRows } from '../types.ts';

/** Intervals by wire. */
export interface Bounds {
  /** -Infinity where unbounded. */
  readonly low: Float64Array;
  /** Infinity where unbounded. */
  readonly high: Float64Array;
  /** The row that bounds the wire, or -1. */
  readonly boundBy: Int32Array;
}

/** Both ends included. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const BIT: Interval = { low: 0, high: 1 };
const UNBOUNDED: Interval = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** Sums of up to 2^22 terms have relative errors below 2^-30. */
const WIDENING = 2 ** -30;
const EXACT_MAX = 2 ** 53;

interface Analysis extends Bounds {
  readonly system: ConstraintSystem;
  readonly table: CoefficientTable;
  /** Intervals wider than this are no bounds. */
  readonly limit: number;
  /** Signed coefficients as doubles, by id, filled on demand (NaN: not yet). */
  doubles: Float64Array;
  /** By row: occurrences of unbounded wires in A, B and C. */
  readonly open: Uint32Array;
}

/** Whether a wire has a bound. */
export function isBounded(bounds: Bounds, wire: number): boolean {
  return atReal(bounds.high, wire) !== Number.POSITIVE_INFINITY;
}

/** Bounds as many wires as the rows and the given intervals allow. */
export function analyzeBounds(
  system: ConstraintSystem,
  table: CoefficientTable,
  given: ReadonlyMap<number, Interval> = new Map(),
): Bounds {
  const { wireCount, constraintCount } = system;
  const analysis: Analysis = {
    low: new Float64Array(wireCount).fill(Number.NEGATIVE_INFINITY),
    high: new Float64Array(wireCount).fill(Number.POSITIVE_INFINITY),
    boundBy: new Int32Array(wireCount).fill(-1),
    system,
    table,
    limit: Number(table.prime) / 8,
    doubles: new Float64Array(0),
    open: new Uint32Array(constraintCount),
  };
  analysis.low[0] = 1;
  analysis.high[0] = 1;
  for (const [wire, interval] of given) {
    if (limited(analysis, interval) === undefined) continue;
    analysis.low[wire] = interval.low;
    analysis.high[wire] = interval.high;
  }
  propagate(analysis);
  return analysis;
}

/** Product rows go first: a bound from one leaves the linear rows free to be packed. */
function propagate(analysis: Analysis): void {
  const { system, open } = analysis;
  const isBoolean = booleanRows(system);
  const rowsOf = rowsByWire(system, isBoolean);
  const products = createU32List();
  const linears = createU32List();
  const enqueue = (row: number): void => push(isLinear(system, row) ? linears : products, row);
  for (let row = 0; row < system.constraintCount; row++) {
    if (isBoolean[row] === 0) open[row] = countOpen(analysis, row);
    if (at(open, row) <= 3) enqueue(row);
  }
  let nextProduct = 0;
  let nextLinear = 0;
  while (nextProduct < products.length || nextLinear < linears.length) {
    const row =
      nextProduct < products.length ? at(products.data, nextProduct++) : at(linears.data, nextLinear++);
    const wire = boundByRow(analysis, row);
    if (wire === 0) continue;
    for (let k = at(rowsOf.starts, wire); k < at(rowsOf.starts, wire + 1); k++) {
      const other = at(rowsOf.rows, k);
      const left = at(open, other) - 1;
      open[other] = left;
      if (left > 0 && left <= 3) enqueue(other);
    }
  }
}

/** Most rows of any system: they bound their wire when it is their turn, and never need another. */
function booleanRows(system: ConstraintSystem): Uint8Array {
  return new Uint8Array(system.constraintCount).map((_, row) => (isBooleanRow(system, row) ? 1 : 0));
}

/** Whether a row has the form 0 * 0 = L (normal form; a row 0 * B = C is not taken for one). */
export function isLinear({ a, b }: ConstraintSystem, row: number): boolean {
  return (
    at(a.rowStarts, row) === at(a.rowStarts, row + 1) && at(b.rowStarts, row) === at(b.rowStarts, row + 1)
  );
}

function countOpen(analysis: Analysis, row: number): number {
  const { system } = analysis;
  let count = 0;
  for (const rows of [system.a, system.b, system.c]) {
    for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
      if (!isBounded(analysis, at(rows.wires, k))) count++;
    }
  }
  return count;
}

/** Rows of each wire, once an occurrence, without the rows that are marked. */
function rowsByWire(
  system: ConstraintSystem,
  isLeftOut: Uint8Array,
): {
  readonly starts: Uint32Array;
  readonly rows: Uint32Array;
} {
  const starts = new Uint32Array(system.wireCount + 2);
  const matrices = [system.a, system.b, system.c];
  const visit = (action: (wire: number, row: number) => void): void => {
    for (let row = 0; row < system.constraintCount; row++) {
      if (isLeftOut[row] === 1) continue;
      for (const { rowStarts, wires } of matrices) {
        for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) action(at(wires, k), row);
      }
    }
  };
  visit(wire => {
    starts[wire + 2] = at(starts, wire + 2) + 1;
  });
  for (let wire = 2; wire < starts.length; wire++) starts[wire] = at(starts, wire) + at(starts, wire - 1);
  const rows = new Uint32Array(at(starts, starts.length - 1));
  visit((wire, row) => {
    const slot = wire + 1;
    rows[at(starts, slot)] = row;
    starts[slot] = at(starts, slot) + 1;
  });
  return { starts, rows };
}

/** Bounds the only unbounded wire of a row if it can; returns it, or 0. */
function boundByRow(analysis: Analysis, row: number): number {
  const wire = onlyUnbounded(analysis, row);
  if (wire === 0) return 0;
  if (isBooleanRow(analysis.system, row)) return setBounds(analysis, wire, row, BIT);
  const interval = isLinear(analysis.system, row)
    ? solveLinear(analysis, row, wire)
    : (solveAlternatives(analysis, row, wire) ?? solveProduct(analysis, row, wire));
  return interval === undefined ? 0 : setBounds(analysis, wire, row, interval);
}

function setBounds(analysis: Analysis, wire: number, row: number, { low, high }: Interval): number {
  analysis.low[wire] = low;
  analysis.high[wire] = high;
  analysis.boundBy[wire] = row;
  return wire;
}

/** w w = w: most rows of any system, so they take a short way. */
function isBooleanRow({ a, b, c }: ConstraintSystem, row: number): boolean {
  const [inA, inB, inC] = [at(a.rowStarts, row), at(b.rowStarts, row), at(c.rowStarts, row)];
  if (at(a.rowStarts, row + 1) !== inA + 1 || at(b.rowStarts, row + 1) !== inB + 1) return false;
  if (at(c.rowStarts, row + 1) !== inC + 1) return false;
  const wire = at(a.wires, inA);
  if (at(b.wires, inB) !== wire || at(c.wires, inC) !== wire) return false;
  const id = at(a.coefficientIds, inA);
  return id === ONE_ID && at(b.coefficientIds, inB) === id && at(c.coefficientIds, inC) === id;
}

function onlyUnbounded(analysis: Analysis, row: number): number {
  const { a, b, c } = analysis.system;
  let found = 0;
  for (const rows of [a, b, c]) {
    for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
      const wire = at(rows.wires, k);
      if (isBounded(analysis, wire) || wire === found) continue;
      if (found !== 0) return 0;
      found = wire;
    }
  }
  return found;
}

/** 0 = c z + rest: z = -rest / c. */
function solveLinear(analysis: Analysis, row: number, wire: number): Interval | undefined {
  const { table, system } = analysis;
  const factor = invertId(table, negateId(table, coefficientAt(system.c, row, wire)));
  return limited(analysis, sumInterval(analysis, system.c, row, { factor, skip: wire }));
}

/** (A - k)(B - m) = 0 with z in both factors: the hull of both solutions. */
function solveAlternatives(analysis: Analysis, row: number, wire: number): Interval | undefined {
  const { a, b } = analysis.system;
  if (coefficientAt(a, row, wire) === ZERO_ID || coefficientAt(b, row, wire) === ZERO_ID) return undefined;
  const shifts = findShifts(analysis, row);
  if (shifts === undefined) return undefined;
  const first = solveFactor(analysis, a, row, { wire, value: shifts.a });
  const second = solveFactor(analysis, b, row, { wire, value: shifts.b });
  if (first === undefined || second === undefined) return undefined;
  return { low: Math.min(first.low, second.low), high: Math.max(first.high, second.high) };
}

/** The interval of z where the row's form equals `value` (a coefficient's id). */
function solveFactor(
  analysis: Analysis,
  rows: SparseRows,
  row: number,
  { wire, value }: { readonly wire: number; readonly value: number },
): Interval | undefined {
  const { table } = analysis;
  const scale = invertId(table, coefficientAt(rows, row, wire));
  const rest = sumInterval(analysis, rows, row, { factor: negateId(table, scale), skip: wire });
  const constant = doubleOf(analysis, multiplyIds(table, value, scale));
  const size = Math.abs(constant) + Math.max(Math.abs(rest.low), Math.abs(rest.high));
  return limited(analysis, widen(rest.low + constant, rest.high + constant, size));
}

interface Shifts {
  readonly a: number;
  readonly b: number;
}

/** Finds k, m with C = m A + k B - k m, if there are any (A and B hold no constants). */
function findShifts(analysis: Analysis, row: number): Shifts | undefined {
  const { system, table } = analysis;
  const { a, b, c } = system;
  if (at(c.rowStarts, row) === at(c.rowStarts, row + 1)) return { a: ZERO_ID, b: ZERO_ID };
  if (isSameRow(a, b, row) && isSameRow(a, c, row)) return { a: ZERO_ID, b: ONE_ID };
  const [onlyA, onlyB] = [firstOnlyIn(a, b, row), firstOnlyIn(b, a, row)];
  const firstA = onlyA === 0 ? at(a.wires, at(a.rowStarts, row)) : onlyA;
  const firstB = onlyB === 0 ? at(b.wires, at(b.rowStarts, row)) : onlyB;
  let k = onlyB === 0 ? ZERO_ID : shiftAt(table, c, b, { row, wire: onlyB, other: ZERO_ID });
  const kB = multiplyIds(table, k, coefficientAt(b, row, firstA));
  const m = shiftAt(table, c, a, { row, wire: firstA, other: kB });
  if (onlyB === 0 && onlyA !== 0) {
    const mA = multiplyIds(table, m, coefficientAt(a, row, firstB));
    k = shiftAt(table, c, b, { row, wire: firstB, other: mA });
  }
  return isCombination(analysis, row, { a: k, b: m }) ? { a: k, b: m } : undefined;
}

/** Whether two matrices hold the same form in a row; a bit written as a form, f f = f, has three. */
function isSameRow(rows: SparseRows, others: SparseRows, row: number): boolean {
  const [start, other] = [at(rows.rowStarts, row), at(others.rowStarts, row)];
  const length = at(rows.rowStarts, row + 1) - start;
  if (length !== at(others.rowStarts, row + 1) - other) return false;
  for (let k = 0; k < length; k++) {
    if (at(rows.wires, start + k) !== at(others.wires, other + k)) return false;
    if (at(rows.coefficientIds, start + k) !== at(others.coefficientIds, other + k)) return false;
  }
  return true;
}

/** (C - other) / rows, at one wire. */
function shiftAt(
  table: CoefficientTable,
  c: SparseRows,
  rows: SparseRows,
  { row, wire, other }: { readonly row: number; readonly wire: number; readonly other: number },
): number {
  const top = addIds(table, coefficientAt(c, row, wire), negateId(table, other));
  return multiplyIds(table, top, invertId(table, coefficientAt(rows, row, wire)));
}

/** Checks C = m A + k B - k m over all wires of the row. */
function isCombination({ system, table }: Analysis, row: number, { a: k, b: m }: Shifts): boolean {
  const { a, b, c } = system;
  const wires = new Set<number>([0]);
  for (const rows of [a, b, c]) {
    for (let i = at(rows.rowStarts, row); i < at(rows.rowStarts, row + 1); i++) wires.add(at(rows.wires, i));
  }
  for (const wire of wires) {
    const mA = coefficientOf(table, m) * coefficientOf(table, coefficientAt(a, row, wire));
    const kB = coefficientOf(table, k) * coefficientOf(table, coefficientAt(b, row, wire));
    const km = wire === 0 ? coefficientOf(table, k) * coefficientOf(table, m) : 0n;
    if ((mA + kB - km - coefficientOf(table, coefficientAt(c, row, wire))) % table.prime !== 0n) return false;
  }
  return true;
}

/** The first wire of `rows` that `others` lacks in this row, or 0. */
function firstOnlyIn(rows: SparseRows, others: SparseRows, row: number): number {
  for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
    const wire = at(rows.wires, k);
    if (coefficientAt(others, row, wire) === ZERO_ID) return wire;
  }
  return 0;
}

/** A B = c z + rest: z = (A B - rest) / c, dividing whichever factor stays integral. */
function solveProduct(analysis: Analysis, row: number, wire: number): Interval | undefined {
  const { table, system } = analysis;
  const { a, b, c } = system;
  const inC = coefficientAt(c, row, wire);
  const isFactor = coefficientAt(a, row, wire) !== ZERO_ID || coefficientAt(b, row, wire) !== ZERO_ID;
  if (inC === ZERO_ID || isFactor) return undefined;
  const scale = invertId(table, inC);
  const rest = sumInterval(analysis, c, row, { factor: negateId(table, scale), skip: wire });
  for (const [scaled, other] of [
    [a, b],
    [b, a],
  ] as const) {
    const left = limited(analysis, sumInterval(analysis, scaled, row, { factor: scale, skip: 0 }));
    if (left === undefined) continue;
    const right = sumInterval(analysis, other, row, { factor: ONE_ID, skip: 0 });
    const corners = [
      left.low * right.low,
      left.low * right.high,
      left.high * right.low,
      left.high * right.high,
    ];
    const [low, high] = [Math.min(...corners) + rest.low, Math.max(...corners) + rest.high];
    const size = Math.max(...corners.map(Math.abs)) + Math.max(Math.abs(rest.low), Math.abs(rest.high));
    return limited(analysis, widen(low, high, size));
  }
  return undefined;
}

interface Scaling {
  readonly factor: number;
  /** A wire to leave out (0: none; the constant is never left out). */
  readonly skip: number;
}

/** The interval of factor * (row without one wire); every other wire must be bounded. */
function sumInterval(analysis: Analysis, rows: SparseRows, row: number, { factor, skip }: Scaling): Interval {
  const sum = { low: 0, high: 0, size: 0 };
  const end = at(rows.rowStarts, row + 1);
  for (let k = at(rows.rowStarts, row); k < end; k++) {
    const wire = at(rows.wires, k);
    if (wire === skip && wire !== 0) continue;
    const id = multiplyIds(analysis.table, factor, at(rows.coefficientIds, k));
    addTerm(sum, doubleOf(analysis, id), atReal(analysis.low, wire), atReal(analysis.high, wire));
    // wider than any bound, and terms only widen it
    if (sum.high - sum.low > 2 * analysis.limit) return UNBOUNDED;
  }
  return widen(sum.low, sum.high, sum.size);
}

/** The interval of row `row` of C. Every wire of it must be bounded. */
export function rowInterval(
  { c }: ConstraintSystem,
  table: CoefficientTable,
  bounds: Bounds,
  row: number,
): Interval {
  const sum = { low: 0, high: 0, size: 0 };
  for (let k = at(c.rowStarts, row); k < at(c.rowStarts, row + 1); k++) {
    const wire = at(c.wires, k);
    const value = signedDouble(table, at(c.coefficientIds, k));
    addTerm(sum, value, atReal(bounds.low, wire), atReal(bounds.high, wire));
  }
  return widen(sum.low, sum.high, sum.size);
}

function addTerm(
  sum: { low: number; high: number; size: number },
  value: number,
  low: number,
  high: number,
): void {
  sum.low += value * (value < 0 ? high : low);
  sum.high += value * (value < 0 ? low : high);
  sum.size += Math.abs(value) * Math.max(Math.abs(low), Math.abs(high));
}

/** `size` is the sum of the sizes of what was added. */
function widen(low: number, high: number, size: number): Interval {
  if (size < EXACT_MAX) return { low, high };
  return { low: low - size * WIDENING, high: high + size * WIDENING };
}

function limited({ limit }: Analysis, interval: Interval): Interval | undefined {
  return interval.low > -limit && interval.high < limit ? interval : undefined;
}

function coefficientAt(rows: SparseRows, row: number, wire: number): number {
  for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
    if (at(rows.wires, k) === wire) return at(rows.coefficientIds, k);
  }
  return ZERO_ID;
}

function doubleOf(analysis: Analysis, id: number): number {
  if (id >= analysis.doubles.length) {
    const grown = new Float64Array(Math.max(1024, 2 * analysis.table.values.length)).fill(Number.NaN);
    grown.set(analysis.doubles);
    analysis.doubles = grown;
  }
  const known = atReal(analysis.doubles, id);
  if (!Number.isNaN(known)) return known;
  const value = signedDouble(analysis.table, id);
  analysis.doubles[id] = value;
  return value;
}

function signedDouble(table: CoefficientTable, id: number): number {
  const small = smallOf(table, id);
  return Number.isNaN(small) ? Number(toSigned(coefficientOf(table, id), table.prime)) : small;
}
