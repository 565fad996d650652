/**
 * Boolean functions of up to three bits, one row each.
 *
 * Every function f of three bits satisfies A * (f + B) = C for affine forms A, B, C of the bits, A never 0 on bits:
 * A * f has one cubic coefficient, which one condition on A removes; its three quadratic coefficients are cancelled by
 * A * B; the rest is C. As A is not 0, the row leaves exactly one value for f, which is therefore boolean without a row
 * that says so. XOR of three, which takes two rows as products, and Keccak's chi take one, as does majority.
 *
 * All functions assume that their arguments are 0 or 1 (bits of toBits, or results of these functions). Constants fold.
 * They are definitions: they hold in gated templates as well.
 */
import { emitRow, type GadgetBuilder, hint } from '../builder.ts';
import {
  combineForms,
  constantForm,
  constantOf,
  type Form,
  formKey,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { product, select } from '../gadgets.ts';

/** Bits of a word, least significant first. */
export type Bits = readonly Form[];

/** Returns 1 - bit. Free. */
export function complement(builder: GadgetBuilder, bit: Form): Form {
  return subtractForms(builder.prime, ONE_FORM, bit);
}

/** Returns bit XOR constant. Free. */
export function flipIf(builder: GadgetBuilder, bit: Form, constant: bigint): Form {
  return constant === 1n ? complement(builder, bit) : bit;
}

/**
 * Returns the XOR of any number of bits.
 * Proves: exactly that. Costs: for n bits that are not constant, n / 2 rows rounded down.
 */
export function parity(builder: GadgetBuilder, bits: Bits): Form {
  const variables = bits.filter(bit => constantOf(bit) === undefined);
  const constant = bits.reduce((sum, bit) => sum ^ (constantOf(bit) ?? 0n), 0n);
  const [first = ZERO_FORM, ...rest] = variables;
  let result = first;
  for (let index = 0; index < rest.length; index += 2) {
    const [left = ZERO_FORM, right] = rest.slice(index, index + 2);
    result =
      right === undefined
        ? parityOfTwo(builder, result, left)
        : parityOfThree(builder, [result, left, right]);
  }
  return flipIf(builder, result, constant);
}

/** x = a XOR b: 2 a b = a + b - x. */
function parityOfTwo(builder: GadgetBuilder, left: Form, right: Form): Form {
  const { prime } = builder;
  const sum = sumOf(builder, [left, right]);
  const [result = ZERO_FORM] = hint(builder, 'bits', [sum], { size: 1 });
  emitRow(builder, scaleForm(prime, left, 2n), right, subtractForms(prime, sum, result));
  return result;
}

/**
 * x = a XOR b XOR c, with s = a + b + c: (2s - 3)(4x - 2s + 1) = -3.
 * 2s - 3 is odd between -3 and 3, so not 0; x = 0, 1, 0, 1 solves it for s = 0, 1, 2, 3.
 */
function parityOfThree(builder: GadgetBuilder, bits: Bits): Form {
  const sum = sumOf(builder, bits);
  const [result = ZERO_FORM] = hint(builder, 'bits', [sum], { size: 1 });
  emitRow(
    builder,
    affine(builder, [[sum, 2n]], -3n),
    affine(
      builder,
      [
        [result, 4n],
        [sum, -2n],
      ],
      1n,
    ),
    constantForm(builder.prime, -3n),
  );
  return result;
}

/**
 * Returns the majority of three bits.
 * Proves: (2s - 3)(2s - 8m + 1) = -3 for s = a + b + c, that is m = 0, 0, 1, 1 for s = 0, 1, 2, 3 (parityOfThree for
 * s - 2m). Costs: 1 row.
 */
export function majority(builder: GadgetBuilder, a: Form, b: Form, c: Form): Form {
  const constantIndex = [a, b, c].findIndex(bit => constantOf(bit) !== undefined);
  if (constantIndex >= 0) return majorityWith(builder, [a, b, c], constantIndex);
  const sum = sumOf(builder, [a, b, c]);
  const [, result = ZERO_FORM] = hint(builder, 'bits', [sum], { size: 2 });
  emitRow(
    builder,
    affine(builder, [[sum, 2n]], -3n),
    affine(
      builder,
      [
        [sum, 2n],
        [result, -8n],
      ],
      1n,
    ),
    constantForm(builder.prime, -3n),
  );
  return result;
}

/** With a constant 0 it is AND, with 1 it is OR. */
function majorityWith(builder: GadgetBuilder, bits: Bits, constantIndex: number): Form {
  const [left = ZERO_FORM, right = ZERO_FORM] = bits.filter((_, index) => index !== constantIndex);
  const and = product(builder, left, right);
  if (constantOf(bits[constantIndex] ?? ZERO_FORM) === 0n) return and;
  return subtractForms(builder.prime, sumOf(builder, [left, right]), and);
}

/**
 * Returns a XOR (NOT b AND c), the chi step of Keccak.
 * Proves: (3 - 2(a + b + c))(6a + 2b + 2c - 8f - 1) = 4b - 4c - 3. The first factor is odd, so not 0; the equation holds
 * in all eight cases (tested). Costs: 1 row.
 */
export function chi(builder: GadgetBuilder, a: Form, b: Form, c: Form): Form {
  const [constantA, constantB, constantC] = [constantOf(a), constantOf(b), constantOf(c)];
  if (constantB !== undefined) return constantB === 1n ? a : parity(builder, [a, c]);
  if (constantC !== undefined) return constantC === 0n ? a : parity(builder, [a, complement(builder, b)]);
  if (constantA !== undefined) return flipIf(builder, product(builder, complement(builder, b), c), constantA);
  // Bit 1 of c - b + 1 is NOT b AND c; adding 2a flips it.
  const position = affine(
    builder,
    [
      [a, 2n],
      [b, -1n],
      [c, 1n],
    ],
    1n,
  );
  const [, result = ZERO_FORM] = hint(builder, 'bits', [position], { size: 2 });
  emitRow(
    builder,
    affine(builder, [[sumOf(builder, [a, b, c]), -2n]], 3n),
    affine(
      builder,
      [
        [a, 6n],
        [b, 2n],
        [c, 2n],
        [result, -8n],
      ],
      -1n,
    ),
    affine(
      builder,
      [
        [b, 4n],
        [c, -4n],
      ],
      -3n,
    ),
  );
  return result;
}

/** Returns condition ? whenOne : whenZero, bit by bit. Costs: 1 row a bit, 0 where both choices are the same form. */
export function choose(builder: GadgetBuilder, condition: Bits, whenOne: Bits, whenZero: Bits): Bits {
  return condition.map((bit, index) => {
    const [one = ZERO_FORM, zero = ZERO_FORM] = [whenOne[index], whenZero[index]];
    return formKey(one) === formKey(zero) ? one : select(builder, bit, one, zero);
  });
}

/** Returns the XOR of words of the same width, bit by bit. Costs: words / 2 rows a bit, rounded down. */
export function xorBits(builder: GadgetBuilder, ...words: readonly Bits[]): Bits {
  return (words[0] ?? []).map((_, index) =>
    parity(
      builder,
      words.map(word => word[index] ?? ZERO_FORM),
    ),
  );
}

function sumOf(builder: GadgetBuilder, bits: Bits): Form {
  return combineForms(
    builder.prime,
    bits.map(form => ({ form, factor: 1n })),
  );
}

function affine(
  builder: GadgetBuilder,
  terms: readonly (readonly [form: Form, factor: bigint])[],
  constant: bigint,
): Form {
  return combineForms(builder.prime, [
    ...terms.map(([form, factor]) => ({ form, factor })),
    { form: ONE_FORM, factor: constant },
  ]);
}
