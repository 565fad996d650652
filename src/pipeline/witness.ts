/** What solving gives: wires that satisfy every constraint. */

import type { WitnessStack } from '../acir/index.ts';
import type { ResolvedClaim } from '../applications/index.ts';
import { randomScalar } from '../kernel/index.ts';
import type { IntTensor } from '../quantize/index.ts';
import { assertSatisfied } from '../r1cs/index.ts';
import type { ConstraintSystem } from '../r1cs/types.ts';
import { decodeWires, type EngineWitness } from '../solving.ts';
import type { RoundOne } from '../witness/index.ts';

/** A solved and checked witness. */
export interface Witness {
  /** All wire values, wire 0 (one) first. In a system with rounds those of round 1; challenges and later wires are 0. */
  readonly wires: readonly bigint[];
  readonly publicSignals: readonly bigint[];
  /** Present in a system with rounds that the reference machine has solved: all wires, once the challenges are known. */
  readonly finish?: (challenges: readonly bigint[]) => readonly bigint[];
  /** Of an engine of the kernel: `wires` as the kernel takes them, 32 bytes each. */
  readonly encoded?: Uint8Array;
  /** Of an engine of the kernel: what `finish` is of the reference machine. */
  readonly finishEncoded?: (challenges: readonly bigint[]) => Promise<Uint8Array>;
  /** The witnesses of every call, where `keepStack` asked for them. */
  readonly stack?: WitnessStack;
  /** What solved it: the kernel's description, or 'reference', with the reason where a kernel was to do it. */
  readonly engine?: string;
}

/** A witness of a network, with what the network said. */
export interface NetworkWitness extends Witness {
  /** The integer network's outputs, and the same as reals. */
  readonly outputs: readonly IntTensor[];
  readonly realOutputs: readonly { readonly data: ArrayLike<number> }[];
  /** Of an application: its claim as integers, with the salt that opens the commitment to the input. */
  readonly claim?: ResolvedClaim;
}

/** Wires are decoded when somebody asks for them: proving takes the bytes. */
export function lazyWitness(
  { encoded, publicSignals, finishEncoded, stack }: EngineWitness,
  engine: string,
): Witness {
  let wires: readonly bigint[] | undefined;
  return {
    get wires() {
      wires ??= decodeWires(encoded);
      return wires;
    },
    publicSignals,
    encoded,
    engine,
    ...(finishEncoded === undefined ? {} : { finishEncoded }),
    ...(stack === undefined ? {} : { stack }),
  };
}

/**
 * Checks a solved witness. The lookups of a system with rounds are checked for a challenge drawn here: whatever round 1
 * leaves wrong fails for it as for the one of the proof, but for a chance of one in 2^200.
 */
export function checkedWitness(
  system: ConstraintSystem,
  { wires, challengeCount, finish }: RoundOne,
): Witness {
  const publicSignals = wires.slice(1, system.publicCount + 1);
  assertSatisfied(system, finish(Array.from({ length: challengeCount }, randomScalar)));
  return system.rounds === undefined ? { wires, publicSignals } : { wires, publicSignals, finish };
}
