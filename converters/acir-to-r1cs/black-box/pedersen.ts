/**
 * PedersenCommitment and PedersenHash of releases before 0.36, after Barretenberg: generators are derived from the
 * index, inputs are native field elements.
 */
import type { PedersenCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import type { Form } from '../forms.ts';
import { assignPoint } from './curve-outputs.ts';
import { constantPoint, GRUMPKIN, INFINITY, type PointForms } from './grumpkin.ts';
import { multiplyConstantPoint } from './grumpkin-multiply.ts';
import { fieldBits } from './grumpkin-scalar.ts';
import { addTerms } from './multi-scalar-mul.ts';
import { inputGenerator, lengthGenerator } from './pedersen-generators.ts';
import { multiplyAffine } from './weierstrass.ts';

/**
 * Proves: the commitment is sum input_i * D_(separator + i); the hash is the x of the commitment plus N * L for N
 * inputs, where inputs are canonical field elements.
 * Costs: about 920 rows an input.
 */
export function lowerPedersen(builder: GadgetBuilder, call: PedersenCall): void {
  const inputs = call.inputs.map(input => inputForm(builder, input));
  const start = call.name === 'pedersen-hash' ? lengthPoint(builder, inputs.length) : INFINITY;
  assignPoint(builder, call.outputs, commit(builder, inputs, call.domainSeparator, start));
}

/** Returns the hash of field elements. Costs: about 920 rows an input. */
export function pedersenHash(builder: GadgetBuilder, inputs: readonly Form[]): Form {
  return commit(builder, inputs, 0, lengthPoint(builder, inputs.length)).x;
}

function commit(
  builder: GadgetBuilder,
  inputs: readonly Form[],
  separator: number,
  start: PointForms,
): PointForms {
  const terms = inputs.map((input, index) =>
    multiplyConstantPoint(builder, inputGenerator(separator + index), fieldBits(builder, input)),
  );
  return terms.reduce((sum, term) => addTerms(builder, sum, term), start);
}

function lengthPoint(builder: GadgetBuilder, count: number): PointForms {
  return constantPoint(builder.prime, multiplyAffine(GRUMPKIN, lengthGenerator(), BigInt(count)));
}
