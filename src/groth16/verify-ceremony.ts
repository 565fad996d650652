/**
 * Whether a proving key follows from its initial one by the contributions it lists: each contributor knew their secret,
 * the deltas follow, and C and H are divided by the product of all. H is also held against the powers of tau. What no
 * contribution changes must be identical. The checks are those of `snarkjs zkey verify`, with 128 random bits a point.
 */
import {
  type Contribution,
  type Contributions,
  encodeG1,
  encodeG2,
  PTAU_SECTION,
  type Ptau,
  parseContributions,
  printForHash,
  type Zkey,
} from '../../converters/keys-to-iden3/index.ts';
import { randomBytes } from '../kernel/index.ts';
import type { CeremonyKernel, KernelCallOptions } from '../kernel/types.ts';
import {
  beaconSecret,
  concatenate,
  equalBytes,
  followsKnowledge,
  forget,
  GENERATOR_G1,
  GENERATOR_G2,
  isDividedBy,
  isInfinity,
  isKnowledgeProven,
  negateG1,
  sameRatio,
  scalarBytes,
} from './phase2.ts';
import { namingPtau } from './ptau.ts';

const SCALAR_BYTES = 32;
const WEIGHT_BYTES = 16;
/** Points read from the file at a time. */
const PIECE = 1 << 18;

/** What is to be verified. */
export interface CeremonyKey {
  readonly key: Zkey;
  readonly contributions: Contributions;
  readonly initial: Zkey;
  readonly ptau: Ptau;
}

/**
 * True iff the key is what its contributions make of the initial one.
 *
 * @throws BionoirError MALFORMED_KEY, MALFORMED_PTAU, ABORTED.
 */
export async function isCeremonyKey(
  kernel: CeremonyKernel,
  { key, contributions, initial, ptau }: CeremonyKey,
  options: KernelCallOptions = {},
): Promise<boolean> {
  if (!isUnchanged(key, initial, contributions)) return false;
  const delta = await followContributions(kernel, contributions, options);
  if (!delta || !equalBytes(delta, encodeG1(key.delta1))) return false;
  const delta2 = encodeG2(key.delta2);
  const deltas = [encodeG2(initial.delta2), delta2] as const;
  // The initial delta is 1, so delta2 must be to the generator what delta1 is.
  if (!(await sameRatio(kernel, [GENERATOR_G1, delta], [GENERATOR_G2, delta2]))) return false;
  const c = { before: initial.c, after: key.c };
  if (!(await isDividedBy(kernel, c, deltas, options))) return false;
  return isQuotientBasis(kernel, key, ptau, options);
}

/** What contributions never touch, and the initial key being one without contributions. */
function isUnchanged(key: Zkey, initial: Zkey, contributions: Contributions): boolean {
  const first = parseContributions(initial.contributions);
  return (
    key.wireCount === initial.wireCount &&
    key.publicCount === initial.publicCount &&
    key.domainSize === initial.domainSize &&
    equalBytes(contributions.circuitHash, first.circuitHash) &&
    first.list.length === 0 &&
    equalBytes(encodeG2(initial.delta2), GENERATOR_G2) &&
    equalBytes(headerPoints(key), headerPoints(initial)) &&
    (['ic', 'coefficients', 'a', 'b1', 'b2'] as const).every(part => equalBytes(key[part], initial[part]))
  );
}

function headerPoints({ alpha1, beta1, beta2, gamma2 }: Zkey): Uint8Array {
  return concatenate([encodeG1(alpha1), encodeG1(beta1), encodeG2(beta2), encodeG2(gamma2)]);
}

/** The delta in G1 after all contributions, or undefined when one of them is not proven. */
async function followContributions(
  kernel: CeremonyKernel,
  { circuitHash, list }: Contributions,
  options: KernelCallOptions,
): Promise<Uint8Array | undefined> {
  const before = [circuitHash];
  let delta = GENERATOR_G1;
  for (const contribution of list) {
    if (!(await isKnowledgeProven(kernel, before, contribution))) return undefined;
    if (!(await followsKnowledge(kernel, contribution, delta, contribution.deltaAfter))) return undefined;
    if (contribution.kind === 'beacon' && !(await isFromBeacon(kernel, contribution, options))) {
      return undefined;
    }
    const { deltaAfter, g1s, g1sx, g2spx, transcript } = contribution;
    before.push(...[deltaAfter, g1s, g1sx, g2spx].map(printForHash), transcript);
    delta = deltaAfter;
  }
  return delta;
}

async function isFromBeacon(
  kernel: CeremonyKernel,
  { beacon, iterationsExponent, g1s, g1sx }: Contribution,
  options: KernelCallOptions,
): Promise<boolean> {
  if (beacon === undefined || iterationsExponent === undefined || iterationsExponent > 63) return false;
  const secret = await beaconSecret(kernel, beacon, iterationsExponent, options);
  const expected = await kernel.multiply('G1', secret.g1s, secret.scalar);
  forget(secret);
  return equalBytes(secret.g1s, g1s) && equalBytes(expected, g1sx);
}

/**
 * Whether delta H_i is the odd Lagrange basis: for random weights, sum of w_i (tau^(i + N) - tau^i) in both bases. The last
 * weight is 0: a file of just this power lacks its point, and no quotient needs it.
 */
async function isQuotientBasis(
  kernel: CeremonyKernel,
  key: Zkey,
  ptau: Ptau,
  options: KernelCallOptions,
): Promise<boolean> {
  const n = key.domainSize;
  const weights = randomBytes((n - 1) * WEIGHT_BYTES);
  const low = await combinePowers(kernel, { ptau, first: 0, weights }, options);
  const high = await combinePowers(kernel, { ptau, first: n, weights }, options);
  const inPowers = await addPoints(kernel, [high, negateG1(low)]);
  const dual = new Uint8Array(n * SCALAR_BYTES);
  for (let i = 0; i < n - 1; i++) {
    dual.set(weights.subarray(i * WEIGHT_BYTES, (i + 1) * WEIGHT_BYTES), i * SCALAR_BYTES);
  }
  await kernel.lagrangeOdd(dual);
  const inKey = await kernel.combine('G1', key.h, dual, options);
  if (isInfinity(inPowers)) return isInfinity(inKey);
  return sameRatio(kernel, [inKey, inPowers], [GENERATOR_G2, encodeG2(key.delta2)]);
}

/** sum of weights[i] tau^(first + i), the powers read in pieces. */
async function combinePowers(
  kernel: CeremonyKernel,
  { ptau, first, weights }: { readonly ptau: Ptau; readonly first: number; readonly weights: Uint8Array },
  options: KernelCallOptions,
): Promise<Uint8Array> {
  const count = weights.length / WEIGHT_BYTES;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < count; at += PIECE) {
    const n = Math.min(PIECE, count - at);
    const points = await ptau.points(PTAU_SECTION.tauG1, first + at, n);
    const own = weights.subarray(at * WEIGHT_BYTES, (at + n) * WEIGHT_BYTES);
    parts.push(await namingPtau(() => kernel.combine('G1', points, own, options)));
  }
  return addPoints(kernel, parts);
}

/** The sum of a few points of G1. */
function addPoints(kernel: CeremonyKernel, points: readonly Uint8Array[]): Promise<Uint8Array> {
  return kernel.combine('G1', concatenate(points), concatenate(points.map(() => scalarBytes(1n))));
}
