/**
 * Scalar multiplication on an emulated curve of prime order n, by incomplete additions that provably meet no
 * exceptional case and one complete addition at the end. Scalars are canonical bits: less than n.
 */
import { InternalError } from '../../../src/errors.ts';
import type { GadgetBuilder } from '../builder.ts';
import { combineForms, type Form, ONE_FORM, subtractForms, ZERO_FORM } from '../forms.ts';
import { define, product } from '../gadgets.ts';
import {
  type AnyPoint,
  addComplete,
  addUnchecked,
  bitLimb,
  doubleAddUnchecked,
  doubleUnchecked,
  type EmulatedCurve,
  exclusiveSum,
  type FinitePoint,
  finite,
} from './emulated-curve.ts';
import { LIMB_BITS, limbsOf, type Polynomial, scaleNumber, selectNumber } from './emulated-field.ts';
import { addAffine, type CurvePoint, multiplyAffine } from './weierstrass.ts';

/** Digits of a variable point's window: 8 odd multiples, 3 doublings and a double-and-add. */
const WINDOW = 4;
/** Digits of a constant point's window: 128 odd multiples of either sign. */
const FIXED_WINDOW = 8;

/**
 * Returns scalar * point for a finite point of the curve.
 * Proves: exactly that. Assumes: the bits are boolean, an even number of them, and less than the order.
 * Costs: 3.5 numbers and 31 rows a bit, and a complete addition.
 *
 * As multiplyPoint of grumpkin-multiply.ts: scalar = 2 A + e, A odd, with digits -1 and 1 below a leading 1. A window
 * of 4 digits is an odd t, |t| <= 15: prefix' = 16 prefix + t. With D = 8 prefix P and T = t P, neither D = +-T (8 prefix
 * -+ t is odd, not 0 and less than n in absolute value) nor 2 D = -T (prefix' is in [1, n)).
 */
export function multiplyPoint(
  builder: GadgetBuilder,
  curve: EmulatedCurve,
  point: FinitePoint,
  bits: readonly Form[],
): AnyPoint {
  const twice = doubleUnchecked(builder, curve, point);
  const table = [point];
  while (table.length < 2 ** (WINDOW - 1))
    table.push(addUnchecked(builder, curve, table.at(-1) ?? point, twice));
  const digits = bits.slice(2).reverse();
  const head = digits.length % WINDOW;
  // The leading 1 with the first digits: 1, 3, 5 ... are the entries in order.
  let prefix = selectPoint(builder, table, digits.slice(0, head).reverse());
  for (let at = head; at < digits.length; at += WINDOW) {
    const addend = selectSigned(builder, table, digits.slice(at, at + WINDOW));
    for (let step = 1; step < WINDOW; step++) prefix = doubleUnchecked(builder, curve, prefix);
    prefix = doubleAddUnchecked(builder, curve, prefix, addend);
  }
  const doubled = finite(doubleUnchecked(builder, curve, prefix));
  return addComplete(builder, curve, doubled, lastAddend(builder, point, twice, bits));
}

/** Returns table[sum 2^i bits[i]]. Costs: 16 rows for each but one of the entries. */
function selectPoint(
  builder: GadgetBuilder,
  table: readonly FinitePoint[],
  bits: readonly Form[],
): FinitePoint {
  let entries = table.slice(0, 2 ** bits.length);
  for (const bit of bits) {
    entries = Array.from({ length: entries.length / 2 }, (_, index) => {
      const [even, odd] = entries.slice(2 * index);
      if (even === undefined || odd === undefined)
        throw new InternalError('A table has a power of 2 entries.');
      return {
        x: selectNumber(builder, bit, odd.x, even.x),
        y: selectNumber(builder, bit, odd.y, even.y),
      };
    });
  }
  const [entry] = entries;
  if (entry === undefined) throw new InternalError('A table has an entry.');
  return entry;
}

/** Returns (sum of the digits, most significant first, each 2 bit - 1) * P from P, 3 P, 5 P ... */
function selectSigned(
  builder: GadgetBuilder,
  table: readonly FinitePoint[],
  [top = ZERO_FORM, ...rest]: readonly Form[],
): FinitePoint {
  const index = rest.reverse().map(bit => isSame(builder, top, bit));
  const { x, y } = selectPoint(builder, table, index);
  return { x, y: scaleNumber(builder, signOf(builder.prime, top), y) };
}

function isSame(builder: GadgetBuilder, left: Form, right: Form): Form {
  return combineForms(builder.prime, [
    { form: ONE_FORM, factor: 1n },
    { form: left, factor: -1n },
    { form: right, factor: -1n },
    { form: product(builder, left, right), factor: 2n },
  ]);
}

function signOf(prime: bigint, bit: Form) {
  const form = combineForms(prime, [
    { form: bit, factor: 2n },
    { form: ONE_FORM, factor: -1n },
  ]);
  return { form, low: -1n, high: 1n };
}

/** Returns e P for e = k_0 - 2 (1 - k_1): -2, -1, 0 or 1. */
function lastAddend(
  builder: GadgetBuilder,
  point: FinitePoint,
  twice: FinitePoint,
  [k0 = ZERO_FORM, k1 = ZERO_FORM]: readonly Form[],
): AnyPoint {
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
  const signed = { form: sign, low: -1n, high: 1n };
  const minus = { form: combineForms(prime, [{ form: isMinusTwo, factor: -1n }]), low: -1n, high: 0n };
  return {
    x: exclusiveSum(
      prime,
      scaleNumber(builder, bitLimb(k0), point.x),
      scaleNumber(builder, bitLimb(isMinusTwo), twice.x),
    ),
    y: exclusiveSum(prime, scaleNumber(builder, signed, point.y), scaleNumber(builder, minus, twice.y)),
    infinite: subtractForms(prime, k1, both),
  };
}

/**
 * Returns scalar * G for the curve's generator, or any constant point of it.
 * Proves: exactly that. Assumes: the bits are boolean, a multiple of 8, and less than the order.
 * Costs: for 8 bits 3 numbers and 159 rows; a complete addition and 247 rows at the end.
 *
 * As multiplyConstantPoint of grumpkin-multiply.ts: windows hold odd multiples of 2^(8 w) Q, Q = G / 2, of which all
 * lower ones together are less in absolute value; 2^(8 (w + 1)) < n for all but the last, which takes in the constant.
 */
export function multiplyGenerator(
  builder: GadgetBuilder,
  curve: EmulatedCurve,
  bits: readonly Form[],
): AnyPoint {
  const parameters = curve.curve;
  const half = multiplyAffine(parameters, parameters.generator, (parameters.order + 1n) / 2n);
  const constant = multiplyAffine(parameters, half, (1n << BigInt(bits.length)) - 1n);
  let sum: FinitePoint | undefined;
  let power = half;
  for (let low = 0; low < bits.length - FIXED_WINDOW; low += FIXED_WINDOW) {
    const window = selectFixed(builder, curve, power, bits.slice(low, low + FIXED_WINDOW));
    sum = sum === undefined ? window : addUnchecked(builder, curve, sum, window);
    power = multiplyAffine(parameters, power, 1n << BigInt(FIXED_WINDOW));
  }
  const odd = oddMultiples(curve, power, 2 ** (FIXED_WINDOW - 1));
  const all = [...odd.toReversed().map(point => negative(curve, point)), ...odd];
  const entries = all.map(point => addAffine(parameters, point, constant) ?? infiniteEntry());
  const last = selectConstants(builder, curve, entries, bits.slice(-FIXED_WINDOW));
  if (sum === undefined) return finite(last);
  return addComplete(builder, curve, finite(sum), finite(last));
}

/** Returns (sum of digits) * power for the digits 2 bit - 1, low first. Costs: 159 rows for 8. */
function selectFixed(
  builder: GadgetBuilder,
  curve: EmulatedCurve,
  power: CurvePoint | undefined,
  bits: readonly Form[],
): FinitePoint {
  const top = bits.at(-1) ?? ZERO_FORM;
  const index = bits.slice(0, -1).map(bit => isSame(builder, top, bit));
  const entries = oddMultiples(curve, power, 2 ** index.length);
  const { x, y } = selectConstants(builder, curve, entries, index);
  return { x, y: scaleNumber(builder, signOf(builder.prime, top), y) };
}

function oddMultiples({ curve }: EmulatedCurve, point: CurvePoint | undefined, count: number): CurvePoint[] {
  const twice = addAffine(curve, point, point);
  let multiple = point;
  return Array.from({ length: count }, () => {
    const entry = multiple ?? infiniteEntry();
    multiple = addAffine(curve, multiple, twice);
    return entry;
  });
}

function negative({ curve }: EmulatedCurve, { x, y }: CurvePoint): CurvePoint {
  return { x, y: curve.fieldPrime - y };
}

function infiniteEntry(): never {
  throw new InternalError('A table of multiples holds infinity.');
}

/**
 * Returns the entry at sum 2^i bits[i] of constant points. Costs: 2^n - n - 1 rows for n bits, and a linear row a limb.
 *
 * A function of n bits is a polynomial, linear in each: its coefficients are the entries' Moebius transform.
 */
function selectConstants(
  builder: GadgetBuilder,
  { field }: EmulatedCurve,
  entries: readonly CurvePoint[],
  bits: readonly Form[],
): FinitePoint {
  const monomials = [ONE_FORM];
  for (const bit of bits) monomials.push(...monomials.map(monomial => product(builder, monomial, bit)));
  const pick = (read: (entry: CurvePoint) => bigint): Polynomial => {
    const limbs = entries.map(entry => limbsOf(read(entry), field.limbCount));
    return Array.from({ length: field.limbCount }, (_, limb) => {
      const coefficients = moebius(limbs.map(entry => entry[limb] ?? 0n));
      const terms = monomials.map((form, mask) => ({ form, factor: coefficients[mask] ?? 0n }));
      const form = define(builder, combineForms(builder.prime, terms));
      return { form, low: 0n, high: (1n << BigInt(LIMB_BITS)) - 1n };
    });
  };
  return { x: pick(entry => entry.x), y: pick(entry => entry.y) };
}

function moebius(values: readonly bigint[]): bigint[] {
  const result = [...values];
  for (let bit = 1; bit < result.length; bit *= 2) {
    for (let mask = 0; mask < result.length; mask++)
      if (mask & bit) result[mask] = (result[mask] ?? 0n) - (result[mask ^ bit] ?? 0n);
  }
  return result;
}
