/**
 * The parts of a lookup argument, and what its builders share: argument.ts (ranges, tables of constants) and rom.ts.
 */
import {
  at,
  type CoefficientTable,
  createRowBuffer,
  createU32List,
  endRow,
  type Interval,
  negateId,
  ONE_ID,
  push,
  type RowBuffer,
  type U32List,
} from '../../../src/r1cs/index.ts';
import type { BitRows } from '../decompositions.ts';
import type { Assembly } from '../instantiate.ts';
import { addSignal } from '../signal-classes.ts';

/** A table in use. */
export interface ArgumentTable {
  readonly name: string;
  readonly size: number;
  /** Entries by row; absent: row j holds j. */
  readonly entries?: readonly bigint[];
  lookupCount: number;
  /** Of a read-only memory: its cells are the rows from here on of the assembly's cells; then row j holds (j, cell j). */
  readonly firstCell?: number;
  /** Whether each row is looked up exactly once: its multiplicity is the constant 1. */
  readonly once?: boolean;
  /** Signals first..first+size-1; of a table that is looked up once none of them becomes a wire. */
  firstMultiplicity: number;
  firstQuotient: number;
}

/** Products g * factor, of round 2. */
export interface ChallengeProducts {
  /** Product i is signal first + i. */
  first: number;
  /** Row i: the factor, for constraints; no constant term. */
  readonly factors: RowBuffer;
  /** Rows of the recipe's forms with the same. */
  readonly operands: U32List;
  readonly provenanceIds: U32List;
  /** Row k: g * cell k of the assembly's read-only memories. */
  readonly cells: RowBuffer;
}

/** Keys and signals of the argument, over the signals of the program. */
export interface LookupArgument {
  /** The signal of the challenge r; that of g, which combines two columns into a key, is the next. */
  readonly challenge: number;
  /** Signals from here on are of round 2. */
  firstOfRoundTwo: number;
  readonly tables: ArgumentTable[];
  /** By lookup: position in `tables`. */
  readonly tableIds: U32List;
  /** By lookup: the key, for constraints. */
  readonly keys: RowBuffer;
  /** By lookup: the row of the recipe's forms that holds the key, for the solver; of a read the index, and the value next. */
  readonly operands: U32List;
  readonly provenanceIds: U32List;
  /** Inverse of lookup i: firstInverse + i. */
  firstInverse: number;
  readonly products: ChallengeProducts;
  /** The row of the recipe's forms that holds cell 0 of the read-only memories. */
  firstCellOperand: number;
  /** Pairs (signal, provenance id): bits that complete a range made of limbs. */
  readonly booleans: U32List;
  /** Ranges that are bits altogether. */
  readonly bitRows: BitRows[];
  /** Intervals of signals that the lookups prove by themselves. */
  readonly given: Map<number, Interval>;
}

/** An argument that is being built. */
export interface Building {
  readonly assembly: Assembly;
  readonly table: CoefficientTable;
  readonly argument: LookupArgument;
  /** Position in argument.tables by bits of a range table, and by id of a constant table. */
  readonly rangeTables: Map<number, number>;
  readonly constantTables: Map<number, number>;
}

/** Makes an argument without lookups. */
export function emptyArgument(challenge: number): LookupArgument {
  return {
    challenge,
    firstOfRoundTwo: 0,
    tables: [],
    tableIds: createU32List(),
    keys: createRowBuffer(),
    operands: createU32List(),
    provenanceIds: createU32List(),
    firstInverse: 0,
    products: {
      first: 0,
      factors: createRowBuffer(),
      operands: createU32List(),
      provenanceIds: createU32List(),
      cells: createRowBuffer(),
    },
    firstCellOperand: 0,
    booleans: createU32List(),
    bitRows: [],
    given: new Map(),
  };
}

/** Makes consecutive signals; returns the first. */
export function addSignals({ assembly }: Building, count: number): number {
  const first = assembly.classes.parents.length;
  for (let index = 0; index < count; index++) addSignal(assembly.classes);
  return first;
}

/** Adds a table that is used; returns its position. */
export function addTable(
  { tables }: LookupArgument,
  table: Pick<ArgumentTable, 'name' | 'size' | 'entries' | 'firstCell' | 'once'>,
): number {
  tables.push({ ...table, lookupCount: 0, firstMultiplicity: 0, firstQuotient: 0 });
  return tables.length - 1;
}

/** Where a lookup goes, and how the solver knows its key. */
export interface LookupEnd {
  readonly tableId: number;
  readonly operand: number;
  readonly provenanceId: number;
}

/** Ends a lookup whose key's terms have been pushed. */
export function endLookup({ argument }: Building, { tableId, operand, provenanceId }: LookupEnd): void {
  endRow(argument.keys);
  push(argument.tableIds, tableId);
  push(argument.operands, operand);
  push(argument.provenanceIds, provenanceId);
  const table = argument.tables[tableId];
  if (table !== undefined) table.lookupCount++;
}

/** Returns r - key of a lookup, as terms. */
export function differenceTerms(
  { keys, challenge }: LookupArgument,
  table: CoefficientTable,
  lookup: number,
): readonly (readonly [signal: number, coefficientId: number])[] {
  const terms: (readonly [number, number])[] = [[challenge, ONE_ID]];
  for (let k = at(keys.starts.data, lookup); k < at(keys.starts.data, lookup + 1); k++)
    terms.push([at(keys.wires.data, k), negateId(table, at(keys.coefficientIds.data, k))]);
  return terms;
}
