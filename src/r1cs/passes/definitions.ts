/**
 * Definitions: wires that a pass has eliminated, each as a linear form over other wires. They tell how every wire of the
 * system before a pass follows from the wires after it.
 */
import { mod } from '../../field/index.ts';
import type { CoefficientTable } from '../coefficients.ts';
import { at } from '../sparse.ts';
import type { ConstraintSystem, SparseRows } from '../types.ts';

/** wires[i] = forms[i]; forms may use other defined wires, without cycles. Ids belong to the system's table. */
export interface Definitions {
  readonly wires: Uint32Array;
  readonly forms: SparseRows;
}

/** A pass's result. */
export interface Simplified {
  readonly system: ConstraintSystem;
  readonly definitions: Definitions;
}

/** Of a pass that eliminated nothing. */
export const NO_DEFINITIONS: Definitions = {
  wires: new Uint32Array(0),
  forms: { rowStarts: new Uint32Array(1), wires: new Uint32Array(0), coefficientIds: new Uint32Array(0) },
};

/** Fills the values of defined wires from the values of all others. */
export function applyDefinitions(definitions: Definitions, table: CoefficientTable, values: bigint[]): void {
  const { wires, forms } = definitions;
  const rowOf = new Map(Array.from(wires, (wire, row) => [wire, row] as const));
  const done = new Set<number>();
  const pending: number[] = [];
  for (const start of wires) {
    pending.push(start);
    while (pending.length > 0) {
      const wire = pending.at(-1) ?? 0;
      const row = rowOf.get(wire) ?? 0;
      const terms = termIndices(forms, row);
      const open = terms.map(k => at(forms.wires, k)).filter(other => rowOf.has(other) && !done.has(other));
      if (!done.has(wire) && open.length > 0) {
        pending.push(...open);
        continue;
      }
      pending.pop();
      if (done.has(wire)) continue;
      done.add(wire);
      let sum = 0n;
      for (const k of terms)
        sum += (values[at(forms.wires, k)] ?? 0n) * (table.values[at(forms.coefficientIds, k)] ?? 0n);
      values[wire] = mod(sum, table.prime);
    }
  }
}

function termIndices(forms: SparseRows, row: number): number[] {
  const start = at(forms.rowStarts, row);
  return Array.from({ length: at(forms.rowStarts, row + 1) - start }, (_, index) => start + index);
}
