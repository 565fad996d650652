/**
 * Read-only memory by lookups: a table of pairs (j, cell j), and keys (index, value).
 *
 * With a second challenge g, a pair (x, y) becomes x + g y: for different pairs that is equal for one g at most. The product
 * with g is a row where y is not constant, so a read costs 2 rows and a cell 2 (1 where it is constant), and 1 for the sum;
 * a tree of selects costs about as many rows as there are cells, for every read.
 *
 * Soundness: argument.ts. Indices need no range: what is not one of 0..n-1 is in no pair.
 */
import {
  addIds,
  at,
  type CoefficientTable,
  endRow,
  multiplyIds,
  ONE_ID,
  push,
  pushRange,
  pushTerm,
  type RowBuffer,
  ZERO_ID,
} from '../../../src/r1cs/index.ts';
import type { Assembly } from '../instantiate.ts';
import { addSignal, pinnedConstant, representativeOf } from '../signal-classes.ts';
import { addTable, type Building, endLookup } from './building.ts';

/** Adds the memories that are read; returns the position of each among the argument's tables. */
export function addRomTables({ argument, assembly }: Building): readonly number[] {
  const { starts, once } = assembly.roms;
  return Array.from({ length: starts.length - 1 }, (_, table) => {
    const [start, end] = [at(starts.data, table), at(starts.data, table + 1)];
    const size = end - start;
    if (at(once.data, table) === 1)
      return addTable(argument, { name: `order of ${size} events`, size, firstCell: start, once: true });
    return addTable(argument, { name: `memory of ${size}`, size, firstCell: start });
  });
}

/**
 * Makes the products and keys of cells and reads.
 * Proves: (index, value) is one of the table's pairs. Costs: see the head of this file.
 */
export function meetReads(building: Building, positions: readonly number[]): void {
  const { argument, assembly } = building;
  const { cells, cellProvenanceIds, tableIds, indices, values, provenanceIds } = assembly.roms;
  const { steps, classes } = assembly;
  argument.products.first = classes.parents.length;
  argument.firstCellOperand = steps.forms.starts.length - 1;
  for (let cell = 0; cell + 1 < cells.starts.length; cell++) {
    copyTerms(steps.forms, cells, cell);
    endRow(steps.forms);
  }
  const known = new Map<string, number>();
  for (let cell = 0; cell + 1 < cells.starts.length; cell++) {
    const terms = multiply(building, known, { rows: cells, row: cell }, at(cellProvenanceIds.data, cell));
    for (const [signal, id] of terms) pushTerm(argument.products.cells, signal, id);
    endRow(argument.products.cells);
  }
  for (let read = 0; read < tableIds.length; read++) {
    const provenanceId = at(provenanceIds.data, read);
    const operand = steps.forms.starts.length - 1;
    for (const rows of [indices, values]) {
      copyTerms(steps.forms, rows, read);
      endRow(steps.forms);
    }
    copyTerms(argument.keys, indices, read);
    for (const [signal, id] of multiply(building, known, { rows: values, row: read }, provenanceId))
      pushTerm(argument.keys, signal, id);
    endLookup(building, { tableId: positions[at(tableIds.data, read)] ?? 0, operand, provenanceId });
  }
}

type Term = readonly [signal: number, coefficientId: number];

/** Returns g * form: g times its constant, and a product of round 2 for the rest; each product is made once. */
function multiply(
  { argument, assembly, table }: Building,
  known: Map<string, number>,
  { rows, row }: { readonly rows: RowBuffer; readonly row: number },
  provenanceId: number,
): readonly Term[] {
  const { constant, terms } = splitConstant(assembly, table, { rows, row });
  const result: Term[] = constant === ZERO_ID ? [] : [[argument.challenge + 1, constant]];
  if (terms.length === 0) return result;
  const key = terms.map(term => term.join('*')).join(' ');
  const product = known.get(key) ?? addSignal(assembly.classes);
  if (!known.has(key)) {
    const { factors, operands, provenanceIds } = argument.products;
    const { forms } = assembly.steps;
    push(operands, forms.starts.length - 1);
    push(provenanceIds, provenanceId);
    for (const target of [factors, forms]) {
      for (const [signal, id] of terms) pushTerm(target, signal, id);
      endRow(target);
    }
    known.set(key, product);
  }
  return [...result, [product, ONE_ID]];
}

/** A form's constant, pinned signals included, and its other terms by representative. */
function splitConstant(
  { classes }: Assembly,
  table: CoefficientTable,
  { rows, row }: { readonly rows: RowBuffer; readonly row: number },
): { readonly constant: number; readonly terms: readonly Term[] } {
  let constant = ZERO_ID;
  const sums = new Map<number, number>();
  for (let k = at(rows.starts.data, row); k < at(rows.starts.data, row + 1); k++) {
    const id = at(rows.coefficientIds.data, k);
    const signal = representativeOf(classes, at(rows.wires.data, k));
    const pinned = signal === 0 ? ONE_ID + 1 : pinnedConstant(classes, signal);
    if (pinned === 0) sums.set(signal, addIds(table, sums.get(signal) ?? ZERO_ID, id));
    else constant = addIds(table, constant, multiplyIds(table, id, pinned - 1));
  }
  return { constant, terms: [...sums].filter(([, id]) => id !== ZERO_ID).sort(([x], [y]) => x - y) };
}

function copyTerms(target: RowBuffer, source: RowBuffer, row: number): void {
  const [start, end] = [at(source.starts.data, row), at(source.starts.data, row + 1)];
  pushRange(target.wires, source.wires.data, start, end);
  pushRange(target.coefficientIds, source.coefficientIds.data, start, end);
}
