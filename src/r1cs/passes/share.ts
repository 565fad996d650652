/**
 * Rows that say the same: one constraint for each product and each linear fact.
 *
 *     (w1) * (w2) = (w3)            (w1) * (w2) = (w3)
 *     (2*w1) * (w2) = (w4)          (0) * (0) = (2*w3 - w4)
 *
 * Soundness: with A' = s A and B' = t B, the rows A B = C and A' B' = C' are equivalent to A B = C and C' = s t C. Two
 * linear rows whose forms are proportional are equivalent to one. The set of solutions does not change. Rows of a lookup
 * argument are left alone: a linear row between wires of round 2 would be none of its shapes.
 */
import { createSystemBuilder, finishSystem, roomOf, type SystemBuilder } from '../builder.ts';
import { type CoefficientTable, invertId, multiplyIds, negateId, ONE_ID } from '../coefficients.ts';
import { createRowSums, emitNormalized, type RowSums } from '../normalize.ts';
import { isLookupRow } from '../rounds.ts';
import { accumulateRow, at } from '../sparse.ts';
import type { ConstraintSystem, SparseRows } from '../types.ts';
import { isLinear } from './bounds.ts';
import { contradictionAt, copyConstraint } from './expand.ts';

interface Sharing {
  readonly system: ConstraintSystem;
  readonly table: CoefficientTable;
  /** Rows by hash of their wires: first row + 1, and the next one + 1 by row. */
  readonly heads: Uint32Array;
  readonly nexts: Uint32Array;
}

/** A row that says no more than row `earlier`, or (products) only what its C says beyond scale * C of that row. */
interface Repetition {
  readonly earlier: number;
  readonly scale: number;
}

/** Removes duplicated linear rows, and turns a repeated product into a linear row. */
export function shareRows(system: ConstraintSystem, table: CoefficientTable): ConstraintSystem {
  const repetitions = findRepetitions(system, table);
  if (repetitions.size === 0) return system;
  const target = createSystemBuilder(table, roomOf(system));
  const sums = createRowSums(table, system.wireCount);
  for (let row = 0; row < system.constraintCount; row++) {
    const repetition = repetitions.get(row);
    if (repetition === undefined) copyConstraint(target, system, row);
    else if (!isLinear(system, row)) emitDifference(system, target, sums, { row, ...repetition });
  }
  return finishSystem(target, system);
}

function findRepetitions(system: ConstraintSystem, table: CoefficientTable): Map<number, Repetition> {
  const size = 2 ** Math.ceil(Math.log2(system.constraintCount + 2));
  const [heads, nexts] = [new Uint32Array(size), new Uint32Array(system.constraintCount)];
  const sharing: Sharing = { system, table, heads, nexts };
  const repetitions = new Map<number, Repetition>();
  for (let row = 0; row < system.constraintCount; row++) {
    if (isLookupRow(system, row)) continue;
    const hash = hashRow(system, row) & (size - 1);
    const repetition = findEarlier(sharing, row, at(heads, hash));
    if (repetition !== undefined) {
      repetitions.set(row, repetition);
      continue;
    }
    nexts[row] = at(heads, hash);
    heads[hash] = row + 1;
  }
  return repetitions;
}

/** Searches the rows of equal hash for one alike. */
function findEarlier(sharing: Sharing, row: number, first: number): Repetition | undefined {
  const { system, nexts } = sharing;
  for (let other = first; other !== 0; other = at(nexts, other - 1)) {
    const earlier = other - 1;
    if (isLinear(system, row) !== isLinear(system, earlier)) continue;
    const scale = isLinear(system, row)
      ? proportion(sharing, [system.c, row], [system.c, earlier])
      : productScale(sharing, row, earlier);
    if (scale >= 0) return { earlier, scale };
  }
  return undefined;
}

/** Id of s t with A' B' = s t A B, or -1 when the products are not proportional. */
function productScale(sharing: Sharing, row: number, earlier: number): number {
  const { system, table } = sharing;
  const { a, b } = system;
  for (const [left, right] of [
    [a, b],
    [b, a],
  ] as const) {
    const first = proportion(sharing, [a, row], [left, earlier]);
    const second = first < 0 ? -1 : proportion(sharing, [b, row], [right, earlier]);
    if (second >= 0) return multiplyIds(table, first, second);
  }
  return -1;
}

function emitDifference(
  system: ConstraintSystem,
  target: SystemBuilder,
  sums: RowSums,
  { row, earlier, scale }: Repetition & { readonly row: number },
): void {
  accumulateRow(sums.c, system.c, row, ONE_ID);
  accumulateRow(sums.c, system.c, earlier, negateId(target.table, scale));
  if (emitNormalized(target, sums, at(system.provenanceIds, row)) === 'contradiction')
    throw contradictionAt(system, row);
}

type RowOf = readonly [rows: SparseRows, row: number];

/** Id of the factor by which the first form is the second one, or -1. */
function proportion({ table }: Sharing, [rows, row]: RowOf, [others, other]: RowOf): number {
  const [start, otherStart] = [at(rows.rowStarts, row), at(others.rowStarts, other)];
  const length = at(rows.rowStarts, row + 1) - start;
  if (length !== at(others.rowStarts, other + 1) - otherStart) return -1;
  for (let k = 0; k < length; k++) {
    if (at(rows.wires, start + k) !== at(others.wires, otherStart + k)) return -1;
  }
  if (length === 0) return ONE_ID;
  const [first, otherFirst] = [at(rows.coefficientIds, start), at(others.coefficientIds, otherStart)];
  const factor = first === otherFirst ? ONE_ID : multiplyIds(table, first, invertId(table, otherFirst));
  for (let k = 1; k < length; k++) {
    const scaled = multiplyIds(table, factor, at(others.coefficientIds, otherStart + k));
    if (scaled !== at(rows.coefficientIds, start + k)) return -1;
  }
  return factor;
}

/** Depends on wires only, and not on which factor is A: proportional rows have equal hashes. */
function hashRow(system: ConstraintSystem, row: number): number {
  if (isLinear(system, row)) return mix(hashWires(system.c, row));
  const [left, right] = [hashWires(system.a, row), hashWires(system.b, row)];
  return mix((left + right) ^ Math.imul(left | 1, right | 1));
}

function hashWires(rows: SparseRows, row: number): number {
  let hash = 0x811c9dc5;
  for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
    hash = mix(hash ^ at(rows.wires, k));
  }
  return hash;
}

/** Spreads 32 bits (the finaliser of MurmurHash3, public domain). */
function mix(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return (second ^ (second >>> 16)) >>> 0;
}
