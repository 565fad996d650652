/**
 * PedersenCommitment and PedersenHash of releases before 0.36, after Barretenberg: generators are derived from the
 * index, inputs are native field elements.
 */
import type { PedersenCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import { assignPoint } from './curve-outputs.ts';
import { constantPoint, GRUMPKIN, INFINITY } from './grumpkin.ts';
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
  const terms = call.inputs.map((input, index) => {
    const bits = fieldBits(builder, inputForm(builder, input));
    return multiplyConstantPoint(builder, inputGenerator(call.domainSeparator + index), bits);
  });
  const length = multiplyAffine(GRUMPKIN, lengthGenerator(), BigInt(terms.length));
  const start = call.name === 'pedersen-hash' ? constantPoint(builder.prime, length) : INFINITY;
  assignPoint(
    builder,
    call.outputs,
    terms.reduce((sum, term) => addTerms(builder, sum, term), start),
  );
}
