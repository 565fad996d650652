/**
 * EmbeddedCurveAdd: complete addition on Grumpkin. Since beta.22 operands are asserted to be on the curve; older
 * releases feed off-curve dummies into branches that are not taken.
 */
import type { EmbeddedCurveAddCall } from '../../../src/acir/types.ts';
import type { GadgetBuilder } from '../builder.ts';
import { isZero } from '../gadgets.ts';
import { assignPoint } from './curve-outputs.ts';
import { activeForm, addComplete, assertOnCurve, readPoint } from './grumpkin.ts';

/**
 * Proves: outputs = left + right; infinity while the predicate is 0, whatever the operands.
 * Costs: 27 rows; 24 with infinity flags; 5 more under a predicate that varies.
 */
export function lowerEmbeddedCurveAdd(builder: GadgetBuilder, call: EmbeddedCurveAddCall): void {
  const active = activeForm(builder, call.predicate);
  const left = readPoint(builder, call.left, active);
  const right = readPoint(builder, call.right, active);
  if (call.assertsOnCurve) for (const point of [left, right]) assertOnCurve(builder, point);
  const leftYIsZero = call.assertsOnCurve ? left.infinite : isZero(builder, left.y);
  assignPoint(builder, call.outputs, addComplete(builder, left, right, leftYIsZero));
}
