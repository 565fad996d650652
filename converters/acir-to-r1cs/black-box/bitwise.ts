/** AND and XOR of two operands of any width. */
import type { BitwiseCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { ZERO_FORM } from '../forms.ts';
import { product } from '../gadgets.ts';
import { xorBits } from './bits.ts';
import { assignBits, inputBits } from './words.ts';

/**
 * Proves: both operands are less than 2^bits, and output = left AND (XOR) right. Ranges of operands hold although Noir
 * emits no RANGE for them.
 * Costs: `bits` rows, and as many for each operand whose bits are not known yet. With a constant operand: no product.
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
