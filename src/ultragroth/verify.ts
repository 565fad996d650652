/** UltraGroth verification: checks what comes in, draws the challenges again, asks the kernel for the pairing equation. */
import {
  checkUltraGrothKeyShape,
  isCanonicalPoint,
  isInfinityG1,
  isInfinityG2,
  legacyUltraGrothChallenge,
  outsideOfUltraGroups,
  ultraGrothChallenges,
  ultraGrothKeyDigest,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Kernel, UltraGrothPoints, UltraGrothVerificationKey } from '../kernel/types.ts';
import { requireUltraGroth } from './setup.ts';

/** A proof with what it is about. */
export interface UltraGrothClaim {
  readonly publicSignals: readonly bigint[];
  readonly proof: UltraGrothPoints;
}

/**
 * True iff the proof is right for these public signals under this key; false for any other well-formed proof.
 *
 * @throws BionoirError MALFORMED_PROOF (a point infinite, off the curve or outside of its group; a signal not in [0, r)),
 *   MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH (another number of public signals), MISSING_KERNEL.
 */
export function verify(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  publicSignals: readonly bigint[],
  proof: UltraGrothPoints,
): Promise<boolean> {
  return verifyBatch(kernel, key, [{ publicSignals, proof }]);
}

/**
 * True iff all proofs of one key are right, checked as one random combination: a false one slips through with probability
 * 2^-128. Cheaper than one at a time, but does not say which one is false.
 *
 * @throws BionoirError as {@link verify}.
 */
export async function verifyBatch(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  claims: readonly UltraGrothClaim[],
): Promise<boolean> {
  const digest = ultraGrothKeyDigest(key);
  return verifyClaims(kernel, key, claims, ({ publicSignals, proof }) =>
    ultraGrothChallenges(digest, key.challengeCount, publicSignals, proof.c1),
  );
}

/**
 * Legacy: {@link verify} for proofs of the published UltraGroth, whose challenge is a hash of C1 alone. What such a proof is
 * worth depends on its circuit; docs/ultragroth.md tells.
 *
 * @throws BionoirError as {@link verify}.
 */
export function verifyLegacyUltraGroth(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  publicSignals: readonly bigint[],
  proof: UltraGrothPoints,
): Promise<boolean> {
  return verifyClaims(kernel, key, [{ publicSignals, proof }], claim => [
    legacyUltraGrothChallenge(claim.proof.c1),
  ]);
}

async function verifyClaims(
  kernel: Kernel,
  key: UltraGrothVerificationKey,
  claims: readonly UltraGrothClaim[],
  challengesOf: (claim: UltraGrothClaim) => readonly bigint[],
): Promise<boolean> {
  const engine = requireUltraGroth(kernel);
  checkUltraGrothKeyShape(key);
  const statements = claims.map(claim => {
    checkSignals(key, claim.publicSignals);
    checkPoints(claim.proof);
    return { inputs: [...claim.publicSignals, ...challengesOf(claim)], proof: claim.proof };
  });
  return namingPoints(() => engine.verify(key, statements));
}

/** Gives what the kernel says of points off their curve or outside of their group the words that are used here. */
async function namingPoints<T>(body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof BionoirError)) throw error;
    if (error.code === 'MALFORMED_PROOF') throw badPoint(error);
    throw error.code === 'MALFORMED_KEY' ? outsideOfUltraGroups(error) : error;
  }
}

function checkSignals({ ic, challengeCount }: UltraGrothVerificationKey, signals: readonly bigint[]): void {
  const expected = ic.length - 1 - challengeCount;
  if (signals.length !== expected) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `There are ${signals.length} public signals; the verification key is for ${expected}. Use the key of the proof's circuit.`,
      { details: { found: signals.length, expected } },
    );
  }
  signals.forEach((value, index) => {
    if (value >= 0n && value < BN254_SCALAR_PRIME) return;
    throw new BionoirError(
      'MALFORMED_PROOF',
      `Public signal ${index} is ${value}, which is not in [0, r): it would be an alias of another. Reject the proof.`,
      { details: { index, value } },
    );
  });
}

/** Numbers and infinity; curves and groups are the kernel's. */
function checkPoints({ a, b, c1, c2 }: UltraGrothPoints): void {
  const finite = ![a, c1, c2].some(isInfinityG1) && !isInfinityG2(b);
  if (!finite || ![a, b, c1, c2].every(isCanonicalPoint)) throw badPoint();
}

function badPoint(cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_PROOF',
    'The proof holds a point that is infinite or not in the group of order r. Ask for the proof again.',
    cause === undefined ? {} : { cause },
  );
}
