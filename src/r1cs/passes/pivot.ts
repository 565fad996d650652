/**
 * Values a linear row and chooses the wire to eliminate by it: the judgement of eliminate.ts, by the cost model.
 */
import { toSigned } from '../../field/index.ts';
import { type CoefficientTable, coefficientOf, MINUS_ONE_ID, ONE_ID } from '../coefficients.ts';
import { at, atReal } from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { type Bounds, isBounded, rowInterval } from './bounds.ts';
import type { CostModel } from './cost-model.ts';

/** Where each wire occurs, kept up to date while definitions are made. */
export interface Places {
  /** Occurrences in A and B. */
  readonly ab: Uint32Array;
  /** Occurrences in C, linear rows included. */
  readonly c: Uint32Array;
  /** Occurrences in linear rows, without `loneOutputs`. */
  readonly linear: Uint32Array;
  /** By row: 1 where a linear row holds a public wire that occurs nowhere else: it cannot be packed, and bounds nothing. */
  readonly loneOutputs: Uint8Array;
}

/** What the valuation looks at. */
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
  readonly wires: Uint32Array;
  readonly ids: Uint32Array;
  /** Terms when definitions are expanded, at most. */
  readonly length: number;
}

/** A choice. */
export interface Pivot {
  /** Index of the chosen term, or -1 when every choice loses. */
  readonly index: number;
  /** What the choice puts into other rows, without what it saves. */
  readonly damage: number;
  /** The C terms among that. */
  readonly fill: number;
}

interface RowValue {
  /** What the row costs if it stays. */
  readonly worth: number;
  /** What a coefficient in A or B costs for getting rid of it. */
  readonly abTerm: number;
  /** Whether rows other than this one bound every wire. */
  readonly boundedElsewhere: boolean;
}

/** Which wires may be chosen: any, or those that close no circle and hide no cost while the row is unexpanded. */
export type IsAllowed = (wire: number) => boolean;

const NO_PIVOT: Pivot = { index: -1, damage: 0, fill: 0 };

/** Bits of a wire that costs the full price. */
const FULL_BITS = 254;

/** A range row holds at most this many terms besides its bits. */
const RANGE_OTHERS_MAX = 3;

/** Chooses the term whose wire gains most, among those that `isAllowed` admits. */
export function choosePivot(judgement: Judgement, candidate: Candidate, isAllowed?: IsAllowed): Pivot {
  const value = valueOfRow(judgement, candidate);
  const { costs, places, system } = judgement;
  const { wires, length } = candidate;
  const growth = length - 2;
  const savedMost = value.worth + costs.wire;
  let best = -1;
  let bestDamage = 0;
  let bestFill = 0;
  let bestLoss = 0;
  for (let index = 0; index < wires.length; index++) {
    const wire = at(wires, index);
    const ab = at(places.ab, wire) * growth * value.abTerm;
    if (wire <= system.publicCount || ab >= savedMost + length * costs.cTerm) continue;
    if (isAllowed !== undefined && !isAllowed(wire)) continue;
    const saved = value.worth + wireCost(judgement, wire);
    const fill = judgement.sharedFill.get(wire) ?? (at(places.c, wire) - 1) * growth;
    const damage = ab + (fill - length) * costs.cTerm;
    if (damage - saved >= bestLoss || spoilsBounds(judgement, candidate, value, index)) continue;
    [best, bestDamage, bestLoss, bestFill] = [index, damage, damage - saved, fill - length];
  }
  return best < 0 ? NO_PIVOT : { index: best, damage: bestDamage, fill: bestFill };
}

/** A lone constraint, a row that only bounds a wire by its bits, or the share of a packed row. */
function valueOfRow(judgement: Judgement, candidate: Candidate): RowValue {
  const { system, table, bounds, costs, counted } = judgement;
  const { row, wires } = candidate;
  let boundedElsewhere = true;
  for (let index = 0; index < wires.length; index++) {
    const wire = at(wires, index);
    if (!isBounded(bounds, wire) || bounds.boundBy[wire] === row) boundedElsewhere = false;
  }
  const price = counted?.get(row);
  if (price !== undefined) return { worth: price, abTerm: costs.countedAbTerm, boundedElsewhere };
  const { constraint } = costs;
  if (!boundedElsewhere) {
    const abTerm = isRangeRow(judgement, candidate) ? costs.countedAbTerm : costs.abTerm;
    return { worth: constraint, abTerm, boundedElsewhere };
  }
  const { low, high } = rowInterval(system, table, bounds, row);
  const bits = Math.log2(Math.max(-low, high) + 2);
  const perRow = Math.max(1, Math.floor(Math.log2(Number(table.prime)) / bits));
  return { worth: constraint / perRow, abTerm: costs.abTerm, boundedElsewhere };
}

/** Whether the row holds bits b_0, 2 b_1, 4 b_2 ... with one sign, and a few other wires. */
function isRangeRow({ bounds, table }: Judgement, { wires, ids }: Candidate): boolean {
  let others = 0;
  let bits = 0;
  let sum = 0n;
  for (let index = 0; index < wires.length; index++) {
    const wire = at(wires, index);
    if (wire !== 0 && isBit(bounds, wire)) {
      bits++;
      sum += toSigned(coefficientOf(table, at(ids, index)), table.prime);
    } else if (++others > RANGE_OTHERS_MAX) {
      return false;
    }
  }
  return sum === 2n ** BigInt(bits) - 1n || sum === 1n - 2n ** BigInt(bits);
}

/** Multi-exponentiation takes time in proportion to the bits of the scalars; zeros and ones are nearly free. */
function wireCost({ bounds, costs }: Judgement, wire: number): number {
  if (!isBounded(bounds, wire)) return costs.wire;
  const bits = Math.log2(atReal(bounds.high, wire) - atReal(bounds.low, wire) + 1);
  return Math.max(costs.bitWire, Math.min(costs.wire, (costs.wire * bits) / FULL_BITS));
}

function isBit(bounds: Bounds, wire: number): boolean {
  return atReal(bounds.high, wire) - atReal(bounds.low, wire) <= 1;
}

/**
 * Whether a bounded wire would give way to what other rows cannot bound: wires that are unbounded or bounded by this row
 * alone, or fractions. A wire that occurs in one more product row only (a bit) has nothing to spoil; and if the row says
 * that two wires are equal or opposite up to a constant, what bounded the one will bound the other.
 */
function spoilsBounds(
  { bounds, places }: Judgement,
  candidate: Candidate,
  { boundedElsewhere }: RowValue,
  index: number,
): boolean {
  const { wires, ids, row } = candidate;
  const wire = at(wires, index);
  if (!isBounded(bounds, wire) || bounds.boundBy[wire] === row || isRenaming(candidate)) return false;
  const hasLinear = at(places.linear, wire) > (places.loneOutputs[row] === 1 ? 0 : 1);
  if (!hasLinear && at(places.ab, wire) <= 2) return false;
  const isIntegral = ids[index] === ONE_ID || ids[index] === MINUS_ONE_ID;
  return !boundedElsewhere || (hasLinear && !isIntegral);
}

/** Whether the row is w + k = v or w + k = -v. */
function isRenaming({ wires, ids }: Candidate): boolean {
  const isUnit = (id: number): boolean => id === ONE_ID || id === MINUS_ONE_ID;
  const first = wires[0] === 0 ? 1 : 0;
  return wires.length - first === 2 && isUnit(at(ids, first)) && isUnit(at(ids, first + 1));
}
