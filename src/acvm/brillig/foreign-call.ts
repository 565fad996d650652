/**
 * Oracles: flattens the arguments of a foreign call out of memory, and puts the results back. Arrays are [reference
 * count, items...] blocks; an array inside an array is a pointer to such a block.
 */
import type { BrilligAddress, BrilligOpcode, BrilligRegion, HeapType } from '../../acir/index.ts';
import { stopped } from '../failure.ts';
import {
  cellType,
  FIELD_TYPE,
  type Memory,
  readCell,
  readPointer,
  readScalar,
  resolve,
  toCell,
  typeOfCell,
  U32,
  writeCell,
} from './memory.ts';

type ForeignCallOpcode = Extract<BrilligOpcode, { kind: 'foreign-call' }>;
type Place = BrilligAddress | BrilligRegion;

/** Items of an inner array start after its reference count. */
const BLOCK_HEADER = 1;

/** Arguments in order, each flattened. */
export function readForeignInputs(memory: Memory, { inputs, inputTypes }: ForeignCallOpcode): bigint[][] {
  let length: number | undefined;
  return inputs.map((input, k) => {
    const type = inputTypes[k] ?? { kind: 'simple', type: 'field' };
    const values = readInput(memory, input, type);
    // a slice is its length, then a vector that may be longer
    const isCut = type.kind === 'vector' && length !== undefined;
    const cut = isCut
      ? values.slice(0, (length ?? 0) * type.items.reduce((sum, item) => sum + flatSize(item), 0))
      : values;
    length = isRegion(input) ? undefined : lengthAt(memory, input);
    return cut;
  });
}

function lengthAt(memory: Memory, address: BrilligAddress): number | undefined {
  const at = resolve(memory, address);
  return typeOfCell(memory, at) === U32 ? Number(readCell(memory, at)) : undefined;
}

function readInput(memory: Memory, input: Place, type: HeapType): bigint[] {
  if (!isRegion(input)) return [BigInt(readCell(memory, resolve(memory, input)))];
  const start = startOf(memory, input);
  if (type.kind === 'simple') throw stopped('an oracle is given an array where it takes a value');
  const count = type.kind === 'array' ? type.size * type.items.length : readScalar(memory, input.size);
  return readItems(memory, start, count, type.items);
}

/** `count` cells from `start`, of the given types in turn, flattened. */
function readItems(memory: Memory, start: number, count: number, types: readonly HeapType[]): bigint[] {
  const found: bigint[] = [];
  for (let k = 0; k < count; k++) {
    const type = types[k % types.length];
    if (type === undefined || type.kind === 'simple') found.push(BigInt(readCell(memory, start + k)));
    else if (type.kind === 'array') {
      const inner = readPointer(memory, start + k) + BLOCK_HEADER;
      for (const value of readItems(memory, inner, type.size * type.items.length, type.items))
        found.push(value);
    } else throw stopped('an oracle is given a vector inside an array');
  }
  return found;
}

/** Writes the answers of an oracle. */
export function writeForeignResults(
  memory: Memory,
  { name, outputs, outputTypes }: ForeignCallOpcode,
  results: readonly (bigint | readonly bigint[])[],
  prime: bigint,
): void {
  if (results.length !== outputs.length)
    throw stopped(`the oracle '${name}' answered ${results.length} values, not ${outputs.length}`);
  outputs.forEach((output, k) => {
    const result = results[k] ?? [];
    const values = typeof result === 'bigint' ? [result] : result;
    if (values.some(value => value < 0n || value >= prime))
      throw stopped(`the oracle '${name}' answered a value that is no field element`);
    const type = outputTypes[k] ?? { kind: 'simple', type: 'field' };
    writeOutput(memory, output, type, { name, values });
  });
}

interface Answer {
  readonly name: string;
  readonly values: readonly bigint[];
}

function writeOutput(memory: Memory, output: Place, type: HeapType, { name, values }: Answer): void {
  if (type.kind === 'simple') {
    if (isRegion(output) || values.length !== 1)
      throw stopped(
        `the oracle '${name}' answered a list of ${values.length} where the program takes one value`,
      );
    writeSimple(memory, resolve(memory, output), type, { name, values });
    return;
  }
  if (!isRegion(output)) throw stopped(`the oracle '${name}' has a list for a single place`);
  const start = startOf(memory, output);
  if (type.kind === 'array') {
    const count = type.size * type.items.length;
    const used = writeItems(memory, start, count, { types: type.items, name, values, from: 0 });
    if (used !== values.length)
      throw stopped(`the oracle '${name}' answered ${values.length} values, not the ${used} of its array`);
    return;
  }
  if (type.items.some(item => item.kind !== 'simple'))
    throw stopped(`the oracle '${name}' answers a vector of arrays, which has no form`);
  writeCell(memory, sizeAddress(memory, output), values.length, U32);
  writeItems(memory, start, values.length, { types: type.items, name, values, from: 0 });
}

function sizeAddress(memory: Memory, { size }: BrilligRegion): number {
  if (typeof size === 'number') throw stopped('a vector has no cell for its size');
  return resolve(memory, size);
}

interface Items extends Answer {
  readonly types: readonly HeapType[];
  /** Position of the next value. */
  readonly from: number;
}

/** Returns the position after the values that were used. */
function writeItems(memory: Memory, start: number, count: number, items: Items): number {
  let from = items.from;
  for (let k = 0; k < count; k++) {
    const type = items.types[k % items.types.length];
    if (type?.kind === 'array') {
      const inner = readPointer(memory, start + k) + BLOCK_HEADER;
      from = writeItems(memory, inner, type.size * type.items.length, { ...items, types: type.items, from });
      continue;
    }
    const value = items.values[from++];
    if (value === undefined) throw stopped(`the oracle '${items.name}' answered too few values`);
    writeSimple(memory, start + k, type ?? { kind: 'simple', type: 'field' }, {
      name: items.name,
      values: [value],
    });
  }
  return from;
}

function writeSimple(memory: Memory, address: number, type: HeapType, { name, values }: Answer): void {
  const width = type.kind === 'simple' ? cellType(type.type) : FIELD_TYPE;
  const value = values[0] ?? 0n;
  if (width !== FIELD_TYPE && value >> BigInt(width) !== 0n)
    throw stopped(`the oracle '${name}' answered ${value}, which does not fit ${width} bits`);
  writeCell(memory, address, toCell(value, width), width);
}

function flatSize(type: HeapType): number {
  if (type.kind !== 'array') return 1;
  return type.size * type.items.reduce((sum, item) => sum + flatSize(item), 0);
}

function startOf(memory: Memory, { pointer }: BrilligRegion): number {
  return typeof pointer === 'number' ? pointer : readPointer(memory, resolve(memory, pointer));
}

function isRegion(place: Place): place is BrilligRegion {
  return 'pointer' in place;
}
