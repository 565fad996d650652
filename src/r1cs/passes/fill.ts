/**
 * Fill-in of bottlenecks: how many C terms it costs to eliminate wires that are defined by long rows and used in many.
 *
 * One wire of a dense layer, taken alone, would multiply its inputs into every row that uses it. Taken together, the
 * wires of a layer share their inputs: 784 -> 64 -> 10 shrinks from 50 816 terms to 7 840 when all 64 go, while
 * 1000 -> 16 -> 1000 grows from 32 000 to a million. So for each row that uses such wires we compare the size of the
 * union of their supports with the sum of their sizes, and charge each wire its share of the union.
 */
import { at } from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { isLinear } from './bounds.ts';
import type { CostModel } from './cost-model.ts';
import type { Places } from './pivot.ts';

/** Terms that may be visited; beyond that the ratio seen so far stands for the rest. */
const VISITS_MAX = 30_000_000;

/** Returns, for wires whose elimination alone would look too dear, the C terms that it adds when all of them go. */
export function estimateSharedFill(
  system: ConstraintSystem,
  places: Places,
  costs: CostModel,
): ReadonlyMap<number, number> {
  const rowOf = findBottlenecks(system, places, costs);
  const fill = new Map<number, number>();
  if (rowOf.size === 0) return fill;
  const { rowStarts, wires } = system.c;
  const length = (row: number): number => at(rowStarts, row + 1) - at(rowStarts, row);
  const stamps = new Uint32Array(system.wireCount);
  const seen = { union: 0, sum: 0, visits: 0 };
  for (let row = 0; row < system.constraintCount; row++) {
    const used: number[] = [];
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      const wire = at(wires, k);
      const definer = rowOf.get(wire);
      if (definer !== undefined && definer !== row) used.push(wire);
    }
    if (used.length === 0) continue;
    const sum = used.reduce((total, wire) => total + length(rowOf.get(wire) ?? 0), 0);
    let ratio = seen.sum === 0 ? 1 : seen.union / seen.sum;
    if (seen.visits + sum <= VISITS_MAX) {
      const union = unionSize(
        system,
        used.map(wire => rowOf.get(wire) ?? 0),
        { stamps, stamp: row + 1 },
      );
      ratio = union / sum;
      seen.union += union;
      seen.sum += sum;
      seen.visits += sum;
    }
    for (const wire of used) {
      const share = length(rowOf.get(wire) ?? 0) * ratio;
      fill.set(wire, (fill.get(wire) ?? -at(places.c, wire)) + share);
    }
  }
  return fill;
}

/** For each long linear row the wire it would define: no A/B place, fewest C places, dear when taken alone. */
function findBottlenecks(system: ConstraintSystem, places: Places, costs: CostModel): Map<number, number> {
  const rowOf = new Map<number, number>();
  const { rowStarts, wires } = system.c;
  for (let row = 0; row < system.constraintCount; row++) {
    const [start, end] = [at(rowStarts, row), at(rowStarts, row + 1)];
    if (!isLinear(system, row) || end - start < 16) continue;
    let best = 0;
    for (let k = start; k < end; k++) {
      const wire = at(wires, k);
      if (wire <= system.publicCount || places.ab[wire] !== 0 || rowOf.has(wire)) continue;
      if (best === 0 || at(places.c, wire) < at(places.c, best)) best = wire;
    }
    const fill = (at(places.c, best) - 1) * (end - start - 2);
    if (best !== 0 && fill * costs.cTerm > costs.wire) rowOf.set(best, row);
  }
  return rowOf;
}

function unionSize(
  system: ConstraintSystem,
  rows: readonly number[],
  { stamps, stamp }: { readonly stamps: Uint32Array; readonly stamp: number },
): number {
  const { rowStarts, wires } = system.c;
  let size = 0;
  for (const row of rows) {
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      const wire = at(wires, k);
      if (stamps[wire] === stamp) continue;
      stamps[wire] = stamp;
      size++;
    }
  }
  return size;
}
