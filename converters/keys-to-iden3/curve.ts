/**
 * Membership tests for points that come from outside: E: y^2 = x^3 + 3 over F_q (prime order r, so on-curve is enough)
 * and its twist y^2 = x^3 + 3/(9 + i) over F_q[i]/(i^2 + 1) (order r times a cofactor, so the subgroup is tested too).
 * The curve is alt_bn128 of EIP-197. Infinity is (0, 0).
 *
 * Slow bigint arithmetic (a few milliseconds a G2 point), for the handful of points of a verification key or a proof.
 */
import { invertOrZero, mod, BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
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
  return onCurve && isZero(timesOrder(point).z);
}

/** Whether all coordinates of a point of either group are in [0, q). */
export function isCanonicalPoint(point: G1Point | G2Point): boolean {
  return (point.flat() as bigint[]).every(isCanonical);
}

function isCanonical(value: bigint): boolean {
  return value >= 0n && value < q;
}

/** r * point, by double-and-add from the top bit. */
function timesOrder([x, y]: G2Point): JacobianG2 {
  const base: JacobianG2 = { x, y, z: ONE };
  let sum = base;
  for (const bit of r.toString(2).slice(1)) {
    sum = double(sum);
    if (bit === '1') sum = addPoints(sum, base);
  }
  return sum;
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

function mul([a, b]: Fp2, [c, d]: Fp2): Fp2 {
  return [mod(a * c - b * d, q), mod(a * d + b * c, q)];
}

function square(x: Fp2): Fp2 {
  return mul(x, x);
}
