/** RANGE: input < 2^bits. A width of 254 or more proves nothing, as in ACVM. */
import type { RangeCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import { range } from '../gadgets.ts';

/** Proves: input < 2^bits. Costs: `bits` rows, shared with every other range of the same wire. */
export function lowerRange(builder: GadgetBuilder, call: RangeCall): void {
  range(builder, inputForm(builder, call.input), call.bits);
}
