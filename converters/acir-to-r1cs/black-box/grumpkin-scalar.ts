/**
 * Canonical bits of Grumpkin scalars. A scalar comes as two limbs of 128 bits, since the group's order exceeds the
 * native field's: the limbs are never recombined in the native field.
 */
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { type GadgetBuilder, hint } from '../builder.ts';
import { combineForms, constantForm, constantOf, type Form, subtractForms, ZERO_FORM } from '../forms.ts';
import { assertZero, toBits } from '../gadgets.ts';
import { assertAtMost } from './bounds.ts';

const LIMB_BITS = 128;
/** Bits of the high limb: both primes have 254 bits. */
const HIGH_BITS = 126;

/**
 * Returns the 254 bits of low + 2^128 * high.
 * Proves: low < 2^128, and the scalar is less than Grumpkin's order.
 * Costs: 254 rows for bits, 166 for the comparison.
 */
export function scalarBits(builder: GadgetBuilder, low: Form, high: Form): readonly Form[] {
  const bits = [...toBits(builder, low, LIMB_BITS), ...toBits(builder, high, HIGH_BITS)];
  assertAtMost(builder, bits, BN254_BASE_PRIME - 1n);
  return bits;
}

/**
 * Returns the 254 bits of a native field element, canonical.
 * Proves: the bits are those of the form's value in [0, p).
 * Costs: 254 rows for bits, 1 linear, 168 for the comparison.
 */
export function fieldBits(builder: GadgetBuilder, form: Form): readonly Form[] {
  const { prime } = builder;
  const constant = constantOf(form);
  if (constant !== undefined) {
    const mask = (1n << BigInt(LIMB_BITS)) - 1n;
    const low = toBits(builder, constantForm(prime, constant & mask), LIMB_BITS);
    return [...low, ...toBits(builder, constantForm(prime, constant >> BigInt(LIMB_BITS)), HIGH_BITS)];
  }
  const limb = 1n << BigInt(LIMB_BITS);
  const [high = ZERO_FORM, low = ZERO_FORM] = hint(builder, 'divide', [form], { parameter: limb });
  const sum = combineForms(prime, [
    { form: low, factor: 1n },
    { form: high, factor: limb },
  ]);
  assertZero(builder, subtractForms(prime, form, sum));
  const bits = [...toBits(builder, low, LIMB_BITS), ...toBits(builder, high, HIGH_BITS)];
  assertAtMost(builder, bits, BN254_SCALAR_PRIME - 1n);
  return bits;
}
