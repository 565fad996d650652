/**
 * Scalar multiplication on Grumpkin by incomplete additions that provably never meet an exceptional case, followed by
 * one complete addition. The bits of the scalar are canonical: the scalar is less than the order n.
 */
import type { GadgetBuilder } from '../builder.ts';
import {
  combineForms,
  constantForm,
  constantOf,
  type Form,
  ONE_FORM,
  scaleForm,
  subtractForms,
  ZERO_FORM,
} from '../forms.ts';
import { product, select } from '../gadgets.ts';
import {
  addComplete,
  addUnchecked,
  constantPoint,
  doubleAddUnchecked,
  doubleUnchecked,
  type FinitePoint,
  GRUMPKIN,
  INFINITY,
  maskPoint,
  type PointForms,
} from './grumpkin.ts';
import { addAffine, type CurvePoint, multiplyAffine, negateAffine } from './weierstrass.ts';

/**
 * Returns scalar * point for a point of the curve or infinity.
 * Proves: exactly that. Assumes: the point is on the curve; the bits are boolean and less than the order.
 * Costs: 13 rows for 2 bits and 50: 1 690 for 254 bits.
 *
 * The scalar k is 2 A + e with A = (k >> 1) | 1 odd and e in {-2, -1, 0, 1}. A has the digits d_i = 2 A_{i+1} - 1 in
 * {-1, 1} below a leading 1, so prefixes of A are odd integers from 1 up to A <= (n + 1) / 2. Digits go in by pairs:
 * prefix' = 4 prefix + t, t in {+-1, +-3}. With D = 2 prefix P and T = t P, the steps D + T and (D + T) + D need
 * D != +-T and 2 D != -T: 2 prefix -+ t is odd and less than n, and 4 prefix + t = prefix' is in [1, n). Only the last
 * step, 2 A P + e P, may meet anything: it is complete.
 */
export function multiplyPoint(
  builder: GadgetBuilder,
  point: PointForms,
  scalar: readonly Form[],
): PointForms {
  const bits = withoutLeadingZeros(scalar);
  if (bits.length === 0) return INFINITY;
  const base = finiteOr(builder, point, GRUMPKIN.generator);
  const twice = doubleUnchecked(builder, base);
  const thrice = addUnchecked(builder, twice, base);
  let prefix = base;
  for (let top = bits.length - 1; top >= 3; top -= 2) {
    const digit = selectDigit(builder, [base, thrice], bits[top] ?? ZERO_FORM, bits[top - 1] ?? ZERO_FORM);
    prefix = doubleAddUnchecked(builder, doubleUnchecked(builder, prefix), digit);
  }
  const last = lastAddend(builder, base, twice, bits);
  const sum = addComplete(
    builder,
    { ...doubleUnchecked(builder, prefix), infinite: ZERO_FORM },
    last,
    ZERO_FORM,
  );
  return maskPoint(builder, subtractForms(builder.prime, ONE_FORM, point.infinite), sum);
}

/** Drops the leading bits that are constant 0, keeping an even number. */
function withoutLeadingZeros(bits: readonly Form[]): readonly Form[] {
  let length = bits.length;
  while (length > 0 && constantOf(bits[length - 1] ?? ZERO_FORM) === 0n) length--;
  const kept = bits.slice(0, length);
  return length % 2 === 0 ? kept : [...kept, ZERO_FORM];
}

/** Returns the point, or a constant one in place of infinity. Free, since infinity is (0, 0). */
function finiteOr(builder: GadgetBuilder, { x, y, infinite }: PointForms, other: CurvePoint): FinitePoint {
  const plus = (form: Form, factor: bigint): Form =>
    combineForms(builder.prime, [
      { form, factor: 1n },
      { form: infinite, factor },
    ]);
  return { x: plus(x, other.x), y: plus(y, other.y) };
}

/**
 * Returns (2 d1 + d0) * P for the digits d = 2 bit - 1, from P and 3 P.
 * Costs: 4 rows (constant points: 1).
 *
 * x is an even function of the digits, so it depends on d1 d0 alone; y is odd: y = u d1 + v d0 with u + v = y(3 P) and
 * u - v = y(P).
 */
function selectDigit(
  builder: GadgetBuilder,
  [single, triple]: readonly [FinitePoint, FinitePoint],
  high: Form,
  low: Form,
): FinitePoint {
  const { prime } = builder;
  const isTriple = combineForms(prime, [
    { form: ONE_FORM, factor: 1n },
    { form: high, factor: -1n },
    { form: low, factor: -1n },
    { form: product(builder, high, low), factor: 2n },
  ]);
  const half = (prime + 1n) / 2n;
  const u = scaleForm(
    prime,
    combineForms(prime, [
      { form: triple.y, factor: 1n },
      { form: single.y, factor: 1n },
    ]),
    half,
  );
  const v = scaleForm(prime, subtractForms(prime, triple.y, single.y), half);
  const y = combineForms(prime, [
    { form: product(builder, u, digitOf(prime, high)), factor: 1n },
    { form: product(builder, v, digitOf(prime, low)), factor: 1n },
  ]);
  return { x: select(builder, isTriple, triple.x, single.x), y };
}

function digitOf(prime: bigint, bit: Form): Form {
  return combineForms(prime, [
    { form: bit, factor: 2n },
    { form: ONE_FORM, factor: -1n },
  ]);
}

/** Returns e P for e = k_0 - 2 (1 - k_1): -2, -1, 0 or 1. Costs: 5 rows. */
function lastAddend(
  builder: GadgetBuilder,
  base: FinitePoint,
  twice: FinitePoint,
  [k0 = ZERO_FORM, k1 = ZERO_FORM]: readonly Form[],
): PointForms {
  const { prime } = builder;
  const both = product(builder, k0, k1);
  const isMinusTwo = combineForms(prime, [
    { form: ONE_FORM, factor: 1n },
    { form: k0, factor: -1n },
    { form: k1, factor: -1n },
    { form: both, factor: 1n },
  ]);
  const sign = combineForms(prime, [
    { form: both, factor: 2n },
    { form: k0, factor: -1n },
  ]);
  const sumOf = (first: Form, second: Form): Form =>
    combineForms(prime, [
      { form: first, factor: 1n },
      { form: second, factor: 1n },
    ]);
  return {
    x: sumOf(product(builder, k0, base.x), product(builder, isMinusTwo, twice.x)),
    y: sumOf(product(builder, sign, base.y), scaleForm(prime, product(builder, isMinusTwo, twice.y), -1n)),
    infinite: subtractForms(prime, k1, both),
  };
}

/**
 * Returns scalar * point for a constant point.
 * Proves: exactly that. Assumes: the point is on the curve; the bits are boolean and less than the order.
 * Costs: 2 rows a bit and 12: 520 for 254 bits. Constant leading bits cost nothing.
 *
 * With Q = P / 2 and m (even) bits that vary, k P = sum_i d_i 2^i Q + (2^m - 1) Q + (constant bits) P, where
 * d_i = 2 bit_i - 1. Windows w of two digits hold t_w 4^w Q, t_w in {+-1, +-3}. The sum of the windows below w is an odd
 * integer of absolute value at most 4^w - 1 < |t_w| 4^w, and 4^(w+1) < n for all but the last window, so additions
 * never meet equal or opposite points, nor infinity. The last window takes in the constant and is added completely.
 */
export function multiplyConstantPoint(
  builder: GadgetBuilder,
  point: CurvePoint,
  scalar: readonly Form[],
): PointForms {
  const { prime } = builder;
  const variable = 1 + scalar.findLastIndex(bit => constantOf(bit) === undefined);
  const bits = scalar.slice(0, variable + (variable % 2));
  const fixed = scalar.slice(bits.length).reduceRight((sum, bit) => 2n * sum + (constantOf(bit) ?? 0n), 0n);
  const shift = BigInt(bits.length);
  const rest = multiplyAffine(GRUMPKIN, point, fixed << shift);
  if (bits.length === 0) return constantPoint(prime, rest);
  const half = multiplyAffine(GRUMPKIN, point, (GRUMPKIN.order + 1n) / 2n);
  let sum: FinitePoint | undefined;
  let power = half;
  for (let low = 0; low < bits.length - 2; low += 2) {
    const window = selectWindow(builder, power, bits[low + 1] ?? ZERO_FORM, bits[low] ?? ZERO_FORM);
    sum = sum === undefined ? window : addUnchecked(builder, sum, window);
    power = multiplyAffine(GRUMPKIN, power, 4n);
  }
  const constant = addAffine(GRUMPKIN, multiplyAffine(GRUMPKIN, power, 4n), negateAffine(GRUMPKIN, half));
  const top = selectLastWindow(builder, power, addAffine(GRUMPKIN, constant, rest), bits.slice(-2));
  return sum === undefined ? top : addComplete(builder, { ...sum, infinite: ZERO_FORM }, top, ZERO_FORM);
}

/** Returns (2 d1 + d0) * power. Costs: 1 row. */
function selectWindow(
  builder: GadgetBuilder,
  power: CurvePoint | undefined,
  high: Form,
  low: Form,
): FinitePoint {
  const { prime } = builder;
  const triple = multiplyAffine(GRUMPKIN, power, 3n);
  return selectDigit(builder, [constantPoint(prime, power), constantPoint(prime, triple)], high, low);
}

/** Returns (2 d1 + d0) * power + offset. Costs: 1 row. */
function selectLastWindow(
  builder: GadgetBuilder,
  power: CurvePoint | undefined,
  offset: CurvePoint | undefined,
  [low = ZERO_FORM, high = ZERO_FORM]: readonly Form[],
): PointForms {
  const { prime } = builder;
  const entries = [-3n, -1n, 1n, 3n].map(digit =>
    constantPoint(prime, addAffine(GRUMPKIN, multiplyAffine(GRUMPKIN, power, digit), offset)),
  );
  const both = product(builder, high, low);
  const pick = (read: (entry: PointForms) => Form): Form => {
    const [none = 0n, lowOnly = 0n, highOnly = 0n, all = 0n] = entries.map(entry => constantOf(read(entry)));
    return combineForms(prime, [
      { form: constantForm(prime, none), factor: 1n },
      { form: low, factor: lowOnly - none },
      { form: high, factor: highOnly - none },
      { form: both, factor: all - lowOnly - highOnly + none },
    ]);
  };
  return { x: pick(entry => entry.x), y: pick(entry => entry.y), infinite: pick(entry => entry.infinite) };
}
