/**
 * Packs linear rows whose values are small integers: several facts in one constraint.
 *
 *     (0) * (0) = (L1)                    |L1| <= 100, |L2| <= 40
 *     (0) * (0) = (L2)                    (0) * (0) = (L1 + 101*L2)
 *
 * Soundness. Every wire of the rows is bounded (bounds.ts) by rows that stay as they are: in any solution it is
 * congruent to one chosen integer of its interval. With these integers row j has an integer value L_j, |L_j| <= M_j.
 * The packed row says sum K_j L_j = 0 mod p, where K_0 = 1 and K_{j+1} = K_j (M_j + 1), and the last K does not exceed
 * p. Since K_i M_i = K_{i+1} - K_i, we have sum_{i<=j} K_i M_i = K_{j+1} - 1. So |sum K_j L_j| < p, hence the sum is 0 as
 * an integer; and from the last row down, K_j |L_j| >= K_j would exceed what all earlier rows can reach, so every L_j is
 * 0. The converse is clear: the packed row is a linear combination of the rows. The set of solutions does not change.
 *
 * Rows that were used to bound a wire are never packed, so the argument does not feed on itself.
 * Costs: all on the C side; where rows share wires their terms merge, so C shrinks too.
 */
import { toSigned } from '../../field/index.ts';
import {
  createSystemBuilder,
  endLinearConstraint,
  finishSystem,
  roomOf,
  type SystemBuilder,
} from '../builder.ts';
import { type CoefficientTable, coefficientOf, intern, smallOf, ZERO_ID } from '../coefficients.ts';
import {
  addLarge,
  addSmallMultiple,
  clearTouched,
  createLimbSums,
  type LimbSums,
  SMALL_FACTOR_MAX,
  setMultiplier,
  takeSum,
  touchedWires,
} from '../limb-sums.ts';
import { at, endRow, pushTerm } from '../sparse.ts';
import type { ConstraintSystem } from '../types.ts';
import { analyzeBounds, type Bounds, isBounded, isLinear, rowInterval } from './bounds.ts';
import { copyConstraint } from './expand.ts';

/** Rows that one constraint will hold, in order, with the multiplier of each. */
export interface Pack {
  readonly rows: readonly number[];
  readonly multipliers: readonly bigint[];
}

interface OpenPack {
  readonly rows: number[];
  readonly multipliers: bigint[];
  /** The multiplier of the next row. */
  next: bigint;
}

/** Packs that may still take a row; more would mix distant rows for little gain. */
const OPEN_PACKS_MAX = 8;

/** Merges every row that may be packed. */
export function packLinear(
  system: ConstraintSystem,
  table: CoefficientTable,
  plan: readonly Pack[] = planPacks(system, table),
): ConstraintSystem {
  const packs = plan.filter(({ rows }) => rows.length > 1);
  if (packs.length === 0) return system;
  const isPacked = new Uint8Array(system.constraintCount);
  const packOf = new Map<number, Pack>();
  for (const pack of packs) {
    packOf.set(pack.rows[0] ?? 0, pack);
    for (const row of pack.rows) isPacked[row] = 1;
  }
  const packer = createPacker(system, table);
  for (let row = 0; row < system.constraintCount; row++) {
    const pack = packOf.get(row);
    if (pack !== undefined) emitPack(packer, pack);
    else if (isPacked[row] === 0) copyConstraint(packer.target, system, row);
  }
  return finishSystem(packer.target, system);
}

/** Distributes the rows that may be packed; a row that is alone is a pack of one. */
export function planPacks(
  system: ConstraintSystem,
  table: CoefficientTable,
  bounds: Bounds = analyzeBounds(system, table),
): Pack[] {
  const keeps = new Uint8Array(system.constraintCount);
  for (const row of bounds.boundBy) if (row >= 0) keeps[row] = 1;
  const packs: OpenPack[] = [];
  let open: OpenPack[] = [];
  for (let row = 0; row < system.constraintCount; row++) {
    if (keeps[row] === 1 || !isLinear(system, row) || !allBounded(system, bounds, row)) continue;
    const { low, high } = rowInterval(system, table, bounds, row);
    const size = roundedSize(Math.max(-low, high));
    if (size === undefined || size >= table.prime) continue;
    let pack = open.find(({ next }) => next * (size + 1n) <= table.prime);
    if (pack === undefined) {
      pack = { rows: [], multipliers: [], next: 1n };
      packs.push(pack);
      open = [...open, pack].slice(-OPEN_PACKS_MAX);
    }
    pack.rows.push(row);
    pack.multipliers.push(pack.next);
    pack.next *= size + 1n;
  }
  return packs;
}

function allBounded({ c }: ConstraintSystem, bounds: Bounds, row: number): boolean {
  for (let k = at(c.rowStarts, row); k < at(c.rowStarts, row + 1); k++) {
    if (!isBounded(bounds, at(c.wires, k))) return false;
  }
  return true;
}

/**
 * The bound rounded up to four significant bits, so that rows of one layer get the same multipliers and few distinct
 * coefficients arise; undefined when it is no bound.
 */
function roundedSize(size: number): bigint | undefined {
  if (!Number.isFinite(size)) return undefined;
  const ceiling = Math.max(1, Math.ceil(size));
  const unit = 2 ** Math.max(0, Math.ceil(Math.log2(ceiling)) - 4);
  return BigInt(Math.ceil(ceiling / unit)) * BigInt(unit);
}

interface Packer {
  readonly system: ConstraintSystem;
  readonly table: CoefficientTable;
  readonly target: SystemBuilder;
  readonly sums: LimbSums;
}

function createPacker(system: ConstraintSystem, table: CoefficientTable): Packer {
  return {
    system,
    table,
    target: createSystemBuilder(table, roomOf(system)),
    sums: createLimbSums(table.prime, system.wireCount),
  };
}

function emitPack({ system, table, target, sums }: Packer, { rows, multipliers }: Pack): void {
  const { rowStarts, wires, coefficientIds } = system.c;
  rows.forEach((row, index) => {
    const multiplier = multipliers[index] ?? 1n;
    setMultiplier(sums, multiplier);
    for (let k = at(rowStarts, row); k < at(rowStarts, row + 1); k++) {
      const id = at(coefficientIds, k);
      const small = smallOf(table, id);
      if (Math.abs(small) <= SMALL_FACTOR_MAX) addSmallMultiple(sums, at(wires, k), small);
      else addLarge(sums, at(wires, k), multiplier * toSigned(coefficientOf(table, id), table.prime));
    }
  });
  for (const wire of touchedWires(sums)) {
    const id = intern(table, takeSum(sums, wire));
    if (id !== ZERO_ID) pushTerm(target.c, wire, id);
  }
  clearTouched(sums);
  endRow(target.c);
  endLinearConstraint(target, at(system.provenanceIds, rows[0] ?? 0));
}
