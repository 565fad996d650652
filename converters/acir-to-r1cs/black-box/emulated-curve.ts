/**
 * Points of secp256k1 and secp256r1 over an emulated field: the formulas of grumpkin.ts, limb by limb. A division's
 * result, an x and a y are each a new number of 256 bits with one statement modulo the prime.
 */
import type { GadgetBuilder } from '../builder.ts';
import { addForms, combineForms, type Form, ONE_FORM, subtractForms, ZERO_FORM } from '../forms.ts';
import { product } from '../gadgets.ts';
import {
  combine,
  constantNumber,
  createEmulatedField,
  divideUnchecked,
  type EmulatedField,
  isZeroModulo,
  larger,
  multiply,
  type Polynomial,
  reduce,
  scaleNumber,
  selectNumber,
  smaller,
} from './emulated-field.ts';
import type { Curve, CurvePoint } from './weierstrass.ts';

export interface EmulatedCurve {
  readonly curve: Curve;
  readonly field: EmulatedField;
}

export function createEmulatedCurve(prime: bigint, curve: Curve): EmulatedCurve {
  return { curve, field: createEmulatedField(prime, curve.fieldPrime) };
}

export interface FinitePoint {
  readonly x: Polynomial;
  readonly y: Polynomial;
}

/** Infinity has all limbs 0. */
export interface AnyPoint extends FinitePoint {
  /** 0 or 1. */
  readonly infinite: Form;
}

export function constantFinite({ field }: EmulatedCurve, prime: bigint, point: CurvePoint): FinitePoint {
  return { x: constantNumber(field, prime, point.x), y: constantNumber(field, prime, point.y) };
}

/** Returns left + right. Assumes: the x differ mod the prime. Costs: 3 numbers. */
export function addUnchecked(
  builder: GadgetBuilder,
  { field }: EmulatedCurve,
  left: FinitePoint,
  right: FinitePoint,
): FinitePoint {
  return chordEnd(builder, field, left, right, chordSlope(builder, field, left, right));
}

/** Returns 2 * point. Assumes: y is not 0, as for any point of a group of odd order. Costs: 3 numbers. */
export function doubleUnchecked(
  builder: GadgetBuilder,
  { curve, field }: EmulatedCurve,
  point: FinitePoint,
): FinitePoint {
  const { prime } = builder;
  const square = multiply(builder, field, point.x, point.x);
  const numerator = combine(prime, [3n, square], [1n, coefficientA(curve, field, prime)]);
  const slope = divideUnchecked(builder, field, numerator, combine(prime, [2n, point.y]));
  return chordEnd(builder, field, point, point, slope);
}

/**
 * Returns 2 * point + addend as (point + addend) + point, without the y of the inner sum.
 * Assumes: point != +-addend; 2 * point != -addend. Costs: 5 numbers.
 */
export function doubleAddUnchecked(
  builder: GadgetBuilder,
  { field }: EmulatedCurve,
  point: FinitePoint,
  addend: FinitePoint,
): FinitePoint {
  const { prime } = builder;
  const slope = chordSlope(builder, field, point, addend);
  const inner = { x: chordX(builder, field, point, addend, slope) };
  const quotient = divideUnchecked(
    builder,
    field,
    combine(prime, [2n, point.y]),
    combine(prime, [1n, point.x], [-1n, inner.x]),
  );
  return chordEnd(builder, field, point, inner, combine(prime, [1n, quotient], [-1n, slope]));
}

function chordSlope(
  builder: GadgetBuilder,
  field: EmulatedField,
  left: FinitePoint,
  right: FinitePoint,
): Polynomial {
  const rise = combine(builder.prime, [1n, right.y], [-1n, left.y]);
  return divideUnchecked(builder, field, rise, combine(builder.prime, [1n, right.x], [-1n, left.x]));
}

function chordX(
  builder: GadgetBuilder,
  field: EmulatedField,
  left: { readonly x: Polynomial },
  right: { readonly x: Polynomial },
  slope: Polynomial,
): Polynomial {
  const square = multiply(builder, field, slope, slope);
  return reduce(builder, field, combine(builder.prime, [1n, square], [-1n, left.x], [-1n, right.x]));
}

function chordEnd(
  builder: GadgetBuilder,
  field: EmulatedField,
  left: FinitePoint,
  right: { readonly x: Polynomial },
  slope: Polynomial,
): FinitePoint {
  const { prime } = builder;
  const x = chordX(builder, field, left, right, slope);
  const rise = multiply(builder, field, slope, combine(prime, [1n, left.x], [-1n, x]));
  return { x, y: reduce(builder, field, combine(prime, [1n, rise], [-1n, left.y])) };
}

/** The curve's a, in (-p/2, p/2): secp256r1 has -3. */
function coefficientA(curve: Curve, field: EmulatedField, prime: bigint): Polynomial {
  const isNegative = curve.a > curve.fieldPrime / 2n;
  const magnitude = constantNumber(field, prime, isNegative ? curve.fieldPrime - curve.a : curve.a);
  return isNegative ? combine(prime, [-1n, magnitude]) : magnitude;
}

/**
 * Returns the sum of any two points of the curve: equal, opposite, infinite. Every case has one solution.
 * Costs: 3 numbers, 2 comparisons with 0, and about 90 rows.
 */
export function addComplete(
  builder: GadgetBuilder,
  { curve, field }: EmulatedCurve,
  left: AnyPoint,
  right: AnyPoint,
): AnyPoint {
  const { prime } = builder;
  const deltaX = combine(prime, [1n, right.x], [-1n, left.x]);
  const deltaY = combine(prime, [1n, right.y], [-1n, left.y]);
  const sameX = isZeroModulo(builder, field, deltaX);
  const doubling = product(builder, sameX, isZeroModulo(builder, field, deltaY));
  const square = reduce(builder, field, multiply(builder, field, left.x, left.x));
  const tangent = combine(prime, [3n, square], [1n, coefficientA(curve, field, prime)]);
  const numerator = selectNumber(builder, doubling, tangent, deltaY);
  // 2 y, or 1 where both points are infinite; x2 - x1, or 1 where that is 0: never 0 mod p.
  const twiceY = combine(prime, [2n, left.y], [1n, [bitLimb(left.infinite)]]);
  const chord = selectNumber(builder, sameX, constantNumber(field, prime, 1n), deltaX);
  const denominator = selectNumber(builder, doubling, twiceY, chord);
  const slope = divideUnchecked(builder, field, numerator, denominator);
  const sum = chordEnd(builder, field, left, right, slope);
  return chooseSum(builder, { left, right, sum, isOpposite: subtractForms(prime, sameX, doubling) });
}

interface Candidates {
  readonly left: AnyPoint;
  readonly right: AnyPoint;
  readonly sum: FinitePoint;
  readonly isOpposite: Form;
}

/** With an infinite summand the result is the other: the coordinates' sums, since infinity is 0. */
function chooseSum(builder: GadgetBuilder, { left, right, sum, isOpposite }: Candidates): AnyPoint {
  const { prime } = builder;
  const bothInfinite = product(builder, left.infinite, right.infinite);
  const someInfinite = combineForms(prime, [
    { form: left.infinite, factor: 1n },
    { form: right.infinite, factor: 1n },
    { form: bothInfinite, factor: -1n },
  ]);
  const bothFinite = subtractForms(prime, ONE_FORM, someInfinite);
  const isSum = product(builder, bothFinite, subtractForms(prime, ONE_FORM, isOpposite));
  const choose = (computed: Polynomial, first: Polynomial, second: Polynomial): Polynomial =>
    exclusiveSum(
      prime,
      scaleNumber(builder, bitLimb(isSum), computed),
      scaleNumber(builder, bitLimb(someInfinite), exclusiveSum(prime, first, second)),
    );
  return {
    x: choose(sum.x, left.x, right.x),
    y: choose(sum.y, left.y, right.y),
    infinite: addForms(prime, subtractForms(prime, bothFinite, isSum), bothInfinite),
  };
}

/**
 * left + right where never both are other than 0, so that bounds do not add up. (The sum of two finite points'
 * coordinates breaks that, but is multiplied by 0 then; its bounds are not used.)
 */
export function exclusiveSum(prime: bigint, left: Polynomial, right: Polynomial): Polynomial {
  return combine(prime, [1n, left], [1n, right]).map(({ form }, index) => {
    const bounds = [left[index], right[index]].flatMap(limb => (limb === undefined ? [] : [limb]));
    return {
      form,
      low: bounds.map(limb => limb.low).reduce(smaller, 0n),
      high: bounds.map(limb => limb.high).reduce(larger, 0n),
    };
  });
}

/** A boolean form as a limb. */
export function bitLimb(form: Form): { readonly form: Form; readonly low: bigint; readonly high: bigint } {
  return { form, low: 0n, high: 1n };
}

/** A finite point as any point. */
export function finite(point: FinitePoint): AnyPoint {
  return { ...point, infinite: ZERO_FORM };
}
