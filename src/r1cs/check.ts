/**
 * The independent judge of witnesses: evaluates every constraint over the integers mod p. It shares no code with the
 * solver and knows nothing of ACIR.
 */
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

interface Evaluation {
  readonly prime: bigint;
  readonly wires: readonly bigint[];
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
export function checkWitness(system: ConstraintSystem, wires: readonly bigint[]): Unsatisfied | undefined {
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
export function assertSatisfied(system: ConstraintSystem, wires: readonly bigint[]): void {
  const failure = checkWitness(system, wires);
  if (failure === undefined) return;
  throw new BionoirError(
    'UNSATISFIED_CONSTRAINT',
    `Constraint ${failure.constraint} is not satisfied: ${failure.place}. Its sides are ${failure.a} * ${failure.b} and ${failure.c}; check the inputs, or the witness that was edited.`,
    { location: failure.place, details: { ...failure } },
  );
}

function validate(system: ConstraintSystem, wires: readonly bigint[]): void {
  const problem =
    wires.length !== system.wireCount
      ? `has ${wires.length} values, but the system has ${system.wireCount} wires`
      : wires[0] !== 1n
        ? `has ${wires[0]} on wire 0, which must be 1`
        : describeOutOfRange(system, wires);
  if (problem === undefined) return;
  throw new BionoirError(
    'MALFORMED_WITNESS',
    `The witness ${problem}. Solve it again for this constraint system.`,
    { details: { wireCount: system.wireCount, valueCount: wires.length } },
  );
}

function describeOutOfRange(system: ConstraintSystem, wires: readonly bigint[]): string | undefined {
  const index = wires.findIndex(value => value < 0n || value >= system.prime);
  return index < 0 ? undefined : `has ${wires[index]} on wire ${index}, which is not in [0, prime)`;
}

function prepare(system: ConstraintSystem, wires: readonly bigint[]): Evaluation {
  const limit = BigInt(SMALL);
  const small = (value: bigint): number => (value > -limit && value < limit ? Number(value) : Number.NaN);
  const coefficients = system.coefficients.map(value => toSigned(value, system.prime));
  return {
    prime: system.prime,
    wires,
    smallWires: Float64Array.from(wires, small),
    coefficients,
    smallCoefficients: Float64Array.from(coefficients, small),
  };
}

/** The row's value as an integer congruent to it; canonical only after `mod`. */
function evaluateRow(evaluation: Evaluation, rows: SparseRows, row: number): bigint {
  const { wires, smallWires, coefficients, smallCoefficients } = evaluation;
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
      large += (wires[wire] as bigint) * (coefficients[coefficient] as bigint);
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
