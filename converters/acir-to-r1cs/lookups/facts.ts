/**
 * Lookup facts: "this form is an entry of that table". Gadgets record them in their template; assembly carries them into
 * the signals of the program, where arguments.ts turns them into rows.
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

/** Facts in columns. */
export interface LookupFacts {
  /** Ids in the program's table registry. */
  readonly tableIds: U32List;
  /** Row i: the form that fact i speaks of, the key. */
  readonly keys: RowBuffer;
  readonly provenanceIds: U32List;
}

/** Makes an empty list of facts. */
export function createLookupFacts(): LookupFacts {
  return { tableIds: createU32List(), keys: createRowBuffer(), provenanceIds: createU32List() };
}

/** Copies a template's facts into the program; `map` gives the program's signal of each of the template's. */
export function copyLookupFacts(target: LookupFacts, source: LookupFacts, map: Uint32Array): void {
  const { starts, wires, coefficientIds } = source.keys;
  for (let fact = 0; fact < source.tableIds.length; fact++) {
    push(target.tableIds, at(source.tableIds.data, fact));
    push(target.provenanceIds, at(source.provenanceIds.data, fact));
    for (let k = at(starts.data, fact); k < at(starts.data, fact + 1); k++)
      pushTerm(target.keys, at(map, at(wires.data, k)), at(coefficientIds.data, k));
    endRow(target.keys);
  }
}
