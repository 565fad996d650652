/**
 * AND and XOR on words of any width, by the operands' bits. The compiler relies on both operands fitting the width, so
 * the decomposition is also their range check. Where the program has many of them and the proof system lookups, both
 * operands are looked up in chunks instead (word-tables.ts).
 */
import type { BitwiseCall } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { type GadgetBuilder, inputForm, placeOf } from '../builder.ts';
import { addForms, constantOf, divideForm, formKey, scaleForm, subtractForms, ZERO_FORM } from '../forms.ts';
import { assignWitness, product } from '../gadgets.ts';
import { xorBits } from './bits.ts';
import { AND, claimWords, claimXor, hasWordTables } from './word-tables.ts';
import { isLookedUp } from './word-uses.ts';
import { cutValue, inputValue, wordForm } from './word-values.ts';
import { assignBits, inputBits } from './words.ts';

/**
 * Proves: left, right < 2^bits, and output = left & right, or left ^ right.
 * Costs: `bits` rows for each operand whose bits are not known, and `bits` products, which AND and XOR of the same
 * operands share; none for bits of a constant operand. By lookups a row for each chunk of the operands (4 bits or more)
 * and the ranges of operands and output: 20 rows for 32 bits, and a table once.
 * @throws BionoirError UNSUPPORTED_OPCODE for widths at which an operand's bits are not unique
 */
export function lowerBitwise(builder: GadgetBuilder, call: BitwiseCall): void {
  if (2n ** BigInt(call.bits) > builder.prime) throw tooWide(builder, call);
  if (usesTable(builder, call)) {
    lowerByTable(builder, call);
    return;
  }
  const left = inputBits(builder, call.left, call.bits);
  const right = inputBits(builder, call.right, call.bits);
  const output =
    call.name === 'xor'
      ? xorBits(builder, left, right)
      : left.map((bit, index) => product(builder, bit, right[index] ?? ZERO_FORM));
  assignBits(builder, call.output, output);
}

function usesTable(builder: GadgetBuilder, call: BitwiseCall): boolean {
  if (!hasWordTables(builder) || builder.tables?.wordUses?.bitwise !== true || !isLookedUp(call))
    return false;
  return [call.left, call.right].every(input => constantOf(inputForm(builder, input)) === undefined);
}

/**
 * The range of the output settles the claim; with both operands in range it is AND or XOR of these. AND and XOR of the same
 * operands share their lookups, since x + y = (x XOR y) + 2 (x AND y).
 */
function lowerByTable(builder: GadgetBuilder, call: BitwiseCall): void {
  const { prime, products } = builder;
  const left = inputValue(builder, call.left, call.bits);
  const right = inputValue(builder, call.right, call.bits);
  const sum = addForms(prime, left, right);
  const key = `and ${[formKey(left), formKey(right)].sort().join(' ')}`;
  const known = products.get(key);
  if (known !== undefined) {
    const output = call.name === 'and' ? known : subtractForms(prime, sum, scaleForm(prime, known, 2n));
    assignWitness(builder, call.output, output);
    return;
  }
  const claim =
    call.name === 'xor'
      ? claimXor(builder, left, right, call.bits)
      : claimWords(builder, AND, [left, right], call.bits);
  const output = wordForm(builder, cutValue(builder, claim, [call.bits]));
  products.set(key, call.name === 'and' ? output : divideForm(prime, subtractForms(prime, sum, output), 2n));
  assignWitness(builder, call.output, output);
}

function tooWide(builder: GadgetBuilder, { name, bits }: BitwiseCall): BionoirError {
  const place = placeOf(builder);
  const bitsMax = builder.prime.toString(2).length - 1;
  return new BionoirError(
    'UNSUPPORTED_OPCODE',
    `The program asks for ${name} on ${bits} bits, but at most ${bitsMax} are supported: ${place}. Use integers of 128 bits or less.`,
    { location: place, details: { bits, bitsMax } },
  );
}
