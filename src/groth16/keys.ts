/** The verification key inside a proving key. */

import {
  checkVerificationKey,
  decodeG1,
  G1_BYTES,
  isValidG1,
  readZkeyHead,
} from '../../converters/keys-to-iden3/index.ts';
import { BionoirError } from '../errors.ts';
import type { G1Point, Groth16VerificationKey } from '../kernel/types.ts';

/**
 * Takes the verification key out of a proving key, whole or cut by `cutZkeyHead`.
 *
 * @throws BionoirError MALFORMED_KEY; UNSAFE_KEY for a key that nobody has contributed to.
 */
export function exportVerificationKey(zkey: Uint8Array): Groth16VerificationKey {
  const key = readZkeyHead(zkey);
  const ic = Array.from({ length: key.publicCount + 1 }, (_, i) =>
    icPoint(key.ic.subarray(i * G1_BYTES, (i + 1) * G1_BYTES), i),
  );
  const verificationKey = { alpha: key.alpha1, beta: key.beta2, gamma: key.gamma2, delta: key.delta2, ic };
  checkVerificationKey(verificationKey);
  return verificationKey;
}

function icPoint(bytes: Uint8Array, index: number): G1Point {
  const point = decodeG1(bytes);
  if (point && isValidG1(point)) return point;
  throw new BionoirError(
    'MALFORMED_KEY',
    `Point ${index} of section 3 (IC) of the proving key (.zkey) is not on the curve. Is the file corrupt?`,
    { details: { index } },
  );
}
