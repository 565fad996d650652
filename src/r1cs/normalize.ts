/**
 * Writes rows in normal form, so that equal constraints look alike and provers see the fewest coefficients.
 *
 * A row whose A or B is constant is linear and becomes 0 * 0 = L. Otherwise the constant terms of A and B move to C,
 * which is free to prove: (A + k)(B + m) = C is A B = C - m A - k B - k m. So a boolean reads w * w = w.
 * These are identities of polynomials: the set of solutions does not change.
 */
import { endConstraint, endLinearConstraint, type SystemBuilder } from './builder.ts';
import { type CoefficientTable, multiplyIds, negateId, ZERO_ID } from './coefficients.ts';
import { type Accumulator, accumulate, at, clear, createAccumulator, flush } from './sparse.ts';

/** The three forms of a row that is being added up. */
export interface RowSums {
  readonly a: Accumulator;
  readonly b: Accumulator;
  readonly c: Accumulator;
}

/** What became of a row. */
export type EmittedRow = 'product' | 'linear' | 'trivial' | 'contradiction';

/** Makes the accumulators of one row at a time. */
export function createRowSums(table: CoefficientTable, wireCount: number): RowSums {
  return {
    a: createAccumulator(table, wireCount),
    b: createAccumulator(table, wireCount),
    c: createAccumulator(table, wireCount),
  };
}

/** Emits the row that was added up in `sums` and clears them. Nothing is emitted for 0 = 0 and for a contradiction. */
export function emitNormalized(target: SystemBuilder, sums: RowSums, provenanceId: number): EmittedRow {
  const { a, b, c } = sums;
  const [aConstant, bConstant] = [constantTerm(a), constantTerm(b)];
  if (hasNoWire(a)) {
    addScaled(c, b, negateId(c.table, aConstant));
    return emitLinearRow(target, sums, provenanceId);
  }
  if (bConstant !== ZERO_ID) addScaled(c, a, negateId(c.table, bConstant));
  if (hasNoWire(b)) return emitLinearRow(target, sums, provenanceId);
  removeConstant(b);
  if (aConstant !== ZERO_ID) addScaled(c, b, negateId(c.table, aConstant));
  removeConstant(a);
  flush(a, target.a);
  flush(b, target.b);
  flush(c, target.c);
  endConstraint(target, provenanceId);
  return 'product';
}

function emitLinearRow(target: SystemBuilder, sums: RowSums, provenanceId: number): EmittedRow {
  const { a, b, c } = sums;
  clear(a);
  clear(b);
  if (hasNoWire(c)) {
    const isTrivial = constantTerm(c) === ZERO_ID;
    clear(c);
    return isTrivial ? 'trivial' : 'contradiction';
  }
  flush(c, target.c);
  endLinearConstraint(target, provenanceId);
  return 'linear';
}

function constantTerm(sum: Accumulator): number {
  return sum.isTouched[0] === 1 ? at(sum.idOf, 0) : ZERO_ID;
}

function hasNoWire(sum: Accumulator): boolean {
  for (let k = 0; k < sum.touched.length; k++) {
    const wire = at(sum.touched.data, k);
    if (wire !== 0 && at(sum.idOf, wire) !== ZERO_ID) return false;
  }
  return true;
}

function removeConstant(sum: Accumulator): void {
  if (sum.isTouched[0] === 1) sum.idOf[0] = ZERO_ID;
}

/** target += factor * source. */
function addScaled(target: Accumulator, source: Accumulator, factor: number): void {
  if (factor === ZERO_ID) return;
  for (let k = 0; k < source.touched.length; k++) {
    const wire = at(source.touched.data, k);
    const id = at(source.idOf, wire);
    if (id !== ZERO_ID) accumulate(target, wire, multiplyIds(target.table, factor, id));
  }
}
