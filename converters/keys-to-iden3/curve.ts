/**
 * Membership tests for points that come from outside: E: y^2 = x^3 + 3 over F_q (prime order r, so on-curve is enough)
 * and its twist y^2 = x^3 + 3/(9 + i) over F_q[i]/(i^2 + 1) (order r times a cofactor, so the subgroup is tested too).
 * The curve is alt_bn128 of EIP-197. Infinity is (0, 0).
 *
 * Bigint arithmetic (milliseconds a G2 point), for the handful of points of a verification key or a proof. Kernels check
 * theirs by the same equation (native/src/pairing.h).
 */
import { invertOrZero, mod, BN254_BASE_PRIME as q } from '../../src/field/index.ts';
import type { G1Point, G2Point } from '../../src/kernel/types.ts';

type Fp2 = readonly [c0: bigint, c1: bigint];
interface JacobianG2 {
  readonly x: Fp2;
  readonly y: Fp2;
  readonly z: Fp2;
}

const CURVE_B = 3n;
/** 3 / (9 + i) = 3 * (9 - i) / 82. */
const TWIST_B: Fp2 = [mod(27n * invertOrZero(82n, q), q), mod(-3n * invertOrZero(82n, q), q)];
const ZERO: Fp2 = [0n, 0n];
const ONE: Fp2 = [1n, 0n];
/** The curve's parameter: r = 36 t^4 + 36 t^3 + 18 t^2 + 6 t + 1. */
const CURVE_T = 4965661367192848881n;
/** (9 + i)^((q - 1) / 3) and (9 + i)^((q - 1) / 2): what psi multiplies x and y by. */
const PSI_X = powerOfTwistRoot((q - 1n) / 3n);
const PSI_Y = powerOfTwistRoot((q - 1n) / 2n);

/** The generators of EIP-197. */
export const G1_GENERATOR: G1Point = [1n, 2n];
export const G2_GENERATOR: G2Point = [
  [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  ],
  [
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
];

/** True for (0, 0). */
export function isInfinityG1([x, y]: G1Point): boolean {
  return x === 0n && y === 0n;
}

/** True for ((0, 0), (0, 0)). */
export function isInfinityG2([x, y]: G2Point): boolean {
  return isZero(x) && isZero(y);
}

/** True iff both points are the same. */
export function equalG2([x, y]: G2Point, [u, v]: G2Point): boolean {
  return x[0] === u[0] && x[1] === u[1] && y[0] === v[0] && y[1] === v[1];
}

/** True iff the coordinates are canonical and the point is on the curve or infinite. */
export function isValidG1(point: G1Point): boolean {
  const [x, y] = point;
  if (![x, y].every(isCanonical)) return false;
  return isInfinityG1(point) || mod(y * y - x * x * x - CURVE_B, q) === 0n;
}

/** True iff the coordinates are canonical and the point is in the subgroup of order r or infinite. */
export function isValidG2(point: G2Point): boolean {
  const [x, y] = point;
  if (![...x, ...y].every(isCanonical)) return false;
  if (isInfinityG2(point)) return true;
  const onCurve = isZero(sub(square(y), add(mul(square(x), x), TWIST_B)));
  return onCurve && hasOrderR(point);
}

/** Whether all coordinates of a point of either group are in [0, q). */
export function isCanonicalPoint(point: G1Point | G2Point): boolean {
  return (point.flat() as bigint[]).every(isCanonical);
}

function isCanonical(value: bigint): boolean {
  return value >= 0n && value < q;
}

/**
 * Whether a point of the twist has order r: [t + 1] Q + psi([t] Q) + psi^2([t] Q) = psi^3([2 t] Q), psi the q-power map seen
 * on the twist (El Housni, Guillevic and Piellard, https://eprint.iacr.org/2022/352; why no other point passes is at `inG2`
 * of native/src/pairing.h). A quarter of the work of r * Q.
 */
function hasOrderR([x, y]: G2Point): boolean {
  const one: JacobianG2 = { x, y, z: ONE };
  const times = multiply(one, CURVE_T);
  const mapped = psi(times);
  const left = addPoints(addPoints(times, one), addPoints(mapped, psi(mapped)));
  const right = psi(psi(psi(double(times))));
  return equalJacobian(left, right);
}

/** scalar * point for a scalar above 0, by double-and-add from the top bit. */
function multiply(base: JacobianG2, scalar: bigint): JacobianG2 {
  let sum = base;
  for (const bit of scalar.toString(2).slice(1)) {
    sum = double(sum);
    if (bit === '1') sum = addPoints(sum, base);
  }
  return sum;
}

function psi({ x, y, z }: JacobianG2): JacobianG2 {
  return { x: mul(conjugate(x), PSI_X), y: mul(conjugate(y), PSI_Y), z: conjugate(z) };
}

function equalJacobian(left: JacobianG2, right: JacobianG2): boolean {
  if (isZero(left.z) || isZero(right.z)) return isZero(left.z) && isZero(right.z);
  const [leftSquare, rightSquare] = [square(left.z), square(right.z)];
  const sameX = isZero(sub(mul(left.x, rightSquare), mul(right.x, leftSquare)));
  const [leftCube, rightCube] = [mul(leftSquare, left.z), mul(rightSquare, right.z)];
  return sameX && isZero(sub(mul(left.y, rightCube), mul(right.y, leftCube)));
}

/** dbl-2009-l of the Explicit-Formulas Database (a = 0). */
function double({ x, y, z }: JacobianG2): JacobianG2 {
  const a = square(x);
  const b = square(y);
  const c = square(b);
  const xb = square(add(x, b));
  const d = scale(2n, sub(sub(xb, a), c));
  const e = scale(3n, a);
  const x3 = sub(square(e), scale(2n, d));
  return { x: x3, y: sub(mul(e, sub(d, x3)), scale(8n, c)), z: scale(2n, mul(y, z)) };
}

/** add-1998-cmo-2 of the Explicit-Formulas Database, with the cases it leaves out. */
function addPoints(left: JacobianG2, right: JacobianG2): JacobianG2 {
  if (isZero(left.z)) return right;
  if (isZero(right.z)) return left;
  const z1z1 = square(left.z);
  const z2z2 = square(right.z);
  const u1 = mul(left.x, z2z2);
  const s1 = mul(mul(left.y, right.z), z2z2);
  const h = sub(mul(right.x, z1z1), u1);
  const rr = sub(mul(mul(right.y, left.z), z1z1), s1);
  if (isZero(h)) return isZero(rr) ? double(left) : { x: ONE, y: ONE, z: ZERO };
  const hh = square(h);
  const hhh = mul(h, hh);
  const v = mul(u1, hh);
  const x3 = sub(sub(square(rr), hhh), scale(2n, v));
  return { x: x3, y: sub(mul(rr, sub(v, x3)), mul(s1, hhh)), z: mul(mul(left.z, right.z), h) };
}

function isZero([a, b]: Fp2): boolean {
  return a === 0n && b === 0n;
}

function add([a, b]: Fp2, [c, d]: Fp2): Fp2 {
  return [mod(a + c, q), mod(b + d, q)];
}

function sub([a, b]: Fp2, [c, d]: Fp2): Fp2 {
  return [mod(a - c, q), mod(b - d, q)];
}

function scale(k: bigint, [a, b]: Fp2): Fp2 {
  return [mod(k * a, q), mod(k * b, q)];
}

function conjugate([a, b]: Fp2): Fp2 {
  return [a, b === 0n ? 0n : q - b];
}

/** Three products instead of four. */
function mul([a, b]: Fp2, [c, d]: Fp2): Fp2 {
  const ac = a * c;
  const bd = b * d;
  return [mod(ac - bd, q), ((a + b) * (c + d) - ac - bd) % q];
}

function square([a, b]: Fp2): Fp2 {
  return [mod((a + b) * (a - b), q), (2n * a * b) % q];
}

function powerOfTwistRoot(exponent: bigint): Fp2 {
  let result = ONE;
  for (const bit of exponent.toString(2)) {
    result = square(result);
    if (bit === '1') result = mul(result, [9n, 1n]);
  }
  return result;
}
