/**
 * UltraGroth verification keys: what must hold before anybody trusts a proof checked with one, and the digest that binds
 * challenges to it. docs/ultragroth.md has both arguments.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { ByteWriter } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME } from '../../src/field/index.ts';
import type { G1Point, G2Point, UltraGrothVerificationKey } from '../../src/kernel/types.ts';
import {
  equalG2,
  G2_GENERATOR,
  isCanonicalPoint,
  isInfinityG1,
  isInfinityG2,
  isValidG1,
  isValidG2,
} from './curve.ts';

/** Begins everything that is hashed; another version of the protocol gets another tag. */
const DOMAIN_TAG = 'bionoir UltraGroth v1';
const WORD_BYTES = 32;

/**
 * Checks what soundness rests on: all points in their groups, alpha, beta, gamma and both deltas finite, and no two of
 * gamma, the deltas and (for the deltas) the generator equal. With delta = gamma anyone can forge; with equal deltas a prover
 * moves wires between the rounds after seeing the challenges.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkUltraGrothKey(key: UltraGrothVerificationKey): void {
  const inGroups =
    [key.alpha, ...key.ic].every(isValidG1) && [key.beta, key.gamma, key.delta1, key.delta2].every(isValidG2);
  if (!inGroups) throw outsideOfUltraGroups();
  checkUltraGrothKeyShape(key);
}

/**
 * The same without curves and groups, for kernels that check these themselves: counts, numbers below q, finite points, deltas
 * that somebody has drawn.
 *
 * @throws BionoirError MALFORMED_KEY, UNSAFE_KEY.
 */
export function checkUltraGrothKeyShape(key: UltraGrothVerificationKey): void {
  const g2 = [key.beta, key.gamma, key.delta1, key.delta2];
  const canonical = [key.alpha, ...g2, ...key.ic].every(isCanonicalPoint);
  const finite = !isInfinityG1(key.alpha) && !g2.some(isInfinityG2);
  const countsFit =
    Number.isInteger(key.challengeCount) && key.challengeCount >= 1 && key.ic.length > key.challengeCount;
  if (!canonical || !finite || !countsFit) throw outsideOfUltraGroups();
  const unset = [key.delta1, key.delta2].some(
    delta => equalG2(delta, key.gamma) || equalG2(delta, G2_GENERATOR),
  );
  if (!unset && !equalG2(key.delta1, key.delta2)) return;
  throw new BionoirError(
    'UNSAFE_KEY',
    'The UltraGroth verification key has a delta equal to gamma, to the generator or to the other delta, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.',
  );
}

/** The error for an UltraGroth key with a point where none may be. */
export function outsideOfUltraGroups(cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_KEY',
    'The UltraGroth verification key holds a point that is infinite or outside of the group of order r, or fewer IC points than challenges need. Export it again.',
    cause === undefined ? {} : { cause },
  );
}

/**
 * keccak256 of the tag, the numbers of public inputs and challenges, and every point of the key, as 32-byte big-endian
 * words (the tag zero-padded on the right, G2 imaginary part first).
 */
export function ultraGrothKeyDigest(key: UltraGrothVerificationKey): Uint8Array {
  const writer = new ByteWriter();
  const tag = new Uint8Array(WORD_BYTES);
  tag.set(new TextEncoder().encode(DOMAIN_TAG));
  writer.put(tag);
  const publicCount = key.ic.length - 1 - key.challengeCount;
  const words = [
    BigInt(publicCount),
    BigInt(key.challengeCount),
    ...key.alpha,
    ...[key.beta, key.gamma, key.delta1, key.delta2].flatMap(wordsOfG2),
    ...key.ic.flat(),
  ];
  for (const word of words) writer.put(bigEndianWord(word));
  return keccak_256(writer.finish());
}

function wordsOfG2([x, y]: G2Point): readonly bigint[] {
  return [x[1], x[0], y[1], y[0]];
}

const CHALLENGE_MASK = (1n << 253n) - 1n;

/**
 * The challenges of a proof: seed = keccak256(key digest, public inputs, C1), challenge i = the low 253 bits of
 * keccak256(seed, i), all in 32-byte big-endian words. Uniform over [0, 2^253), without the bias of a reduction.
 *
 * @param publicInputs canonical, as many as the key has: the encoding is then injective.
 */
export function ultraGrothChallenges(
  keyDigest: Uint8Array,
  challengeCount: number,
  publicInputs: readonly bigint[],
  c1: G1Point,
): bigint[] {
  const seedInput = new ByteWriter();
  seedInput.put(keyDigest);
  for (const word of [...publicInputs, ...c1]) seedInput.put(bigEndianWord(word));
  const seed = keccak_256(seedInput.finish());
  return Array.from({ length: challengeCount }, (_, i) => {
    const input = new ByteWriter();
    input.put(seed);
    input.put(bigEndianWord(BigInt(i)));
    return fromBigEndian(keccak_256(input.finish())) & CHALLENGE_MASK;
  });
}

/** Legacy: the challenge of the published UltraGroth, keccak256(C1) modulo r; it binds nothing else. */
export function legacyUltraGrothChallenge([x, y]: G1Point): bigint {
  const input = new ByteWriter();
  input.put(bigEndianWord(x));
  input.put(bigEndianWord(y));
  return fromBigEndian(keccak_256(input.finish())) % BN254_SCALAR_PRIME;
}

function bigEndianWord(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(2 * WORD_BYTES, '0');
  return Uint8Array.from({ length: WORD_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

function fromBigEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`);
}
