/**
 * Turns range facts into bits: one decomposition a wire, whatever the number of opcodes that ask for one.
 *
 * All facts "w < 2^n" of one class of equal signals are met by the narrowest: its bits b_i are boolean and sum to w, so
 * w < 2^n for the least n, hence for all others; wider requests find 0 in the bits above. (For 2^n <= p the bits of w are
 * unique, so identifying the bits of two decompositions loses no solution.) Pinned wires need no bits, and n = 1 is the
 * boolean check w w = w itself.
 *
 * With lookups, ranges whose bits nobody uses stay facts for lookups/argument.ts.
 *
 * Costs: n boolean rows and the linear row w = sum 2^i b_i, which simplification spends on the top bit or on w.
 */
import {
  at,
  type CoefficientTable,
  coefficientOf,
  endRow,
  intern,
  ONE_ID,
  push,
  pushTerm,
  ZERO_ID,
} from '../../src/r1cs/index.ts';
import { STEP_KINDS } from '../../src/witness/types.ts';
import { type Assembly, pinSignal, tieSignals } from './instantiate.ts';
import { addSignal, pinnedConstant, representativeOf } from './signal-classes.ts';

/** One wire's bits, to be written as rows. */
export interface BitRows {
  readonly source: number;
  readonly bits: Uint32Array;
  readonly provenanceId: number;
}

/** A wire's range whose bits no gadget works on: bits can meet it, or lookups. */
export interface RangeFact {
  readonly source: number;
  readonly width: number;
  readonly provenanceId: number;
}

/** What remains to be proved of a program's ranges. */
export interface MergedRanges {
  /** To be written as bits. */
  readonly bits: BitRows[];
  /** To be met by lookups; with the mode 'bits' there are none. */
  readonly ranges: RangeFact[];
}

/** How ranges are met that need no bits. */
export type RangeMode = 'bits' | 'lookups';

/** Merges the facts, allocates missing bits and their hints. */
export function mergeDecompositions(
  assembly: Assembly,
  table: CoefficientTable,
  mode: RangeMode = 'bits',
): MergedRanges {
  const groups = groupBySource(assembly);
  const merged: MergedRanges = { bits: [], ranges: [] };
  for (const [source, facts] of groups) {
    const constant = pinnedConstant(assembly.classes, source);
    if (constant !== 0) pinBits(assembly, coefficientOf(table, constant - 1), facts, table);
    else if (mode === 'lookups' && !needsBits(assembly, facts))
      merged.ranges.push(rangeOf(assembly, source, facts));
    else mergeGroup(assembly, source, facts, merged.bits);
  }
  return merged;
}

/** Allocates the bits of a range that lookups do not meet. */
export function bitsOfRange(assembly: Assembly, { source, width, provenanceId }: RangeFact): BitRows {
  return { source, bits: masterBits(assembly, source, width, 0), provenanceId };
}

/** A gadget works on the bits, or the range is that of a single bit, or of nothing but 0. */
function needsBits({ decompositions }: Assembly, facts: readonly number[]): boolean {
  const { widths, firstBits } = decompositions;
  return facts.some(fact => at(firstBits.data, fact) !== 0 || at(widths.data, fact) < 2);
}

function rangeOf({ decompositions }: Assembly, source: number, facts: readonly number[]): RangeFact {
  const { widths, provenanceIds } = decompositions;
  const narrowest = facts.reduce((best, fact) =>
    at(widths.data, fact) < at(widths.data, best) ? fact : best,
  );
  return { source, width: at(widths.data, narrowest), provenanceId: at(provenanceIds.data, narrowest) };
}

function groupBySource(assembly: Assembly): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  const { sources } = assembly.decompositions;
  for (let fact = 0; fact < sources.length; fact++) {
    const source = representativeOf(assembly.classes, at(sources.data, fact));
    const group = groups.get(source);
    if (group === undefined) groups.set(source, [fact]);
    else group.push(fact);
  }
  return groups;
}

function pinBits(assembly: Assembly, value: bigint, facts: readonly number[], table: CoefficientTable): void {
  const { widths, firstBits, provenanceIds } = assembly.decompositions;
  for (const fact of facts) {
    const [width, first] = [at(widths.data, fact), at(firstBits.data, fact)];
    if (value >> BigInt(width) !== 0n) assembly.contradictions.push(at(provenanceIds.data, fact));
    for (let bit = 0; first !== 0 && bit < width; bit++)
      pinSignal(
        assembly,
        first + bit,
        intern(table, (value >> BigInt(bit)) & 1n),
        at(provenanceIds.data, fact),
      );
  }
}

function mergeGroup(assembly: Assembly, source: number, facts: readonly number[], rows: BitRows[]): void {
  const { widths, firstBits, provenanceIds } = assembly.decompositions;
  const width = Math.min(...facts.map(fact => at(widths.data, fact)));
  const narrowest = facts.filter(fact => at(widths.data, fact) === width);
  const master = narrowest.find(fact => at(firstBits.data, fact) !== 0) ?? narrowest[0] ?? 0;
  const provenanceId = at(provenanceIds.data, master);
  if (width === 0) {
    pinSignal(assembly, source, ZERO_ID, provenanceId);
    for (const fact of facts) shareBits(assembly, fact, new Uint32Array());
    return;
  }
  const bits = masterBits(assembly, source, width, at(firstBits.data, master));
  for (const fact of facts) shareBits(assembly, fact, bits);
  rows.push({ source, bits, provenanceId });
}

function masterBits(assembly: Assembly, source: number, width: number, first: number): Uint32Array {
  if (width === 1) return Uint32Array.of(source);
  if (first !== 0) return Uint32Array.from({ length: width }, (_, bit) => first + bit);
  const bits = Uint32Array.from({ length: width }, () => addSignal(assembly.classes));
  const { steps } = assembly;
  push(steps.kinds, STEP_KINDS.indexOf('bits'));
  push(steps.operands, steps.forms.starts.length - 1);
  push(steps.firsts, at(bits, 0));
  push(steps.sizes, width);
  push(steps.parameters, ZERO_ID);
  pushTerm(steps.forms, source, ONE_ID);
  endRow(steps.forms);
  return bits;
}

/**
 * Ties the bits of one fact to the master's; bits above the master's width are 0. A bit may be a public wire, or pinned, by
 * then: what cannot be united stays a row.
 */
function shareBits(assembly: Assembly, fact: number, master: Uint32Array): void {
  const { widths, firstBits, provenanceIds } = assembly.decompositions;
  const [first, provenanceId] = [at(firstBits.data, fact), at(provenanceIds.data, fact)];
  for (let bit = 0; first !== 0 && bit < at(widths.data, fact); bit++) {
    if (bit < master.length) tieSignals(assembly, first + bit, at(master, bit), provenanceId);
    else pinSignal(assembly, first + bit, ZERO_ID, provenanceId);
  }
}
