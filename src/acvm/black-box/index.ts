/** Black boxes of ACIR on a frame's witnesses. */
import type { BlackBoxCall, CurvePointInput, FunctionInput } from '../../acir/types.ts';
import { InternalError } from '../../errors.ts';
import { POSEIDON2_WIDTH, poseidon2 } from '../../field/index.ts';
import { type Frame, needValue, putValue } from '../circuit.ts';
import { stopped } from '../failure.ts';
import { canonicalOf, shortened } from '../values.ts';
import { bigIntFromBytes, bigIntToBytes, calculateBigInt } from './big-int.ts';
import { encryptAes128 } from './ciphers.ts';
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
} from './curves.ts';
import { hashBytes, keccakF1600, sha256Compression } from './hashes.ts';

type Inputs = readonly FunctionInput[];
type Outputs = readonly number[];

/**
 * Runs a black box: reads its inputs, writes its outputs.
 * @throws Stopped when an input is out of range, or a check fails
 */
export function runBlackBox(call: BlackBoxCall, frame: Frame): void {
  switch (call.name) {
    case 'range':
      needBits(frame, call.input, call.bits);
      return;
    case 'and':
    case 'xor': {
      const [left, right] = [needBits(frame, call.left, call.bits), needBits(frame, call.right, call.bits)];
      write(frame, [call.output], [call.name === 'and' ? left & right : left ^ right]);
      return;
    }
    case 'sha256':
    case 'blake2s':
    case 'blake3':
      write(frame, call.outputs, hashBytes(call.name, bytes(frame, call.inputs)));
      return;
    case 'keccak256': {
      const all = bytes(frame, call.inputs);
      const size = call.messageSize === undefined ? all.length : Number(read(frame, call.messageSize));
      if (size > all.length) throw stopped(`Keccak-256 is to hash ${size} of ${all.length} bytes`);
      write(frame, call.outputs, hashBytes('keccak256', all.subarray(0, size)));
      return;
    }
    case 'keccakf1600':
      write(frame, call.outputs, keccakF1600(call.inputs.map(input => needBits(frame, input, 64))));
      return;
    case 'poseidon2-permutation':
      if (call.inputs.length !== POSEIDON2_WIDTH)
        throw stopped(`Poseidon2 permutes ${POSEIDON2_WIDTH} elements, not ${call.inputs.length}`);
      write(frame, call.outputs, poseidon2(readAll(frame, call.inputs)));
      return;
    case 'sha256-compression':
      write(frame, call.outputs, sha256Compression(words(frame, call.inputs), words(frame, call.state)));
      return;
    case 'aes128-encrypt': {
      const [iv, key] = [bytes(frame, call.iv), bytes(frame, call.key)];
      const outputLength = call.outputs.length;
      write(frame, call.outputs, encryptAes128(bytes(frame, call.inputs), { iv, key, outputLength }));
      return;
    }
    case 'recursive-aggregation':
      return; // the proving back end's business
    default:
      runCurve(call, frame);
  }
}

type CurveCall = Exclude<
  BlackBoxCall,
  {
    name:
      | 'range'
      | 'and'
      | 'xor'
      | 'sha256'
      | 'blake2s'
      | 'blake3'
      | 'keccak256'
      | 'keccakf1600'
      | 'poseidon2-permutation'
      | 'sha256-compression'
      | 'aes128-encrypt'
      | 'recursive-aggregation';
  }
>;

function runCurve(call: CurveCall, frame: Frame): void {
  switch (call.name) {
    case 'embedded-curve-add': {
      const isOn = read(frame, call.predicate) !== 0n;
      const { left, right, assertsOnCurve } = call;
      const sum = (): Affine => addGrumpkin(pointOf(frame, left), pointOf(frame, right), { assertsOnCurve });
      writePoint(frame, call.outputs, isOn ? sum() : INFINITY);
      return;
    }
    case 'multi-scalar-mul': {
      const isOn = read(frame, call.predicate) !== 0n;
      const points = call.points.map(point => pointOf(frame, point));
      const scalars = call.scalars.map(({ low, high }) => ({
        low: read(frame, low),
        high: read(frame, high),
      }));
      writePoint(frame, call.outputs, isOn ? multiplyGrumpkin(points, scalars) : INFINITY);
      return;
    }
    case 'fixed-base-scalar-mul': {
      const scalar = { low: read(frame, call.low), high: read(frame, call.high) };
      writePoint(frame, call.outputs, multiplyGenerator(scalar));
      return;
    }
    case 'pedersen-commitment':
      writePoint(frame, call.outputs, pedersenCommitment(readAll(frame, call.inputs), call.domainSeparator));
      return;
    case 'pedersen-hash':
      write(frame, call.outputs, [pedersenHash(readAll(frame, call.inputs), call.domainSeparator)]);
      return;
    case 'schnorr-verify': {
      const key = { x: read(frame, call.publicKeyX), y: read(frame, call.publicKeyY) };
      const isValid = verifySchnorr(key, bytes(frame, call.signature), bytes(frame, call.message));
      write(frame, [call.output], [isValid ? 1n : 0n]);
      return;
    }
    case 'ecdsa-secp256k1':
    case 'ecdsa-secp256r1': {
      const [x, y] = [bytes(frame, call.publicKeyX), bytes(frame, call.publicKeyY)];
      const [signature, hash] = [bytes(frame, call.signature), bytes(frame, call.hashedMessage)];
      const isOn = read(frame, call.predicate) !== 0n;
      write(frame, [call.output], [!isOn || verifyEcdsa(call.name, { x, y, signature, hash }) ? 1n : 0n]);
      return;
    }
    case 'big-int-add':
    case 'big-int-sub':
    case 'big-int-mul':
    case 'big-int-div':
      calculateBigInt(frame.bigIntegers, call.name, call);
      return;
    case 'big-int-from-le-bytes':
      bigIntFromBytes(frame.bigIntegers, call.output, bytes(frame, call.inputs), call.modulus);
      return;
    case 'big-int-to-le-bytes':
      write(frame, call.outputs, bigIntToBytes(frame.bigIntegers, call.input, call.outputs.length));
      return;
    default:
      throw new InternalError(`Unknown black box ${JSON.stringify(call satisfies never)}.`);
  }
}

const INFINITY: Affine = { x: 0n, y: 0n };

function read({ values }: Frame, input: FunctionInput): bigint {
  return input.kind === 'constant'
    ? input.value
    : canonicalOf(values.prime, needValue(values, input.witness));
}

function readAll(frame: Frame, inputs: Inputs): bigint[] {
  return inputs.map(input => read(frame, input));
}

function needBits(frame: Frame, input: FunctionInput, bits: number): bigint {
  const value = read(frame, input);
  if (value >> BigInt(bits) !== 0n) throw stopped(`a value does not fit ${bits} bits`);
  return value;
}

/** The low byte of each input: ranges are the program's business, as in ACVM. */
function bytes(frame: Frame, inputs: Inputs): Uint8Array {
  return Uint8Array.from(inputs, input => Number(read(frame, input) & 0xffn));
}

function words(frame: Frame, inputs: Inputs): number[] {
  return inputs.map(input => Number(needBits(frame, input, 32)));
}

function pointOf(frame: Frame, { x, y, infinite }: CurvePointInput): FlaggedPoint {
  const point = { x: read(frame, x), y: read(frame, y) };
  return infinite === undefined ? point : { ...point, infinite: read(frame, infinite) };
}

/** Two coordinates, and in older releases whether they are infinity. */
function writePoint(frame: Frame, outputs: Outputs, { x, y }: Affine): void {
  write(frame, outputs, [x, y, x === 0n && y === 0n ? 1n : 0n].slice(0, outputs.length));
}

function write({ values }: Frame, outputs: Outputs, results: ArrayLike<number | bigint>): void {
  if (outputs.length !== results.length)
    throw stopped(`a black box gives ${results.length} values, not ${outputs.length}`);
  outputs.forEach((witness, k) => {
    putValue(values, witness, shortened(values.prime, BigInt(results[k] as number | bigint)));
  });
}
