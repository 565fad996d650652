/**
 * Read-only memory as facts: tables whose rows are (j, cell j), with cells that are forms over wires, and reads (index,
 * value) of them. Gadgets record them in their template; each instance of the template has its own tables.
 */
import {
  at,
  createRowBuffer,
  createU32List,
  endRow,
  push,
  pushTerm,
  type RowBuffer,
  type U32List,
} from '../../../src/r1cs/index.ts';

/** Tables and reads in columns. */
export interface RomFacts {
  /** Table i has the cells starts[i]..starts[i+1]. */
  readonly starts: U32List;
  /** By table: 1 where each row is looked up exactly once, else 0. */
  readonly once: U32List;
  readonly cells: RowBuffer;
  readonly cellProvenanceIds: U32List;
  /** By read: its table. */
  readonly tableIds: U32List;
  readonly indices: RowBuffer;
  readonly values: RowBuffer;
  readonly provenanceIds: U32List;
}

/** Makes an empty list. */
export function createRomFacts(): RomFacts {
  const starts = createU32List();
  push(starts, 0);
  return {
    starts,
    once: createU32List(),
    cells: createRowBuffer(),
    cellProvenanceIds: createU32List(),
    tableIds: createU32List(),
    indices: createRowBuffer(),
    values: createRowBuffer(),
    provenanceIds: createU32List(),
  };
}

/** Copies a template's facts into the program; `map` gives the program's signal of each of the template's. */
export function copyRomFacts(target: RomFacts, source: RomFacts, map: Uint32Array): void {
  const tableCount = target.starts.length - 1;
  const cellCount = at(target.starts.data, tableCount);
  for (let table = 1; table < source.starts.length; table++)
    push(target.starts, cellCount + at(source.starts.data, table));
  for (let table = 0; table < source.once.length; table++) push(target.once, at(source.once.data, table));
  copyForms(target.cells, source.cells, map);
  for (let cell = 0; cell < source.cellProvenanceIds.length; cell++)
    push(target.cellProvenanceIds, at(source.cellProvenanceIds.data, cell));
  copyForms(target.indices, source.indices, map);
  copyForms(target.values, source.values, map);
  for (let read = 0; read < source.tableIds.length; read++) {
    push(target.tableIds, tableCount + at(source.tableIds.data, read));
    push(target.provenanceIds, at(source.provenanceIds.data, read));
  }
}

function copyForms(target: RowBuffer, source: RowBuffer, map: Uint32Array): void {
  for (let row = 0; row + 1 < source.starts.length; row++) {
    for (let k = at(source.starts.data, row); k < at(source.starts.data, row + 1); k++)
      pushTerm(target, at(map, at(source.wires.data, k)), at(source.coefficientIds.data, k));
    endRow(target);
  }
}
