/**
 * AND and XOR on words of any width, by the operands' bits. The compiler relies on both operands fitting the width, so
 * the decomposition is also their range check.
 */
import type { BitwiseCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm, witnessForm } from '../builder.ts';
import { addForms, combineForms, type Form, formKey, ZERO_FORM } from '../forms.ts';
import { assignWitness, fromBits, product, toBits } from '../gadgets.ts';

/**
 * Proves: left, right < 2^bits, and output = left & right, or left ^ right.
 * Costs: `bits` rows for each operand whose bits are not known, and `bits` products, which AND and XOR of the same
 * operands share; none for bits of a constant operand.
 */
export function lowerBitwise(builder: GadgetBuilder, call: BitwiseCall): void {
  const left = toBits(builder, inputForm(builder, call.left), call.bits);
  const right = toBits(builder, inputForm(builder, call.right), call.bits);
  const combine = call.name === 'and' ? product : xorBits;
  const bits = left.map((bit, index) => combine(builder, bit, right[index] ?? ZERO_FORM));
  assignWitness(builder, call.output, fromBits(builder, bits));
  if (builder.gate === undefined) builder.bits.set(formKey(witnessForm(builder, call.output)), bits);
}

/** Returns a + b - 2 a b. Assumes: both are boolean. Costs: 1 row. */
export function xorBits(builder: GadgetBuilder, left: Form, right: Form): Form {
  const both = combineForms(builder.prime, [{ form: product(builder, left, right), factor: -2n }]);
  return addForms(builder.prime, left, right, both);
}
