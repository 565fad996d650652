/**
 * All results that a circuit lets a prover prove who chooses the outputs of unconstrained functions at will.
 *
 * The opcodes are walked in order. A range check of a witness that nobody determined tries every value of the range; an
 * equation with one undetermined witness gives all its roots. Only circuits of these two opcodes and hints.
 */
import type { Circuit, Expression, Opcode } from '../../../src/acir/index.ts';
import { invertOrZero, mod, toSigned } from '../../../src/field/index.ts';

type Values = ReadonlyMap<number, bigint>;

/** The provable values, as signed integers, of the circuit's one return value. */
export function provableOutputs(circuit: Circuit, inputs: readonly bigint[], prime: bigint): Set<bigint> {
  const [output] = circuit.returnValues;
  if (output === undefined) throw new Error('the circuit returns nothing');
  let states: Values[] = [new Map(inputs.map((value, index) => [index, mod(value, prime)]))];
  for (const opcode of circuit.opcodes) states = states.flatMap(values => step(opcode, values, prime));
  return new Set(states.map(values => toSigned(values.get(output) as bigint, prime)));
}

/** The states that follow; none when the opcode does not hold. */
function step(opcode: Opcode, values: Values, prime: bigint): Values[] {
  if (opcode.kind === 'brillig-call') return [values];
  if (opcode.kind === 'assert-zero') return solve(opcode.expression, values, prime);
  if (opcode.kind !== 'black-box' || opcode.call.name !== 'range' || opcode.call.input.kind !== 'witness')
    throw new Error(`unexpected opcode ${opcode.kind}`);
  const { input, bits } = opcode.call;
  const known = values.get(input.witness);
  if (known !== undefined) return known < 1n << BigInt(bits) ? [values] : [];
  return Array.from({ length: 2 ** bits }, (_, value) => withValue(values, input.witness, BigInt(value)));
}

function withValue(values: Values, witness: number, value: bigint): Values {
  return new Map(values).set(witness, value);
}

/** As c0 + c1 * unknown + c2 * unknown^2, with its roots. */
function solve(expression: Expression, values: Values, prime: bigint): Values[] {
  const { unknown, coefficients } = polynomial(expression, values, prime);
  const [c0, c1, c2] = coefficients;
  if (unknown === undefined) return c0 === 0n ? [values] : [];
  const roots = c2 === 0n ? linearRoots(c0, c1, prime) : quadraticRoots(c0, c1, c2, prime);
  return [...new Set(roots)].map(root => withValue(values, unknown, root));
}

function linearRoots(c0: bigint, c1: bigint, prime: bigint): bigint[] {
  if (c1 === 0n && c0 !== 0n) return []; // as for the inverse of zero
  if (c1 === 0n) throw new Error('an equation leaves its witness free');
  return [mod(-c0 * invertOrZero(c1, prime), prime)];
}

function quadraticRoots(c0: bigint, c1: bigint, c2: bigint, prime: bigint): bigint[] {
  if (c0 !== 0n) throw new Error('a square root is needed');
  return [0n, ...linearRoots(c1, c2, prime)];
}

type Coefficients = [c0: bigint, c1: bigint, c2: bigint];

function polynomial(
  expression: Expression,
  values: Values,
  prime: bigint,
): { unknown: number | undefined; coefficients: Coefficients } {
  const { mulTerms, linear, constant } = expression;
  const coefficients: Coefficients = [constant, 0n, 0n];
  let unknown: number | undefined;
  const addTerm = (coefficient: bigint, witnesses: readonly number[]): void => {
    let factor = coefficient;
    let degree = 0;
    for (const witness of witnesses) {
      const value = values.get(witness);
      if (value !== undefined) factor = mod(factor * value, prime);
      else if (unknown === undefined || unknown === witness) {
        unknown = witness;
        degree++;
      } else throw new Error(`two undetermined witnesses, ${unknown} and ${witness}`);
    }
    coefficients[degree as 0 | 1 | 2] = mod(coefficients[degree as 0 | 1 | 2] + factor, prime);
  };
  for (const { coefficient, left, right } of mulTerms) addTerm(coefficient, [left, right]);
  for (const [index, witness] of linear.witnesses.entries())
    addTerm(linear.coefficients[index] as bigint, [witness]);
  return { unknown, coefficients };
}
