/**
 * Drops constraints that say nothing: components without a public wire that all zeros satisfy.
 *
 *     public w1                     public w1
 *     (w2) * (w3) = (w1)            (w2) * (w3) = (w1)
 *     (w4) * (w4) = (w4)
 *
 * Range checks of inputs that nothing uses are such (a stride leaves the last rows of an image aside).
 *
 * Soundness: a component shares no wire with the others, so the solutions are the product of the components'; the
 * dropped ones have one, all zeros. The set of solutions on all *other* wires does not change, hence neither does what a
 * proof says of the public wires. (A lookup has a constant, so what is looked up stays.) On the wires of the dropped components anything goes, so this pass runs on request.
 */
import { createSystemBuilder, finishSystem, roomOf } from '../builder.ts';
import type { CoefficientTable } from '../coefficients.ts';
import { connectWires, rootOf } from '../reachability.ts';
import { dependsOnChallenge } from '../rounds.ts';
import { at, atByte } from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { copyConstraint } from './expand.ts';

/** Drops the rows of trivial components. A system without public wires stays as it is. */
export function dropTrivial(system: ConstraintSystem, table: CoefficientTable): ConstraintSystem {
  if (system.publicCount === 0) return system;
  const { parents, isReached: keep } = connectWires(system);
  for (let row = 0; row < system.constraintCount; row++) {
    if (!holdsForZeros(system, row)) keep[rootOf(parents, firstWire(system, row))] = 1;
  }
  const target = createSystemBuilder(table, roomOf(system));
  for (let row = 0; row < system.constraintCount; row++) {
    const wire = firstWire(system, row);
    if (wire === 0 || atByte(keep, rootOf(parents, wire)) === 1) copyConstraint(target, system, row);
  }
  return finishSystem(target, system);
}

/** Whether the constants of the row alone satisfy it: always when A or B has none and C has none. */
function holdsForZeros({ a, b, c }: ConstraintSystem, row: number): boolean {
  const constants = [a, b, c].map(rows => {
    const start = at(rows.rowStarts, row);
    return start < at(rows.rowStarts, row + 1) && at(rows.wires, start) === 0;
  });
  const [inA, inB, inC] = constants;
  return inC !== true && (inA !== true || inB !== true);
}

/** A wire of the row that connects it with others, or 0. */
function firstWire(system: ConstraintSystem, row: number): number {
  for (const { rowStarts, wires } of [system.a, system.b, system.c]) {
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      if (at(wires, k) !== 0 && !dependsOnChallenge(system, at(wires, k))) return at(wires, k);
    }
  }
  return 0;
}
