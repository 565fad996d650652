/**
 * The lowering of each black box, by name. To add one: write `<name>.ts` with a function
 * `(builder, call) => void` after the rules in ../gadgets.ts, and name it here.
 */
import type { BlackBoxCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { lowerBitwise } from './bitwise.ts';
import { lowerRange } from './range.ts';

type Lowerings = {
  readonly [Name in BlackBoxCall['name']]?: (
    builder: GadgetBuilder,
    call: Extract<BlackBoxCall, { readonly name: Name }>,
  ) => void;
};

const LOWERINGS: Lowerings = {
  range: lowerRange,
  and: lowerBitwise,
  xor: lowerBitwise,
};

/** Returns the lowering of a black box, or undefined when there is none yet. */
export function blackBoxLowering(
  name: BlackBoxCall['name'],
): ((builder: GadgetBuilder, call: BlackBoxCall) => void) | undefined {
  // The table above ties each function to the calls of its own name.
  return LOWERINGS[name] as ((builder: GadgetBuilder, call: BlackBoxCall) => void) | undefined;
}
