/** MultiScalarMul on Grumpkin: sum (low_i + 2^128 high_i) P_i, with the ranges that Noir leaves to it. */
import type { MultiScalarMulCall } from '../../../src/acir/types.ts';
import { type GadgetBuilder, inputForm } from '../builder.ts';
import { constantOf, type Form, ZERO_FORM } from '../forms.ts';
import { assertZero, product } from '../gadgets.ts';
import { assignPoint } from './curve-outputs.ts';
import {
  activeForm,
  addComplete,
  assertOnCurve,
  GRUMPKIN,
  INFINITY,
  type PointForms,
  readPoint,
} from './grumpkin.ts';
import { multiplyConstantPoint, multiplyPoint } from './grumpkin-multiply.ts';
import { scalarBits } from './grumpkin-scalar.ts';
import { isOnCurve } from './weierstrass.ts';

/**
 * Proves: outputs = sum scalar_i * point_i, each limb < 2^128, each scalar less than the order, each point on the curve
 * or infinite; while the predicate is 0, only that the outputs are infinity.
 * Costs: about 945 rows a constant point, 2 130 a variable one, and 18 for each addition of two terms.
 */
export function lowerMultiScalarMul(builder: GadgetBuilder, call: MultiScalarMulCall): void {
  const active = activeForm(builder, call.predicate);
  const terms = call.points.map((point, index) => {
    const { low, high } = call.scalars[index] ?? { low: undefined, high: undefined };
    const limbs = [low, high].map(limb =>
      limb === undefined ? ZERO_FORM : product(builder, active, inputForm(builder, limb)),
    );
    const bits = scalarBits(builder, limbs[0] ?? ZERO_FORM, limbs[1] ?? ZERO_FORM);
    const constant = constantCoordinates(builder, point);
    if (constant === undefined) return multiplyVariable(builder, point, active, bits);
    return multiplyFixed(builder, constant, active, bits);
  });
  const sum = terms.reduce((total, term) => addTerms(builder, total, term), INFINITY);
  assignPoint(builder, call.outputs, sum);
}

/** Adds points of the curve. Costs: 18 rows, less where one is infinity for certain. */
export function addTerms(builder: GadgetBuilder, left: PointForms, right: PointForms): PointForms {
  if (constantOf(left.infinite) === 1n) return right;
  if (constantOf(right.infinite) === 1n) return left;
  return addComplete(builder, left, right);
}

type PointInput = MultiScalarMulCall['points'][number];

/** The point's coordinates if they are constant: 'infinite', or x and y, on the curve or not. */
function constantCoordinates(
  builder: GadgetBuilder,
  { x, y, infinite }: PointInput,
): { readonly x: bigint; readonly y: bigint } | 'infinite' | undefined {
  const flag = infinite === undefined ? 0n : constantOf(inputForm(builder, infinite));
  if (flag === 1n) return 'infinite';
  const [constantX, constantY] = [constantOf(inputForm(builder, x)), constantOf(inputForm(builder, y))];
  if (flag !== 0n || constantX === undefined || constantY === undefined) return undefined;
  if (infinite === undefined && constantX === 0n && constantY === 0n) return 'infinite';
  return { x: constantX, y: constantY };
}

function multiplyFixed(
  builder: GadgetBuilder,
  point: { readonly x: bigint; readonly y: bigint } | 'infinite',
  active: Form,
  bits: readonly Form[],
): PointForms {
  if (point === 'infinite') return INFINITY;
  if (isOnCurve(GRUMPKIN, point)) return multiplyConstantPoint(builder, point, bits);
  assertZero(builder, active);
  return INFINITY;
}

function multiplyVariable(
  builder: GadgetBuilder,
  input: PointInput,
  active: Form,
  bits: readonly Form[],
): PointForms {
  const point = readPoint(builder, input, active);
  assertOnCurve(builder, point);
  return multiplyPoint(builder, point, bits);
}
