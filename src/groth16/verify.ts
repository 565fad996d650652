/** Groth16 verification: checks what comes in, then asks the kernel for the pairing equation. */

import {
  checkVerificationKey,
  checkVerificationKeyShape,
  isCanonicalPoint,
  isValidG1,
  isValidG2,
  outsideOfGroups,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Groth16Points, Groth16VerificationKey, Kernel, ProofWithInputs } from '../kernel/types.ts';

/** A proof with what it is about. */
export interface Groth16Claim {
  readonly publicSignals: readonly bigint[];
  readonly proof: Groth16Points;
}

/** What the verification of many proofs says. */
export interface BatchResult {
  readonly isValid: boolean;
  /** Which claims are false, in ascending order. */
  readonly invalid: readonly number[];
}

/**
 * True iff the proof is right for these public signals under this key; false for any other well-formed proof.
 *
 * @throws BionoirError MALFORMED_PROOF (a point off the curve or outside its group, a signal not in [0, r)),
 *   MALFORMED_KEY, UNSAFE_KEY, KEY_MISMATCH (another number of public signals).
 */
export async function verify(
  kernel: Kernel,
  key: Groth16VerificationKey,
  publicSignals: readonly bigint[],
  proof: Groth16Points,
): Promise<boolean> {
  checkKey(kernel, key);
  checkClaim(kernel, key, { publicSignals, proof }, '');
  return namingPoints('', () => kernel.verify(key, publicSignals, proof));
}

/**
 * Verifies many proofs of one key, as one random combination where the kernel can: a false one slips through with
 * probability 2^-128. When the combination fails, halves are tried until the false ones are found.
 *
 * @throws BionoirError as {@link verify}; the message of MALFORMED_PROOF and KEY_MISMATCH says which claim it is.
 */
export async function verifyBatch(
  kernel: Kernel,
  key: Groth16VerificationKey,
  claims: readonly Groth16Claim[],
): Promise<BatchResult> {
  checkKey(kernel, key);
  claims.forEach((claim, index) => {
    checkClaim(kernel, key, claim, ofClaim(index));
  });
  const invalid: number[] = [];
  await findInvalid(kernel, key, { claims, first: 0, invalid });
  return { isValid: invalid.length === 0, invalid };
}

interface Search {
  readonly claims: readonly Groth16Claim[];
  /** Index of the first of `claims` in the whole batch. */
  readonly first: number;
  readonly invalid: number[];
}

async function findInvalid(kernel: Kernel, key: Groth16VerificationKey, search: Search): Promise<void> {
  const { claims, first, invalid } = search;
  const [claim] = claims;
  if (!claim) return;
  if (claims.length === 1) {
    const { publicSignals, proof } = claim;
    const holds = await namingPoints(ofClaim(first), () => kernel.verify(key, publicSignals, proof));
    if (!holds) invalid.push(first);
    return;
  }
  if (kernel.verifyBatch && (await allHold(kernel, key, claims))) return;
  const half = kernel.verifyBatch ? Math.ceil(claims.length / 2) : 1;
  await findInvalid(kernel, key, { ...search, claims: claims.slice(0, half) });
  await findInvalid(kernel, key, { ...search, claims: claims.slice(half), first: first + half });
}

/** False also when a point is outside of its group: the search then meets the claim that holds it, and names it. */
async function allHold(
  kernel: Kernel,
  key: Groth16VerificationKey,
  claims: readonly Groth16Claim[],
): Promise<boolean> {
  const proofs: ProofWithInputs[] = claims.map(({ publicSignals, proof }) => ({
    publicInputs: publicSignals,
    proof,
  }));
  try {
    return (await kernel.verifyBatch?.(key, proofs)) === true;
  } catch (error) {
    if (error instanceof BionoirError && error.code === 'MALFORMED_PROOF') return false;
    throw namedPoint(error, '');
  }
}

function ofClaim(index: number): string {
  return ` of claim ${index}`;
}

function checkKey(kernel: Kernel, key: Groth16VerificationKey): void {
  if (kernel.checksPoints) checkVerificationKeyShape(key);
  else checkVerificationKey(key);
}

function checkClaim(
  kernel: Kernel,
  key: Groth16VerificationKey,
  { publicSignals, proof }: Groth16Claim,
  which: string,
): void {
  if (publicSignals.length !== key.ic.length - 1) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `There are ${publicSignals.length} public signals${which}; the verification key takes ${key.ic.length - 1}. Use the key of the circuit that made the proof.`,
      { details: { found: publicSignals.length, expected: key.ic.length - 1 } },
    );
  }
  publicSignals.forEach((value, i) => {
    if (value >= 0n && value < BN254_SCALAR_PRIME) return;
    throw new BionoirError(
      'MALFORMED_PROOF',
      `Public signal ${i}${which} is ${value}, which is not in [0, r). Reduce it, and refuse it from others: it is an alias of another value.`,
      { details: { index: i, value } },
    );
  });
  const { a, b, c } = proof;
  const fine = kernel.checksPoints
    ? [a, b, c].every(isCanonicalPoint)
    : isValidG1(a) && isValidG2(b) && isValidG1(c);
  if (!fine) throw badProof(which);
}

function badProof(which: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_PROOF',
    `The proof${which} holds a point that is not in the group of order r. Ask for the proof again.`,
    cause === undefined ? {} : { cause },
  );
}

/** Gives what a kernel says of points the words that are used here. */
async function namingPoints<T>(which: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw namedPoint(error, which);
  }
}

function namedPoint(error: unknown, which: string): unknown {
  if (!(error instanceof BionoirError)) return error;
  if (error.code === 'MALFORMED_PROOF') return badProof(which, error);
  return error.code === 'MALFORMED_KEY' ? outsideOfGroups(error) : error;
}
