/**
 * The two halves of a lookup argument's witness: multiplicities, which belong to round 1, and, given the challenge,
 * inverses and quotients.
 *
 * Keys repeat: a million lookups in a table of 2^14 rows have at most 2^14 different inverses. So only the table's
 * r - t_j are inverted, together, and every lookup takes its row's inverse. A key that is not in the table (the input is
 * at fault, and the checker will say so) has its own.
 */
import { invertOrZero, mod } from '../field/index.ts';
import type { LookupColumns, LookupTable } from './types.ts';

/** Evaluates a row of the recipe's forms over slots of round 1. */
export type Evaluate = (row: number) => bigint;

/** A key: x + g y, with y = 0 but for read-only memories. */
interface Key {
  readonly x: bigint;
  readonly y: bigint;
}

/** Where each lookup hits its table: the row, or -1 with the key in `strays`. */
export interface Hits {
  readonly rows: Int32Array;
  readonly strays: ReadonlyMap<number, Key>;
  /** By table: its rows' second columns, where it has them. */
  readonly cells: readonly (readonly bigint[] | undefined)[];
}

/** Finds the rows that the keys hit, and writes how many hit each row. */
export function countHits(lookups: LookupColumns, slots: bigint[], evaluate: Evaluate): Hits {
  const cells = lookups.tables.map(({ size, firstCell }) =>
    firstCell === undefined ? undefined : Array.from({ length: size }, (_, row) => evaluate(firstCell + row)),
  );
  const finders = lookups.tables.map(findRow);
  const counts = lookups.tables.map(({ size }) => new Uint32Array(size));
  const rows = new Int32Array(lookups.tableIds.length);
  const strays = new Map<number, Key>();
  for (let lookup = 0; lookup < rows.length; lookup++) {
    const tableId = lookups.tableIds[lookup] ?? 0;
    const operand = lookups.operands[lookup] ?? 0;
    const own = cells[tableId];
    const key = { x: evaluate(operand), y: own === undefined ? 0n : evaluate(operand + 1) };
    const found = finders[tableId]?.(key.x) ?? -1;
    const row = own === undefined || own[found] === key.y ? found : -1;
    rows[lookup] = row;
    const count = counts[tableId];
    if (row < 0 || count === undefined) strays.set(lookup, key);
    else count[row] = (count[row] ?? 0) + 1;
  }
  lookups.tables.forEach(({ firstMultiplicity }, tableId) => {
    counts[tableId]?.forEach((count, row) => {
      slots[firstMultiplicity + row] = BigInt(count);
    });
  });
  return { rows, strays, cells };
}

function findRow({ size, entries }: LookupTable): (key: bigint) => number {
  if (entries === undefined) {
    const limit = BigInt(size);
    return key => (key < limit ? Number(key) : -1);
  }
  const rowOf = new Map(entries.map((entry, row) => [entry, row] as const));
  return key => rowOf.get(key) ?? -1;
}

/** What the second round writes to. */
export interface SecondRound {
  readonly slots: bigint[];
  readonly prime: bigint;
  readonly evaluate: Evaluate;
}

/** Writes the challenges r and g, every product, inverse and quotient. */
export function completeLookups(
  lookups: LookupColumns,
  { rows, strays, cells }: Hits,
  [r, g]: readonly [bigint, bigint],
  { slots, prime, evaluate }: SecondRound,
): void {
  slots[lookups.challengeSlot] = r;
  completeProducts(lookups, g, { slots, prime, evaluate });
  const inverses = lookups.tables.map(({ size, entries }, tableId) => {
    const own = cells[tableId];
    const differences = Array.from({ length: size }, (_, row) =>
      mod(r - (entries?.[row] ?? BigInt(row)) - (own === undefined ? 0n : g * (own[row] ?? 0n)), prime),
    );
    return invertAll(differences, prime);
  });
  for (let lookup = 0; lookup < rows.length; lookup++) {
    const row = rows[lookup] ?? -1;
    const { x, y } = strays.get(lookup) ?? { x: 0n, y: 0n };
    slots[lookups.firstInverse + lookup] =
      row < 0
        ? invertOrZero(mod(r - x - g * y, prime), prime)
        : (inverses[lookups.tableIds[lookup] ?? 0]?.[row] ?? 0n);
  }
  lookups.tables.forEach(({ size, firstMultiplicity, firstQuotient }, tableId) => {
    for (let row = 0; row < size; row++) {
      const count = slots[firstMultiplicity + row] ?? 0n;
      slots[firstQuotient + row] = count === 0n ? 0n : (count * (inverses[tableId]?.[row] ?? 0n)) % prime;
    }
  });
}

function completeProducts(
  { products }: LookupColumns,
  g: bigint,
  { slots, prime, evaluate }: SecondRound,
): void {
  if (products === undefined) return;
  slots[products.challengeSlot] = g;
  products.operands.forEach((operand, index) => {
    slots[products.first + index] = (g * evaluate(operand)) % prime;
  });
}

/** Inverts many values with one inversion (Montgomery's trick); 0 becomes 0. */
export function invertAll(values: readonly bigint[], prime: bigint): bigint[] {
  const before: bigint[] = [];
  let product = 1n;
  for (const value of values) {
    before.push(product);
    if (value !== 0n) product = (product * value) % prime;
  }
  let rest = invertOrZero(product, prime);
  const inverses = new Array<bigint>(values.length).fill(0n);
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index] ?? 0n;
    if (value === 0n) continue;
    inverses[index] = (rest * (before[index] ?? 0n)) % prime;
    rest = (rest * value) % prime;
  }
  return inverses;
}
