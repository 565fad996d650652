/**
 * AND and XOR on words of any width, by the operands' bits. The compiler relies on both operands fitting the width, so
 * the decomposition is also their range check.
 */
import type { BitwiseCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { ZERO_FORM } from '../forms.ts';
import { product } from '../gadgets.ts';
import { xorBits } from './bits.ts';
import { assignBits, inputBits } from './words.ts';

/**
 * Proves: left, right < 2^bits, and output = left & right, or left ^ right.
 * Costs: `bits` rows for each operand whose bits are not known, and `bits` products, which AND and XOR of the same
 * operands share; none for bits of a constant operand.
 */
export function lowerBitwise(builder: GadgetBuilder, call: BitwiseCall): void {
  const left = inputBits(builder, call.left, call.bits);
  const right = inputBits(builder, call.right, call.bits);
  const output =
    call.name === 'xor'
      ? xorBits(builder, left, right)
      : left.map((bit, index) => product(builder, bit, right[index] ?? ZERO_FORM));
  assignBits(builder, call.output, output);
}
