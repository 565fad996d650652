/**
 * The lookup argument of a program: LogUp (U. Haböck, "Multivariate lookups based on logarithmic derivatives", 2022,
 * Lemma 5) as rank-1 constraints over two rounds.
 *
 * For each table, with a challenge r that is drawn after all keys v_i and multiplicities m_j are committed to:
 *
 *     lookup i:   inverse_i * (r - v_i) = 1         table row j:   quotient_j * (r - t_j) = m_j
 *     once:       sum inverse_i = sum quotient_j
 *
 * Keys and multiplicities are of round 1, inverses and quotients of round 2. A key is any form over round 1; it needs no
 * wire of its own.
 *
 * Soundness. Say some key v is not in the table of N lookups and T rows. As rational functions of X, sum 1/(X - v_i) has a
 * pole at v whose residue is the number of lookups of v: between 1 and N < p, so not 0. The right side has none there. So
 * the difference of both sides is not the zero function; multiplied by its at most N + T distinct poles it is a polynomial
 * of lower degree, which has at most N + T - 1 roots. Outside of these, and of the T values r = t_j where a quotient is
 * free, no inverses and quotients satisfy the rows. So at most N + 2 T - 1 challenges of p are bad: with BN254 and 2^25
 * lookups and rows, one in 2^228. Several tables add up. (r = v_i has no solution, which costs the honest prover a retry with
 * the same tiny probability.)
 * Completeness: m_j = the number of keys that equal t_j. Assumed, and checked here: N < p, and the entries of a table differ.
 *
 * Tables of pairs (read-only memory, rom.ts) take keys index + g * value with a second challenge g: different pairs are
 * different polynomials in g, and the argument above holds for polynomials in r and g of total degree N + T - 1.
 *
 * What is not proved here: that multiplicities are counts. They may be any field elements; the argument does not need it.
 */
import { BionoirError } from '../../../src/errors.ts';
import { invertOrZero } from '../../../src/field/index.ts';
import {
  at,
  type CoefficientTable,
  endRow,
  type Interval,
  intern,
  ONE_ID,
  push,
  pushRange,
  pushTerm,
  ZERO_ID,
} from '../../../src/r1cs/index.ts';
import { STEP_KINDS } from '../../../src/witness/types.ts';
import { bitsOfRange, type RangeFact } from '../decompositions.ts';
import type { Assembly } from '../instantiate.ts';
import { representativeOf } from '../signal-classes.ts';
import {
  addSignals,
  addTable,
  type Building,
  emptyArgument,
  endLookup,
  type LookupArgument,
} from './building.ts';
import { type Piece, planRanges, type RangePlan } from './range-plan.ts';
import { addRomTables, meetReads } from './rom.ts';
import type { ConstantTable, TableRegistry } from './tables.ts';

/** How to look up. */
export interface LookupOptions {
  /** Bits of the range tables (2^bits rows each); chosen by cost when absent. */
  readonly rangeBits?: readonly number[];
}

/** What {@link buildArgument} starts from. */
export interface ArgumentSource {
  readonly assembly: Assembly;
  readonly table: CoefficientTable;
  readonly registry: TableRegistry;
  readonly ranges: readonly RangeFact[];
  readonly challenge: number;
  readonly options: LookupOptions;
}

/**
 * Turns range and lookup facts into one argument: cuts ranges into limbs, and makes every signal and hint.
 * @throws BionoirError USAGE when the field is too small for the lookups or a table.
 */
export function buildArgument(source: ArgumentSource): LookupArgument {
  const { assembly, table, ranges, options } = source;
  const building: Building = {
    assembly,
    table,
    argument: emptyArgument(source.challenge),
    rangeTables: new Map(),
    constantTables: new Map(),
  };
  const plan = planRanges(table.prime, histogramOf(ranges), options.rangeBits);
  for (const range of ranges) meetRange(building, plan, range);
  for (let fact = 0; fact < assembly.lookups.tableIds.length; fact++)
    meetLookup(building, source.registry, fact);
  const { argument } = building;
  const roms = addRomTables(building);
  for (const each of argument.tables) each.firstMultiplicity = addSignals(building, each.size);
  argument.firstOfRoundTwo = assembly.classes.parents.length;
  meetReads(building, roms);
  assertFieldHolds(argument, table.prime);
  argument.firstInverse = addSignals(building, argument.tableIds.length);
  for (const each of argument.tables) each.firstQuotient = addSignals(building, each.size);
  return argument;
}

function histogramOf(ranges: readonly RangeFact[]): Map<number, number> {
  const histogram = new Map<number, number>();
  for (const { width } of ranges) histogram.set(width, (histogram.get(width) ?? 0) + 1);
  return histogram;
}

/** A field of at most N elements could not count N equal keys, and tables need distinct entries. */
function assertFieldHolds({ tables }: LookupArgument, prime: bigint): void {
  const large = tables.find(({ lookupCount, size }) => BigInt(lookupCount) >= prime || BigInt(size) > prime);
  if (large === undefined) return;
  throw new BionoirError(
    'USAGE',
    `The table '${large.name}' of ${large.size} rows with ${large.lookupCount} lookups does not fit a field of ${prime} elements. Lower the program without lookups, or over a larger field.`,
    { details: { table: large.name, lookupCount: large.lookupCount, size: large.size } },
  );
}

// Ranges

/** A signal, or what the recipe calls it, times a power of two. */
interface Limb {
  readonly signal: number;
  readonly offset: number;
  readonly piece: Piece;
}

/**
 * Proves: source < 2^width. The pieces below the last are wires, each in its range; the last is no wire but the form
 * v = (source - sum 2^offset piece) / 2^offset_last, which is looked up itself. So source = sum 2^offset piece mod p with all
 * pieces in their ranges: an integer below 2^width <= p.
 * Costs: the plan's rows; no linear row.
 */
function meetRange(building: Building, plan: RangePlan, range: RangeFact): void {
  const { argument, assembly } = building;
  const { source, width, provenanceId } = range;
  const pieces = plan.piecesOf(width);
  const signal = representativeOf(assembly.classes, source);
  const [only, ...others] = pieces;
  if (pieces.at(-1)?.kind !== 'limb') {
    argument.bitRows.push(bitsOfRange(assembly, range));
    return;
  }
  argument.given.set(signal, intervalOf(width));
  if (only !== undefined && others.length === 0) {
    lookUpLimb(building, only, provenanceId, { key: [[signal, 1n]], slot: signal });
    return;
  }
  const limbs = cut(building, signal, pieces);
  const last = limbs.at(-1);
  for (const { signal: part, piece } of limbs.slice(0, -1)) {
    argument.given.set(part, intervalOf(piece.width));
    if (piece.kind === 'limb') {
      lookUpLimb(building, piece, provenanceId, { key: [[part, 1n]], slot: part });
      continue;
    }
    push(argument.booleans, part);
    push(argument.booleans, provenanceId);
  }
  if (last === undefined) return;
  const { prime } = building.table;
  const scale = invertOrZero(1n << BigInt(last.offset), prime);
  const below = limbs
    .slice(0, -1)
    .map(({ signal: part, offset }): KeyTerm => [part, -scale * (1n << BigInt(offset))]);
  lookUpLimb(building, last.piece, provenanceId, { key: [[signal, scale], ...below], slot: last.signal });
}

function intervalOf(width: number): Interval {
  return { low: 0, high: 2 ** width - 1 };
}

/** Makes the signals of the pieces and the hint that fills them; the last piece takes all higher bits. */
function cut(building: Building, source: number, pieces: readonly Piece[]): readonly Limb[] {
  const { steps } = building.assembly;
  const { table } = building;
  const first = addSignals(building, pieces.length);
  push(steps.kinds, STEP_KINDS.indexOf('limbs'));
  push(steps.operands, steps.forms.starts.length - 1);
  push(steps.firsts, first);
  push(steps.sizes, pieces.length);
  push(steps.parameters, ZERO_ID);
  pushTerm(steps.forms, source, ONE_ID);
  endRow(steps.forms);
  let offset = 0;
  return pieces.map((piece, index) => {
    pushTerm(steps.forms, 0, intern(table, BigInt(piece.width)));
    endRow(steps.forms);
    const limb = { signal: first + index, offset, piece };
    offset += piece.width;
    return limb;
  });
}

type KeyTerm = readonly [signal: number, coefficient: bigint];

interface Key {
  readonly key: readonly KeyTerm[];
  /** A slot of the recipe that holds the key's value. */
  readonly slot: number;
}

/** Proves: key < 2^piece.width. Costs: 1 row, or 2 where the limb is narrower than its table (range-plan.ts says why). */
function lookUpLimb(building: Building, piece: Piece, provenanceId: number, { key, slot }: Key): void {
  const tableId = rangeTable(building, piece.tableBits);
  const shift = 1n << BigInt(piece.tableBits - piece.width);
  for (const factor of shift === 1n ? [1n] : [1n, shift]) {
    const { forms } = building.assembly.steps;
    const operand = forms.starts.length - 1;
    pushTerm(forms, slot, intern(building.table, factor));
    endRow(forms);
    for (const [signal, coefficient] of key)
      pushTerm(building.argument.keys, signal, intern(building.table, factor * coefficient));
    endLookup(building, { tableId, operand, provenanceId });
  }
}

function rangeTable({ argument, rangeTables }: Building, bits: number): number {
  const known = rangeTables.get(bits);
  if (known !== undefined) return known;
  rangeTables.set(bits, argument.tables.length);
  return addTable(argument, { name: `range ${bits}`, size: 2 ** bits });
}

// Tables of constants

/** Proves: the fact's key is an entry of its table. Costs: 1 row. */
function meetLookup(building: Building, registry: TableRegistry, fact: number): void {
  const { argument, assembly } = building;
  const { tableIds, keys, provenanceIds } = assembly.lookups;
  const constants = registry.list[at(tableIds.data, fact)];
  if (constants === undefined) return;
  const tableId = constantTable(building, at(tableIds.data, fact), constants);
  const { forms } = assembly.steps;
  const operand = forms.starts.length - 1;
  const [start, end] = [at(keys.starts.data, fact), at(keys.starts.data, fact + 1)];
  for (const rows of [forms, argument.keys]) {
    pushRange(rows.wires, keys.wires.data, start, end);
    pushRange(rows.coefficientIds, keys.coefficientIds.data, start, end);
  }
  endRow(forms);
  if (end === start + 1 && at(keys.coefficientIds.data, start) === ONE_ID)
    argument.given.set(
      representativeOf(assembly.classes, at(keys.wires.data, start)),
      hullOf(constants.entries),
    );
  endLookup(building, { tableId, operand, provenanceId: at(provenanceIds.data, fact) });
}

function constantTable(
  { argument, constantTables, table }: Building,
  id: number,
  { name, entries }: ConstantTable,
): number {
  const known = constantTables.get(id);
  if (known !== undefined) return known;
  if (new Set(entries).size !== entries.length || entries.some(entry => entry < 0n || entry >= table.prime))
    throw new BionoirError(
      'USAGE',
      `The table '${name}' has equal entries, or some that are not in [0, ${table.prime}). Lower the program without lookups, or over a larger field.`,
      { details: { table: name } },
    );
  constantTables.set(id, argument.tables.length);
  return addTable(argument, { name, size: entries.length, entries });
}

/** Rounded outwards. */
function hullOf(entries: readonly bigint[]): Interval {
  const high = entries.reduce((most, entry) => (entry > most ? entry : most), 0n);
  return { low: 0, high: Number(high) * (1 + 2 ** -50) };
}
