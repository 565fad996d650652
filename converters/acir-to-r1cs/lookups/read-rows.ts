/**
 * Rows for the search of values that nothing constrains: reads by lookups say what they determine only through wires that
 * depend on challenges, which the search leaves aside. Here each read is one row, index * (sum of cells) = value: not what
 * is proved, but who determines whom.
 */
import {
  type Accumulator,
  accumulate,
  at,
  type CoefficientTable,
  copyRow,
  createRowSums,
  createSystemBuilder,
  endConstraint,
  finishSystem,
  flush,
  ONE_ID,
  type RowBuffer,
} from '../../../src/r1cs/index.ts';
import type { ConstraintSystem } from '../../../src/r1cs/types.ts';
import type { Assembly } from '../instantiate.ts';
import { pinnedConstant, representativeOf } from '../signal-classes.ts';
import type { LookupArgument } from './building.ts';

/** Replaces the rows of reads; a system without reads stays as it is. */
export function withReadRows(
  rows: ConstraintSystem,
  {
    assembly,
    argument,
    table,
  }: {
    readonly assembly: Assembly;
    readonly argument: LookupArgument | undefined;
    readonly table: CoefficientTable;
  },
): ConstraintSystem {
  const { roms, classes } = assembly;
  if (argument === undefined || roms.tableIds.length === 0) return rows;
  const target = createSystemBuilder(table);
  for (let row = 0; row < rows.constraintCount; row++) {
    if (belongsToRead(rows, argument, row)) continue;
    for (const matrix of ['a', 'b', 'c'] as const) copyRow(target[matrix], rows[matrix], row);
    endConstraint(target, at(rows.provenanceIds, row));
  }
  const sums = createRowSums(table, rows.wireCount);
  const add = (sum: Accumulator, forms: RowBuffer, row: number): void => {
    for (let k = at(forms.starts.data, row); k < at(forms.starts.data, row + 1); k++) {
      const wire = representativeOf(classes, at(forms.wires.data, k));
      if (wire !== 0 && pinnedConstant(classes, wire) === 0 && sum.isTouched[wire] !== 1)
        accumulate(sum, wire, ONE_ID);
    }
  };
  for (let read = 0; read < roms.tableIds.length; read++) {
    const rom = at(roms.tableIds.data, read);
    add(sums.a, roms.indices, read);
    for (let cell = at(roms.starts.data, rom); cell < at(roms.starts.data, rom + 1); cell++)
      add(sums.b, roms.cells, cell);
    add(sums.c, roms.values, read);
    flush(sums.a, target.a);
    flush(sums.b, target.b);
    flush(sums.c, target.c);
    endConstraint(target, at(roms.provenanceIds.data, read));
  }
  return finishSystem(target, rows);
}

/** Whether a row holds the second challenge or a product with it. */
function belongsToRead(
  rows: ConstraintSystem,
  { challenge, products, firstInverse }: LookupArgument,
  row: number,
): boolean {
  const { rowStarts, wires } = rows.b;
  for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
    const wire = at(wires, k);
    if (wire === challenge + 1 || (wire >= products.first && wire < firstInverse)) return true;
  }
  return false;
}
