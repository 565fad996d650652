/**
 * What ceremonies need of a kernel: arithmetic on points as they lie in iden3 files (affine, each coordinate 32 bytes
 * little-endian times 2^256 mod q, G2 as x.c0 x.c1 y.c0 y.c1, infinity all zeros) and the hashes of their transcripts.
 * Every point that is read is checked to be canonical and on its curve; what fails is a BionoirError MALFORMED_KEY whose
 * details have `isPoint: true`. Scalars are 32 bytes little-endian, below r. Arrays are read, and where stated written, in
 * place while a promise is pending.
 */
import type { KernelCallOptions } from './types.ts';

export type GroupName = 'G1' | 'G2';

/** BLAKE2b-512 under way. */
export interface PointHash {
  update(bytes: Uint8Array): Promise<void>;
  /** `times` copies of `bytes`. */
  repeat(bytes: Uint8Array, times: number, options?: KernelCallOptions): Promise<void>;
  /** Points in the form that transcripts hash: big-endian, not Montgomery, the coefficient of u first. */
  points(group: GroupName, points: Uint8Array): Promise<void>;
  digest(): Promise<Uint8Array>;
}

/** Parts of a prepared `.ptau` for a domain of N = 2^power, as they lie in it. */
export interface PreparedPowers {
  readonly power: number;
  /** N points each: L_i(tau) in G1 and G2, alpha L_i(tau), beta L_i(tau). */
  readonly lagrangeTauG1: Uint8Array;
  readonly lagrangeTauG2: Uint8Array;
  readonly lagrangeAlphaG1: Uint8Array;
  readonly lagrangeBetaG1: Uint8Array;
  /** 2N points: the Lagrange points of twice the domain. */
  readonly lagrangeDouble: Uint8Array;
  /** 2N points tau^i; the last one, which a file of this very power lacks, is what follows in the file. */
  readonly tauG1: Uint8Array;
  readonly alphaG1: Uint8Array;
  readonly betaG1: Uint8Array;
  readonly betaG2: Uint8Array;
}

/** Secrets and points drawn from a seed, as snarkjs draws them. */
export interface DerivedKeys {
  readonly scalars: readonly Uint8Array[];
  readonly points: readonly Uint8Array[];
}

export interface CeremonyKernel {
  /** All points of G1 times one secret scalar that is not 0. */
  scale(points: Uint8Array, scalar: Uint8Array, options?: KernelCallOptions): Promise<Uint8Array>;
  /** One point times one secret scalar. */
  multiply(group: GroupName, point: Uint8Array, scalar: Uint8Array): Promise<Uint8Array>;
  /** The sum of scalars[i] points[i]; scalars take 16 or 32 bytes each. */
  combine(
    group: GroupName,
    points: Uint8Array,
    scalars: Uint8Array,
    options?: KernelCallOptions,
  ): Promise<Uint8Array>;
  /** Throws unless every point of G2 is in the subgroup of order r. */
  checkSubgroup(points: Uint8Array, options?: KernelCallOptions): Promise<void>;
  /** Whether the product of e(g1[i], g2[i]) is one. */
  pairingIsOne(g1: Uint8Array, g2: Uint8Array): Promise<boolean>;
  /** Starts a hash, or goes on with one whose 216 bytes of state a `.ptau` holds. */
  openHash(state?: Uint8Array): Promise<PointHash>;
  /** SHA-256 applied 2^exponent times. */
  hashBeacon(beacon: Uint8Array, exponent: number, options?: KernelCallOptions): Promise<Uint8Array>;
  /** A point of G2 that nobody knows the logarithm of, from 32 bytes. */
  deriveG2(seed: Uint8Array): Promise<Uint8Array>;
  /** `count` scalars, then `count` points of G1, from 32 bytes. */
  deriveKeys(seed: Uint8Array, count: number): Promise<DerivedKeys>;
  /** In place: weights of Lagrange points become weights of powers with the same combination. 2^k scalars of 32 bytes. */
  lagrangeDual(scalars: Uint8Array): Promise<void>;
  /** In place: weights of tau^(i + N) - tau^i become weights of the odd Lagrange points of the domain of 2N. */
  lagrangeOdd(scalars: Uint8Array): Promise<void>;
  /** The `.zkey` before any contribution; gamma and delta are 1. */
  setupFromPowers(r1cs: Uint8Array, powers: PreparedPowers, options?: KernelCallOptions): Promise<Uint8Array>;
}
