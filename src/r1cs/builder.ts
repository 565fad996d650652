/**
 * Writes a constraint system row by row. Wires are numbered by the caller; rows must hold ascending wires.
 */
import type { CoefficientTable } from './coefficients.ts';
import type { U32List } from './sparse.ts';
import {
  createRowBuffer,
  createU32List,
  endRow,
  finishRows,
  finishU32,
  push,
  type RowBuffer,
} from './sparse.ts';
import type { ConstraintSystem, Provenance, Rounds } from './types.ts';

/** A system being written. */
export interface SystemBuilder {
  readonly table: CoefficientTable;
  readonly a: RowBuffer;
  readonly b: RowBuffer;
  readonly c: RowBuffer;
  readonly provenanceIds: U32List;
}

/** How many rows, and terms of each matrix, to make room for. */
export interface Room {
  readonly rows: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const NO_ROOM: Room = { rows: 0, a: 0, b: 0, c: 0 };

/** Starts a system. */
export function createSystemBuilder(table: CoefficientTable, room: Room = NO_ROOM): SystemBuilder {
  return {
    table,
    a: createRowBuffer(room.rows, room.a),
    b: createRowBuffer(room.rows, room.b),
    c: createRowBuffer(room.rows, room.c),
    provenanceIds: createU32List(Math.max(16, room.rows)),
  };
}

/** Room for a system of the same size. */
export function roomOf({ constraintCount, a, b, c }: ConstraintSystem): Room {
  return { rows: constraintCount, a: a.wires.length, b: b.wires.length, c: c.wires.length };
}

/** Ends a constraint of which A, B and C have been ended as rows. */
export function endConstraint(builder: SystemBuilder, provenanceId: number): void {
  push(builder.provenanceIds, provenanceId);
}

/** Ends a linear constraint 0 * 0 = L of which only C has been ended. */
export function endLinearConstraint(builder: SystemBuilder, provenanceId: number): void {
  endRow(builder.a);
  endRow(builder.b);
  push(builder.provenanceIds, provenanceId);
}

/** What a finished system has beside its rows. */
export interface SystemShape {
  readonly wireCount: number;
  readonly publicCount: number;
  readonly rounds?: Rounds;
  readonly provenance: readonly Provenance[];
}

/** Ends the system. */
export function finishSystem(builder: SystemBuilder, shape: SystemShape): ConstraintSystem {
  return {
    prime: builder.table.prime,
    wireCount: shape.wireCount,
    publicCount: shape.publicCount,
    constraintCount: builder.provenanceIds.length,
    ...(shape.rounds === undefined ? {} : { rounds: shape.rounds }),
    a: finishRows(builder.a),
    b: finishRows(builder.b),
    c: finishRows(builder.c),
    coefficients: builder.table.values,
    provenance: shape.provenance,
    provenanceIds: finishU32(builder.provenanceIds),
  };
}
