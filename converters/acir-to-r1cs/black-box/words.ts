/**
 * Words of bits: input and output, rotation, addition modulo a power of two. What the byte hashes are written with.
 *
 * Implied ranges are enforced here: a black box argument becomes bits of exactly its width. Bits of outputs are
 * remembered, so that the next black box, or a range check, takes them as they are.
 */
import type { AcirWitness, FunctionInput } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm, witnessForm } from '../builder.ts';
import {
  combineForms,
  constantOf,
  type Form,
  formKey,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assignWitness, fromBits, range, toBits } from '../gadgets.ts';
import type { Bits } from './bits.ts';

/** An integer-valued form with bounds on its value. */
export interface Bounded {
  readonly form: Form;
  readonly low: bigint;
  readonly high: bigint;
}

/** Returns an argument's bits. Proves: the argument is less than 2^width. Costs: width rows, once for a witness. */
export function inputBits(builder: GadgetBuilder, input: FunctionInput, width: number): Bits {
  return toBits(builder, inputForm(builder, input), width);
}

/** Returns the value of byte arguments, the first byte lowest. Proves: they are bytes. Costs: 8 rows a byte. */
export function littleEndianValue(builder: GadgetBuilder, bytes: readonly FunctionInput[]): Bounded {
  const values = bytes.map((byte, index): Bounded => {
    const form = inputForm(builder, byte);
    range(builder, form, 8);
    const constant = constantOf(form);
    const factor = 1n << BigInt(8 * index);
    return {
      form: scaleForm(builder.prime, form, factor),
      low: (constant ?? 0n) * factor,
      high: (constant ?? 255n) * factor,
    };
  });
  return add(builder, ...values);
}

/** Returns the bits of a constant. Free. */
export function constantBits(value: bigint, width: number): Bits {
  return Array.from({ length: width }, (_, bit) => ((value >> BigInt(bit)) & 1n ? ONE_FORM : ZERO_FORM));
}

/** Splits bits into words, lowest first. */
export function splitWords(bits: Bits, width: number): Bits[] {
  return Array.from({ length: bits.length / width }, (_, index) =>
    bits.slice(index * width, (index + 1) * width),
  );
}

/** Reverses the order of a word's bytes. Free. */
export function swapBytes(bits: Bits): Bits {
  return splitWords(bits, 8).reverse().flat();
}

/** Rotates towards the lower bits. Free. */
export function rotateRight(bits: Bits, count: number): Bits {
  return [...bits.slice(count), ...bits.slice(0, count)];
}

/** Shifts towards the lower bits. Free. */
export function shiftRight(bits: Bits, count: number): Bits {
  return [...bits.slice(count), ...new Array<Form>(count).fill(ZERO_FORM)];
}

/**
 * Makes an output witness equal to sum 2^i bits[i], and remembers its bits. Assumes: the bits are boolean.
 * Costs: a linear row, which simplification removes.
 */
export function assignBits(builder: GadgetBuilder, witness: AcirWitness, bits: Bits): void {
  assignWitness(builder, witness, fromBits(builder, bits));
  const form = witnessForm(builder, witness);
  const key = formKey(form);
  if (constantOf(form) === undefined && !builder.bits.has(key)) builder.bits.set(key, bits);
}

/** Returns the value of a word, with its bounds. Free. */
export function wordValue(builder: GadgetBuilder, bits: Bits): Bounded {
  let [low, high] = [0n, 0n];
  bits.forEach((bit, index) => {
    const constant = constantOf(bit);
    low += (constant ?? 0n) << BigInt(index);
    high += (constant ?? 1n) << BigInt(index);
  });
  return { form: fromBits(builder, bits), low, high };
}

/** Returns the sum of values. Free. */
export function add(builder: GadgetBuilder, ...values: readonly Bounded[]): Bounded {
  return {
    form: combineForms(
      builder.prime,
      values.map(({ form }) => ({ form, factor: 1n })),
    ),
    low: values.reduce((sum, { low }) => sum + low, 0n),
    high: values.reduce((sum, { high }) => sum + high, 0n),
  };
}

/** Returns left - right. Free. */
export function subtract(builder: GadgetBuilder, left: Bounded, right: Bounded): Bounded {
  return {
    form: subtractForms(builder.prime, left.form, right.form),
    low: left.low - right.high,
    high: left.high - right.low,
  };
}

/**
 * Returns the bits of a value modulo 2^width.
 * Proves: value + m 2^width = sum 2^i bit_i for the least m that makes it non-negative, over all bits that the bounds
 * allow; the lowest are returned. Assumes: the bounds, which are far below p. Costs: a row a bit.
 */
export function reduce(builder: GadgetBuilder, value: Bounded, width: number): Bits {
  const modulus = 1n << BigInt(width);
  const shift = value.low < 0n ? ((-value.low + modulus - 1n) / modulus) * modulus : 0n;
  const form = combineForms(builder.prime, [
    { form: value.form, factor: 1n },
    { form: ONE_FORM, factor: shift },
  ]);
  const bitCount = Math.max(width, (value.high + shift).toString(2).length);
  return toBits(builder, form, bitCount).slice(0, width);
}

/** Returns the sum of words modulo 2^width. Costs: width rows, and one for each bit that the largest sum has above. */
export function addWords(builder: GadgetBuilder, ...words: readonly Bits[]): Bits {
  return reduce(builder, add(builder, ...words.map(word => wordValue(builder, word))), words[0]?.length ?? 0);
}
