/** Checks of the fields of a quantised network that is read from a file. */

/** Tells whether a value read from a file is what a field takes. */
export type Check = (value: unknown) => boolean;

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
export const isBigint: Check = value => typeof value === 'bigint';
export const isReal: Check = value => Number.isFinite(value);
export const isInteger: Check = value => Number.isSafeInteger(value);
export const isInt32: Check = value => isInteger(value) && value === Number(value) >> 0;
export const isCount: Check = value => isInteger(value) && Number(value) >= 0;
export const isInt32Array: Check = value => value instanceof Int32Array;
export const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check);
export const pairOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.length === 2 && value.every(check);
export const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value);
export const oneOf =
  (...choices: readonly unknown[]): Check =>
  value =>
    choices.includes(value);
export const recordOf =
  (fields: Readonly<Record<string, Check>>): Check =>
  value =>
    isRecord(value) && Object.entries(fields).every(([key, check]) => check(value[key]));

export const BIGINTS = listOf(isBigint);
export const COUNTS = listOf(isCount);
