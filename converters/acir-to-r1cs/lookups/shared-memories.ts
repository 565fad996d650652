/**
 * Memories of constants that several functions, or several calls of one, read by lookups: one table for the program.
 */
import {
  at,
  type CoefficientTable,
  endRow,
  intern,
  push,
  pushRange,
  pushTerm,
} from '../../../src/r1cs/index.ts';
import type { Assembly } from '../instantiate.ts';
import type { TableRegistry } from './tables.ts';

/** Adds the memories that are read to the assembly's, and their reads to its reads. */
export function joinSharedMemories(
  { roms, sharedReads }: Assembly,
  table: CoefficientTable,
  { memories }: TableRegistry,
): void {
  const tableIds = new Map<number, number>();
  for (let read = 0; read < sharedReads.tableIds.length; read++) {
    const memory = at(sharedReads.tableIds.data, read);
    const provenanceId = at(sharedReads.provenanceIds.data, read);
    let tableId = tableIds.get(memory);
    if (tableId === undefined) {
      tableId = roms.starts.length - 1;
      tableIds.set(memory, tableId);
      for (const cell of memories.list[memory] ?? []) {
        const id = intern(table, cell);
        if (cell !== 0n) pushTerm(roms.cells, 0, id);
        endRow(roms.cells);
        push(roms.cellProvenanceIds, provenanceId);
      }
      push(roms.starts, roms.cellProvenanceIds.length);
      push(roms.once, 0);
    }
    push(roms.tableIds, tableId);
    push(roms.provenanceIds, provenanceId);
    for (const [target, source] of [
      [roms.indices, sharedReads.indices],
      [roms.values, sharedReads.values],
    ] as const) {
      const [start, end] = [at(source.starts.data, read), at(source.starts.data, read + 1)];
      pushRange(target.wires, source.wires.data, start, end);
      pushRange(target.coefficientIds, source.coefficientIds.data, start, end);
      endRow(target);
    }
  }
}
