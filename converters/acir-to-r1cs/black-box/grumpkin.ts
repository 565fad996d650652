/**
 * Grumpkin, y^2 = x^3 - 17 over BN254's scalar field: Noir's embedded curve, whose coordinates are native. Its order is
 * the prime BN254_BASE_PRIME, larger than the native field's.
 *
 * Inside the converter infinity is (0, 0) with `infinite` = 1, so that sums of coordinates need no case analysis. No
 * point of the curve has y = 0: that would give a subgroup of order 2.
 */
import type { CurvePointInput, FunctionInput } from '../../../src/acir/types.ts';
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME } from '../../../src/field/index.ts';
import { emitRow, type GadgetBuilder, hint, inputForm } from '../builder.ts';
import {
  addForms,
  combineForms,
  constantForm,
  constantOf,
  divideForm,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { assertBoolean, assertProduct, define, isZero, product } from '../gadgets.ts';
import type { Curve, CurvePoint } from './weierstrass.ts';

/** Parameters as in the Grumpkin specification of the BN254 cycle. */
export const GRUMPKIN: Curve = {
  fieldPrime: BN254_SCALAR_PRIME,
  a: 0n,
  b: -17n,
  order: BN254_BASE_PRIME,
  generator: { x: 1n, y: 17631683881184975370165255887551781615748388533673675138860n },
};

/** A point in a circuit; infinity is x = y = 0, infinite = 1. */
export interface PointForms {
  readonly x: Form;
  readonly y: Form;
  /** 0 or 1. */
  readonly infinite: Form;
}

export const INFINITY: PointForms = { x: ZERO_FORM, y: ZERO_FORM, infinite: ONE_FORM };

/** Returns a constant point. */
export function constantPoint(prime: bigint, point: CurvePoint | undefined): PointForms {
  if (point === undefined) return INFINITY;
  return { x: constantForm(prime, point.x), y: constantForm(prime, point.y), infinite: ZERO_FORM };
}

/**
 * Returns the form that is 1 when a predicated black box is on: its predicate and the gate of the template.
 * Proves: the predicate is boolean. Costs: 1 row (gated: 3).
 */
export function activeForm(builder: GadgetBuilder, predicate: FunctionInput): Form {
  const form = inputForm(builder, predicate);
  if (constantOf(form) === 0n) return ZERO_FORM;
  assertBoolean(builder, form);
  return builder.gate === undefined ? form : product(builder, builder.gate, form);
}

/**
 * Reads a point that is (0, 0) when `active` is 0, whatever the witnesses.
 * Proves: with a flag, that it is boolean. Does not prove that the point is on the curve.
 * Assumes: active is boolean.
 * Costs: without a flag 2 rows, with one 3; both 2 more when active varies.
 */
export function readPoint(builder: GadgetBuilder, input: CurvePointInput, active: Form): PointForms {
  const [x, y] = [inputForm(builder, input.x), inputForm(builder, input.y)];
  if (input.infinite === undefined) {
    const [maskedX, maskedY] = [product(builder, active, x), product(builder, active, y)];
    return { x: maskedX, y: maskedY, infinite: isZero(builder, maskedY) };
  }
  const flag = inputForm(builder, input.infinite);
  const { prime } = builder;
  const flagged = product(builder, active, flag);
  assertBoolean(builder, flagged);
  const finite = subtractForms(prime, active, flagged);
  return {
    x: product(builder, finite, x),
    y: product(builder, finite, y),
    infinite: subtractForms(prime, ONE_FORM, finite),
  };
}

/**
 * Proves: the point is on the curve, or it is (0, 0) and infinite.
 * Assumes: infinite = 1 exactly for what may be (0, 0).
 * Costs: 3 rows.
 */
export function assertOnCurve(builder: GadgetBuilder, { x, y, infinite }: PointForms): void {
  const { prime } = builder;
  const finite = subtractForms(prime, ONE_FORM, infinite);
  const right = combineForms(prime, [
    { form: product(builder, y, y), factor: 1n },
    { form: finite, factor: -GRUMPKIN.b },
  ]);
  assertProduct(builder, product(builder, x, x), x, right);
}

/**
 * Returns the sum for any points: equal, opposite, infinite. Every value of the inputs has exactly one solution, on the
 * curve or not.
 * Proves: result = left + right. For off-curve points of one x and different y, it is infinity.
 * Assumes: infinity is (0, 0); the flags are boolean.
 * Costs: 18 rows.
 * @param leftYIsZero - 1 exactly when left.y = 0: `infinite` for points of the curve, a form of its own otherwise.
 */
export function addComplete(
  builder: GadgetBuilder,
  left: PointForms,
  right: PointForms,
  leftYIsZero: Form = left.infinite,
): PointForms {
  const { prime } = builder;
  const deltaX = subtractForms(prime, right.x, left.x);
  const deltaY = subtractForms(prime, right.y, left.y);
  const sameX = isZero(builder, deltaX);
  const doubling = product(builder, sameX, isZero(builder, deltaY));
  // lambda = 3 x^2 / 2 y or deltaY / deltaX; the denominator is 1 where neither is meant, hence never 0.
  const tangent = product(builder, doubling, scaleForm(prime, product(builder, left.x, left.x), 3n));
  const twiceY = combineForms(prime, [
    { form: left.y, factor: 2n },
    { form: leftYIsZero, factor: 1n },
    { form: ONE_FORM, factor: -1n },
  ]);
  const numerator = addForms(prime, deltaY, tangent);
  const denominator = addForms(prime, deltaX, sameX, product(builder, doubling, twiceY));
  // For opposite points the numerator is y2 - y1 over 1: some point, which is not used.
  const sum = chordEnd(builder, left, right, divideUnchecked(builder, numerator, denominator));
  const isOpposite = subtractForms(prime, sameX, doubling);
  const someInfinite = subtractForms(
    prime,
    addForms(prime, left.infinite, right.infinite),
    product(builder, left.infinite, right.infinite),
  );
  const bothFinite = subtractForms(prime, ONE_FORM, someInfinite);
  const isSum = product(builder, bothFinite, subtractForms(prime, ONE_FORM, isOpposite));
  // With an infinite summand the result is the other: the coordinates' sums, since infinity is (0, 0).
  const otherX = product(builder, someInfinite, addForms(prime, left.x, right.x));
  const otherY = product(builder, someInfinite, addForms(prime, left.y, right.y));
  const bothInfinite = product(builder, left.infinite, right.infinite);
  return {
    x: define(builder, addForms(prime, otherX, product(builder, isSum, sum.x))),
    y: define(builder, addForms(prime, otherY, product(builder, isSum, sum.y))),
    infinite: addForms(prime, subtractForms(prime, bothFinite, isSum), bothInfinite),
  };
}

/** Affine coordinates of a point that is not infinity. */
export interface FinitePoint {
  readonly x: Form;
  readonly y: Form;
}

/**
 * Returns left + right.
 * Assumes: both are finite and left.x != right.x; else lambda is free or there is no solution.
 * Costs: 3 rows.
 */
export function addUnchecked(builder: GadgetBuilder, left: FinitePoint, right: FinitePoint): FinitePoint {
  const { prime } = builder;
  const slope = divideUnchecked(
    builder,
    subtractForms(prime, right.y, left.y),
    subtractForms(prime, right.x, left.x),
  );
  return chordEnd(builder, left, right, slope);
}

/** Returns 2 * point. Assumes: y != 0, as for any finite point of the curve. Costs: 4 rows. */
export function doubleUnchecked(builder: GadgetBuilder, point: FinitePoint): FinitePoint {
  const { prime } = builder;
  const square = product(builder, point.x, point.x);
  const slope = divideUnchecked(builder, scaleForm(prime, square, 3n), scaleForm(prime, point.y, 2n));
  return chordEnd(builder, point, point, slope);
}

/**
 * Returns 2 * point + addend as (point + addend) + point, without the y of the inner sum.
 * Assumes: all finite; point != +-addend; 2 * point != -addend.
 * Costs: 5 rows.
 */
export function doubleAddUnchecked(
  builder: GadgetBuilder,
  point: FinitePoint,
  addend: FinitePoint,
): FinitePoint {
  const { prime } = builder;
  const slope = divideUnchecked(
    builder,
    subtractForms(prime, addend.y, point.y),
    subtractForms(prime, addend.x, point.x),
  );
  const inner = chordX(builder, point, addend, slope);
  const quotient = divideUnchecked(
    builder,
    scaleForm(prime, point.y, 2n),
    subtractForms(prime, point.x, inner),
  );
  return chordEnd(builder, point, { x: inner }, subtractForms(prime, quotient, slope));
}

/** The third point, mirrored, of the line of a slope through left: (s^2 - x1 - x2, s (x1 - x) - y1). */
function chordEnd(
  builder: GadgetBuilder,
  left: FinitePoint,
  right: { readonly x: Form },
  slope: Form,
): FinitePoint {
  const { prime } = builder;
  const x = chordX(builder, left, right, slope);
  const rise = product(builder, slope, subtractForms(prime, left.x, x));
  return { x, y: define(builder, subtractForms(prime, rise, left.y)) };
}

function chordX(
  builder: GadgetBuilder,
  left: { readonly x: Form },
  right: { readonly x: Form },
  slope: Form,
): Form {
  const { prime } = builder;
  const square = product(builder, slope, slope);
  return define(builder, subtractForms(prime, square, addForms(prime, left.x, right.x)));
}

/** Returns numerator / denominator. Assumes: denominator != 0. Costs: 1 row. */
function divideUnchecked(builder: GadgetBuilder, numerator: Form, denominator: Form): Form {
  const divisor = constantOf(denominator);
  if (divisor !== undefined) return divideForm(builder.prime, numerator, divisor);
  const [quotient = ZERO_FORM] = hint(builder, 'quotient', [numerator, denominator]);
  emitRow(builder, quotient, denominator, numerator);
  return quotient;
}

/** Returns point where the boolean `condition` is 1, else infinity. Costs: 3 rows. */
export function maskPoint(builder: GadgetBuilder, condition: Form, point: PointForms): PointForms {
  const { prime } = builder;
  const finite = product(builder, condition, subtractForms(prime, ONE_FORM, point.infinite));
  return {
    x: product(builder, condition, point.x),
    y: product(builder, condition, point.y),
    infinite: subtractForms(prime, ONE_FORM, finite),
  };
}
