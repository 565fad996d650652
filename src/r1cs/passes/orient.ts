/**
 * Chooses which factor of a product row stands in B, so that few wires occur in B at all.
 *
 *     (w1) * (w5) = (w6)      (w1) * (w5) = (w6)
 *     (w5) * (w2) = (w7)      (w2) * (w5) = (w7)
 *
 * A wire that occurs in B costs the prover a point of the second group, three times as dear as one of the first.
 * Rows of a lookup argument stay as they are: inverse * (challenge - key), where the inverse is wider than the key, and
 * occurs nowhere else.
 * Soundness: multiplication commutes; the constraints are the same.
 */
import { createSystemBuilder, endConstraint, finishSystem, roomOf } from '../builder.ts';
import type { CoefficientTable } from '../coefficients.ts';
import { isLookupRow } from '../rounds.ts';
import { at, atByte, copyRow } from '../sparse.ts';
import type { ConstraintSystem, SparseRows } from '../types.ts';

/** Swaps factors, greedily in the order of rows. */
export function orientRows(system: ConstraintSystem, table: CoefficientTable): ConstraintSystem {
  const { a, b, c } = system;
  const inB = new Uint8Array(system.wireCount);
  const target = createSystemBuilder(table, roomOf(system));
  for (let row = 0; row < system.constraintCount; row++) markCommon(a, b, row, inB);
  for (let row = 0; row < system.constraintCount; row++) {
    const swap = !isLookupRow(system, row) && countNew(a, row, inB) < countNew(b, row, inB);
    const [left, right] = swap ? [b, a] : [a, b];
    markAll(right, row, inB);
    copyRow(target.a, left, row);
    copyRow(target.b, right, row);
    copyRow(target.c, c, row);
    endConstraint(target, at(system.provenanceIds, row));
  }
  return finishSystem(target, system);
}

/** Wires of both factors are in B whichever way the row stands. */
function markCommon(a: SparseRows, b: SparseRows, row: number, inB: Uint8Array): void {
  let k = at(b.rowStarts, row);
  const end = at(b.rowStarts, row + 1);
  for (let i = at(a.rowStarts, row); i < at(a.rowStarts, row + 1); i++) {
    const wire = at(a.wires, i);
    while (k < end && at(b.wires, k) < wire) k++;
    if (k < end && at(b.wires, k) === wire) inB[wire] = 1;
  }
}

function countNew(rows: SparseRows, row: number, inB: Uint8Array): number {
  let count = 0;
  for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) {
    if (atByte(inB, at(rows.wires, k)) === 0) count++;
  }
  return count;
}

function markAll(rows: SparseRows, row: number, inB: Uint8Array): void {
  for (let k = at(rows.rowStarts, row); k < at(rows.rowStarts, row + 1); k++) inB[at(rows.wires, k)] = 1;
}
