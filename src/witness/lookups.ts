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

/** Where each lookup hits its table: the row, or -1 with the key in `strays`. */
export interface Hits {
  readonly rows: Int32Array;
  readonly strays: ReadonlyMap<number, bigint>;
}

/** Finds the rows that the keys hit, and writes how many hit each row. `keyOf` gives the key of a lookup. */
export function countHits(lookups: LookupColumns, slots: bigint[], keyOf: (lookup: number) => bigint): Hits {
  const finders = lookups.tables.map(findRow);
  const counts = lookups.tables.map(({ size }) => new Uint32Array(size));
  const rows = new Int32Array(lookups.tableIds.length);
  const strays = new Map<number, bigint>();
  for (let lookup = 0; lookup < rows.length; lookup++) {
    const tableId = lookups.tableIds[lookup] ?? 0;
    const key = keyOf(lookup);
    const row = finders[tableId]?.(key) ?? -1;
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
  return { rows, strays };
}

function findRow({ size, entries }: LookupTable): (key: bigint) => number {
  if (entries === undefined) {
    const limit = BigInt(size);
    return key => (key < limit ? Number(key) : -1);
  }
  const rowOf = new Map(entries.map((entry, row) => [entry, row] as const));
  return key => rowOf.get(key) ?? -1;
}

/** Writes the challenge, every inverse and every quotient. */
export function completeLookups(
  lookups: LookupColumns,
  { rows, strays }: Hits,
  challenge: bigint,
  { slots, prime }: { readonly slots: bigint[]; readonly prime: bigint },
): void {
  slots[lookups.challengeSlot] = challenge;
  const inverses = lookups.tables.map(({ size, entries }) =>
    invertAll(
      Array.from({ length: size }, (_, row) => mod(challenge - (entries?.[row] ?? BigInt(row)), prime)),
      prime,
    ),
  );
  for (let lookup = 0; lookup < rows.length; lookup++) {
    const row = rows[lookup] ?? -1;
    slots[lookups.firstInverse + lookup] =
      row < 0
        ? invertOrZero(mod(challenge - (strays.get(lookup) ?? 0n), prime), prime)
        : (inverses[lookups.tableIds[lookup] ?? 0]?.[row] ?? 0n);
  }
  lookups.tables.forEach(({ size, firstMultiplicity, firstQuotient }, tableId) => {
    for (let row = 0; row < size; row++) {
      const count = slots[firstMultiplicity + row] ?? 0n;
      slots[firstQuotient + row] = count === 0n ? 0n : (count * (inverses[tableId]?.[row] ?? 0n)) % prime;
    }
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
