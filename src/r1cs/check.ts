/**
 * The independent judge of witnesses: evaluates every constraint over the integers mod p. It shares no code with the
 * solver and knows nothing of ACIR.
 */
import { bytesToBigint } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { mod, toSigned } from '../field/index.ts';
import { describeProvenance, provenanceOf } from './provenance.ts';
import type { ConstraintId, ConstraintSystem, Provenance, SparseRows } from './types.ts';

/** The first constraint that a witness violates. */
export interface Unsatisfied {
  readonly constraint: ConstraintId;
  readonly provenance: Provenance;
  /** "layer conv_2, relu, conv_2.nr:57". */
  readonly place: string;
  /** Values of the three forms. */
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
}

/** Values by wire: canonical integers, or 32 bytes little-endian each. */
export type WireValues = readonly bigint[] | Uint8Array;

interface Evaluation {
  readonly prime: bigint;
  readonly wireAt: (wire: number) => bigint;
  readonly smallWires: Float64Array;
  readonly coefficients: readonly bigint[];
  readonly smallCoefficients: Float64Array;
}

/** Products of two numbers below this are exact doubles, and so are sums while they stay below 2^53. */
const SMALL = 2 ** 26;

/**
 * Returns the first violated constraint, or undefined when the witness satisfies the system.
 * @param wires - canonical values by wire; wire 0 must be 1.
 * @throws BionoirError MALFORMED_WITNESS when the number of values, wire 0 or a value's range is wrong.
 */
export function checkWitness(system: ConstraintSystem, wires: WireValues): Unsatisfied | undefined {
  validate(system, wires);
  const evaluation = prepare(system, wires);
  for (let row = 0; row < system.constraintCount; row++) {
    const a = evaluateRow(evaluation, system.a, row);
    const b = a === 0n ? 0n : evaluateRow(evaluation, system.b, row);
    const c = evaluateRow(evaluation, system.c, row);
    if ((a === 0n || b === 0n) && c === 0n) continue;
    if (mod(a * b - c, system.prime) !== 0n) return unsatisfied(evaluation, system, row);
  }
  return undefined;
}

/**
 * Throws unless the witness satisfies the system.
 * @throws BionoirError UNSATISFIED_CONSTRAINT naming layer, gadget and Noir line; MALFORMED_WITNESS.
 */
export function assertSatisfied(system: ConstraintSystem, wires: WireValues): void {
  const failure = checkWitness(system, wires);
  if (failure === undefined) return;
  throw new BionoirError(
    'UNSATISFIED_CONSTRAINT',
    `Constraint ${failure.constraint} is not satisfied: ${failure.place}. Its sides are ${failure.a} * ${failure.b} and ${failure.c}; check the inputs, or the witness that was edited.`,
    { location: failure.place, details: { ...failure } },
  );
}

const WIRE_BYTES = 32;

function validate(system: ConstraintSystem, wires: WireValues): void {
  const count = wires instanceof Uint8Array ? wires.length / WIRE_BYTES : wires.length;
  const problem =
    count !== system.wireCount
      ? `has ${count} values, but the system has ${system.wireCount} wires`
      : wireAt(wires, 0) !== 1n
        ? `has ${wireAt(wires, 0)} on wire 0, which must be 1`
        : describeOutOfRange(system, wires);
  if (problem === undefined) return;
  throw new BionoirError(
    'MALFORMED_WITNESS',
    `The witness ${problem}. Solve it again for this constraint system.`,
    { details: { wireCount: system.wireCount, valueCount: count } },
  );
}

function describeOutOfRange({ prime, wireCount }: ConstraintSystem, wires: WireValues): string | undefined {
  const topByte = Number(prime >> 248n);
  const isOut = (value: bigint): boolean => value < 0n || value >= prime;
  let index = -1;
  if (!(wires instanceof Uint8Array)) index = wires.findIndex(isOut);
  else
    for (let wire = 0; wire < wireCount && index < 0; wire++)
      // the top byte decides for all but one in two hundred
      if ((wires[wire * WIRE_BYTES + WIRE_BYTES - 1] as number) >= topByte && isOut(wireAt(wires, wire)))
        index = wire;
  return index < 0 ? undefined : `has ${wireAt(wires, index)} on wire ${index}, which is not in [0, prime)`;
}

/** The value of a wire, as a canonical integer. */
function wireAt(wires: WireValues, wire: number): bigint {
  if (!(wires instanceof Uint8Array)) return wires[wire] as bigint; // the caller stays below their number
  return bytesToBigint(wires.subarray(wire * WIRE_BYTES, (wire + 1) * WIRE_BYTES));
}

function prepare(system: ConstraintSystem, wires: WireValues): Evaluation {
  const limit = BigInt(SMALL);
  const small = (value: bigint): number => (value > -limit && value < limit ? Number(value) : Number.NaN);
  const coefficients = system.coefficients.map(value => toSigned(value, system.prime));
  return {
    prime: system.prime,
    wireAt: wire => wireAt(wires, wire),
    smallWires:
      wires instanceof Uint8Array ? smallWiresOf(wires, system.prime) : Float64Array.from(wires, small),
    coefficients,
    smallCoefficients: Float64Array.from(coefficients, small),
  };
}

/**
 * Reads the values that fit, those just below the prime as negative numbers. Bytes that are not a whole number of words of
 * their buffer are copied first.
 */
function smallWiresOf(bytes: Uint8Array, prime: bigint): Float64Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const primeWords = Array.from({ length: 8 }, (_, k) => Number((prime >> BigInt(32 * k)) & 0xffffffffn));
  const primeLow = primeWords[0] as number;
  const smalls = new Float64Array(words.length / 8);
  for (let wire = 0, at = 0; wire < smalls.length; wire++, at += 8) {
    const low = words[at] as number;
    let isZero = true;
    let isPrime = true;
    for (let k = 1; k < 8; k++) {
      const word = words[at + k] as number;
      isZero &&= word === 0;
      isPrime &&= word === primeWords[k];
    }
    if (isZero && low < SMALL) smalls[wire] = low;
    else smalls[wire] = isPrime && low < primeLow && primeLow - low < SMALL ? low - primeLow : Number.NaN;
  }
  return smalls;
}

/** The row's value as an integer congruent to it; canonical only after `mod`. */
function evaluateRow(evaluation: Evaluation, rows: SparseRows, row: number): bigint {
  const { smallWires, coefficients, smallCoefficients } = evaluation;
  const end = rows.rowStarts[row + 1] as number; // rows, wires and ids are in range by construction
  let small = 0;
  let large = 0n;
  for (let k = rows.rowStarts[row] as number; k < end; k++) {
    const wire = rows.wires[k] as number;
    const coefficient = rows.coefficientIds[k] as number;
    const sum = small + (smallWires[wire] as number) * (smallCoefficients[coefficient] as number);
    if (Math.abs(sum) < 2 ** 53) {
      small = sum;
    } else {
      large += evaluation.wireAt(wire) * (coefficients[coefficient] as bigint);
    }
  }
  return large === 0n ? BigInt(small) : mod(large + BigInt(small), evaluation.prime);
}

function unsatisfied(evaluation: Evaluation, system: ConstraintSystem, row: number): Unsatisfied {
  const provenance = provenanceOf(system, row);
  const [a, b, c] = [system.a, system.b, system.c].map(rows =>
    mod(evaluateRow(evaluation, rows, row), system.prime),
  ) as [bigint, bigint, bigint]; // three rows in, three values out
  return { constraint: row as ConstraintId, provenance, place: describeProvenance(provenance), a, b, c };
}
