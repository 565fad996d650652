/**
 * Values a linear row and chooses the wire to eliminate by it: the judgement of eliminate.ts, by the cost model.
 */
import { type CoefficientTable, MINUS_ONE_ID, ONE_ID } from '../coefficients.ts';
import { at } from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { type Bounds, isBounded, rowInterval } from './bounds.ts';
import type { CostModel } from './cost-model.ts';

/** Where each wire occurs, kept up to date while definitions are made. */
export interface Places {
  /** Occurrences in A and B. */
  readonly ab: Uint32Array;
  /** Occurrences in C, linear rows included. */
  readonly c: Uint32Array;
  /** Occurrences in linear rows. */
  readonly linear: Uint32Array;
}

export interface Judgement {
  readonly system: ConstraintSystem;
  readonly table: CoefficientTable;
  readonly costs: CostModel;
  readonly bounds: Bounds;
  readonly places: Places;
  /** By wire: C terms that eliminating it adds, where wires with the same support share the fill-in. */
  readonly sharedFill: ReadonlyMap<number, number>;
  /** Rows that have a price of their own. */
  readonly counted: ReadonlyMap<number, number> | undefined;
}

/** A linear row being decided. */
export interface Candidate {
  readonly row: number;
  readonly wires: readonly number[];
  readonly ids: readonly number[];
  /** Terms when definitions are expanded, at most. */
  readonly length: number;
}

export interface Pivot {
  /** Index of the chosen term, or -1 when every choice loses. */
  readonly index: number;
  /** What the choice puts into other rows, without what it saves. */
  readonly damage: number;
}

interface RowValue {
  /** What the row costs if it stays. */
  readonly worth: number;
  /** What a coefficient in A or B costs for getting rid of it. */
  readonly abTerm: number;
  readonly allBounded: boolean;
}

/** A row of bits and at most this many other wires is a range row. */
const RANGE_OTHERS_MAX = 3;

/** Chooses the term whose wire gains most, among those that `isAllowed` admits. */
export function choosePivot(
  judgement: Judgement,
  candidate: Candidate,
  isAllowed: (wire: number) => boolean,
): Pivot {
  const value = valueOfRow(judgement, candidate);
  const { bounds, costs, system } = judgement;
  let best: Pivot = { index: -1, damage: 0 };
  let bestLoss = 0;
  for (const [index, wire] of candidate.wires.entries()) {
    if (wire <= system.publicCount || !isAllowed(wire)) continue;
    const saved = value.worth + (isBit(bounds, wire) ? costs.bitWire : costs.wire);
    const damage = damageOf(judgement, candidate, value, index);
    if (damage - saved >= bestLoss) continue;
    bestLoss = damage - saved;
    best = { index, damage };
  }
  return best;
}

/** A lone constraint, a row that only bounds a wire by its bits, or the share of a packed row. */
function valueOfRow(judgement: Judgement, { row, wires }: Candidate): RowValue {
  const { system, table, bounds, costs, counted } = judgement;
  const allBounded = wires.every(wire => isBounded(bounds, wire));
  const worth = counted?.get(row);
  if (worth !== undefined) return { worth, abTerm: costs.countedAbTerm, allBounded };
  const { constraint } = costs;
  if (!allBounded || wires.some(wire => bounds.boundBy[wire] === row)) {
    const isRange = wires.filter(wire => !isBit(bounds, wire)).length <= RANGE_OTHERS_MAX;
    return { worth: constraint, abTerm: isRange ? costs.countedAbTerm : costs.abTerm, allBounded };
  }
  const { low, high } = rowInterval(system, table, bounds, row);
  const bits = Math.log2(Math.max(-low, high) + 2);
  const perRow = Math.max(1, Math.floor(table.prime.toString(2).length / bits));
  return { worth: constraint / perRow, abTerm: costs.abTerm, allBounded };
}

function isBit(bounds: Bounds, wire: number): boolean {
  return at(bounds.high, wire) - at(bounds.low, wire) <= 1;
}

/** The price of what eliminating one term's wire puts into other rows. */
function damageOf(judgement: Judgement, candidate: Candidate, value: RowValue, index: number): number {
  if (spoilsBounds(judgement, candidate, value, index)) return Number.POSITIVE_INFINITY;
  const { costs, places, sharedFill } = judgement;
  const wire = candidate.wires[index] ?? 0;
  const growth = candidate.length - 2;
  const fill = sharedFill.get(wire) ?? (at(places.c, wire) - 1) * growth;
  return at(places.ab, wire) * growth * value.abTerm + (fill - candidate.length) * costs.cTerm;
}

/**
 * Whether a bounded wire would give way to what other rows cannot bound: wires that are unbounded or bounded by this row
 * alone, or fractions. A wire that occurs in one more product row only (a bit) has nothing to spoil.
 */
function spoilsBounds(
  { bounds, places }: Judgement,
  { wires, ids, row }: Candidate,
  { allBounded }: RowValue,
  index: number,
): boolean {
  const wire = wires[index] ?? 0;
  if (!isBounded(bounds, wire) || bounds.boundBy[wire] === row) return false;
  const hasLinear = at(places.linear, wire) > 1;
  if (!hasLinear && at(places.ab, wire) <= 2) return false;
  const isIntegral = ids[index] === ONE_ID || ids[index] === MINUS_ONE_ID;
  if (!isIntegral && hasLinear) return true;
  return !allBounded || wires.some(other => bounds.boundBy[other] === row);
}
