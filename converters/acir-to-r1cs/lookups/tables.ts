/**
 * Tables of constants that gadgets look values up in, shared by all functions of a program.
 *
 * A table has one column of distinct integers; several columns are packed into one entry by the gadget that makes the
 * table, which also says why its packing is injective (see docs/circuits.md, "Lookups").
 */

/** A table of constants. */
export interface ConstantTable {
  /** For provenance and cost tables: "nibble and". */
  readonly name: string;
  /** Distinct integers, 0 <= entry < p. */
  readonly entries: readonly bigint[];
}

/** The tables of one program; an id is a position in the list. */
export interface TableRegistry {
  readonly list: ConstantTable[];
  readonly ids: Map<string, number>;
  /** What the program's words will be looked up for, by which tables of words are sized. */
  readonly wordUses: WordUses | undefined;
  /** Memories of constants that some function reads by lookups; one table serves all functions. */
  readonly memories: { readonly list: (readonly bigint[])[]; readonly ids: Map<string, number> };
  /** How often the program reads a memory of these constants at witness indices, by their {@link memoryKey}. */
  readonly constantReads: ReadonlyMap<string, number>;
}

/** How a program uses tables of words; see black-box/word-uses.ts. */
export interface WordUses {
  /** How many words of each width go through a function, by the function's name. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Whether the program has AND and XOR opcodes enough to pay for a table. */
  readonly bitwise: boolean;
}

/** Makes an empty registry. */
export function createTableRegistry(
  wordUses?: WordUses,
  constantReads: ReadonlyMap<string, number> = new Map(),
): TableRegistry {
  return { list: [], ids: new Map(), wordUses, memories: { list: [], ids: new Map() }, constantReads };
}

/** A text that memories of equal constants share. */
export function memoryKey(cells: readonly bigint[]): string {
  return cells.join();
}

/** Returns the id of a memory of constants. */
export function memoryIdOf({ memories }: TableRegistry, cells: readonly bigint[]): number {
  const key = memoryKey(cells);
  const known = memories.ids.get(key);
  if (known !== undefined) return known;
  memories.ids.set(key, memories.list.length);
  return memories.list.push(cells) - 1;
}

/** Returns the id of a table by its name; makes the entries at the first request. */
export function tableIdOf(
  { list, ids }: TableRegistry,
  name: string,
  makeEntries: () => readonly bigint[],
): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  const id = list.length;
  list.push({ name, entries: makeEntries() });
  ids.set(name, id);
  return id;
}
