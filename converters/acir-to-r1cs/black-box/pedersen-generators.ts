/**
 * Grumpkin generators of Barretenberg's Pedersen functions: points that hashing finds, so that nobody knows a relation
 * between them. Newer releases of Noir write them into the program; older ones leave them to the backend.
 */
import { blake3 } from '@noble/hashes/blake3.js';
import { mod } from '../../../src/field/index.ts';
import { squareRoot } from '../square-root.ts';
import { GRUMPKIN } from './grumpkin.ts';
import type { CurvePoint } from './weierstrass.ts';

/** The domain of the generators that multiply inputs. */
const INPUT_DOMAIN = 'DEFAULT_DOMAIN_SEPARATOR';
/** The domain of the generator that multiplies a hash's number of inputs. */
const LENGTH_DOMAIN = 'pedersen_hash_length';

/** Returns the generator of an input: by its position plus the call's domain separator. */
export function inputGenerator(index: number): CurvePoint {
  return deriveGenerator(INPUT_DOMAIN, index);
}

/** Returns the generator of the number of inputs. */
export function lengthGenerator(): CurvePoint {
  return deriveGenerator(LENGTH_DOMAIN, 0);
}

/**
 * Derives a generator: x is 512 bits of BLAKE3 of (hash of the domain, index, 28 zeros, attempt, half) mod p, for the
 * first attempt that is on the curve; the first bit of the hash is y's parity.
 */
export function deriveGenerator(domain: string, index: number): CurvePoint {
  const seed = new Uint8Array(66);
  seed.set(blake3(new TextEncoder().encode(domain)));
  new DataView(seed.buffer).setUint32(32, index);
  const p = GRUMPKIN.fieldPrime;
  for (let attempt = 0; ; attempt++) {
    const [high, low] = [0, 1].map(half => {
      seed[64] = attempt;
      seed[65] = half;
      return bigEndian(blake3(seed));
    }) as [bigint, bigint]; // two halves
    const x = mod((high << 256n) + low, p);
    const y = squareRoot(x * x * x + GRUMPKIN.b, p);
    if (y === undefined) continue;
    return { x, y: (y & 1n) === high >> 255n ? y : p - y };
  }
}

function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
}
