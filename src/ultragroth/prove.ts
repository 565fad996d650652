/**
 * UltraGroth proving in one call: commit to round 1, draw the challenges, let the solver finish, prove. The order is the
 * protocol; docs/ultragroth.md tells why.
 */
import { ultraGrothChallenges } from '../../converters/keys-to-iden3/index.ts';
import { bytesToBigint, writeBigint } from '../bytes/index.ts';
import { BionoirError } from '../errors.ts';
import { BN254_SCALAR_PRIME } from '../field/index.ts';
import type { Kernel, KernelCallOptions, UltraGrothBlinding, UltraGrothPoints } from '../kernel/types.ts';
import { randomScalar } from '../kernel/web.ts';
import type { UltraGrothProvingKey } from './keys.ts';
import { requireUltraGroth } from './setup.ts';

const WIRE_BYTES = 32;

/** A witness in two rounds. Wires are 32 bytes little-endian each, canonical, wire 0 (one) first. */
export interface TwoRoundWitness {
  /** At least up to the last wire of round 1. The challenges in it, and whatever follows, are not read. */
  readonly roundOne: Uint8Array;
  /** All wires, now that the challenges are known. */
  finish(challenges: readonly bigint[]): Uint8Array | Promise<Uint8Array>;
}

/**
 * A witness in two rounds from wire values.
 *
 * @throws BionoirError MALFORMED_WITNESS for a value that is not in [0, r).
 */
export function encodeTwoRounds(
  wires: readonly bigint[],
  finish: (challenges: readonly bigint[]) => readonly bigint[],
): TwoRoundWitness {
  return { roundOne: encodeWires(wires), finish: challenges => encodeWires(finish(challenges)) };
}

function encodeWires(wires: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(wires.length * WIRE_BYTES);
  wires.forEach((value, wire) => {
    if (value < 0n || value >= BN254_SCALAR_PRIME) throw notCanonical(wire, value);
    writeBigint(bytes, wire * WIRE_BYTES, value, WIRE_BYTES);
  });
  return bytes;
}

function notCanonical(wire: number, value: bigint): BionoirError {
  return new BionoirError(
    'MALFORMED_WITNESS',
    `Wire ${wire} of the witness is ${value}, which is not in [0, r). Reduce it first.`,
    { details: { wire, value } },
  );
}

export interface UltraGrothProveOptions extends KernelCallOptions {
  /** Drawn from the platform CSPRNG when absent. Tests only. */
  readonly blinding?: UltraGrothBlinding;
}

/** A proof, what it is about, and how it was made. */
export interface UltraGrothProofResult {
  readonly proof: UltraGrothPoints;
  readonly publicSignals: readonly bigint[];
  /** Which engine made it. */
  readonly kernel: string;
  readonly timings: {
    readonly commitMillis: number;
    readonly finishMillis: number;
    readonly proveMillis: number;
  };
}

/**
 * Proves with a key that the kernel has loaded. Does not check that the witness satisfies the system: a proof from a false
 * witness only fails to verify. `finish` may check, and throw.
 *
 * @throws BionoirError KEY_MISMATCH, MALFORMED_WITNESS, ABORTED, KERNEL_FAILED, and what `finish` throws.
 */
export async function prove(
  kernel: Kernel,
  key: UltraGrothProvingKey,
  witness: TwoRoundWitness,
  options: UltraGrothProveOptions = {},
): Promise<UltraGrothProofResult> {
  const engine = requireUltraGroth(kernel);
  const { loaded } = key;
  const publicSignals = readPublicSignals(key, witness.roundOne);
  const blinding = options.blinding ?? { rho: randomScalar(), r: randomScalar(), s: randomScalar() };
  const start = performance.now();
  const first = 1 + loaded.publicCount + loaded.challengeCount;
  const roundOne = witness.roundOne.subarray(first * WIRE_BYTES, (first + loaded.roundOneCount) * WIRE_BYTES);
  const c1 = await engine.commit(loaded, roundOne, blinding.rho, options);
  const committed = performance.now();
  const challenges = ultraGrothChallenges(key.digest, loaded.challengeCount, publicSignals, c1);
  const wires = await witness.finish(challenges);
  assertContinues(key, witness.roundOne, wires, challenges);
  const finished = performance.now();
  const { a, b, c2 } = await engine.prove(loaded, wires, blinding, options);
  return {
    proof: { a, b, c1, c2 },
    publicSignals,
    kernel: kernel.description,
    timings: {
      commitMillis: committed - start,
      finishMillis: finished - committed,
      proveMillis: performance.now() - finished,
    },
  };
}

function readPublicSignals({ loaded }: UltraGrothProvingKey, wires: Uint8Array): bigint[] {
  const needed = 1 + loaded.publicCount + loaded.challengeCount + loaded.roundOneCount;
  if (wires.length < needed * WIRE_BYTES || wires.length % WIRE_BYTES !== 0) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `Round 1 of the witness has ${wires.length} bytes; the proving key needs ${needed} wires of ${WIRE_BYTES}. Use the key of this circuit, or set up again.`,
      { details: { found: wires.length, expected: needed * WIRE_BYTES } },
    );
  }
  return Array.from({ length: loaded.publicCount }, (_, i) => {
    const value = bytesToBigint(wires.subarray((i + 1) * WIRE_BYTES, (i + 2) * WIRE_BYTES));
    if (value < BN254_SCALAR_PRIME) return value;
    throw notCanonical(i + 1, value);
  });
}

/** The finished witness must hold the challenges, and what was committed to: otherwise the proof could not verify. */
function assertContinues(
  { loaded }: UltraGrothProvingKey,
  roundOne: Uint8Array,
  wires: Uint8Array,
  challenges: readonly bigint[],
): void {
  if (wires.length !== loaded.wireCount * WIRE_BYTES) {
    throw new BionoirError(
      'KEY_MISMATCH',
      `The finished witness has ${wires.length / WIRE_BYTES} wires; the proving key is for ${loaded.wireCount}. Use the key of this circuit, or set up again.`,
      { details: { found: wires.length / WIRE_BYTES, expected: loaded.wireCount } },
    );
  }
  const first = 1 + loaded.publicCount;
  const end = first + challenges.length;
  const wrong = challenges.findIndex(
    (challenge, i) =>
      bytesToBigint(wires.subarray((first + i) * WIRE_BYTES, (first + i + 1) * WIRE_BYTES)) !== challenge,
  );
  const wire =
    wrong >= 0
      ? first + wrong
      : (firstDifference(roundOne, wires, 0, first) ??
        firstDifference(roundOne, wires, end, end + loaded.roundOneCount));
  if (wire === undefined) return;
  throw new BionoirError(
    'MALFORMED_WITNESS',
    `Wire ${wire} of the finished witness is not what round 1 committed to, or not the challenge that follows from it. Fill only challenges and round 2.`,
    { details: { wire } },
  );
}

/** The first of the wires from..end-1 that the two witnesses have different values for. */
function firstDifference(left: Uint8Array, right: Uint8Array, from: number, end: number): number | undefined {
  for (let i = from * WIRE_BYTES; i < end * WIRE_BYTES; i++) {
    if (left[i] !== right[i]) return Math.floor(i / WIRE_BYTES);
  }
  return undefined;
}
