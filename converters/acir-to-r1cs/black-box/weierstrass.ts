/**
 * Short Weierstrass curves y^2 = x^3 + a x + b on bigint: for constants that lowering needs (tables of multiples), never
 * for secrets. Points are affine; infinity is undefined.
 */
import { invertOrZero, mod } from '../../../src/field/index.ts';

export interface Curve {
  readonly fieldPrime: bigint;
  readonly a: bigint;
  readonly b: bigint;
  /** Order of the group, a prime: the cofactor is 1. */
  readonly order: bigint;
  readonly generator: CurvePoint;
}

export interface CurvePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** Tells whether canonical coordinates satisfy the curve's equation. */
export function isOnCurve({ fieldPrime, a, b }: Curve, { x, y }: CurvePoint): boolean {
  return mod(y * y - (x * x + a) * x - b, fieldPrime) === 0n;
}

/** Returns left + right. */
export function addAffine(
  curve: Curve,
  left: CurvePoint | undefined,
  right: CurvePoint | undefined,
): CurvePoint | undefined {
  if (left === undefined) return right;
  if (right === undefined) return left;
  const p = curve.fieldPrime;
  if (left.x === right.x && left.y !== right.y) return undefined;
  const [numerator, denominator] =
    left.x === right.x ? [3n * left.x * left.x + curve.a, 2n * left.y] : [right.y - left.y, right.x - left.x];
  const slope = mod(numerator * invertOrZero(denominator, p), p);
  const x = mod(slope * slope - left.x - right.x, p);
  return { x, y: mod(slope * (left.x - x) - left.y, p) };
}

/** Returns -point. */
export function negateAffine(curve: Curve, point: CurvePoint | undefined): CurvePoint | undefined {
  return point === undefined ? undefined : { x: point.x, y: mod(-point.y, curve.fieldPrime) };
}

/** Returns scalar * point for any integer. */
export function multiplyAffine(
  curve: Curve,
  point: CurvePoint | undefined,
  scalar: bigint,
): CurvePoint | undefined {
  let sum: CurvePoint | undefined;
  let power = point;
  for (let rest = mod(scalar, curve.order); rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = addAffine(curve, sum, power);
    if (rest > 1n) power = addAffine(curve, power, power);
  }
  return sum;
}
