/**
 * The two arithmetics of the integer interpreter: doubles while every value is provably below 2^53 in magnitude, bigints
 * otherwise. Both compute the same integers; the tests hold them equal.
 */
import { cut } from './integers.ts';

/** A row of integers in one of the two representations. */
export interface Cells<T> {
  readonly length: number;
  [index: number]: T;
}

export interface Arithmetic<T> {
  readonly zero: T;
  /** Makes a row of zeros. */
  readonly make: (length: number) => Cells<T>;
  readonly from: (value: bigint) => T;
  readonly toBigint: (value: T) => bigint;
  readonly add: (a: T, b: T) => T;
  readonly subtract: (a: T, b: T) => T;
  readonly multiply: (a: T, b: T) => T;
  readonly less: (a: T, b: T) => boolean;
  /** floor((value + half) / 2^bits), see {@link cut}. */
  readonly cut: (value: T, bits: number) => T;
}

/** Doubles. Adding zero turns a negative zero into zero. */
export const NUMBERS: Arithmetic<number> = {
  zero: 0,
  make: length => new Float64Array(length),
  from: Number,
  toBigint: BigInt,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b + 0,
  less: (a, b) => a < b,
  cut: (value, bits) => (bits === 0 ? value : Math.floor((value + 2 ** (bits - 1)) / 2 ** bits)),
};

/** Bigints. */
export const BIGINTS: Arithmetic<bigint> = {
  zero: 0n,
  make: length => new Array<bigint>(length).fill(0n),
  from: value => value,
  toBigint: value => value,
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  less: (a, b) => a < b,
  cut,
};
