/**
 * AND and XOR on words of any width, by the operands' bits. The compiler relies on both operands fitting the width, so
 * the decomposition is also their range check.
 */
import type { BitwiseCall } from '../../../src/acir/types.ts';
import { BionoirError } from '../../../src/errors.ts';
import { type GadgetBuilder, placeOf } from '../builder.ts';
import { ZERO_FORM } from '../forms.ts';
import { product } from '../gadgets.ts';
import { xorBits } from './bits.ts';
import { assignBits, inputBits } from './words.ts';

/**
 * Proves: left, right < 2^bits, and output = left & right, or left ^ right.
 * Costs: `bits` rows for each operand whose bits are not known, and `bits` products, which AND and XOR of the same
 * operands share; none for bits of a constant operand.
 * @throws BionoirError UNSUPPORTED_OPCODE for widths at which an operand's bits are not unique
 */
export function lowerBitwise(builder: GadgetBuilder, call: BitwiseCall): void {
  if (2n ** BigInt(call.bits) > builder.prime) throw tooWide(builder, call);
  const left = inputBits(builder, call.left, call.bits);
  const right = inputBits(builder, call.right, call.bits);
  const output =
    call.name === 'xor'
      ? xorBits(builder, left, right)
      : left.map((bit, index) => product(builder, bit, right[index] ?? ZERO_FORM));
  assignBits(builder, call.output, output);
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
