/**
 * Section 7 of a `.ptau`: who multiplied tau, alpha and beta.
 *
 * A record is: tau G1, tau G2, alpha G1, beta G1, beta G2 afterwards; the public key: tau s, tau sx, alpha s, alpha sx,
 * beta s, beta sx (G1), then tau spx, alpha spx, beta spx (G2); 216 bytes of the response's hash under way (without the
 * public key), the 64-byte challenge for the next contributor; u32 type and parameters as in a `.zkey`
 * (contributions.ts).
 */
import { ByteReader } from '../../src/bytes/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { type ContributionParameters, parseParameters } from './contributions.ts';
import { G1_BYTES, G2_BYTES } from './points.ts';

const HASH_STATE_BYTES = 216;
const CHALLENGE_BYTES = 64;
const PUBLIC_KEY_BYTES = 6 * G1_BYTES + 3 * G2_BYTES;
const RECORD_BYTES_MIN =
  3 * G1_BYTES + 2 * G2_BYTES + PUBLIC_KEY_BYTES + HASH_STATE_BYTES + CHALLENGE_BYTES + 8;

/** The proof that somebody knew one of the three secrets. Points are as in the file. */
export interface PtauSecretProof {
  readonly g1s: Uint8Array;
  readonly g1sx: Uint8Array;
  readonly g2spx: Uint8Array;
}

export interface PtauContribution extends ContributionParameters {
  readonly kind: 'person' | 'beacon';
  readonly tauG1: Uint8Array;
  readonly tauG2: Uint8Array;
  readonly alphaG1: Uint8Array;
  readonly betaG1: Uint8Array;
  readonly betaG2: Uint8Array;
  readonly tau: PtauSecretProof;
  readonly alpha: PtauSecretProof;
  readonly beta: PtauSecretProof;
  /** The public key as it lies in the file: six points of G1, three of G2. */
  readonly publicKeyG1: Uint8Array;
  readonly publicKeyG2: Uint8Array;
  readonly hashState: Uint8Array;
  readonly nextChallenge: Uint8Array;
}

/**
 * Parses section 7 of a `.ptau`.
 *
 * @throws BionoirError MALFORMED_PTAU.
 */
export function parsePtauContributions(section: Uint8Array): readonly PtauContribution[] {
  const reader = new ByteReader(section, {
    what: 'contributions of the Powers of Tau file',
    code: 'MALFORMED_PTAU',
  });
  const count = reader.u32();
  if (count > reader.remaining / RECORD_BYTES_MIN) {
    throw malformed(`claims ${count} contributions in ${reader.remaining} bytes`);
  }
  const list = Array.from({ length: count }, (_, i) => parseContribution(reader, i));
  if (reader.remaining > 0) throw malformed(`has ${reader.remaining} bytes after its last contribution`);
  return list;
}

function parseContribution(reader: ByteReader, index: number): PtauContribution {
  const after = {
    tauG1: reader.take(G1_BYTES),
    tauG2: reader.take(G2_BYTES),
    alphaG1: reader.take(G1_BYTES),
    betaG1: reader.take(G1_BYTES),
    betaG2: reader.take(G2_BYTES),
  };
  const publicKeyG1 = reader.take(6 * G1_BYTES);
  const publicKeyG2 = reader.take(3 * G2_BYTES);
  const proof = (k: number): PtauSecretProof => ({
    g1s: publicKeyG1.subarray(2 * k * G1_BYTES, (2 * k + 1) * G1_BYTES),
    g1sx: publicKeyG1.subarray((2 * k + 1) * G1_BYTES, (2 * k + 2) * G1_BYTES),
    g2spx: publicKeyG2.subarray(k * G2_BYTES, (k + 1) * G2_BYTES),
  });
  const hashState = reader.take(HASH_STATE_BYTES);
  const nextChallenge = reader.take(CHALLENGE_BYTES);
  const type = reader.u32();
  if (type > 1) throw malformed(`has contribution ${index} of unknown type ${type}`);
  const parameters = new ByteReader(reader.take(reader.u32()), {
    what: `parameters of contribution ${index} of the Powers of Tau file`,
    code: 'MALFORMED_PTAU',
  });
  return {
    kind: type === 1 ? 'beacon' : 'person',
    ...after,
    tau: proof(0),
    alpha: proof(1),
    beta: proof(2),
    publicKeyG1,
    publicKeyG2,
    hashState,
    nextChallenge,
    ...parseParameters(parameters, tag =>
      malformed(`has contribution ${index} with parameter ${tag} out of order`),
    ),
  };
}

function malformed(problem: string): BionoirError {
  return new BionoirError(
    'MALFORMED_PTAU',
    `The Powers of Tau file (.ptau) ${problem}. Is the file corrupt?`,
  );
}
