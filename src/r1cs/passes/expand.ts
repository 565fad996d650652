/**
 * Substitution of defined wires: replaces each by its form until only free wires are left, and rewrites a whole system.
 *
 * A row's value does not change when a wire is replaced by a form that equals it in every solution, so the solutions of
 * the rewritten rows together with the definitions are those of the old rows.
 */
import { BionoirError } from '../../errors.ts';
import { createSystemBuilder, endConstraint, finishSystem, roomOf, type SystemBuilder } from '../builder.ts';
import {
  type CoefficientTable,
  internNumber,
  multiplyIds,
  ONE_ID,
  smallOf,
  ZERO_ID,
} from '../coefficients.ts';
import { createRowSums, emitNormalized, type RowSums } from '../normalize.ts';
import { describeProvenance, provenanceOf } from '../provenance.ts';
import {
  type Accumulator,
  accumulate,
  accumulateRow,
  at,
  atReal,
  copyRow,
  createRowBuffer,
  createU32List,
  finishRows,
  finishU32,
  forgetPartialSums,
  push,
  type RowBuffer,
  type U32List,
} from '../sparse.ts';
import type { ConstraintSystem, SparseRows } from '../types.ts';
import type { Definitions } from './definitions.ts';

/** Definitions while a pass collects them. */
export interface Substitution {
  readonly table: CoefficientTable;
  /** By wire: index of its definition + 1, or 0. */
  readonly definitionOf: Uint32Array;
  readonly wires: U32List;
  readonly forms: RowBuffer;
  /** Scratch of the search: the last search that met a wire. */
  readonly seen: Uint32Array;
  searchCount: number;
  /** Scratch of one expansion: what small integers have added to each wire, not yet part of the sum. Else zeros. */
  readonly pending: Float64Array;
}

/** Makes an empty substitution. */
export function createSubstitution(table: CoefficientTable, wireCount: number): Substitution {
  return {
    table,
    definitionOf: new Uint32Array(wireCount),
    wires: createU32List(),
    forms: createRowBuffer(),
    seen: new Uint32Array(wireCount),
    searchCount: 0,
    pending: new Float64Array(wireCount),
  };
}

/** Whether a wire has a definition. */
export function isDefined({ definitionOf }: Substitution, wire: number): boolean {
  return at(definitionOf, wire) !== 0;
}

/** Marks a wire as defined by the form that was just ended in `forms`. */
export function define(substitution: Substitution, wire: number): void {
  push(substitution.wires, wire);
  substitution.definitionOf[wire] = substitution.wires.length;
}

/** Ends the definitions. */
export function finishDefinitions({ wires, forms }: Substitution): Definitions {
  return { wires: finishU32(wires), forms: finishRows(forms) };
}

/**
 * Replaces every defined wire of a sum. Definitions do not form cycles, so the reachable ones have an order in which
 * each comes after all that use it; each is then expanded once, when its coefficient is final.
 *
 * Products and partial sums of small integers, exact in doubles, are added up as numbers: interning each of them would take
 * most of the time where layers are multiplied out.
 */
export function expandDefined(substitution: Substitution, sum: Accumulator): void {
  const order = usedBeforeUsers(substitution, sum);
  for (let k = order.length - 1; k >= 0; k--) {
    const wire = order[k] ?? 0;
    settle(substitution, sum, wire);
    const factor = at(sum.idOf, wire);
    if (sum.isTouched[wire] !== 1 || factor === ZERO_ID) continue;
    sum.idOf[wire] = ZERO_ID;
    addForm(substitution, sum, at(substitution.definitionOf, wire) - 1, factor);
  }
  if (order.length === 0) return;
  for (let k = 0; k < sum.touched.length; k++) settle(substitution, sum, at(sum.touched.data, k));
}

/** Adds factor * form. */
function addForm({ forms, pending }: Substitution, sum: Accumulator, form: number, factor: number): void {
  const { starts, wires, coefficientIds } = forms;
  const { table, isTouched } = sum;
  const smallFactor = smallOf(table, factor);
  for (let t = at(starts.data, form); t < at(starts.data, form + 1); t++) {
    const wire = at(wires.data, t);
    const id = at(coefficientIds.data, t);
    const product = smallFactor * smallOf(table, id);
    const total = atReal(pending, wire) + product;
    // false for NaN too: a factor that is no small integer
    if (Math.abs(product) <= table.smallMax && Math.abs(total) <= table.smallMax) {
      if (isTouched[wire] !== 1) accumulate(sum, wire, ZERO_ID);
      pending[wire] = total;
    } else {
      accumulate(sum, wire, multiplyIds(table, factor, id));
    }
  }
}

/** Makes what is pending for a wire part of the sum. */
function settle({ pending }: Substitution, sum: Accumulator, wire: number): void {
  const value = atReal(pending, wire);
  if (value === 0) return;
  pending[wire] = 0;
  accumulate(sum, wire, internNumber(sum.table, value));
}

/** The defined wires that a sum reaches, each after those its form uses (depth-first). */
function usedBeforeUsers(substitution: Substitution, sum: Accumulator): number[] {
  const order: number[] = [];
  const search = ++substitution.searchCount;
  for (let k = 0; k < sum.touched.length; k++) {
    const wire = at(sum.touched.data, k);
    if (isDefined(substitution, wire) && at(substitution.seen, wire) !== search)
      visit(substitution, wire, order);
  }
  return order;
}

function visit(substitution: Substitution, start: number, order: number[]): void {
  const { forms, seen, definitionOf, searchCount } = substitution;
  const path = [start];
  const positions = [at(forms.starts.data, at(definitionOf, start) - 1)];
  seen[start] = searchCount;
  while (path.length > 0) {
    const depth = path.length - 1;
    const wire = path[depth] ?? 0;
    const position = positions[depth] ?? 0;
    if (position === at(forms.starts.data, at(definitionOf, wire))) {
      order.push(wire);
      path.pop();
      positions.pop();
      continue;
    }
    positions[depth] = position + 1;
    const next = at(forms.wires.data, position);
    if (!isDefined(substitution, next) || at(seen, next) === searchCount) continue;
    seen[next] = searchCount;
    path.push(next);
    positions.push(at(forms.starts.data, at(definitionOf, next) - 1));
  }
}

/**
 * Writes a system again without the rows marked in `dropped`, and without the defined wires.
 * @throws BionoirError UNSATISFIABLE_PROGRAM when a row becomes 0 = c with c not 0.
 */
export function rewriteSystem(
  system: ConstraintSystem,
  substitution: Substitution,
  dropped: Uint8Array,
): ConstraintSystem {
  const target = createSystemBuilder(substitution.table, roomOf(system));
  const sums = createRowSums(substitution.table, system.wireCount);
  for (let row = 0; row < system.constraintCount; row++) {
    if (dropped[row] === 1) continue;
    if (usesDefined(system, substitution, row)) expandRow(system, { substitution, target, sums }, row);
    else copyConstraint(target, system, row);
  }
  return finishSystem(target, system);
}

interface Rewrite {
  readonly substitution: Substitution;
  readonly target: SystemBuilder;
  readonly sums: RowSums;
}

function expandRow(system: ConstraintSystem, { substitution, target, sums }: Rewrite, row: number): void {
  const mark = substitution.table.values.length;
  for (const matrix of ['a', 'b', 'c'] as const) {
    accumulateRow(sums[matrix], system[matrix], row, ONE_ID);
    expandDefined(substitution, sums[matrix]);
  }
  forgetPartialSums(substitution.table, mark, [sums.a, sums.b, sums.c]);
  if (emitNormalized(target, sums, at(system.provenanceIds, row)) === 'contradiction')
    throw contradictionAt(system, row);
}

/** The error for a row that no assignment satisfies. */
export function contradictionAt(system: ConstraintSystem, row: number): BionoirError {
  const place = describeProvenance(provenanceOf(system, row));
  return new BionoirError(
    'UNSATISFIABLE_PROGRAM',
    `The constraints contradict one another, so no input satisfies the program: ${place}. Correct the assertion in the Noir source.`,
    { location: place, details: { constraint: row } },
  );
}

/** Copies a row as it is. */
export function copyConstraint(target: SystemBuilder, system: ConstraintSystem, row: number): void {
  copyRow(target.a, system.a, row);
  copyRow(target.b, system.b, row);
  copyRow(target.c, system.c, row);
  endConstraint(target, at(system.provenanceIds, row));
}

function usesDefined(system: ConstraintSystem, substitution: Substitution, row: number): boolean {
  return (
    hasDefined(system.a, substitution, row) ||
    hasDefined(system.b, substitution, row) ||
    hasDefined(system.c, substitution, row)
  );
}

function hasDefined(rows: SparseRows, substitution: Substitution, row: number): boolean {
  const end = at(rows.rowStarts, row + 1);
  for (let k = at(rows.rowStarts, row); k < end; k++) {
    if (isDefined(substitution, at(rows.wires, k))) return true;
  }
  return false;
}
