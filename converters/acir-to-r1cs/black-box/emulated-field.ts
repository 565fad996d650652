/**
 * Arithmetic modulo a prime m that is not the native one: what ECDSA and big integers need.
 *
 * A number is a polynomial in X = 2^32 whose coefficients (limbs) are forms with known integer bounds. Sums are free.
 * A product of two numbers of L limbs is interpolated from 2 L - 1 native products. Nothing is reduced until a
 * statement "this polynomial, at X = 2^32, is 0 mod m" is made (assertZeroModulo), which costs bits in proportion to how
 * far the integer exceeds m: so pseudo-Mersenne and Solinas primes first fold high coefficients into low ones with
 * small factors (2^256 = 2^32 + 977 mod secp256k1's p).
 *
 * Every bit is asked for by `range`, so lookups would shrink all of this without a change here.
 */
import { InternalError } from '../../../src/errors.ts';
import { invertOrZero, mod } from '../../../src/field/index.ts';
import { type GadgetBuilder, hint } from '../builder.ts';
import { combineForms, constantForm, divideForm, type Form, ONE_FORM, ZERO_FORM } from '../forms.ts';
import { assertZero, isZero, product, range, select, toBits } from '../gadgets.ts';
import { assertAtMost } from './bounds.ts';

/** Bits of a limb. */
export const LIMB_BITS = 32;
const RADIX = 1n << BigInt(LIMB_BITS);

/** A form and the bounds of its value as a signed integer. */
export interface Limb {
  readonly form: Form;
  readonly low: bigint;
  readonly high: bigint;
}

/** sum limb_i X^i, least significant first. */
export type Polynomial = readonly Limb[];

export interface EmulatedField {
  readonly modulus: bigint;
  readonly modulusLimbs: readonly bigint[];
  readonly bits: number;
  readonly limbCount: number;
  /** Row k: coefficient k of a product from its values at {@link samplePoint}s. */
  readonly interpolation: readonly (readonly bigint[])[];
  /** Entry j: X^(limbCount + j) mod m as small signed limbs; none when m has no such form. */
  readonly folds: readonly (readonly bigint[])[] | undefined;
}

/** Digits of folded powers stay below this, or folding does not pay. */
const FOLD_LIMIT = 1n << 16n;

/** Prepares arithmetic modulo an odd prime of at least 33 bits. */
export function createEmulatedField(prime: bigint, modulus: bigint): EmulatedField {
  const bits = modulus.toString(2).length;
  const limbCount = Math.ceil(bits / LIMB_BITS);
  return {
    modulus,
    modulusLimbs: limbsOf(modulus, limbCount),
    bits,
    limbCount,
    interpolation: interpolationMatrix(prime, 2 * limbCount - 1),
    folds: findFolds(modulus, limbCount),
  };
}

/** Returns the limbs of a non-negative integer. */
export function limbsOf(value: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, limb) => (value >> BigInt(limb * LIMB_BITS)) % RADIX);
}

/** 0, 1, -1, 2, -2, ...: small, so that evaluations have small coefficients. */
function samplePoint(index: number): bigint {
  return BigInt(index % 2 === 0 ? -(index / 2) : (index + 1) / 2);
}

/** The inverse of the Vandermonde matrix of the sample points, by the coefficients of Lagrange's polynomials. */
function interpolationMatrix(prime: bigint, count: number): bigint[][] {
  const points = Array.from({ length: count }, (_, index) => samplePoint(index));
  const columns = points.map(point => {
    let basis = [1n];
    let scale = 1n;
    for (const other of points) {
      if (other === point) continue;
      scale = mod(scale * (point - other), prime);
      basis = [0n, ...basis].map((value, degree) => mod(value - other * (basis[degree] ?? 0n), prime));
    }
    const inverse = invertOrZero(scale, prime);
    return basis.map(value => mod(value * inverse, prime));
  });
  return points.map((_, degree) => columns.map(column => column[degree] ?? 0n));
}

function findFolds(modulus: bigint, limbCount: number): bigint[][] | undefined {
  const first = balancedLimbs(RADIX ** BigInt(limbCount) % modulus, limbCount);
  const folds = [first];
  for (let power = 1; power < limbCount - 1; power++) {
    const last = folds[power - 1] ?? [];
    const carried = last[limbCount - 1] ?? 0n;
    folds.push(first.map((value, limb) => carried * value + (last[limb - 1] ?? 0n)));
  }
  const isSmall = folds.every(fold => fold.every(value => value < FOLD_LIMIT && value > -FOLD_LIMIT));
  return isSmall ? folds : undefined;
}

/** Limbs in [-X/2, X/2), the last one without bound. */
function balancedLimbs(value: bigint, count: number): bigint[] {
  let rest = value;
  return Array.from({ length: count }, (_, limb) => {
    if (limb === count - 1) return rest;
    const digit = ((rest + RADIX / 2n) % RADIX) - RADIX / 2n;
    rest = (rest - digit) / RADIX;
    return digit;
  });
}

// Free arithmetic

/** Returns a constant number. */
export function constantNumber(field: EmulatedField, prime: bigint, value: bigint): Polynomial {
  return limbsOf(value, field.limbCount).map(limb => constantLimb(prime, limb));
}

function constantLimb(prime: bigint, value: bigint): Limb {
  return { form: constantForm(prime, value), low: value, high: value };
}

/** sum factor * polynomial. */
export function combine(
  prime: bigint,
  ...terms: readonly (readonly [factor: bigint, polynomial: Polynomial])[]
): Polynomial {
  const length = Math.max(0, ...terms.map(([, polynomial]) => polynomial.length));
  return Array.from({ length }, (_, index) =>
    combineLimbs(
      prime,
      terms.map(([factor, polynomial]) => [factor, polynomial[index] ?? ZERO_LIMB]),
    ),
  );
}

const ZERO_LIMB: Limb = { form: ZERO_FORM, low: 0n, high: 0n };

function combineLimbs(prime: bigint, terms: readonly (readonly [bigint, Limb])[]): Limb {
  const form = combineForms(
    prime,
    terms.map(([factor, limb]) => ({ form: limb.form, factor })),
  );
  let [low, high] = [0n, 0n];
  for (const [factor, limb] of terms) {
    low += factor * (factor < 0n ? limb.high : limb.low);
    high += factor * (factor < 0n ? limb.low : limb.high);
  }
  return { form, low, high };
}

/** Returns the lesser of two integers. */
export function smaller(left: bigint, right: bigint): bigint {
  if (left < right) return left;
  return right;
}

/** Returns the greater of two integers. */
export function larger(left: bigint, right: bigint): bigint {
  if (left > right) return left;
  return right;
}

/** The bounds of the integer that a polynomial is at X = 2^32. */
function valueBounds(polynomial: Polynomial): { readonly low: bigint; readonly high: bigint } {
  const weigh = (read: (limb: Limb) => bigint): bigint =>
    polynomial.reduceRight((sum, limb) => sum * RADIX + read(limb), 0n);
  return { low: weigh(limb => limb.low), high: weigh(limb => limb.high) };
}

// Products

/**
 * Returns left * right, of 2 L - 1 coefficients.
 * Costs: 2 L - 1 rows; none when a side is constant.
 */
export function multiply(
  builder: GadgetBuilder,
  field: EmulatedField,
  left: Polynomial,
  right: Polynomial,
): Polynomial {
  const values = field.interpolation.map((_, index) => {
    const point = samplePoint(index);
    return product(builder, evaluate(builder.prime, left, point), evaluate(builder.prime, right, point));
  });
  return field.interpolation.map((row, degree) => {
    const form = combineForms(
      builder.prime,
      row.map((factor, index) => ({ form: values[index] ?? ZERO_FORM, factor })),
    );
    const bounds = productBounds(left, right, degree);
    if (bounds.high - bounds.low >= builder.prime / 2n) throw new InternalError('A product of limbs wraps.');
    return { form, ...bounds };
  });
}

function evaluate(prime: bigint, polynomial: Polynomial, point: bigint): Form {
  return combineForms(
    prime,
    polynomial.map(({ form }, degree) => ({ form, factor: point ** BigInt(degree) })),
  );
}

function productBounds(left: Polynomial, right: Polynomial, degree: number): { low: bigint; high: bigint } {
  let [low, high] = [0n, 0n];
  left.forEach((first, index) => {
    const second = right[degree - index];
    if (second === undefined) return;
    const corners = [
      first.low * second.low,
      first.low * second.high,
      first.high * second.low,
      first.high * second.high,
    ];
    low += corners.reduce(smaller);
    high += corners.reduce(larger);
  });
  return { low, high };
}

/** Replaces high coefficients by their folded powers: the same value mod m. Free. */
function fold(prime: bigint, field: EmulatedField, polynomial: Polynomial): Polynomial {
  const { folds, limbCount } = field;
  if (folds === undefined || polynomial.length <= limbCount) return polynomial;
  return Array.from({ length: limbCount }, (_, index) =>
    combineLimbs(prime, [
      [1n, polynomial[index] ?? ZERO_LIMB],
      ...folds.map(
        (digits, power) => [digits[index] ?? 0n, polynomial[limbCount + power] ?? ZERO_LIMB] as const,
      ),
    ]),
  );
}

// Statements

/**
 * Proves: the polynomial at X = 2^32 is 0 mod m.
 * Assumes: the limbs are within their bounds.
 * Costs: the bits of a quotient and of carries; about 94 for a product of 256-bit numbers with folding, 340 without.
 *
 * With a quotient q of bounded limbs, the integer D = V - q m is 0 if it is 0 mod the native p and mod 2^t, and
 * |D| < p 2^t.
 */
export function assertZeroModulo(builder: GadgetBuilder, field: EmulatedField, polynomial: Polynomial): void {
  const { prime } = builder;
  const folded = fold(prime, field, polynomial);
  const { low, high } = valueBounds(folded);
  const least = floorDivide(low + field.modulus - 1n, field.modulus);
  const most = floorDivide(high, field.modulus);
  const quotient = quotientLimbs(builder, field, folded, { least, width: bitLength(most - least) });
  const multiple = timesModulus(prime, field, quotient);
  const shift = signedLimbs(prime, least * field.modulus);
  assertZeroInteger(builder, combine(prime, [1n, folded], [-1n, multiple], [-1n, shift]));
}

/** The limbs of floor(V / m) - least. */
function quotientLimbs(
  builder: GadgetBuilder,
  field: EmulatedField,
  polynomial: Polynomial,
  { least, width }: { readonly least: bigint; readonly width: number },
): Polynomial {
  const { prime } = builder;
  const shift = signedLimbs(prime, -least * field.modulus);
  const numerator = combine(prime, [1n, polynomial], [1n, shift]);
  return limbHint(builder, field, 'limb-quotient', { numerator, denominator: [], width });
}

function timesModulus(prime: bigint, { modulusLimbs }: EmulatedField, quotient: Polynomial): Polynomial {
  const terms = quotient.flatMap((limb, at) => {
    const shifted = [...new Array<Limb>(at).fill(ZERO_LIMB), ...modulusLimbs.map(() => limb)];
    return [shifted.map((entry, index) => combineLimbs(prime, [[modulusLimbs[index - at] ?? 0n, entry]]))];
  });
  return combine(prime, ...terms.map(term => [1n, term] as const));
}

function signedLimbs(prime: bigint, value: bigint): Polynomial {
  const magnitude = value < 0n ? -value : value;
  const limbs = limbsOf(magnitude, Math.ceil(bitLength(magnitude) / LIMB_BITS));
  return limbs.map(limb => constantLimb(prime, value < 0n ? -limb : limb));
}

/**
 * Proves: the polynomial at X = 2^32 is the integer 0.
 *
 * Natively it is 0 mod p: one linear row. From below, groups of coefficients with the carry so far are divisible by
 * their power of X: the quotient is the next carry, in the range that its bounds allow. A group's sum stays below p / 4
 * in absolute value, so native equality is equality of integers.
 */
function assertZeroInteger(builder: GadgetBuilder, polynomial: Polynomial): void {
  const { prime } = builder;
  assertZero(builder, evaluate(prime, polynomial, RADIX));
  const { low, high } = valueBounds(polynomial);
  const span = larger(high, -low) + 1n;
  let carry = ZERO_LIMB;
  let covered = 1n;
  for (let from = 0; covered * prime <= span; ) {
    if (from >= polynomial.length) return;
    const size = groupSize(prime, polynomial, from, carry, span / prime / covered + 1n);
    const group = [...polynomial.slice(from, from + size)];
    const sum = combineLimbs(prime, [
      [1n, carry],
      ...group.map((limb, at) => [RADIX ** BigInt(at), limb] as const),
    ]);
    carry = nextCarry(builder, sum, RADIX ** BigInt(size));
    covered *= RADIX ** BigInt(size);
    from += size;
  }
}

/** How many coefficients go into one sum: enough to cover `needed`, and no more than fit the native field. */
function groupSize(prime: bigint, polynomial: Polynomial, from: number, carry: Limb, needed: bigint): number {
  let bound = magnitude(carry);
  let size = 0;
  for (let weight = 1n; from + size < polynomial.length; size++, weight *= RADIX) {
    bound += magnitude(polynomial[from + size] ?? ZERO_LIMB) * weight;
    if (bound >= prime / 8n) break;
    if (weight >= needed) break;
  }
  if (size === 0) throw new InternalError('A limb is too wide for a carry.');
  return size;
}

const magnitude = ({ low, high }: Limb): bigint => larger(high, -low);

/** Proves: the limb is divisible by `divisor`. Returns the quotient. Costs: the bits of its bounds. */
function nextCarry(builder: GadgetBuilder, sum: Limb, divisor: bigint): Limb {
  const least = floorDivide(sum.low + divisor - 1n, divisor);
  const most = floorDivide(sum.high, divisor);
  const width = bitLength(most - least);
  const quotient = divideForm(builder.prime, sum.form, divisor);
  const offset = combineForms(builder.prime, [
    { form: quotient, factor: 1n },
    { form: ONE_FORM, factor: -least },
  ]);
  range(builder, offset, width);
  return { form: quotient, low: least, high: least + (1n << BigInt(width)) - 1n };
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  return (value - mod(value, divisor)) / divisor;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

// New numbers

/**
 * Returns a number of L limbs that is the polynomial mod m; not canonical, since m < 2^(32 L).
 * Costs: the bits of m, and assertZeroModulo.
 */
export function reduce(builder: GadgetBuilder, field: EmulatedField, polynomial: Polynomial): Polynomial {
  const { prime } = builder;
  const denominator = [constantLimb(prime, 1n)];
  const numerator = fold(prime, field, polynomial);
  const result = limbHint(builder, field, 'limb-ratio', { numerator, denominator, width: field.bits });
  assertZeroModulo(builder, field, combine(prime, [1n, polynomial], [-1n, result]));
  return result;
}

/**
 * Returns a number r with r * denominator = numerator mod m.
 * Assumes: denominator is not 0 mod m; else r is free, or there is none.
 * Costs: the bits of m, 2 L - 1 rows, and assertZeroModulo.
 */
export function divideUnchecked(
  builder: GadgetBuilder,
  field: EmulatedField,
  numerator: Polynomial,
  denominator: Polynomial,
): Polynomial {
  const { prime } = builder;
  const result = limbHint(builder, field, 'limb-ratio', {
    numerator: fold(prime, field, numerator),
    denominator,
    width: field.bits,
  });
  const back = multiply(builder, field, result, denominator);
  assertZeroModulo(builder, field, combine(prime, [1n, back], [-1n, numerator]));
  return result;
}

/** Returns the bits of a number whose limbs are in range, low first. Costs: nothing new. */
export function numberBits(builder: GadgetBuilder, number: Polynomial): readonly Form[] {
  return number.flatMap(limb => toBits(builder, limb.form, bitLength(limb.high)));
}

/**
 * Proves: the number is the canonical representative, less than m.
 * Costs: at most 1 row a bit of m, less for long runs of equal bits.
 */
export function assertCanonical(builder: GadgetBuilder, field: EmulatedField, number: Polynomial): void {
  assertAtMost(builder, numberBits(builder, number), field.modulus - 1n);
}

/**
 * Proves what {@link assertCanonical} does, for a number in range of which nobody needs the bits: m - 1 - number is an integer
 * of the bits of m, so it is not negative.
 * Costs: the ranges of one more number and of a carry, and a linear row; without lookups as assertCanonical.
 */
export function assertReduced(builder: GadgetBuilder, field: EmulatedField, number: Polynomial): void {
  if (builder.tables === undefined) {
    assertCanonical(builder, field, number);
    return;
  }
  const most = constantNumber(field, builder.prime, field.modulus - 1n);
  const difference = combine(builder.prime, [1n, most], [-1n, number]);
  const one = { ...field, modulusLimbs: [1n], limbCount: 1 };
  const rest = limbHint(builder, one, 'limb-quotient', {
    numerator: difference,
    denominator: [],
    width: field.bits,
  });
  assertZeroInteger(builder, combine(builder.prime, [1n, difference], [-1n, rest]));
}

/**
 * Returns 1 when the polynomial is 0 mod m, else 0.
 * Costs: reduce, assertCanonical and 2 rows.
 */
export function isZeroModulo(builder: GadgetBuilder, field: EmulatedField, polynomial: Polynomial): Form {
  const remainder = reduce(builder, field, polynomial);
  assertCanonical(builder, field, remainder);
  return isZeroNumber(builder, remainder);
}

/** Returns 1 when all limbs, none of them negative, are 0. Costs: 2 rows. */
export function isZeroNumber(builder: GadgetBuilder, number: Polynomial): Form {
  return isZero(builder, evaluate(builder.prime, number, 1n));
}

/** Returns condition ? whenTrue : whenFalse, for a boolean condition. Costs: 1 row a limb. */
export function selectNumber(
  builder: GadgetBuilder,
  condition: Form,
  whenTrue: Polynomial,
  whenFalse: Polynomial,
): Polynomial {
  const length = larger(BigInt(whenTrue.length), BigInt(whenFalse.length));
  return Array.from({ length: Number(length) }, (_, index) => {
    const [first, second] = [whenTrue[index] ?? ZERO_LIMB, whenFalse[index] ?? ZERO_LIMB];
    const form = select(builder, condition, first.form, second.form);
    return { form, low: smaller(first.low, second.low), high: larger(first.high, second.high) };
  });
}

/** Returns factor * number, for a factor in [low, high] known by its meaning. Costs: 1 row a limb. */
export function scaleNumber(builder: GadgetBuilder, factor: Limb, number: Polynomial): Polynomial {
  return number.map(limb => {
    const bounds = productBounds([factor], [limb], 0);
    return { form: product(builder, factor.form, limb.form), ...bounds };
  });
}

interface LimbHint {
  readonly numerator: Polynomial;
  readonly denominator: Polynomial;
  /** Bits of the result. */
  readonly width: number;
}

/** Returns limbs that the solver calculates. Proves: the number is less than 2^width, by the limbs' ranges. */
function limbHint(
  builder: GadgetBuilder,
  field: EmulatedField,
  kind: 'limb-quotient' | 'limb-ratio',
  { numerator, denominator, width }: LimbHint,
): Polynomial {
  const { prime } = builder;
  const count = Math.ceil(width / LIMB_BITS);
  if (count === 0) return [];
  const header = [LIMB_BITS, field.limbCount, numerator.length, denominator.length].map(BigInt);
  const operands = [
    ...[...header, ...field.modulusLimbs].map(value => constantForm(prime, value)),
    ...[...numerator, ...denominator].map(({ form }) => form),
  ];
  return hint(builder, kind, operands, { size: count }).map((form, limb) => {
    const bits = Math.min(LIMB_BITS, width - limb * LIMB_BITS);
    range(builder, form, bits);
    return { form, low: 0n, high: (1n << BigInt(bits)) - 1n };
  });
}
