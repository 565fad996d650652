/**
 * Gaussian elimination of linear rows, where it pays.
 *
 *     (0) * (0) = (w3 - 2*w1 - w2)      w3 := 2*w1 + w2, and the row and the wire are gone
 *     (w4) * (w5) = (w3)                (w4) * (w5) = (2*w1 + w2)
 *
 * Soundness: a row 0 = L with coefficient c of wire w is equivalent to w = w - L/c. Substituting that in all other rows
 * and keeping it as a definition leaves the set of solutions, projected on any wires, as it was. Public wires are never
 * eliminated.
 *
 * Choice: in each row the private wire whose elimination gains most by the cost model (pivot.ts): it saves a constraint
 * and a wire, and puts the form into every place of the wire. Places in A and B are dear and places in C nearly free, so
 * dense forms end on the C side; a row whose every choice loses stays. It stays cheaply if its wires are bounded: such
 * rows are packed later (pack.ts), and are valued accordingly. A bounded wire is not exchanged for unbounded wires or
 * fractions, which would make its other rows unfit for packing. Range rows (a wire and its bits) are spent on the wire or
 * on a bit whatever its width.
 *
 * Rows of a lookup argument stay: they hold wires of round 2, and a wire of round 1 must never be defined by those.
 * (Definitions are put into lookup rows as into any other; a key stays a form over wires of round 1.)
 *
 * Order: least damage first, then the shortest row, so that free substitutions are known before dear ones are weighed.
 * Definitions refer to one another; only at the end is each remaining row expanded, once.
 */
import { type CoefficientTable, invertId, multiplyIds, negateId, ONE_ID, ZERO_ID } from '../coefficients.ts';
import { createHeap, popHeap, pushHeap } from '../heap.ts';
import { isLookupRow } from '../rounds.ts';
import {
  type Accumulator,
  accumulateRow,
  at,
  clear,
  createAccumulator,
  endRow,
  forgetPartialSums,
  pushTerm,
  sortedTouched,
} from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { analyzeBounds, type Bounds, isLinear } from './bounds.ts';
import type { CostModel } from './cost-model.ts';
import { NO_DEFINITIONS, type Simplified } from './definitions.ts';
import {
  createSubstitution,
  define,
  expandDefined,
  finishDefinitions,
  isDefined,
  rewriteSystem,
  type Substitution,
} from './expand.ts';
import { estimateSharedFill } from './fill.ts';
import { type Candidate, choosePivot, type Judgement, type Pivot, type Places } from './pivot.ts';

/** Prices, and what is known of the system already. */
export interface EliminateOptions {
  readonly costs: CostModel;
  /** Rows to consider, with what each is worth at any price; by default all linear rows, by their value. */
  readonly counted?: ReadonlyMap<number, number>;
  /** Bounds of this system, where they are known already. */
  readonly bounds?: Bounds;
}

interface Elimination {
  judgement: Judgement;
  /** C terms that choices have added. */
  filled: number;
  readonly substitution: Substitution;
  readonly sum: Accumulator;
  /** Wires that occur in a definition. */
  readonly isReferenced: Uint8Array;
  /** By definition: an upper estimate of its expanded length. */
  readonly lengths: number[];
  readonly dropped: Uint8Array;
}

interface Choice {
  readonly candidate: Candidate;
  readonly pivot: Pivot;
}

/** Above this length, a row that uses definitions is decided without expanding it, where that is safe. */
const EAGER_LENGTH_MAX = 64;

/** A row that may be longer than this when its definitions are put in is not tried so: it stays, if nothing else helps. */
const EXPANDED_LENGTH_MAX = 2048;

/**
 * A system's C may double, or grow by as many terms as this. Beyond, a term costs so many times its price: deep networks
 * of products put forms into forms into forms, and coefficients that no other place has cost memory.
 */
const FILL_MIN = 2 ** 21;
const FULL_PRICE = 64;

/** A row whose damage has grown since it was queued goes back into the queue, this often. */
const REQUEUES_MAX = 4;

/** Eliminates linear rows. Returns the same system when there is nothing to gain. */
export function eliminateLinear(
  system: ConstraintSystem,
  table: CoefficientTable,
  options: EliminateOptions,
): Simplified {
  const rows = linearRows(system).filter(row => options.counted?.has(row) ?? true);
  if (rows.length === 0) return { system, definitions: NO_DEFINITIONS };
  const elimination = createElimination(system, table, options);
  decideRows(elimination, rows);
  const { substitution, dropped } = elimination;
  if (!dropped.includes(1)) return { system, definitions: NO_DEFINITIONS };
  return {
    system: rewriteSystem(system, substitution, dropped),
    definitions: finishDefinitions(substitution),
  };
}

function linearRows(system: ConstraintSystem): number[] {
  const rows: number[] = [];
  for (let row = 0; row < system.constraintCount; row++) {
    if (isLinear(system, row) && !isLookupRow(system, row)) rows.push(row);
  }
  return rows;
}

function createElimination(
  system: ConstraintSystem,
  table: CoefficientTable,
  { costs, counted, bounds = analyzeBounds(system, table) }: EliminateOptions,
): Elimination {
  const places = countPlaces(system);
  const sharedFill = estimateSharedFill(system, places, costs);
  return {
    filled: 0,
    judgement: { system, table, costs, counted, places, sharedFill, bounds },
    substitution: createSubstitution(table, system.wireCount),
    sum: createAccumulator(table, system.wireCount),
    isReferenced: new Uint8Array(system.wireCount),
    lengths: [],
    dropped: new Uint8Array(system.constraintCount),
  };
}

function countPlaces(system: ConstraintSystem): Places {
  const [ab, c, linear] = [0, 0, 0].map(() => new Uint32Array(system.wireCount)) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]; // three columns
  for (const wire of system.a.wires) ab[wire] = at(ab, wire) + 1;
  for (const wire of system.b.wires) ab[wire] = at(ab, wire) + 1;
  for (const wire of system.c.wires) c[wire] = at(c, wire) + 1;
  const { rowStarts, wires } = system.c;
  const loneOutputs = new Uint8Array(system.constraintCount);
  for (let row = 0; row < system.constraintCount; row++) {
    if (!isLinear(system, row)) continue;
    const rowWires = wires.subarray(at(rowStarts, row), at(rowStarts, row + 1));
    const isLone = (wire: number): boolean =>
      wire > 0 && wire <= system.publicCount && at(ab, wire) === 0 && at(c, wire) === 1;
    loneOutputs[row] = rowWires.some(isLone) ? 1 : 0;
    if (loneOutputs[row] === 1) continue;
    for (const wire of rowWires) linear[wire] = at(linear, wire) + 1;
  }
  return { ab, c, linear, loneOutputs };
}

function decideRows(elimination: Elimination, rows: readonly number[]): void {
  const queue = createHeap();
  const requeues = new Map<number, number>();
  for (const row of rows) pushHeap(queue, row, keyOf(chooseInRow(elimination, row)));
  for (let next = popHeap(queue); next !== undefined; next = popHeap(queue)) {
    const choice = chooseInRow(elimination, next.item);
    const key = keyOf(choice);
    const count = requeues.get(next.item) ?? 0;
    if (choice.pivot.index >= 0 && key > next.key + 1 && count < REQUEUES_MAX) {
      requeues.set(next.item, count + 1);
      pushHeap(queue, next.item, key);
    } else {
      decide(elimination, choice);
    }
  }
}

/** Damage decides; among equals the shorter row. */
function keyOf({ candidate, pivot }: Choice): number {
  return Math.max(0, pivot.damage) + candidate.length * 1e-5;
}

function decide(elimination: Elimination, { candidate, pivot }: Choice): void {
  if (pivot.index >= 0) {
    eliminate(elimination, candidate, pivot.index);
    fillUp(elimination, pivot.fill);
  } else if (candidate.wires.length === 0) elimination.dropped[candidate.row] = 1;
}

/** Counts what was added to C; once that is more than a system should grow, the rest is dearer. */
function fillUp(elimination: Elimination, fill: number): void {
  const { judgement } = elimination;
  const limit = Math.max(FILL_MIN, judgement.system.c.wires.length);
  const isBelow = elimination.filled <= limit;
  elimination.filled += Math.max(0, fill);
  if (!isBelow || elimination.filled <= limit) return;
  const { costs } = judgement;
  elimination.judgement = { ...judgement, costs: { ...costs, cTerm: costs.cTerm * FULL_PRICE } };
}

function chooseInRow(elimination: Elimination, row: number): Choice {
  const { substitution, judgement, isReferenced } = elimination;
  const { rowStarts, wires, coefficientIds } = judgement.system.c;
  const [start, end] = [at(rowStarts, row), at(rowStarts, row + 1)];
  const length = expandedLength(elimination, start, end);
  if (length < 0) {
    const candidate = expandCandidate(elimination, row);
    return { candidate, pivot: choosePivot(judgement, candidate) };
  }
  const direct = { row, wires: wires.subarray(start, end), ids: coefficientIds.subarray(start, end), length };
  if (length === end - start) return { candidate: direct, pivot: choosePivot(judgement, direct) };
  // An unreferenced wire cannot close a circle of definitions; one without A/B places hides no cost behind them.
  const pivot = choosePivot(
    judgement,
    direct,
    wire => !isDefined(substitution, wire) && isReferenced[wire] === 0 && judgement.places.ab[wire] === 0,
  );
  if (pivot.index >= 0 || length > EXPANDED_LENGTH_MAX) return { candidate: direct, pivot };
  const candidate = expandCandidate(elimination, row);
  return { candidate, pivot: choosePivot(judgement, candidate) };
}

/** The row's length, an estimate above it if it uses definitions, or -1 where those are short enough to expand. */
function expandedLength(
  { judgement, substitution, lengths }: Elimination,
  start: number,
  end: number,
): number {
  const { wires } = judgement.system.c;
  let length = 0;
  let usesDefined = false;
  for (let k = start; k < end; k++) {
    const definition = at(substitution.definitionOf, at(wires, k));
    if (definition !== 0) usesDefined = true;
    length += definition === 0 ? 1 : (lengths[definition - 1] ?? 1);
  }
  if (!usesDefined) return length;
  return length > Math.max(EAGER_LENGTH_MAX, end - start) ? length : -1;
}

function expandCandidate({ judgement, substitution, sum }: Elimination, row: number): Candidate {
  const mark = judgement.table.values.length;
  accumulateRow(sum, judgement.system.c, row, ONE_ID);
  expandDefined(substitution, sum);
  forgetPartialSums(judgement.table, mark, [sum]);
  const touched = sortedTouched(sum);
  const wires = touched.filter(wire => at(sum.idOf, wire) !== ZERO_ID);
  const ids = wires.map(wire => at(sum.idOf, wire));
  clear(sum);
  return { row, wires, ids, length: wires.length };
}

/** Records wire = -(row without wire) / coefficient, and moves the wire's places to the terms of its form. */
function eliminate(elimination: Elimination, { row, wires, ids, length }: Candidate, pivot: number): void {
  const { judgement, substitution, isReferenced, dropped } = elimination;
  const { table, places } = judgement;
  const counted = places.loneOutputs[row] === 1 ? 0 : 1;
  const wire = at(wires, pivot);
  const factor = negateId(table, invertId(table, at(ids, pivot)));
  const [ab, otherC, otherLinear] = [
    at(places.ab, wire),
    at(places.c, wire) - 1,
    at(places.linear, wire) - counted,
  ];
  for (let index = 0; index < wires.length; index++) {
    if (index === pivot) continue;
    const other = at(wires, index);
    pushTerm(substitution.forms, other, multiplyIds(table, factor, at(ids, index)));
    isReferenced[other] = 1;
    places.ab[other] = at(places.ab, other) + ab;
    places.c[other] = Math.max(0, at(places.c, other) - 1 + otherC);
    places.linear[other] = Math.max(0, at(places.linear, other) - counted + otherLinear);
  }
  endRow(substitution.forms);
  define(substitution, wire);
  elimination.lengths.push(Math.max(1, length - 1));
  dropped[row] = 1;
}
