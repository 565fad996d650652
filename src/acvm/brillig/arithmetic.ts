/** Arithmetic of the Brillig machine: field elements on bigints, integers of up to 32 bits on numbers, wider on bigints. */
import type { BrilligType, FieldOperation, IntegerOperation } from '../../acir/index.ts';
import { InternalError } from '../../errors.ts';
import { invertOrZero } from '../../field/index.ts';
import { stopped } from '../failure.ts';
import { type Cell, type CellType, cellType, FIELD_TYPE, NUMBER_BITS, toCell, U1 } from './memory.ts';

/** A value with its type. */
export interface Typed {
  readonly value: Cell;
  readonly type: CellType;
}

/** left op right on field elements; comparisons, on canonical integers, give a bit. */
export function fieldOperation(operation: FieldOperation, left: bigint, right: bigint, prime: bigint): Typed {
  switch (operation) {
    case 'add': {
      const sum = left + right;
      return element(sum >= prime ? sum - prime : sum);
    }
    case 'sub':
      return element(left >= right ? left - right : left - right + prime);
    case 'mul':
      return element((left * right) % prime);
    case 'div':
      if (right === 0n) throw stopped('Assertion failed: Attempted to divide by zero');
      return element((left * invertOrZero(right, prime)) % prime);
    case 'integer-div':
      if (right === 0n) throw stopped('Assertion failed: Attempted to divide by zero');
      return element(left / right);
    case 'eq':
      return bit(left === right);
    case 'lt':
      return bit(left < right);
    case 'lte':
      return bit(left <= right);
    default:
      throw new InternalError(`Unknown operation ${operation satisfies never}.`);
  }
}

function element(value: bigint): Typed {
  return { value, type: FIELD_TYPE };
}

function bit(value: boolean): Typed {
  return { value: value ? 1 : 0, type: U1 };
}

/** left op right on integers of a width; a shift's right operand may be of another. */
export function integerOperation(operation: IntegerOperation, bits: number, left: Cell, right: Cell): Typed {
  switch (operation) {
    case 'eq':
      return bit(left === right);
    case 'lt':
      return bit(left < right);
    case 'lte':
      return bit(left <= right);
    case 'shl':
    case 'shr':
      return { value: shift(operation, bits, left, right), type: bits };
    default: {
      const value =
        bits <= NUMBER_BITS
          ? numberOperation(operation, bits, Number(left), Number(right))
          : bigintOperation(operation, bits, BigInt(left), BigInt(right));
      return { value, type: bits };
    }
  }
}

type Arithmetic = Exclude<IntegerOperation, 'eq' | 'lt' | 'lte' | 'shl' | 'shr'>;

function numberOperation(operation: Arithmetic, bits: number, left: number, right: number): number {
  switch (operation) {
    case 'add':
      return wrapNumber(left + right, bits);
    case 'sub':
      return wrapNumber(left - right, bits);
    case 'mul':
      return wrapNumber(Math.imul(left, right) >>> 0, bits);
    case 'div':
      if (right === 0) throw stopped('Assertion failed: Attempted to divide by zero');
      return Math.floor(left / right);
    case 'and':
      return (left & right) >>> 0;
    case 'or':
      return (left | right) >>> 0;
    case 'xor':
      return (left ^ right) >>> 0;
    case 'signed-div':
      return Number(signedDivide(bits, BigInt(left), BigInt(right)));
    default:
      throw new InternalError(`Unknown operation ${operation satisfies never}.`);
  }
}

function wrapNumber(value: number, bits: number): number {
  const size = 2 ** bits;
  const rest = value % size;
  return rest < 0 ? rest + size : rest;
}

function bigintOperation(operation: Arithmetic, bits: number, left: bigint, right: bigint): bigint {
  switch (operation) {
    case 'add':
      return BigInt.asUintN(bits, left + right);
    case 'sub':
      return BigInt.asUintN(bits, left - right);
    case 'mul':
      return BigInt.asUintN(bits, left * right);
    case 'div':
      if (right === 0n) throw stopped('Assertion failed: Attempted to divide by zero');
      return left / right;
    case 'and':
      return left & right;
    case 'or':
      return left | right;
    case 'xor':
      return left ^ right;
    case 'signed-div':
      return signedDivide(bits, left, right);
    default:
      throw new InternalError(`Unknown operation ${operation satisfies never}.`);
  }
}

function signedDivide(bits: number, left: bigint, right: bigint): bigint {
  if (right === 0n) throw stopped('Assertion failed: Attempted to divide by zero');
  return BigInt.asUintN(bits, BigInt.asIntN(bits, left) / BigInt.asIntN(bits, right));
}

/** A shift by the width or more gives 0: the compiler asserts beforehand where a program must not do it. */
function shift(operation: 'shl' | 'shr', bits: number, left: Cell, right: Cell): Cell {
  const amount = Number(right);
  if (amount >= bits) return toCell(0n, bits);
  const wide = BigInt(left);
  const result = operation === 'shl' ? BigInt.asUintN(bits, wide << BigInt(amount)) : wide >> BigInt(amount);
  return toCell(result, bits);
}

/** The bitwise complement. */
export function complement(bits: number, value: Cell): Cell {
  return typeof value === 'number' ? 2 ** bits - 1 - value : (1n << BigInt(bits)) - 1n - value;
}

/** Converts to a type: to a field element, or modulo 2^bits. */
export function cast(value: Cell, type: BrilligType): Typed {
  const target = cellType(type);
  if (target === FIELD_TYPE) return element(BigInt(value));
  if (typeof value === 'number')
    return { value: target <= NUMBER_BITS ? wrapNumber(value, target) : BigInt(value), type: target };
  return { value: toCell(BigInt.asUintN(target, value), target), type: target };
}
