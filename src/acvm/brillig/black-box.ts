/** Black boxes of unconstrained functions on the machine's memory. Operands follow the release that wrote them. */
import type {
  BrilligAddress,
  BrilligArgument,
  BrilligBlackBoxName,
  BrilligOpcode,
  BrilligRegion,
} from '../../acir/index.ts';
import { POSEIDON2_WIDTH, poseidon2 } from '../../field/index.ts';
import { type BigIntegers, bigIntFromBytes, bigIntToBytes, calculateBigInt } from '../black-box/big-int.ts';
import { encryptAes128 } from '../black-box/ciphers.ts';
import {
  type Affine,
  addGrumpkin,
  type FlaggedPoint,
  multiplyGenerator,
  multiplyGrumpkin,
  pedersenCommitment,
  pedersenHash,
  verifyEcdsa,
  verifySchnorr,
} from '../black-box/curves.ts';
import { hashBytes, keccakF1600, sha256Compression } from '../black-box/hashes.ts';
import { stopped } from '../failure.ts';
import {
  type Cell,
  type CellType,
  FIELD_TYPE,
  type Memory,
  readCell,
  readPointer,
  resolve,
  U1,
  U8,
  U32,
  writeCell,
} from './memory.ts';

type Call = Extract<BrilligOpcode, { kind: 'black-box' }>;

const U64 = 64;

/** Big integers live as long as the memory they belong to. */
const bigIntegersOf = new WeakMap<Memory, BigIntegers>();

/** The operands of one call, read by position. */
interface Operands {
  readonly memory: Memory;
  readonly call: Call;
}

type Run = (operands: Operands) => void;

/** What each black box does. */
const RUNS: Readonly<Record<BrilligBlackBoxName, Run>> = {
  'aes128-encrypt': o => {
    const result = encryptAes128(bytes(o, 0), {
      iv: bytes(o, 1),
      key: bytes(o, 2),
      outputLength: aesLength(o),
    });
    writeRegion(o, 3, result, U8);
  },
  sha256: o => writeRegion(o, 1, hashBytes('sha256', bytes(o, 0)), U8),
  blake2s: o => writeRegion(o, 1, hashBytes('blake2s', bytes(o, 0)), U8),
  blake3: o => writeRegion(o, 1, hashBytes('blake3', bytes(o, 0)), U8),
  keccak256: o => writeRegion(o, 1, hashBytes('keccak256', bytes(o, 0)), U8),
  keccakf1600: o => writeRegion(o, 1, keccakF1600(list(o, 0)), U64),
  'ecdsa-secp256k1': o => runEcdsa(o, 'ecdsa-secp256k1'),
  'ecdsa-secp256r1': o => runEcdsa(o, 'ecdsa-secp256r1'),
  'schnorr-verify': o => {
    const key = { x: single(o, 0), y: single(o, 1) };
    writeSingle(o, 4, verifySchnorr(key, bytes(o, 3), bytes(o, 2)) ? 1 : 0, U1);
  },
  'pedersen-commitment': o => writePoint(o, 2, pedersenCommitment(list(o, 0), Number(single(o, 1)))),
  'pedersen-hash': o => writeSingle(o, 2, pedersenHash(list(o, 0), Number(single(o, 1))), FIELD_TYPE),
  'fixed-base-scalar-mul': o =>
    writePoint(o, 2, multiplyGenerator({ low: single(o, 0), high: single(o, 1) })),
  'multi-scalar-mul': runMultiScalarMul,
  'embedded-curve-add': runCurveAdd,
  'big-int-add': o => runBigInt(o, 'big-int-add'),
  'big-int-sub': o => runBigInt(o, 'big-int-sub'),
  'big-int-mul': o => runBigInt(o, 'big-int-mul'),
  'big-int-div': o => runBigInt(o, 'big-int-div'),
  'big-int-from-le-bytes': o => {
    const id = bigIntegers(o).size;
    bigIntFromBytes(bigIntegers(o), id, bytes(o, 0), bytes(o, 1));
    writeSingle(o, 2, id, U32);
  },
  'big-int-to-le-bytes': o => {
    const length = 32;
    const start = startOf(o, 1);
    bigIntToBytes(bigIntegers(o), Number(single(o, 0)), length).forEach((byte, k) => {
      writeCell(o.memory, start + k, byte, U8);
    });
    writeVectorSize(o, 1, length);
  },
  'poseidon2-permutation': o => {
    const state = list(o, 0);
    if (state.length !== POSEIDON2_WIDTH)
      throw stopped(`Poseidon2 permutes ${POSEIDON2_WIDTH} elements, not ${state.length}`);
    writeRegion(o, 1, poseidon2(state), FIELD_TYPE);
  },
  'sha256-compression': o =>
    writeRegion(o, 2, sha256Compression(list(o, 0).map(Number), list(o, 1).map(Number)), U32),
  'to-radix': runToRadix,
};

/** Runs a black box. */
export function runBlackBox(memory: Memory, call: Call): void {
  RUNS[call.operation]({ memory, call });
}

function runEcdsa(o: Operands, name: 'ecdsa-secp256k1' | 'ecdsa-secp256r1'): void {
  const inputs = { hash: bytes(o, 0), x: bytes(o, 1), y: bytes(o, 2), signature: bytes(o, 3) };
  writeSingle(o, 4, verifyEcdsa(name, inputs) ? 1 : 0, U1);
}

function runMultiScalarMul(o: Operands): void {
  const [cells, limbs] = [list(o, 0), list(o, 1)];
  const scalars = Array.from({ length: limbs.length / 2 }, (_, k) => ({
    low: limbs[2 * k] as bigint,
    high: limbs[2 * k + 1] as bigint,
  }));
  // two coordinates, or with a flag of infinity three
  const stride = scalars.length === 0 ? 2 : cells.length / scalars.length;
  const points = scalars.map((_, k) => pointOf(cells.slice(k * stride, (k + 1) * stride)));
  writePoint(o, 2, multiplyGrumpkin(points, scalars));
}

function runCurveAdd(o: Operands): void {
  const cells = o.call.arguments.slice(0, -1).map((_, k) => single(o, k));
  const half = cells.length / 2;
  const [left, right] = [pointOf(cells.slice(0, half)), pointOf(cells.slice(half))];
  const assertsOnCurve = half === 2;
  writePoint(o, cells.length, addGrumpkin(left, right, { assertsOnCurve }));
}

function pointOf([x = 0n, y = 0n, infinite]: readonly bigint[]): FlaggedPoint {
  return infinite === undefined ? { x, y } : { x, y, infinite };
}

function runBigInt(o: Operands, name: 'big-int-add' | 'big-int-sub' | 'big-int-mul' | 'big-int-div'): void {
  const numbers = bigIntegers(o);
  const output = numbers.size;
  calculateBigInt(numbers, name, { left: Number(single(o, 0)), right: Number(single(o, 1)), output });
  writeSingle(o, 2, output, U32);
}

function bigIntegers({ memory }: Operands): BigIntegers {
  const known = bigIntegersOf.get(memory);
  if (known !== undefined) return known;
  const created: BigIntegers = new Map();
  bigIntegersOf.set(memory, created);
  return created;
}

/**
 * Digits of a number. Operands by release: (input, radix constant, output[, bits]): least significant first; (input,
 * radix cell, output, bits) and (input, radix cell, output pointer, count cell, bits cell): most significant first.
 */
function runToRadix(o: Operands): void {
  const { memory, call } = o;
  const [, radixOperand, output, ...rest] = call.arguments;
  const radix = typeof radixOperand === 'number' ? BigInt(radixOperand) : single(o, 1);
  if (radix < 2n || radix > 256n) throw stopped(`the radix ${radix} is not in 2..256`);
  const isPointer = rest.length === 2;
  const count = isPointer ? Number(single(o, 3)) : lengthOf(memory, output as BrilligRegion);
  const asBits = isPointer ? single(o, 4) === 1n : rest[0] === true;
  const digits: number[] = [];
  let value = single(o, 0);
  for (let k = 0; k < count; k++, value /= radix) digits.push(Number(value % radix));
  if (value !== 0n) throw stopped(`a number does not fit ${count} digits of radix ${radix}`);
  if (typeof radixOperand !== 'number') digits.reverse();
  const start = isPointer ? readPointer(memory, resolve(memory, output as BrilligAddress)) : startOf(o, 2);
  digits.forEach((digit, k) => {
    writeCell(memory, start + k, digit, asBits ? U1 : U8);
  });
}

/** Where padding is asked for, the output vector tells nothing yet: old releases pad, newer ones give an array. */
function aesLength(o: Operands): number {
  const { memory, call } = o;
  const message = lengthOf(memory, call.arguments[0] as BrilligRegion);
  const output = call.arguments[3] as BrilligRegion;
  if (typeof output.size === 'number') return output.size;
  return message + 16 - (message % 16);
}

function argument({ call }: Operands, position: number): BrilligArgument {
  const found = call.arguments[position];
  if (found === undefined) throw stopped(`the black box ${call.operation} has no operand ${position}`);
  return found;
}

function single(o: Operands, position: number): bigint {
  return BigInt(readCell(o.memory, resolve(o.memory, argument(o, position) as BrilligAddress)));
}

function list(o: Operands, position: number): bigint[] {
  const start = startOf(o, position);
  const length = lengthOf(o.memory, argument(o, position) as BrilligRegion);
  return Array.from({ length }, (_, k) => BigInt(readCell(o.memory, start + k)));
}

function bytes(o: Operands, position: number): Uint8Array {
  return Uint8Array.from(list(o, position), value => Number(value & 0xffn));
}

function startOf(o: Operands, position: number): number {
  const { pointer } = argument(o, position) as BrilligRegion;
  return typeof pointer === 'number' ? pointer : readPointer(o.memory, resolve(o.memory, pointer));
}

function lengthOf(memory: Memory, { size }: BrilligRegion): number {
  return typeof size === 'number' ? size : readPointer(memory, resolve(memory, size));
}

function writeSingle(o: Operands, position: number, value: Cell, type: CellType): void {
  writeCell(o.memory, resolve(o.memory, argument(o, position) as BrilligAddress), value, type);
}

function writeRegion(o: Operands, position: number, results: ArrayLike<Cell>, type: CellType): void {
  const start = startOf(o, position);
  for (let k = 0; k < results.length; k++) writeCell(o.memory, start + k, results[k] as Cell, type);
  writeVectorSize(o, position, results.length);
}

/** A vector's size is a cell of its own; an array's is fixed. */
function writeVectorSize(o: Operands, position: number, length: number): void {
  const { size } = argument(o, position) as BrilligRegion;
  if (typeof size !== 'number') writeCell(o.memory, resolve(o.memory, size), length, U32);
}

function writePoint(o: Operands, position: number, { x, y }: Affine): void {
  const start = startOf(o, position);
  writeCell(o.memory, start, x, FIELD_TYPE);
  writeCell(o.memory, start + 1, y, FIELD_TYPE);
  const { size } = argument(o, position) as BrilligRegion;
  if (size === 3) writeCell(o.memory, start + 2, x === 0n && y === 0n ? 1 : 0, U1);
}
