/**
 * Interned coefficients: a table of distinct field elements, and arithmetic on their ids.
 *
 * A network has millions of coefficients and few distinct ones, nearly all of them small integers. Ids keep sparse rows
 * in typed arrays; products and sums of small integers never touch a bigint.
 */
import { invertOrZero, mod, toSigned } from '../field/index.ts';

/** Distinct field elements by id. */
export interface CoefficientTable {
  readonly prime: bigint;
  /** Distinct values by id, canonical in [0, prime). */
  readonly values: bigint[];
  /** The signed value of an id when it is a small integer, else NaN. */
  readonly smalls: number[];
  readonly ids: Map<bigint, number>;
  readonly smallIds: Map<number, number>;
  /** Signed values up to this size are kept as numbers. */
  readonly smallMax: number;
  readonly products: ProductCache;
}

/** Products of large coefficients taken lately: hash rounds and curve additions repeat them thousands of times. */
interface ProductCache {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly result: Int32Array;
}

/** Ids that every table made by {@link createCoefficientTable} shares. */
export const ZERO_ID = 0;
export const ONE_ID = 1;
export const MINUS_ONE_ID = 2;

/** Sums of two such numbers are exact doubles. */
const SMALL_MAX = 2 ** 52;
/** A power of two. */
const CACHED_PRODUCTS = 2 ** 17;

/** Makes a table that holds 0, 1 and -1 under their fixed ids, then the given values. */
export function createCoefficientTable(prime: bigint, values: readonly bigint[] = []): CoefficientTable {
  const half = prime >> 1n;
  const table: CoefficientTable = {
    prime,
    values: [],
    smalls: [],
    ids: new Map(),
    smallIds: new Map(),
    smallMax: half < BigInt(SMALL_MAX) ? Number(half) : SMALL_MAX,
    products: {
      left: new Int32Array(CACHED_PRODUCTS).fill(-1),
      right: new Int32Array(CACHED_PRODUCTS),
      result: new Int32Array(CACHED_PRODUCTS),
    },
  };
  append(table, 0n);
  append(table, 1n);
  append(table, prime - 1n);
  for (const value of values) intern(table, value);
  return table;
}

/** Returns the id of any integer's residue. */
export function intern(table: CoefficientTable, value: bigint): number {
  const canonical = value >= 0n && value < table.prime ? value : mod(value, table.prime);
  return table.ids.get(canonical) ?? append(table, canonical);
}

/** Returns the id of an integer given as a number (safe integers only). */
export function internNumber(table: CoefficientTable, value: number): number {
  return table.smallIds.get(value) ?? intern(table, BigInt(value));
}

/** Returns the id of a product. */
export function multiplyIds(table: CoefficientTable, left: number, right: number): number {
  if (left === ONE_ID) return right;
  if (right === ONE_ID) return left;
  const small = smallOf(table, left) * smallOf(table, right);
  if (Math.abs(small) <= table.smallMax) return internNumber(table, small);
  return multiplyLarge(table, left, right);
}

function multiplyLarge(table: CoefficientTable, left: number, right: number): number {
  const { products } = table;
  const slot = (Math.imul(left, 0x9e3779b1) ^ Math.imul(right, 0x85ebca6b)) >>> 15;
  if (products.left[slot] === left && products.right[slot] === right) return products.result[slot] as number;
  const result = intern(table, (coefficientOf(table, left) * coefficientOf(table, right)) % table.prime);
  products.left[slot] = left;
  products.right[slot] = right;
  products.result[slot] = result;
  return result;
}

/** Returns the id of a sum. */
export function addIds(table: CoefficientTable, left: number, right: number): number {
  const small = smallOf(table, left) + smallOf(table, right);
  if (Math.abs(small) <= table.smallMax) return internNumber(table, small);
  return intern(table, coefficientOf(table, left) + coefficientOf(table, right));
}

/** Returns the id of the negative. */
export function negateId(table: CoefficientTable, id: number): number {
  const small = smallOf(table, id);
  return Number.isNaN(small) ? intern(table, -coefficientOf(table, id)) : internNumber(table, 0 - small);
}

/** Id of the inverse; of 0 for 0. */
export function invertId(table: CoefficientTable, id: number): number {
  if (id === ONE_ID || id === MINUS_ONE_ID) return id;
  return intern(table, invertOrZero(coefficientOf(table, id), table.prime));
}

/** Values interned since a mark that are worth dropping. */
const FORGOTTEN_MIN = 4096;

/** Tells whether so many values were interned since a mark (an earlier length of `values`) that they should be dropped. */
export function isCluttered(table: CoefficientTable, mark: number): boolean {
  return table.values.length - mark >= FORGOTTEN_MIN;
}

/**
 * Drops every value interned since a mark but those of the given ids, and returns their new ids. All other ids given since
 * become void: for sums of many terms, whose partial results nobody needs.
 */
export function forgetSince(table: CoefficientTable, mark: number, kept: readonly number[]): number[] {
  const values = kept.map(id => coefficientOf(table, id));
  for (let id = mark; id < table.values.length; id++) {
    table.ids.delete(coefficientOf(table, id));
    table.smallIds.delete(smallOf(table, id));
  }
  table.values.length = mark;
  table.smalls.length = mark;
  table.products.left.fill(-1);
  return values.map(value => intern(table, value));
}

/** Returns the value of an id, in [0, prime). */
export function coefficientOf(table: CoefficientTable, id: number): bigint {
  return table.values[id] as bigint; // ids come from this table
}

/** The signed small integer of an id, or NaN. */
export function smallOf(table: CoefficientTable, id: number): number {
  return table.smalls[id] as number; // ids come from this table
}

function append(table: CoefficientTable, canonical: bigint): number {
  const id = table.values.length;
  const signed = toSigned(canonical, table.prime);
  const small = signed < 0n ? -signed : signed;
  table.values.push(canonical);
  table.ids.set(canonical, id);
  if (small <= BigInt(table.smallMax)) {
    table.smalls.push(Number(signed));
    table.smallIds.set(Number(signed), id);
  } else {
    table.smalls.push(Number.NaN);
  }
  return id;
}
