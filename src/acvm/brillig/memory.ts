/**
 * Memory of the Brillig machine: typed cells that grow on demand. Integers of up to 32 bits are numbers, wider ones and
 * field elements bigints; a cell that was never written reads as the field element 0.
 */
import type { BrilligAddress, BrilligScalar, BrilligType } from '../../acir/index.ts';
import { stopped } from '../failure.ts';

/** A value of a cell: a number for integers of up to 32 bits, else a bigint. */
export type Cell = number | bigint;

/** The type of a cell: 0 for field elements, else the width in bits. */
export type CellType = number;

export const FIELD_TYPE = 0;
export const U1 = 1;
export const U8 = 8;
export const U32 = 32;
/** Widest integers that are numbers. */
export const NUMBER_BITS = 32;

/** More cells than any program uses on purpose. */
const MAX_CELLS = 2 ** 26;

export interface Memory {
  readonly values: Cell[];
  readonly types: CellType[];
}

export function createMemory(): Memory {
  return { values: [], types: [] };
}

/** The width of a type as a cell holds it. */
export function cellType(type: BrilligType): CellType {
  return type === 'field' ? FIELD_TYPE : type;
}

/** A canonical integer as a cell of a type holds it. */
export function toCell(value: bigint, type: CellType): Cell {
  return type !== FIELD_TYPE && type <= NUMBER_BITS ? Number(value) : value;
}

export function readCell(memory: Memory, address: number): Cell {
  return memory.values[address] ?? 0n;
}

export function typeOfCell(memory: Memory, address: number): CellType {
  return memory.types[address] ?? FIELD_TYPE;
}

/** @throws Stopped beyond the memory's limit */
export function writeCell(memory: Memory, address: number, value: Cell, type: CellType): void {
  const { values, types } = memory;
  if (address >= values.length) grow(memory, address);
  values[address] = value;
  types[address] = type;
}

/** Fills the gap, so that the arrays stay dense. */
function grow({ values, types }: Memory, address: number): void {
  if (address >= MAX_CELLS) throw stopped(`memory cell ${address} is beyond the machine's ${MAX_CELLS}`);
  for (let at = values.length; at < address; at++) {
    values.push(0n);
    types.push(FIELD_TYPE);
  }
}

/** The cell that an address names. */
export function resolve(memory: Memory, { base, index }: BrilligAddress): number {
  return base === 'memory' ? index : index + readPointer(memory, 0);
}

/** Reads a cell that holds an address or an amount. */
export function readPointer(memory: Memory, address: number): number {
  const value = readCell(memory, address);
  if (typeof value === 'number' && typeOfCell(memory, address) === U32) return value;
  // old releases keep addresses in wide integers, or without a type
  if (typeOfCell(memory, address) !== U32 && value < MAX_CELLS) return Number(value);
  throw stopped(`memory cell ${address} is used as an address and is none`);
}

/** An operand that is a constant or a cell with an amount. */
export function readScalar(memory: Memory, scalar: BrilligScalar): number {
  return typeof scalar === 'number' ? scalar : readPointer(memory, resolve(memory, scalar));
}
