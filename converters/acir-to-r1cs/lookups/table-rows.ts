/**
 * Appends what a lookup argument has beside its lookups, after simplification: a row for each entry of a table, and one
 * for each sum. No other row mentions these wires but through the inverses, so simplification would find nothing here.
 */
import {
  at,
  type CoefficientTable,
  copyRow,
  createSystemBuilder,
  endConstraint,
  endLinearConstraint,
  endRow,
  finishSystem,
  intern,
  MINUS_ONE_ID,
  negateId,
  ONE_ID,
  pushTerm,
  type RowBuffer,
  roomOf,
  type SystemBuilder,
} from '../../../src/r1cs/index.ts';
import type { ConstraintSystem, Provenance } from '../../../src/r1cs/types.ts';
import type { ArgumentTable, LookupArgument } from './building.ts';

/** Appends table rows and sums; their provenance has the layer 'lookups' and names the table. */
export function appendTableRows(
  system: ConstraintSystem,
  argument: LookupArgument,
  table: CoefficientTable,
  provenance: Provenance[],
): ConstraintSystem {
  const { rows, a, b, c } = roomOf(system);
  const added = argument.tables.reduce((sum, { size }) => sum + size + 1, 0);
  const room = {
    rows: rows + added,
    a: a + added,
    b: b + added,
    c: c + 3 * added + argument.tableIds.length,
  };
  const target = createSystemBuilder(table, room);
  for (let row = 0; row < system.constraintCount; row++) {
    copyRow(target.a, system.a, row);
    copyRow(target.b, system.b, row);
    copyRow(target.c, system.c, row);
    endConstraint(target, at(system.provenanceIds, row));
  }
  argument.tables.forEach((each, tableId) => {
    const provenanceId = provenance.length;
    provenance.push({ gadget: `table '${each.name}'`, functionIndex: 0, opcodeIndex: 0, layer: 'lookups' });
    for (let row = 0; row < each.size; row++) appendEntry(target, argument, each, row, provenanceId);
    appendSum(target, argument, tableId, provenanceId);
  });
  return finishSystem(target, system);
}

/** quotient * (r - t) = m, written quotient * r = m + t quotient, with m = 1 where each row is looked up once; of a memory t = j + g cell_j, and g cell_j stays in B. */
function appendEntry(
  target: SystemBuilder,
  { challenge, products }: LookupArgument,
  { entries, firstCell, once, firstMultiplicity, firstQuotient }: ArgumentTable,
  row: number,
  provenanceId: number,
): void {
  const entry = intern(target.table, entries?.[row] ?? BigInt(row));
  pushTerm(target.a, firstQuotient + row, ONE_ID);
  endRow(target.a);
  pushTerm(target.b, challenge, ONE_ID);
  if (firstCell !== undefined) subtractRow(target, products.cells, firstCell + row);
  endRow(target.b);
  pushTerm(target.c, once ? 0 : firstMultiplicity + row, ONE_ID);
  if (entry !== 0) pushTerm(target.c, firstQuotient + row, entry);
  endRow(target.c);
  endConstraint(target, provenanceId);
}

/** B -= g * cell: terms of the challenge g, which is next to r, and of products, which come last. */
function subtractRow(target: SystemBuilder, cells: RowBuffer, row: number): void {
  for (let k = at(cells.starts.data, row); k < at(cells.starts.data, row + 1); k++)
    pushTerm(target.b, at(cells.wires.data, k), negateId(target.table, at(cells.coefficientIds.data, k)));
}

/** sum inverse_i - sum quotient_j = 0 over the lookups and entries of one table. */
function appendSum(
  target: SystemBuilder,
  { tables, tableIds, firstInverse }: LookupArgument,
  tableId: number,
  provenanceId: number,
): void {
  for (let lookup = 0; lookup < tableIds.length; lookup++) {
    if (at(tableIds.data, lookup) === tableId) pushTerm(target.c, firstInverse + lookup, ONE_ID);
  }
  const { firstQuotient = 0, size = 0 } = tables[tableId] ?? {};
  for (let row = 0; row < size; row++) pushTerm(target.c, firstQuotient + row, MINUS_ONE_ID);
  endRow(target.c);
  endLinearConstraint(target, provenanceId);
}
