/**
 * Finds private wires that no public wire depends on: a witness for them is a matter of taste, and often a forgotten
 * constraint.
 *
 * Rows connect the wires that occur in them. A component of private wires that holds no public wire says nothing about
 * the public statement except "some such values exist": perhaps meant (a proof of knowledge), perhaps not. A wire that
 * is connected may still be free to vary: this finds some holes, not all. In a system with lookups, what depends on the
 * challenges connects nothing, and is not looked for: it would connect everything that is looked up.
 */
import { BionoirError } from '../errors.ts';
import { dependsOnChallenge, firstOfRoundOne, firstOfRoundTwo } from './rounds.ts';
import { at, atByte } from './sparse.ts';
import type { ConstraintSystem, WireId } from './types.ts';

/** What the search leaves out, and how it names wires. */
export interface ReachabilityOptions {
  /** Wires that may be unconnected. */
  readonly allowed?: (wire: WireId) => boolean;
  /** Names wires in the error; "w12" by default. */
  readonly name?: (wire: WireId) => string;
}

/** Private wires in components without a public wire. Of a system without public wires: none. */
export function findUnconnected(system: ConstraintSystem, options: ReachabilityOptions = {}): WireId[] {
  if (system.publicCount === 0) return [];
  const { parents, isReached } = connectWires(system);
  const found: WireId[] = [];
  for (let wire = firstOfRoundOne(system); wire < firstOfRoundTwo(system); wire++) {
    const id = wire as WireId; // the loop runs over wires
    if (atByte(isReached, rootOf(parents, wire)) === 0 && options.allowed?.(id) !== true) found.push(id);
  }
  return found;
}

/** Components of wires that share rows. */
export interface Components {
  /** A forest; the root stands for the component (see {@link rootOf}). */
  readonly parents: Uint32Array;
  /** By root: whether the component has a public wire. */
  readonly isReached: Uint8Array;
}

/** Joins the wires of every row. The constant connects nothing. */
export function connectWires(system: ConstraintSystem): Components {
  const parents = new Uint32Array(system.wireCount).map((_, wire) => wire);
  for (let row = 0; row < system.constraintCount; row++) connectRow(system, parents, row);
  const isReached = new Uint8Array(system.wireCount);
  for (let wire = 1; wire <= system.publicCount; wire++) isReached[rootOf(parents, wire)] = 1;
  return { parents, isReached };
}

/**
 * Throws when a private wire is not connected to a public one.
 * @throws BionoirError UNDER_CONSTRAINED naming the first such wires.
 */
export function assertConnected(system: ConstraintSystem, options: ReachabilityOptions = {}): void {
  const found = findUnconnected(system, options);
  if (found.length === 0) return;
  const name = options.name ?? ((wire: WireId) => `w${wire}`);
  const names = found.slice(0, 5).map(name).join(', ');
  throw new BionoirError(
    'UNDER_CONSTRAINED',
    `${found.length} private wires have no connection to a public one: ${names}${found.length > 5 ? ' ...' : ''}. Constrain them, or allow them if the proof is meant to say only that they exist.`,
    { details: { wires: found } },
  );
}

function connectRow(system: ConstraintSystem, parents: Uint32Array, row: number): void {
  const { a, b, c } = system;
  let first = 0;
  for (const { rowStarts, wires } of [a, b, c]) {
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      const wire = at(wires, k);
      if (wire === 0 || dependsOnChallenge(system, wire)) continue;
      const root = rootOf(parents, wire);
      if (first === 0) first = root;
      else if (root !== first) parents[root] = first;
    }
  }
}

/** The root of a wire's component. */
export function rootOf(parents: Uint32Array, wire: number): number {
  let current = wire;
  while (at(parents, current) !== current) {
    parents[current] = at(parents, at(parents, current));
    current = at(parents, current);
  }
  return current;
}
