/**
 * Words as integers in pieces: what the lookup versions of the hashes calculate with. A word of 32 bits is a sum of pieces,
 * cut where it will be rotated, each a wire with a range of its own; so rotations are free, and a word's range costs what its pieces' do.
 *
 * In gated templates inputs are gate * input, that is 0 when the call is off; all else is a definition that holds for any
 * inputs in range, and is not gated.
 */
import type { FunctionInput } from '../../../src/acir/types.ts';
import { emitRow, type GadgetBuilder, hint, inputForm, recordDecomposition } from '../builder.ts';
import {
  combineForms,
  constantForm,
  constantOf,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { product, range } from '../gadgets.ts';

/** Part of a word: bits offset .. offset + width - 1. */
export interface WordPiece {
  readonly form: Form;
  readonly offset: number;
  readonly width: number;
}

/** A word below 2^width, as its pieces, lowest first. */
export type CutWord = readonly WordPiece[];

/** Returns an argument (gated: times the gate). Proves: it is less than 2^width. */
export function inputValue(builder: GadgetBuilder, input: FunctionInput, width: number): Form {
  const form = inputForm(builder, input);
  range(builder, form, width);
  return builder.gate === undefined ? form : product(builder, builder.gate, form);
}

/** Returns an argument in pieces (gated: times the gate). Proves: it is less than 2^(sum of widths). */
export function inputPieces(
  builder: GadgetBuilder,
  input: FunctionInput,
  widths: readonly number[],
): CutWord {
  const total = widths.reduce((sum, width) => sum + width, 0);
  const form = inputForm(builder, input);
  if (widths.length === 1 || constantOf(form) !== undefined)
    return cutValue(builder, inputValue(builder, input, total), widths);
  return cutValue(builder, builder.gate === undefined ? form : product(builder, builder.gate, form), widths);
}

/**
 * Returns pieces that add up to a form.
 * Proves: form = sum 2^offset piece, with every piece in its range; so the form is less than 2^(sum of widths), and its
 * claims are settled. Costs: the ranges, and a linear row.
 */
export function cutValue(builder: GadgetBuilder, form: Form, widths: readonly number[]): CutWord {
  const constant = constantOf(form);
  if (constant !== undefined) return cutConstant(builder.prime, constant, widths);
  const pieces = piecesOf(builder, form, widths);
  emitRow(builder, ZERO_FORM, ZERO_FORM, subtractForms(builder.prime, form, wordForm(builder, pieces)));
  return pieces;
}

function cutConstant(prime: bigint, constant: bigint, widths: readonly number[]): CutWord {
  let offset = 0;
  return widths.map(width => {
    const value = (constant >> BigInt(offset)) & ((1n << BigInt(width)) - 1n);
    const piece = { form: constantForm(prime, value), offset, width };
    offset += width;
    return piece;
  });
}

/** Fresh wires with ranges; the solver cuts the form. */
function piecesOf(builder: GadgetBuilder, form: Form, widths: readonly number[]): CutWord {
  const operands = [form, ...widths.map(width => constantForm(builder.prime, BigInt(width)))];
  let offset = 0;
  return hint(builder, 'limbs', operands, { size: widths.length }).map((piece, index) => {
    const width = widths[index] ?? 0;
    recordDecomposition(builder, piece.signals[0] ?? 0, width, 0);
    const cut = { form: piece, offset, width };
    offset += width;
    return cut;
  });
}

/** A word with what a sum has above it. */
export interface Reduced {
  readonly word: CutWord;
  /** The sum: word + 2^32 carry. Shorter than the form it was made from. */
  readonly sum: Form;
}

/**
 * Returns a sum modulo 2^32 in pieces. Proves: sum = word + 2^32 carry, all in range, so its claims are settled.
 * Assumes: 0 <= sum < 2^(32 + carryBits) once they are. Costs: the ranges, and a linear row.
 */
export function reduceSum(
  builder: GadgetBuilder,
  sum: Form,
  widths: readonly number[],
  carryBits: number,
): Reduced {
  const pieces = cutValue(builder, sum, [...widths, carryBits]);
  return { word: pieces.slice(0, -1), sum: wordForm(builder, pieces) };
}

/**
 * Returns a sum modulo 2^32 without a range of its own: sum - 2^32 carry.
 * Proves: it is that for some carry in [0, 2^carryBits): a claim with it as an input proves the rest, that it is a word.
 * Costs: the range of the carry.
 */
export function reduceLoosely(builder: GadgetBuilder, sum: Form, carryBits: number): Form {
  const { prime } = builder;
  const constant = constantOf(sum);
  if (constant !== undefined) return constantForm(prime, constant & 0xffffffffn);
  const operands = [sum, ...[32n, BigInt(carryBits)].map(width => constantForm(prime, width))];
  const [, carry = ZERO_FORM] = hint(builder, 'limbs', operands, { size: 2 });
  recordDecomposition(builder, carry.signals[0] ?? 0, carryBits, 0);
  return subtractForms(prime, sum, scaleForm(prime, carry, 1n << 32n));
}

/** Returns the value of pieces. Free. */
export function wordForm(builder: GadgetBuilder, pieces: CutWord): Form {
  return combineForms(
    builder.prime,
    pieces.map(({ form, offset }) => ({ form, factor: 1n << BigInt(offset) })),
  );
}

/** Rotates a word of 32 bits towards the lower bits, at the border of pieces. Free. */
export function rotatedValue(builder: GadgetBuilder, pieces: CutWord, count: number): Form {
  return wordForm(
    builder,
    pieces.map(piece => ({ ...piece, offset: (piece.offset + 32 - count) % 32 })),
  );
}

/** Shifts towards the lower bits, at the border of pieces. Free. */
export function shiftedValue(builder: GadgetBuilder, pieces: CutWord, count: number): Form {
  return wordForm(
    builder,
    pieces.filter(({ offset }) => offset >= count).map(piece => ({ ...piece, offset: piece.offset - count })),
  );
}

/** Returns the sum of forms. Free. */
export function sumForms(builder: GadgetBuilder, ...forms: readonly Form[]): Form {
  return combineForms(
    builder.prime,
    forms.map(form => ({ form, factor: 1n })),
  );
}

/** Returns widths of pieces of a word of 32 bits that single out every bit of a constant. */
export function widthsAround(constant: bigint): number[] {
  const widths: number[] = [];
  let start = 0;
  for (let bit = 0; bit < 32; bit++) {
    if (((constant >> BigInt(bit)) & 1n) === 0n) continue;
    if (bit > start) widths.push(bit - start);
    widths.push(1);
    start = bit + 1;
  }
  if (start < 32) widths.push(32 - start);
  return widths;
}

/** Returns word XOR constant, for pieces of {@link widthsAround} the constant. Free. */
export function flippedValue(builder: GadgetBuilder, pieces: CutWord, constant: bigint): Form {
  return wordForm(
    builder,
    pieces.map(piece =>
      (constant >> BigInt(piece.offset)) & 1n
        ? { ...piece, form: subtractForms(builder.prime, ONE_FORM, piece.form) }
        : piece,
    ),
  );
}
