/**
 * Witness values of one frame. Most values of a network are small integers: they are kept as doubles, exact, and sums of
 * their products need no bigint. Others are canonical bigints.
 */
import { toSigned } from '../field/index.ts';

/** A field element: a small signed integer as a number, or a canonical bigint in [0, prime). */
export type FieldValue = number | bigint;

/** Values by witness index. */
export interface Values {
  readonly prime: bigint;
  /** UNKNOWN, SMALL or LARGE by witness. */
  readonly states: Uint8Array;
  /** Signed values of small witnesses. */
  readonly smalls: Float64Array;
  /** Canonical values of large witnesses. */
  readonly larges: bigint[];
}

export const UNKNOWN = 0;
export const SMALL = 1;
export const LARGE = 2;

/** Integers up to this size are exact as doubles, and so is the sum of two. */
export const SMALL_MAX = 2 ** 52;
const SMALL_MAX_BIGINT = BigInt(SMALL_MAX);
/** Below this prime small signed integers are not unique; tiny fields use bigints only. */
const LEAST_PRIME = 2n ** 64n;

/** Makes room for `count` witnesses, all unknown. */
export function createValues(prime: bigint, count: number): Values {
  return { prime, states: new Uint8Array(count), smalls: new Float64Array(count), larges: [] };
}

/** Whether numbers may stand for elements of the field. */
export function hasSmalls(prime: bigint): boolean {
  return prime > LEAST_PRIME;
}

/** Returns the shortest form of a canonical element. */
export function shortened(prime: bigint, canonical: bigint): FieldValue {
  if (!hasSmalls(prime)) return canonical;
  if (canonical < SMALL_MAX_BIGINT) return Number(canonical);
  const fromTop = prime - canonical;
  return fromTop < SMALL_MAX_BIGINT ? -Number(fromTop) : canonical;
}

/** Returns the canonical element. */
export function canonicalOf(prime: bigint, value: FieldValue): bigint {
  if (typeof value === 'bigint') return value;
  return value < 0 ? prime + BigInt(value) : BigInt(value);
}

/** Returns the element in (-prime/2, prime/2]. */
export function signedOf(prime: bigint, value: FieldValue): bigint {
  return typeof value === 'bigint' ? toSigned(value, prime) : BigInt(value);
}

/** Reads a witness; undefined when it is not known yet. */
export function readValue({ states, smalls, larges }: Values, witness: number): FieldValue | undefined {
  const state = states[witness];
  if (state === SMALL) return smalls[witness] as number;
  return state === LARGE ? (larges[witness] as bigint) : undefined;
}

/** Sets a witness that is not known yet. */
export function setValue(values: Values, witness: number, value: FieldValue): void {
  if (typeof value === 'number') {
    values.states[witness] = SMALL;
    values.smalls[witness] = value;
  } else {
    values.states[witness] = LARGE;
    values.larges[witness] = value;
  }
}
