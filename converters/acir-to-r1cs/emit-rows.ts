/**
 * Writes the rows of all instances over classes of equal signals: the first ConstraintSystem of a program, in which a
 * wire is a signal (most are unused; passes keep the numbering and compact.ts renumbers at the end).
 */
import {
  type Accumulator,
  accumulate,
  at,
  type CoefficientTable,
  createRowSums,
  createSystemBuilder,
  describeProvenance,
  emitNormalized,
  finishSystem,
  intern,
  MINUS_ONE_ID,
  multiplyIds,
  negateId,
  ONE_ID,
  type Room,
  type RowBuffer,
  type RowSums,
  type SystemBuilder,
} from '../../src/r1cs/index.ts';
import type { ConstraintSystem, Provenance, Rounds } from '../../src/r1cs/types.ts';
import { unsatisfiable } from './builder.ts';
import type { BitRows } from './decompositions.ts';
import type { Assembly, Instance } from './instantiate.ts';
import { differenceTerms, type LookupArgument } from './lookups/building.ts';
import { pinnedConstant, representativeOf } from './signal-classes.ts';

interface Emission {
  readonly table: CoefficientTable;
  readonly provenance: Provenance[];
  readonly publicCount: number;
  /** Provenance ids of output rows by those of their opcodes. */
  readonly outputIds: Map<number, number>;
  readonly target: SystemBuilder;
  readonly sums: RowSums;
  readonly representatives: Uint32Array;
  /** By representative: coefficient id + 1 of its constant, or 0. */
  readonly constants: Uint32Array;
}

/**
 * Writes every row of the program.
 * @throws BionoirError UNSATISFIABLE_PROGRAM when constants contradict one another.
 */
export function emitRows(
  assembly: Assembly,
  bitRows: readonly BitRows[],
  table: CoefficientTable,
  {
    provenance,
    argument,
  }: { readonly provenance: Provenance[]; readonly argument?: LookupArgument | undefined },
): ConstraintSystem {
  const { classes } = assembly;
  const signalCount = classes.parents.length;
  const representatives = new Uint32Array(signalCount).map((_, signal) => representativeOf(classes, signal));
  const emission: Emission = {
    table,
    provenance,
    publicCount: classes.publicCount,
    outputIds: new Map(),
    target: createSystemBuilder(table, roomFor(assembly, bitRows)),
    sums: createRowSums(table, signalCount),
    representatives,
    constants: new Uint32Array(signalCount).map((_, signal) => pinnedConstant(classes, signal)),
  };
  for (const id of assembly.contradictions) throw contradiction(emission, id);
  for (const instance of assembly.instances) emitInstance(emission, instance);
  const powers: number[] = [];
  for (const rows of bitRows) emitBits(emission, rows, powers);
  if (argument !== undefined) emitLookups(emission, argument);
  emitPublicFacts(emission, assembly);
  return finishSystem(emission.target, {
    wireCount: signalCount,
    publicCount: classes.publicCount,
    ...(argument === undefined ? {} : { rounds: roundsOf(assembly, argument) }),
    provenance,
  });
}

function roundsOf({ classes, challengeCount }: Assembly, { firstOfRoundTwo }: LookupArgument): Rounds {
  return { challengeCount, roundOneCount: firstOfRoundTwo - classes.publicCount - 1 - challengeCount };
}

/** Columns that grow by doubling would make the garbage collector run often. */
function roomFor(assembly: Assembly, bitRows: readonly BitRows[]): Room {
  const bitCount = bitRows.reduce((sum, { bits }) => sum + bits.length, 0);
  const room = {
    rows: bitCount + bitRows.length,
    a: bitCount,
    b: bitCount,
    c: 2 * bitCount + bitRows.length,
  };
  for (const { template } of assembly.instances) {
    const { a, b, c, provenanceIds } = template.rows;
    room.rows += provenanceIds.length;
    room.a += a.wires.length;
    room.b += b.wires.length;
    room.c += c.wires.length;
  }
  return room;
}

function emitInstance(emission: Emission, { template, map }: Instance): void {
  const { rows } = template;
  const { sums } = emission;
  for (let row = 0; row < rows.provenanceIds.length; row++) {
    addRow(emission, sums.a, rows.a, row, map);
    addRow(emission, sums.b, rows.b, row, map);
    addRow(emission, sums.c, rows.c, row, map);
    endRowOf(emission, at(rows.provenanceIds.data, row));
  }
}

function addRow(emission: Emission, sum: Accumulator, rows: RowBuffer, row: number, map: Uint32Array): void {
  const end = at(rows.starts.data, row + 1);
  for (let k = at(rows.starts.data, row); k < end; k++) {
    addSignal(emission, sum, at(map, at(rows.wires.data, k)), at(rows.coefficientIds.data, k));
  }
}

function addSignal(emission: Emission, sum: Accumulator, signal: number, coefficientId: number): void {
  const wire = at(emission.representatives, signal);
  const constant = at(emission.constants, wire);
  if (constant === 0) accumulate(sum, wire, coefficientId);
  else accumulate(sum, 0, multiplyIds(emission.table, coefficientId, constant - 1));
}

function endRowOf(emission: Emission, provenanceId: number): void {
  const emitted = emitNormalized(emission.target, emission.sums, provenanceId);
  if (emitted === 'contradiction') throw contradiction(emission, provenanceId);
  if (emitted === 'linear') nameOutput(emission, provenanceId);
}

/** A linear row that ties a public wire is an output; the compiler gives no source line for a returned value. */
function nameOutput({ target, publicCount, provenance, outputIds }: Emission, provenanceId: number): void {
  const { starts, wires } = target.c;
  const start = at(starts.data, starts.length - 2);
  const first = at(wires.data, start) === 0 ? at(wires.data, start + 1) : at(wires.data, start);
  const origin = provenance[provenanceId];
  if (first > publicCount || origin?.gadget !== 'assert-zero') return;
  let id = outputIds.get(provenanceId);
  if (id === undefined) {
    id = provenance.length;
    outputIds.set(provenanceId, id);
    provenance.push({
      ...origin,
      gadget: 'output',
      ...(origin.file === undefined ? { layer: 'outputs' } : {}),
    });
  }
  target.provenanceIds.data[target.provenanceIds.length - 1] = id;
}

function emitBoolean(emission: Emission, bit: number, provenanceId: number): void {
  const { sums } = emission;
  for (const sum of [sums.a, sums.b, sums.c]) addSignal(emission, sum, bit, ONE_ID);
  endRowOf(emission, provenanceId);
}

/** Bits of ranges, products with challenges, and inverse * (r - key) = 1 for each lookup. */
function emitLookups(emission: Emission, argument: LookupArgument): void {
  const { sums, table } = emission;
  const { booleans, tableIds, provenanceIds, firstInverse, products, challenge } = argument;
  for (let k = 0; k < booleans.length; k += 2)
    emitBoolean(emission, at(booleans.data, k), at(booleans.data, k + 1));
  for (let product = 0; product < products.operands.length; product++) {
    const { starts, wires, coefficientIds } = products.factors;
    for (let k = at(starts.data, product); k < at(starts.data, product + 1); k++)
      addSignal(emission, sums.a, at(wires.data, k), at(coefficientIds.data, k));
    accumulate(sums.b, challenge + 1, ONE_ID);
    accumulate(sums.c, products.first + product, ONE_ID);
    endRowOf(emission, at(products.provenanceIds.data, product));
  }
  for (let lookup = 0; lookup < tableIds.length; lookup++) {
    accumulate(sums.a, firstInverse + lookup, ONE_ID);
    for (const [signal, coefficientId] of differenceTerms(argument, table, lookup))
      addSignal(emission, sums.b, signal, coefficientId);
    accumulate(sums.c, 0, ONE_ID);
    endRowOf(emission, at(provenanceIds.data, lookup));
  }
}

/** `powers` holds the coefficient ids of powers of two that are known. */
function emitBits(emission: Emission, { source, bits, provenanceId }: BitRows, powers: number[]): void {
  const { sums, table } = emission;
  for (const bit of bits) emitBoolean(emission, bit, provenanceId);
  addSignal(emission, sums.c, source, MINUS_ONE_ID);
  bits.forEach((bit, index) => {
    powers[index] ??= intern(table, 1n << BigInt(index));
    addSignal(emission, sums.c, bit, powers[index]);
  });
  endRowOf(emission, provenanceId);
}

/** Public wires stay wires: what pins one or makes two equal is a row. */
function emitPublicFacts(emission: Emission, assembly: Assembly): void {
  const { pins, publicCopies, classes } = assembly;
  const { c } = emission.sums;
  const done = new Set<number>();
  for (let k = 0; k < pins.length; k += 2) {
    const wire = at(emission.representatives, at(pins.data, k));
    if (wire > classes.publicCount || done.has(wire)) continue;
    done.add(wire);
    accumulate(c, wire, ONE_ID);
    accumulate(c, 0, negateId(emission.table, at(emission.constants, wire) - 1));
    endRowOf(emission, at(pins.data, k + 1));
  }
  for (let k = 0; k < publicCopies.length; k += 3) {
    accumulate(c, at(emission.representatives, at(publicCopies.data, k)), ONE_ID);
    accumulate(c, at(emission.representatives, at(publicCopies.data, k + 1)), MINUS_ONE_ID);
    endRowOf(emission, at(publicCopies.data, k + 2));
  }
}

function contradiction(emission: Emission, provenanceId: number): Error {
  const origin = emission.provenance[provenanceId];
  const place = origin === undefined ? 'unknown place' : describeProvenance(origin);
  return unsatisfiable('holds constraints on constants that contradict one another', place);
}
