/**
 * The steps of a second-phase ceremony, each by itself: a secret and the proof that somebody knows it, and the check that
 * two lists of points differ by one factor. Groth16's ceremony is made of them, and so can any other be whose keys
 * multiply lists of points by secrets.
 *
 * The proof of knowledge is snarkjs' (S. Bowe, A. Gabizon, I. Miers, "Scalable Multi-party Computation for zk-SNARK
 * Parameters in the Random Beacon Model", 2017, https://eprint.iacr.org/2017/1050): s and s x in G1, and x times a point
 * of G2 that the transcript fixes. Points are bytes as in iden3 files.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import {
  encodeG1,
  encodeG2,
  G1_BYTES,
  G1_GENERATOR,
  G2_GENERATOR,
  printForHash,
} from '../../converters/keys-to-iden3/index.ts';
import { bytesToBigint, writeBigint } from '../bytes/index.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../field/index.ts';
import { randomBytes, randomNonZeroScalar } from '../kernel/index.ts';
import type { CeremonyKernel, GroupName, KernelCallOptions } from '../kernel/types.ts';

const SCALAR_BYTES = 32;
const WEIGHT_BYTES = 16;
const SEED_BYTES = 32;
const HALF_POINT_BYTES = G1_BYTES / 2;
const POINT_BYTES = { G1: G1_BYTES, G2: 2 * G1_BYTES } as const;

/** The generators, as in files. */
export const GENERATOR_G1 = encodeG1(G1_GENERATOR);
export const GENERATOR_G2 = encodeG2(G2_GENERATOR);

/** Proof that somebody knew a secret x. */
export interface Knowledge {
  readonly g1s: Uint8Array;
  /** x times g1s. */
  readonly g1sx: Uint8Array;
  /** x times the point of G2 that `transcript` fixes. */
  readonly g2spx: Uint8Array;
  /** Hash of everything before, g1s and g1sx. */
  readonly transcript: Uint8Array;
}

/** A secret, and the point that its proof begins with. Wipe it with {@link forget}. */
export interface Secret {
  readonly scalar: Uint8Array;
  readonly g1s: Uint8Array;
}

/**
 * Draws a secret uniformly from [1, r) from the platform's CSPRNG. `entropy` is hashed and added: it cannot make the
 * secret less random, and helps should the CSPRNG fail.
 */
export async function drawSecret(kernel: CeremonyKernel, entropy = ''): Promise<Secret> {
  const extra = bytesToBigint(blake2b(new TextEncoder().encode(entropy), { dkLen: 64 }));
  let value = 0n;
  while (value === 0n) value = (randomNonZeroScalar() + extra) % r;
  const scalar = scalarBytes(value);
  const start = scalarBytes(randomNonZeroScalar());
  const g1s = await kernel.multiply('G1', GENERATOR_G1, start);
  start.fill(0);
  return { scalar, g1s };
}

/** Derives a secret that everybody can check from a beacon, as snarkjs does. */
export async function beaconSecret(
  kernel: CeremonyKernel,
  beacon: Uint8Array,
  iterationsExponent: number,
  options: KernelCallOptions = {},
): Promise<Secret> {
  const seed = await kernel.hashBeacon(beacon, iterationsExponent, options);
  const { scalars, points } = await kernel.deriveKeys(seed, 1);
  return { scalar: scalars[0] as Uint8Array, g1s: points[0] as Uint8Array };
}

/** Overwrites a secret. */
export function forget(secret: Secret): void {
  secret.scalar.fill(0);
}

/** The inverse of a secret, mod r, as bytes. Wipe it too. */
export function invertScalar(scalar: Uint8Array): Uint8Array {
  let result = 1n;
  let base = bytesToBigint(scalar);
  for (let exponent = r - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % r;
    base = (base * base) % r;
  }
  return scalarBytes(result);
}

/** A scalar as the kernel takes it. */
export function scalarBytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(SCALAR_BYTES);
  writeBigint(bytes, 0, value, SCALAR_BYTES);
  return bytes;
}

/** Proves knowledge of a secret; `before` is what the transcript holds so far. */
export async function proveKnowledge(
  kernel: CeremonyKernel,
  before: readonly Uint8Array[],
  { scalar, g1s }: Secret,
): Promise<Knowledge> {
  const g1sx = await kernel.multiply('G1', g1s, scalar);
  const transcript = transcriptOf(before, g1s, g1sx);
  const g2sp = await kernel.deriveG2(transcript.subarray(0, SEED_BYTES));
  return { g1s, g1sx, g2spx: await kernel.multiply('G2', g2sp, scalar), transcript };
}

/**
 * True iff the proof holds after this transcript.
 *
 * @throws BionoirError MALFORMED_KEY for a point off its curve or group.
 */
export async function isKnowledgeProven(
  kernel: CeremonyKernel,
  before: readonly Uint8Array[],
  { g1s, g1sx, g2spx, transcript }: Knowledge,
): Promise<boolean> {
  if (!equalBytes(transcriptOf(before, g1s, g1sx), transcript)) return false;
  const g2sp = await kernel.deriveG2(transcript.subarray(0, SEED_BYTES));
  return sameRatio(kernel, [g1s, g1sx], [g2sp, g2spx]);
}

/**
 * True iff `after` is the proven secret times `before`, both in G1.
 *
 * @throws BionoirError MALFORMED_KEY.
 */
export async function followsKnowledge(
  kernel: CeremonyKernel,
  { transcript, g2spx }: Knowledge,
  before: Uint8Array,
  after: Uint8Array,
): Promise<boolean> {
  const g2sp = await kernel.deriveG2(transcript.subarray(0, SEED_BYTES));
  return sameRatio(kernel, [before, after], [g2sp, g2spx]);
}

/** The hash that a proof of knowledge is bound to. */
function transcriptOf(before: readonly Uint8Array[], g1s: Uint8Array, g1sx: Uint8Array): Uint8Array {
  return hashOf([...before, printForHash(g1s), printForHash(g1sx)]);
}

/** BLAKE2b-512 over all parts. */
export function hashOf(parts: readonly Uint8Array[]): Uint8Array {
  const hash = blake2b.create({ dkLen: 64 });
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/**
 * True iff the second point of each pair is the same multiple of the first, none of the four being infinite.
 *
 * @param g1 two points of G1.
 * @param g2 two points of G2.
 * @throws BionoirError MALFORMED_KEY for a point off its curve or group.
 */
export async function sameRatio(
  kernel: CeremonyKernel,
  g1: readonly [Uint8Array, Uint8Array],
  g2: readonly [Uint8Array, Uint8Array],
): Promise<boolean> {
  if ([...g1, ...g2].some(isInfinity)) return false;
  return kernel.pairingIsOne(concatenate([g1[0], negateG1(g1[1])]), concatenate([g2[1], g2[0]]));
}

/**
 * The same random combination of two lists of points: if each of the second is x times its partner, so is the combination,
 * and otherwise almost never (128 random bits a point).
 *
 * @throws BionoirError MALFORMED_KEY, ABORTED.
 */
export async function combinePair(
  kernel: CeremonyKernel,
  group: GroupName,
  lists: readonly [Uint8Array, Uint8Array],
  options: KernelCallOptions = {},
): Promise<readonly [Uint8Array, Uint8Array]> {
  const weights = randomBytes((lists[0].length / POINT_BYTES[group]) * WEIGHT_BYTES);
  return [
    await kernel.combine(group, lists[0], weights, options),
    await kernel.combine(group, lists[1], weights, options),
  ];
}

/**
 * True iff `before` is x times `after` point by point, where `g2` is [B, x B]: what dividing a list by a secret looks like.
 *
 * @throws BionoirError MALFORMED_KEY, ABORTED.
 */
export async function isDividedBy(
  kernel: CeremonyKernel,
  lists: { readonly before: Uint8Array; readonly after: Uint8Array },
  g2: readonly [Uint8Array, Uint8Array],
  options: KernelCallOptions = {},
): Promise<boolean> {
  if (lists.before.length !== lists.after.length) return false;
  const [before, after] = await combinePair(kernel, 'G1', [lists.before, lists.after], options);
  // Both infinite: no point at all, or only infinite ones.
  if (isInfinity(before) && isInfinity(after)) return true;
  return sameRatio(kernel, [after, before], g2);
}

/** Whether a point's bytes say infinity. */
export function isInfinity(point: Uint8Array): boolean {
  return point.every(byte => byte === 0);
}

/** Minus a point of G1. */
export function negateG1(point: Uint8Array): Uint8Array {
  const out = point.slice();
  const y = bytesToBigint(point.subarray(HALF_POINT_BYTES));
  if (y !== 0n && y < q) writeBigint(out, HALF_POINT_BYTES, q - y, HALF_POINT_BYTES);
  return out;
}

export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
