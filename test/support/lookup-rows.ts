/**
 * Systems with lookups in tests: what their rows say, read from the rows alone.
 *
 * {@link membershipSystem} states each lookup as what it is to prove, for exhaustion of a tiny field without challenges.
 * {@link judgeRounds} plays the best prover of round 2: it solves every inverse and quotient from its row.
 */
import { invertOrZero, mod } from '../../src/field/index.ts';
import {
  createCoefficientTable,
  createSystemBuilder,
  dependsOnChallenge,
  endConstraint,
  endRow,
  finishSystem,
  firstOfRoundTwo,
  intern,
  isLookupRow,
  pushTerm,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem, SparseRows } from '../../src/r1cs/types.ts';

type Terms = Map<number, bigint>;

/** The entries that the lookup with this inverse is looked up in. */
export type EntriesOf = (inverse: number) => readonly bigint[];

/** Replaces inverse * (r - key) = 1 by the product of (key - entry) = 0, in steps over new wires. */
export function membershipSystem(system: ConstraintSystem, entriesOf: EntriesOf): ConstraintSystem {
  const table = createCoefficientTable(system.prime);
  const target = createSystemBuilder(table);
  let { wireCount } = system;
  const emit = (a: Terms, b: Terms, c: Terms): void => {
    for (const [rows, terms] of [
      [target.a, a],
      [target.b, b],
      [target.c, c],
    ] as const) {
      for (const wire of [...terms.keys()].sort((x, y) => x - y)) {
        const id = intern(table, terms.get(wire) ?? 0n);
        if (id !== 0) pushTerm(rows, wire, id);
      }
      endRow(rows);
    }
    endConstraint(target, 0);
  };
  for (let row = 0; row < system.constraintCount; row++) {
    const terms = [system.a, system.b, system.c].map(rows => termsOf(system, rows, row)) as [
      Terms,
      Terms,
      Terms,
    ]; // three in, three out
    if (!isLookupRow(system, row)) {
      emit(...terms);
      continue;
    }
    const { inverse, key } = readLookup(system, terms);
    let product: Terms = new Map([[0, 1n]]);
    entriesOf(inverse).forEach((entry, index, all) => {
      const next: Terms = index === all.length - 1 ? new Map() : new Map([[wireCount++, 1n]]);
      emit(product, new Map(key).set(0, (key.get(0) ?? 0n) - entry), next);
      product = next;
    });
  }
  return finishSystem(target, { wireCount, publicCount: system.publicCount, provenance: system.provenance });
}

function termsOf(system: ConstraintSystem, rows: SparseRows, row: number): Terms {
  const terms: Terms = new Map();
  for (let k = rows.rowStarts[row] ?? 0; k < (rows.rowStarts[row + 1] ?? 0); k++)
    terms.set(rows.wires[k] ?? 0, system.coefficients[rows.coefficientIds[k] ?? 0] ?? 0n);
  return terms;
}

/** inverse * (r - v) = 1 + c inverse: the key is v + c. */
function readLookup(
  system: ConstraintSystem,
  [a, b, c]: readonly [Terms, Terms, Terms],
): { readonly inverse: number; readonly key: Terms } {
  const [inverse = 0] = [...a.keys()];
  const challenges = [...b].filter(([wire]) => dependsOnChallenge(system, wire));
  if (a.size !== 1 || a.get(inverse) !== 1n || inverse < firstOfRoundTwo(system) || c.get(0) !== 1n)
    throw new Error('A lookup has another shape.');
  if (challenges.length !== 1 || challenges[0]?.[1] !== 1n) throw new Error('A lookup has no challenge.');
  const key: Terms = new Map();
  for (const [wire, value] of b) if (!dependsOnChallenge(system, wire)) key.set(wire, -value);
  key.set(0, (key.get(0) ?? 0n) + (c.get(inverse) ?? 0n));
  return { inverse, key };
}

/** Says whether wires of round 1 (challenges included, those of round 2 are not looked at) have a completion. */
export type RoundsJudge = (roundOne: readonly bigint[]) => boolean;

interface ParsedRow {
  readonly a: readonly Term[];
  readonly b: readonly Term[];
  readonly c: readonly Term[];
  /** The wire of round 2 that stands alone in A, or 0. */
  readonly solved: number;
  /** The wire of round 2 that a product A B = wire + rest defines, or 0. */
  readonly product: number;
  /** m in A B = C with C = rest + m A. */
  readonly shift: bigint;
}

type Term = readonly [wire: number, coefficient: bigint];

/**
 * Makes the judge of a system. Each wire of round 2 stands alone in A of one row, A (B - m) = rest, which fixes it unless
 * both sides vanish; then the sums it occurs in can have any value.
 */
export function judgeRounds(system: ConstraintSystem): RoundsJudge {
  const rows = Array.from({ length: system.constraintCount }, (_, row) => parseRow(system, row));
  const { prime } = system;
  return roundOne => {
    const wires = [...roundOne];
    const isFree = new Set<number>();
    const value = (terms: readonly Term[]): bigint => {
      let sum = 0n;
      for (const [wire, coefficient] of terms) sum += coefficient * (wires[wire] ?? 0n);
      return mod(sum, prime);
    };
    return rows.every(({ a, b, c, product, solved, shift }) => {
      if (product !== 0) {
        wires[product] = mod(value(a) * value(b) - value(c), prime);
        return true;
      }
      if (solved === 0)
        return c.some(([wire]) => isFree.has(wire)) || mod(value(a) * value(b) - value(c), prime) === 0n;
      const [factor, rest] = [mod(value(b) - shift, prime), value(c)];
      if (factor === 0n) isFree.add(solved);
      wires[solved] = (rest * invertOrZero(factor, prime)) % prime;
      return factor !== 0n || rest === 0n;
    });
  };
}

function parseRow(system: ConstraintSystem, row: number): ParsedRow {
  const [a, b, c] = [system.a, system.b, system.c].map(rows => termsOf(system, rows, row)) as [
    Terms,
    Terms,
    Terms,
  ]; // three in, three out
  const [first = 0] = [...a.keys()];
  const solved = first >= firstOfRoundTwo(system) ? first : 0;
  const shift = solved === 0 ? 0n : (c.get(solved) ?? 0n);
  const last = Math.max(0, ...c.keys());
  const product = solved === 0 && a.size > 0 && last >= firstOfRoundTwo(system) ? last : 0;
  if (product !== 0 && c.get(product) !== 1n) throw new Error('A product has another shape.');
  if (product !== 0) c.delete(product);
  if (solved !== 0) c.delete(solved);
  return { a: [...a], b: [...b], c: [...c], product, solved, shift };
}
