/**
 * Canonical bits of Grumpkin scalars. A scalar comes as two limbs of 128 bits, since the group's order exceeds the
 * native field's: the limbs are never recombined in the native field.
 */
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { type GadgetBuilder, hint } from '../builder.ts';
import {
  addForms,
  combineForms,
  constantForm,
  constantOf,
  type Form,
  ONE_FORM,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assertProduct, assertZero, isEqual, product, toBits } from '../gadgets.ts';

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

/**
 * Proves: sum 2^i bits[i] <= bound.
 * Assumes: the bits are boolean.
 * Costs: for each run of ones of the bound its length (at most 3), for each run of zeros 1 row.
 *
 * From the top, `equal` says that all bits so far are the bound's. Where the bound has ones, `equal` survives only if
 * the value has them too; where it has zeros, a one of the value while `equal` holds would exceed the bound.
 */
export function assertAtMost(builder: GadgetBuilder, bits: readonly Form[], bound: bigint): void {
  if (bound >> BigInt(bits.length) !== 0n) return;
  let equal = ONE_FORM;
  for (let top = bits.length - 1; top >= 0; ) {
    const one = (bound >> BigInt(top)) & 1n;
    let end = top;
    while (end >= 0 && ((bound >> BigInt(end)) & 1n) === one) end--;
    const run = bits.slice(end + 1, top + 1);
    if (one === 1n) equal = end < 0 ? equal : product(builder, equal, allOnes(builder, run));
    else assertProduct(builder, equal, addForms(builder.prime, ...run), ZERO_FORM);
    top = end;
  }
}

/** Returns 1 when all bits are 1, else 0. Costs: at most 2 rows. */
function allOnes(builder: GadgetBuilder, bits: readonly Form[]): Form {
  if (bits.length <= 3) return bits.reduce((all, bit) => product(builder, all, bit), ONE_FORM);
  const sum = addForms(builder.prime, ...bits);
  return isEqual(builder, sum, constantForm(builder.prime, BigInt(bits.length)));
}
