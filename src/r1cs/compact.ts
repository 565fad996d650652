/**
 * Renumbers a system: drops wires that no constraint uses (public ones stay) and coefficients that no row uses.
 *
 * A wire without a constraint takes any value in every solution, so dropping it loses nothing. Wires keep their order, so
 * the rounds stay one after another; challenges stay, like public wires.
 */

import { firstOfRoundOne, firstOfRoundTwo } from './rounds.ts';
import { at } from './sparse.ts';
import type { ConstraintSystem, Rounds, SparseRows } from './types.ts';

/** A renumbered system. */
export interface Compaction {
  readonly system: ConstraintSystem;
  /** Old wire by new wire. */
  readonly oldWires: Uint32Array;
}

/** Renumbers wires and coefficients without gaps, in their order. */
export function compactSystem(system: ConstraintSystem): Compaction {
  const matrices = [system.a, system.b, system.c];
  const newWires = new Uint32Array(system.wireCount);
  const newCoefficients = new Uint32Array(system.coefficients.length);
  for (let wire = 0; wire < firstOfRoundOne(system); wire++) newWires[wire] = 1;
  for (const { wires, coefficientIds } of matrices) {
    for (let k = 0; k < wires.length; k++) {
      newWires[at(wires, k)] = 1;
      newCoefficients[at(coefficientIds, k)] = 1;
    }
  }
  const oldWires = numberUsed(newWires);
  const oldCoefficients = numberUsed(newCoefficients);
  const [a, b, c] = matrices.map(rows => renumber(rows, newWires, newCoefficients)) as [
    SparseRows,
    SparseRows,
    SparseRows,
  ]; // three matrices in, three out
  const coefficients = Array.from(oldCoefficients, id => system.coefficients[id] ?? 0n);
  const rounds =
    system.rounds === undefined ? {} : { rounds: renumberRounds(system, system.rounds, oldWires) };
  return { system: { ...system, ...rounds, wireCount: oldWires.length, a, b, c, coefficients }, oldWires };
}

function renumberRounds(system: ConstraintSystem, rounds: Rounds, oldWires: Uint32Array): Rounds {
  const [start, end] = [firstOfRoundOne(system), firstOfRoundTwo(system)];
  return { ...rounds, roundOneCount: oldWires.filter(wire => wire >= start && wire < end).length };
}

/** Replaces marks by ascending numbers; returns the old number of each new one. */
function numberUsed(marks: Uint32Array): Uint32Array {
  const old = new Uint32Array(marks.reduce((sum, mark) => sum + mark, 0));
  let count = 0;
  for (let index = 0; index < marks.length; index++) {
    if (marks[index] === 0) continue;
    old[count] = index;
    marks[index] = count++;
  }
  return old;
}

function renumber(rows: SparseRows, newWires: Uint32Array, newCoefficients: Uint32Array): SparseRows {
  return {
    rowStarts: rows.rowStarts,
    wires: rows.wires.map(wire => at(newWires, wire)),
    coefficientIds: rows.coefficientIds.map(id => at(newCoefficients, id)),
  };
}
