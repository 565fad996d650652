/**
 * The Poseidon2 permutation (https://eprint.iacr.org/2023/323) of four elements of BN254's scalar field, with alpha = 5,
 * 8 full and 56 partial rounds, as Noir takes it. Matrices and round constants cost no rows; 88 powers cost three each.
 */
import type { HashCall } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import {
  BN254_SCALAR_PRIME,
  invertOrZero,
  POSEIDON2_DIAGONAL,
  POSEIDON2_ROUND_CONSTANTS,
} from '../../../src/field/index.ts';
import { emitRow, type GadgetBuilder, hint, inputForm, placeOf } from '../builder.ts';
import {
  addForms,
  combineForms,
  constantForm,
  constantOf,
  type Form,
  scaleForm,
  signalOf,
  ZERO_FORM,
} from '../forms.ts';
import { assignWitness, define, product } from '../gadgets.ts';

const WIDTH = 4;
const PARTIAL_ROUNDS = 56;
const HALF_FULL_ROUNDS = 4;

/** 1 / (d_0 + 1). */
const INVERSE = invertOrZero((POSEIDON2_DIAGONAL[0] ?? 0n) + 1n, BN254_SCALAR_PRIME);

const EXTERNAL_MATRIX = [
  [5n, 7n, 1n, 3n],
  [4n, 6n, 1n, 1n],
  [1n, 3n, 5n, 7n],
  [1n, 1n, 4n, 6n],
] as const;

/**
 * Proves: outputs = the permutation of the inputs. Costs: 264 rows; one more for each output that must be a wire.
 * @throws BionoirError UNSUPPORTED_OPCODE for another width than 4, or another field than BN254's
 */
export function lowerPoseidon2(builder: GadgetBuilder, call: HashCall): void {
  requireSupported(builder, call.inputs.length);
  const constants = POSEIDON2_ROUND_CONSTANTS.values();
  const next = (form: Form): Form => {
    const constant = constantForm(builder.prime, constants.next().value ?? 0n);
    return addForms(builder.prime, form, constant);
  };
  const fullRounds = (start: readonly Form[]): readonly Form[] => {
    let state = start;
    for (let round = 0; round < HALF_FULL_ROUNDS; round++)
      state = external(
        builder,
        state.map(form => power(builder, next(form))),
      );
    return state;
  };
  const inputs = call.inputs.map(input => inputForm(builder, input));
  let state = fullRounds(external(builder, inputs));
  for (let round = 0; round < PARTIAL_ROUNDS; round++) state = partialRound(builder, state, next);
  state = fullRounds(state);
  call.outputs.forEach((witness, index) => {
    assignWitness(builder, witness, state[index] ?? ZERO_FORM);
  });
}

/** Returns form^5. Costs: 3 rows. */
function power(builder: GadgetBuilder, form: Form): Form {
  const base = shorten(builder, form);
  return product(builder, fourthPower(builder, base), base);
}

function fourthPower(builder: GadgetBuilder, base: Form): Form {
  const square = product(builder, base, base);
  return product(builder, square, square);
}

/** The base of a power stands in A and B: as a signal of its own, so that the long forms stay in C. */
function shorten(builder: GadgetBuilder, form: Form): Form {
  return constantOf(form) !== undefined || signalOf(form) !== undefined ? form : define(builder, form);
}

/**
 * s_0 = (s_0 + constant)^5, then s_i = d_i s_i + sum of all.
 *
 * The wire is not y, the power, but the new s_0 = (d_0 + 1) y + s_1 + s_2 + s_3, the base of the next power; y follows
 * from it (d_0 + 1 is not 0) and is written into C of its own row as a form. Costs: 3 rows.
 */
function partialRound(
  builder: GadgetBuilder,
  [first = ZERO_FORM, ...others]: readonly Form[],
  addConstant: (form: Form) => Form,
): Form[] {
  const { prime } = builder;
  const [d = 0n, ...diagonal] = POSEIDON2_DIAGONAL;
  const base = shorten(builder, addConstant(first));
  const fourth = fourthPower(builder, base);
  const rest = addForms(prime, ...others);
  if (constantOf(base) !== undefined) {
    const sum = addForms(prime, product(builder, fourth, base), rest);
    const scaled = product(builder, fourth, scaleForm(prime, base, d));
    return [addForms(prime, sum, scaled), ...mixOthers(builder, others, { sum, diagonal })];
  }
  const [power5 = ZERO_FORM] = hint(builder, 'product', [fourth, base]);
  const [newFirst = ZERO_FORM] = hint(builder, 'linear', [
    combineForms(prime, [
      { form: power5, factor: d + 1n },
      { form: rest, factor: 1n },
    ]),
  ]);
  const powerForm = combineForms(prime, [
    { form: newFirst, factor: INVERSE },
    { form: rest, factor: prime - INVERSE },
  ]);
  emitRow(builder, fourth, base, powerForm);
  const sum = addForms(prime, powerForm, rest);
  return [newFirst, ...mixOthers(builder, others, { sum, diagonal })];
}

function mixOthers(
  { prime }: GadgetBuilder,
  others: readonly Form[],
  { sum, diagonal }: { readonly sum: Form; readonly diagonal: readonly bigint[] },
): Form[] {
  return others.map((form, index) =>
    combineForms(prime, [
      { form: sum, factor: 1n },
      { form, factor: diagonal[index] ?? 0n },
    ]),
  );
}

function external(builder: GadgetBuilder, state: readonly Form[]): Form[] {
  return EXTERNAL_MATRIX.map(row =>
    combineForms(
      builder.prime,
      state.map((form, index) => ({ form, factor: row[index] ?? 0n })),
    ),
  );
}

function requireSupported(builder: GadgetBuilder, width: number): void {
  const problem =
    width !== WIDTH
      ? `a permutation of ${width} elements, but Poseidon2 is defined here for ${WIDTH}`
      : builder.prime !== BN254_SCALAR_PRIME
        ? 'Poseidon2 over another field than the scalar field of BN254'
        : undefined;
  if (problem === undefined) return;
  const place = placeOf(builder);
  throw new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The program asks for ${problem}: ${place}. Use the permutation of Noir's standard library.`,
    { location: place, details: { width } },
  );
}
