/**
 * All results that a circuit lets a prover prove who chooses the outputs of unconstrained functions at will.
 *
 * The opcodes are walked in order. A range check of a witness that nobody determined tries every value of the range; an
 * equation with one undetermined witness gives all its roots. Only circuits of these two opcodes and hints.
 */
import type { Circuit, Expression, Opcode } from '../../../src/acir/index.ts';
import { invertOrZero, mod, toSigned } from '../../../src/field/index.ts';

type Values = ReadonlyMap<number, bigint>;

/** What a prover has chosen so far, and the equations that still have several undetermined witnesses. */
interface State {
  readonly values: Values;
  readonly waiting: readonly Expression[];
}

/** The provable values, as signed integers, of the circuit's one return value. */
export function provableOutputs(circuit: Circuit, inputs: readonly bigint[], prime: bigint): Set<bigint> {
  const [output] = circuit.returnValues;
  if (output === undefined) throw new Error('the circuit returns nothing');
  const values = new Map(inputs.map((value, index) => [index, mod(value, prime)]));
  let states: State[] = [{ values, waiting: [] }];
  for (const opcode of circuit.opcodes) states = states.flatMap(state => step(opcode, state, prime));
  return new Set(
    states.map(state => {
      const value = state.values.get(output);
      if (value === undefined) throw new Error('the result stays undetermined');
      return toSigned(value, prime);
    }),
  );
}

/** The states that follow; none when the opcode does not hold. */
function step(opcode: Opcode, state: State, prime: bigint): State[] {
  if (opcode.kind === 'brillig-call') return [state];
  if (opcode.kind === 'assert-zero') return solve(opcode.expression, state, prime);
  if (opcode.kind !== 'black-box' || opcode.call.name !== 'range' || opcode.call.input.kind !== 'witness')
    throw new Error(`unexpected opcode ${opcode.kind}`);
  const { input, bits } = opcode.call;
  const known = state.values.get(input.witness);
  if (known !== undefined) return known < 1n << BigInt(bits) ? [state] : [];
  return Array.from({ length: 2 ** bits }, (_, value) => BigInt(value)).flatMap(value =>
    withValue(state, [input.witness, value], prime),
  );
}

/** Determines a witness, and whatever the equations that wait then determine. */
function withValue(state: State, [witness, value]: readonly [number, bigint], prime: bigint): State[] {
  const values = new Map(state.values).set(witness, value);
  return state.waiting.reduce<State[]>(
    (states, expression) => states.flatMap(next => solve(expression, next, prime)),
    [{ values, waiting: [] }],
  );
}

/** As c0 + c1 * unknown + c2 * unknown^2, with its roots; later, where several witnesses are undetermined. */
function solve(expression: Expression, state: State, prime: bigint): State[] {
  const parts = polynomial(expression, state.values, prime);
  if (parts === undefined) return [{ ...state, waiting: [...state.waiting, expression] }];
  const { unknown, coefficients } = parts;
  const [c0, c1, c2] = coefficients;
  if (unknown === undefined || (c1 === 0n && c2 === 0n)) return c0 === 0n ? [state] : [];
  const roots = c2 === 0n ? linearRoots(c0, c1, prime) : quadraticRoots(c0, c1, c2, prime);
  return [...new Set(roots)].flatMap(root => withValue(state, [unknown, root], prime));
}

function linearRoots(c0: bigint, c1: bigint, prime: bigint): bigint[] {
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
): { unknown: number | undefined; coefficients: Coefficients } | undefined {
  const { mulTerms, linear, constant } = expression;
  const coefficients: Coefficients = [constant, 0n, 0n];
  let unknown: number | undefined;
  let isSeveral = false;
  const addTerm = (coefficient: bigint, witnesses: readonly number[]): void => {
    const known = witnesses.flatMap(witness => values.get(witness) ?? []);
    const factor = known.reduce((product, value) => mod(product * value, prime), coefficient);
    if (factor === 0n) return;
    const open = witnesses.filter(witness => !values.has(witness));
    for (const witness of open) {
      isSeveral ||= unknown !== undefined && unknown !== witness;
      unknown = witness;
    }
    const degree = open.length;
    coefficients[degree as 0 | 1 | 2] = mod(coefficients[degree as 0 | 1 | 2] + factor, prime);
  };
  for (const { coefficient, left, right } of mulTerms) addTerm(coefficient, [left, right]);
  for (const [index, witness] of linear.witnesses.entries())
    addTerm(linear.coefficients[index] as bigint, [witness]);
  return isSeveral ? undefined : { unknown, coefficients };
}
