/** Comparisons of numbers in bits with constants, by the runs of equal bits of the constant. */
import type { GadgetBuilder } from '../builder.ts';
import { addForms, constantForm, type Form, ONE_FORM, subtractForms, ZERO_FORM } from '../forms.ts';
import { assertProduct, isEqual, isZero, product } from '../gadgets.ts';

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

/** Returns 1 when all bits are 0, else 0. Costs: at most 2 rows. */
function allZeros(builder: GadgetBuilder, bits: readonly Form[]): Form {
  const { prime } = builder;
  if (bits.length > 3) return isZero(builder, addForms(prime, ...bits));
  return bits.reduce((all, bit) => product(builder, all, subtractForms(prime, ONE_FORM, bit)), ONE_FORM);
}

/**
 * Returns 1 when sum 2^i bits[i] <= bound, else 0.
 * Assumes: the bits are boolean.
 * Costs: for each run of equal bits of the bound its length, at most 3.
 *
 * `equal` as above. A value drops below the bound where the bound has a one, it has a zero, and all was equal before:
 * then `equal` falls from 1 to 0. What is still equal at the end is at most the bound too.
 */
export function isAtMost(builder: GadgetBuilder, bits: readonly Form[], bound: bigint): Form {
  if (bound >> BigInt(bits.length) !== 0n) return ONE_FORM;
  const { prime } = builder;
  let equal = ONE_FORM;
  let less = ZERO_FORM;
  for (let top = bits.length - 1; top >= 0; ) {
    const one = (bound >> BigInt(top)) & 1n;
    let end = top;
    while (end >= 0 && ((bound >> BigInt(end)) & 1n) === one) end--;
    const run = bits.slice(end + 1, top + 1);
    const next = product(builder, equal, one === 1n ? allOnes(builder, run) : allZeros(builder, run));
    if (one === 1n) less = addForms(prime, less, subtractForms(prime, equal, next));
    equal = next;
    top = end;
  }
  return addForms(prime, less, equal);
}
