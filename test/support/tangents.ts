/**
 * Which wires of a witness a prover could move a little, all inputs kept: the kernel of the derivative of all rows at the
 * witness. An edit of a single wire (proved-network.ts) shows a hole of one wire; this one shows those of many wires that move
 * together. What it does not show: other witnesses that lie apart, such as other bits.
 *
 * The derivative of (A w)(B w) = C w in direction d is (A w)(B d) + (B w)(A d) = C d. Where a product's root is double, as
 * y (y - q) = 0 is at y = q = 0, a direction is free although no other witness exists: take inputs that avoid that.
 */
import { invertOrZero, mod } from '../../src/field/index.ts';
import type { ConstraintSystem, SparseRows } from '../../src/r1cs/types.ts';

type Row = Map<number, bigint>;

/** The wires that can move, ascending, while those in `fixed` (and wire 0) stay. */
export function movableWires(
  system: ConstraintSystem,
  wires: readonly bigint[],
  fixed: ReadonlySet<number>,
): number[] {
  const rows = derivatives(system, wires, fixed);
  const still = settle(rows, system);
  const open = rows.map(row => without(row, still)).filter(row => row.size > 0);
  const pivots = eliminate(open, system.prime);
  const moving = new Set<number>();
  for (let wire = 1; wire < system.wireCount; wire++) {
    if (fixed.has(wire) || still.has(wire)) continue;
    if ((pivots.get(wire)?.size ?? 2) > 1) moving.add(wire);
  }
  return [...moving];
}

function derivatives(system: ConstraintSystem, wires: readonly bigint[], fixed: ReadonlySet<number>): Row[] {
  const { a, b, c, prime } = system;
  return Array.from({ length: system.constraintCount }, (_, row) => {
    const result: Row = new Map();
    const add = (rows: SparseRows, factor: bigint): void => {
      if (factor === 0n) return;
      for (const [wire, coefficient] of termsOf(system, rows, row)) {
        if (wire === 0 || fixed.has(wire)) continue;
        const sum = mod((result.get(wire) ?? 0n) + factor * coefficient, prime);
        if (sum === 0n) result.delete(wire);
        else result.set(wire, sum);
      }
    };
    add(b, sideOf(system, a, row, wires));
    add(a, sideOf(system, b, row, wires));
    add(c, -1n);
    return result;
  });
}

function termsOf({ coefficients }: ConstraintSystem, rows: SparseRows, row: number): [number, bigint][] {
  const terms: [number, bigint][] = [];
  for (let k = rows.rowStarts[row] ?? 0; k < (rows.rowStarts[row + 1] ?? 0); k++)
    terms.push([rows.wires[k] ?? 0, coefficients[rows.coefficientIds[k] ?? 0] ?? 0n]);
  return terms;
}

function sideOf(system: ConstraintSystem, rows: SparseRows, row: number, wires: readonly bigint[]): bigint {
  const terms = termsOf(system, rows, row);
  return mod(
    terms.reduce((sum, [wire, coefficient]) => sum + (wires[wire] ?? 0n) * coefficient, 0n),
    system.prime,
  );
}

/** Wires that a row alone keeps still, once others are known to be: bits are, at once. */
function settle(rows: readonly Row[], { wireCount }: ConstraintSystem): Set<number> {
  const users: number[][] = Array.from({ length: wireCount }, () => []);
  const counts = rows.map(row => row.size);
  for (const [index, row] of rows.entries()) for (const wire of row.keys()) users[wire]?.push(index);
  const still = new Set<number>();
  const pending = rows.flatMap((row, index) => (row.size === 1 ? [index] : []));
  for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
    const wire = [...(rows[index]?.keys() ?? [])].find(candidate => !still.has(candidate));
    if (wire === undefined) continue;
    still.add(wire);
    for (const user of users[wire] ?? []) {
      counts[user] = (counts[user] ?? 0) - 1;
      if (counts[user] === 1) pending.push(user);
    }
  }
  return still;
}

function without(row: Row, still: ReadonlySet<number>): Row {
  return new Map([...row].filter(([wire]) => !still.has(wire)));
}

/** Gauss and Jordan; returns the reduced rows by their pivots: one of a single term keeps its wire still. */
function eliminate(rows: readonly Row[], prime: bigint): Map<number, Row> {
  const pivots = new Map<number, Row>();
  for (const row of rows) {
    for (const [pivot, other] of pivots)
      if (row.has(pivot)) subtract(row, other, row.get(pivot) ?? 0n, prime);
    const [first] = row;
    if (first === undefined) continue;
    const [pivot, coefficient] = first;
    const inverse = invertOrZero(coefficient, prime);
    for (const [wire, value] of row) row.set(wire, mod(value * inverse, prime));
    for (const other of pivots.values())
      if (other.has(pivot)) subtract(other, row, other.get(pivot) ?? 0n, prime);
    pivots.set(pivot, row);
  }
  return pivots;
}

function subtract(row: Row, other: Row, factor: bigint, prime: bigint): void {
  for (const [wire, value] of other) {
    const rest = mod((row.get(wire) ?? 0n) - factor * value, prime);
    if (rest === 0n) row.delete(wire);
    else row.set(wire, rest);
  }
}
