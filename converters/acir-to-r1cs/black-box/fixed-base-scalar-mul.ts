/** FixedBaseScalarMul of releases before 0.30: a scalar times Grumpkin's generator. */
import type { FixedBaseScalarMulCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import { assignPoint } from './curve-outputs.ts';
import { GRUMPKIN } from './grumpkin.ts';
import { multiplyConstantPoint } from './grumpkin-multiply.ts';
import { scalarBits } from './grumpkin-scalar.ts';

/**
 * Proves: outputs = (low + 2^128 high) * generator, low < 2^128 and the scalar less than the order; infinity is (0, 0).
 * Costs: 923 rows.
 */
export function lowerFixedBaseScalarMul(builder: GadgetBuilder, call: FixedBaseScalarMulCall): void {
  const bits = scalarBits(builder, inputForm(builder, call.low), inputForm(builder, call.high));
  assignPoint(builder, call.outputs, multiplyConstantPoint(builder, GRUMPKIN.generator, bits));
}
