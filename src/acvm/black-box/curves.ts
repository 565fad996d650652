/** Elliptic curves on values, for solving: Grumpkin and the two curves of ECDSA, on @noble/curves. */
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { blake2s } from '@noble/hashes/blake2.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { BN254_BASE_PRIME, BN254_SCALAR_PRIME, mod, power } from '../../field/index.ts';
import { stopped } from '../failure.ts';

/** y^2 = x^3 - 17 over BN254's scalar field; its order is BN254's base field prime. */
const GRUMPKIN_B = BN254_SCALAR_PRIME - 17n;
const GRUMPKIN_ORDER = BN254_BASE_PRIME;
const Grumpkin = weierstrass({
  p: BN254_SCALAR_PRIME,
  n: GRUMPKIN_ORDER,
  h: 1n,
  a: 0n,
  b: GRUMPKIN_B,
  Gx: 1n,
  Gy: 17631683881184975370165255887551781615748388533673675138860n,
});
type GrumpkinPoint = InstanceType<typeof Grumpkin>;

/** Affine coordinates; infinity is (0, 0). */
export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

/** A point as an opcode gives it; older releases flag infinity. */
export interface FlaggedPoint extends Affine {
  readonly infinite?: bigint;
}

/** How releases differ over points that are not on the curve. */
export interface CurveChecks {
  readonly assertsOnCurve: boolean;
}

/**
 * Returns left + right on Grumpkin, complete.
 * @throws Stopped for a point off the curve where the release asserts it
 */
export function addGrumpkin(left: FlaggedPoint, right: FlaggedPoint, checks: CurveChecks): Affine {
  if (!checks.assertsOnCurve && !(isOnGrumpkin(left) && isOnGrumpkin(right)))
    return addByFormula(left, right);
  return affineOf(grumpkinPoint(left).add(grumpkinPoint(right)));
}

/**
 * The addition formulas on whatever coordinates they are given: old releases feed dummies into additions whose result
 * is not used.
 */
function addByFormula(left: FlaggedPoint, right: FlaggedPoint): Affine {
  const p = BN254_SCALAR_PRIME;
  if (isInfinite(left)) return { x: right.x, y: right.y };
  if (isInfinite(right)) return { x: left.x, y: left.y };
  const isDouble = left.x === right.x;
  if (isDouble && left.y !== right.y) return { x: 0n, y: 0n };
  const [top, bottom] = isDouble ? [3n * left.x * left.x, 2n * left.y] : [right.y - left.y, right.x - left.x];
  const slope = mod(top * power(mod(bottom, p), p - 2n, p), p);
  const x = mod(slope * slope - left.x - right.x, p);
  return { x, y: mod(slope * (left.x - x) - left.y, p) };
}

/** A scalar as two limbs of 128 bits. */
export interface ScalarLimbs {
  readonly low: bigint;
  readonly high: bigint;
}

const LIMB_BITS = 128n;

/**
 * Returns sum scalar_i * point_i on Grumpkin.
 * @throws Stopped for a limb beyond 128 bits, a scalar beyond the order, a point off the curve
 */
export function multiplyGrumpkin(points: readonly FlaggedPoint[], scalars: readonly ScalarLimbs[]): Affine {
  let sum = Grumpkin.ZERO;
  points.forEach((point, k) => {
    const { low, high } = scalars[k] ?? { low: 0n, high: 0n };
    if (low >> LIMB_BITS !== 0n || high >> LIMB_BITS !== 0n)
      throw stopped('a limb of a scalar does not fit 128 bits');
    const scalar = low + (high << LIMB_BITS);
    if (scalar >= GRUMPKIN_ORDER) throw stopped("a scalar is not below Grumpkin's order");
    sum = sum.add(times(grumpkinPoint(point), scalar));
  });
  return affineOf(sum);
}

/** (low + 2^128 high) times the generator. */
export function multiplyGenerator(scalar: ScalarLimbs): Affine {
  return multiplyGrumpkin([Grumpkin.BASE.toAffine()], [scalar]);
}

function times(point: GrumpkinPoint, scalar: bigint): GrumpkinPoint {
  return scalar === 0n || point.is0() ? Grumpkin.ZERO : point.multiplyUnsafe(scalar);
}

function isInfinite({ x, y, infinite }: FlaggedPoint): boolean {
  return infinite === undefined ? x === 0n && y === 0n : infinite !== 0n;
}

function isOnGrumpkin(point: FlaggedPoint): boolean {
  const { x, y } = point;
  return isInfinite(point) || mod(y * y - x * x * x - GRUMPKIN_B, BN254_SCALAR_PRIME) === 0n;
}

function grumpkinPoint(point: FlaggedPoint): GrumpkinPoint {
  if (isInfinite(point)) return Grumpkin.ZERO;
  if (!isOnGrumpkin(point)) throw stopped(`the point (${point.x}, ${point.y}) is not on the curve Grumpkin`);
  return Grumpkin.fromAffine({ x: point.x, y: point.y });
}

function affineOf(point: GrumpkinPoint): Affine {
  return point.is0() ? { x: 0n, y: 0n } : point.toAffine();
}

/** Barretenberg's Pedersen commitment: sum input_i D_(separator + i). */
export function pedersenCommitment(inputs: readonly bigint[], separator: number): Affine {
  return affineOf(commit(inputs, separator));
}

/** Barretenberg's Pedersen hash: the x of the commitment plus N times the generator of lengths. */
export function pedersenHash(inputs: readonly bigint[], separator: number): bigint {
  const length = times(derivedGenerator('pedersen_hash_length', 0), BigInt(inputs.length));
  return affineOf(commit(inputs, separator).add(length)).x;
}

function commit(inputs: readonly bigint[], separator: number): GrumpkinPoint {
  const terms = inputs.map((input, k) =>
    times(derivedGenerator('DEFAULT_DOMAIN_SEPARATOR', separator + k), input),
  );
  return terms.reduce((sum, term) => sum.add(term), Grumpkin.ZERO);
}

/** Hashing to the curve: x from 512 bits of BLAKE3, the first attempt that has a y; its parity is the hash's first bit. */
function derivedGenerator(domain: string, index: number): GrumpkinPoint {
  const p = BN254_SCALAR_PRIME;
  const seed = new Uint8Array(66);
  seed.set(blake3(new TextEncoder().encode(domain)));
  new DataView(seed.buffer).setUint32(32, index);
  for (let attempt = 0; ; attempt++) {
    const half = (which: number): bigint => {
      seed[64] = attempt;
      seed[65] = which;
      return bigEndian(blake3(seed));
    };
    const [high, low] = [half(0), half(1)];
    const x = mod((high << 256n) + low, p);
    const parity = Number(high >> 255n);
    const compressed = new Uint8Array(33);
    compressed[0] = 2 + parity;
    compressed.set(bytesOf(x), 1);
    try {
      return Grumpkin.fromBytes(compressed);
    } catch {
      // no point has this x: try the next
    }
  }
}

/**
 * Schnorr on Grumpkin after Barretenberg: s, then e, of 32 bytes each; valid when
 * e = Blake2s(pedersen_hash([R.x, P.x, P.y]) || message) for R = s G + e P.
 */
export function verifySchnorr(key: Affine, signature: Uint8Array, message: Uint8Array): boolean {
  if (!isOnGrumpkin(key) || isInfinite(key)) return false;
  const [s, e] = [signature.subarray(0, 32), signature.subarray(32)].map(bytes =>
    mod(bigEndian(bytes), GRUMPKIN_ORDER),
  );
  if (s === undefined || e === undefined || s === 0n || e === 0n) return false;
  const point = times(Grumpkin.BASE, s).add(times(Grumpkin.fromAffine(key), e));
  if (point.is0()) return false;
  const hash = bytesOf(pedersenHash([point.toAffine().x, key.x, key.y], 0));
  const digest = blake2s(Uint8Array.from([...hash, ...message]));
  return digest.every((byte, k) => byte === signature[32 + k]);
}

const ECDSA_CURVES = { 'ecdsa-secp256k1': secp256k1, 'ecdsa-secp256r1': p256 } as const;

/** Big-endian numbers of 32 bytes; the signature is r, then s. */
export interface EcdsaInputs {
  readonly x: Uint8Array;
  readonly y: Uint8Array;
  readonly signature: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * Whether an ECDSA signature is valid (SEC 1, section 4.1.4), with s <= n / 2. As in ACVM, r is compared with the x of the
 * result as it is, not mod n. Nothing is asserted: whatever is wrong makes it false.
 */
export function verifyEcdsa(name: keyof typeof ECDSA_CURVES, inputs: EcdsaInputs): boolean {
  const { Point } = ECDSA_CURVES[name];
  const { n } = Point.CURVE();
  const r = bigEndian(inputs.signature.subarray(0, 32));
  const s = bigEndian(inputs.signature.subarray(32));
  if (r === 0n || r >= n || s === 0n || s > n / 2n) return false;
  try {
    const key = Point.fromAffine({ x: bigEndian(inputs.x), y: bigEndian(inputs.y) });
    key.assertValidity();
    const inverse = power(s, n - 2n, n);
    const [u1, u2] = [(mod(bigEndian(inputs.hash), n) * inverse) % n, (r * inverse) % n];
    const first = u1 === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(u1);
    const point = first.add(key.multiplyUnsafe(u2));
    return !point.is0() && point.toAffine().x === r;
  } catch {
    return false; // the key is no point of the curve
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, k) => Number((value >> BigInt(8 * (31 - k))) & 0xffn));
}
