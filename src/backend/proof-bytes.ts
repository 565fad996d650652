/**
 * A Groth16 proof as 256 bytes: A.x A.y, B.x.c1 B.x.c0 B.y.c1 B.y.c0, C.x C.y, each 32 bytes big-endian: the words
 * that the EVM's pairing precompile takes (EIP-197), in the order of `verifyProof`.
 */
import { BionoirError } from '../errors.ts';
import type { Groth16Points } from '../kernel/index.ts';

export const PROOF_BYTES = 256;
const WORD_BYTES = 32;

/** Writes a proof as bytes. */
export function encodeProof({ a, b, c }: Groth16Points): Uint8Array {
  const [bx, by] = b;
  const words = [a[0], a[1], bx[1], bx[0], by[1], by[0], c[0], c[1]];
  const hex = words.map(word => word.toString(16).padStart(2 * WORD_BYTES, '0')).join('');
  return Uint8Array.from({ length: PROOF_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/**
 * Reads a proof from bytes. Whether the points are on their curves is the verifier's to check.
 *
 * @throws BionoirError MALFORMED_PROOF for another length
 */
export function decodeProof(bytes: Uint8Array): Groth16Points {
  if (bytes.length !== PROOF_BYTES) {
    throw new BionoirError(
      'MALFORMED_PROOF',
      `The proof has ${bytes.length} bytes; a Groth16 proof has ${PROOF_BYTES}. Is it one of another backend?`,
      { details: { found: bytes.length, expected: PROOF_BYTES } },
    );
  }
  const word = (index: number): bigint => {
    const part = bytes.subarray(index * WORD_BYTES, (index + 1) * WORD_BYTES);
    return BigInt(`0x${Array.from(part, byte => byte.toString(16).padStart(2, '0')).join('')}`);
  };
  return {
    a: [word(0), word(1)],
    b: [
      [word(3), word(2)],
      [word(5), word(4)],
    ],
    c: [word(6), word(7)],
  };
}
