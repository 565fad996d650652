/**
 * Which round a wire belongs to; see Rounds in types.ts. In a system without rounds every private wire is round 1.
 */
import { at } from './sparse.ts';
import type { ConstraintSystem } from './types.ts';

/** Returns the first challenge wire; round 1 begins after the challenges. */
export function firstChallenge({ publicCount }: Pick<ConstraintSystem, 'publicCount'>): number {
  return publicCount + 1;
}

/** Returns the first private wire of round 1. */
export function firstOfRoundOne({
  publicCount,
  rounds,
}: Pick<ConstraintSystem, 'publicCount' | 'rounds'>): number {
  return publicCount + 1 + (rounds?.challengeCount ?? 0);
}

/** Returns the first wire of round 2: the wire count where there is none. */
export function firstOfRoundTwo(
  system: Pick<ConstraintSystem, 'publicCount' | 'rounds' | 'wireCount'>,
): number {
  return system.rounds === undefined
    ? system.wireCount
    : firstOfRoundOne(system) + system.rounds.roundOneCount;
}

/** Whether a wire depends on challenges: it is one, or belongs to round 2. */
export function dependsOnChallenge(
  system: Pick<ConstraintSystem, 'publicCount' | 'rounds' | 'wireCount'>,
  wire: number,
): boolean {
  if (system.rounds === undefined || wire <= system.publicCount) return false;
  return wire < firstOfRoundOne(system) || wire >= firstOfRoundTwo(system);
}

/** Whether a constraint has a wire that depends on challenges: it belongs to a lookup argument. */
export function isLookupRow(system: ConstraintSystem, row: number): boolean {
  if (system.rounds === undefined) return false;
  for (const { rowStarts, wires } of [system.a, system.b, system.c]) {
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      if (dependsOnChallenge(system, at(wires, k))) return true;
    }
  }
  return false;
}
