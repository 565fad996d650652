/**
 * Proofs as bytes: A.x A.y, B.x.c1 B.x.c0 B.y.c1 B.y.c0, then the further points of G1, each coordinate 32 bytes big-endian:
 * the words that the EVM's pairing precompile takes (EIP-197), in the order of `verifyProof`. Groth16 has C (256 bytes),
 * UltraGroth C1 and C2 (320 bytes).
 */
import { BionoirError } from '../errors.ts';
import type { G1Point, G2Point, Groth16Points, UltraGrothPoints } from '../kernel/index.ts';

export const PROOF_BYTES = 256;
export const ULTRAGROTH_PROOF_BYTES = 320;
const WORD_BYTES = 32;

/** Writes a proof as bytes. */
export function encodeProof({ a, b, c }: Groth16Points): Uint8Array {
  return encodeWords(a, b, [c]);
}

/** Writes an UltraGroth proof as bytes. */
export function encodeUltraGrothProof({ a, b, c1, c2 }: UltraGrothPoints): Uint8Array {
  return encodeWords(a, b, [c1, c2]);
}

function encodeWords(a: G1Point, [bx, by]: G2Point, more: readonly G1Point[]): Uint8Array {
  const words = [...a, bx[1], bx[0], by[1], by[0], ...more.flat()];
  const hex = words.map(word => word.toString(16).padStart(2 * WORD_BYTES, '0')).join('');
  return Uint8Array.from({ length: words.length * WORD_BYTES }, (_, i) =>
    Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16),
  );
}

/**
 * Reads a proof from bytes. Whether the points are on their curves is the verifier's to check.
 *
 * @throws BionoirError MALFORMED_PROOF for another length
 */
export function decodeProof(bytes: Uint8Array): Groth16Points {
  const word = wordsOf(bytes, PROOF_BYTES, 'a Groth16');
  return { ...decodeAB(word), c: [word(6), word(7)] };
}

/**
 * Reads an UltraGroth proof from bytes; see {@link decodeProof}.
 *
 * @throws BionoirError MALFORMED_PROOF for another length
 */
export function decodeUltraGrothProof(bytes: Uint8Array): UltraGrothPoints {
  const word = wordsOf(bytes, ULTRAGROTH_PROOF_BYTES, 'an UltraGroth');
  return { ...decodeAB(word), c1: [word(6), word(7)], c2: [word(8), word(9)] };
}

function wordsOf(bytes: Uint8Array, expected: number, what: string): (index: number) => bigint {
  if (bytes.length !== expected) {
    throw new BionoirError(
      'MALFORMED_PROOF',
      `The proof has ${bytes.length} bytes; ${what} proof has ${expected}. Is it one of another backend?`,
      { details: { found: bytes.length, expected } },
    );
  }
  return index => {
    const part = bytes.subarray(index * WORD_BYTES, (index + 1) * WORD_BYTES);
    return BigInt(`0x${Array.from(part, byte => byte.toString(16).padStart(2, '0')).join('')}`);
  };
}

function decodeAB(word: (index: number) => bigint): { readonly a: G1Point; readonly b: G2Point } {
  return {
    a: [word(0), word(1)],
    b: [
      [word(3), word(2)],
      [word(5), word(4)],
    ],
  };
}
