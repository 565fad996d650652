/**
 * The static check that stands before every UltraGroth key: whatever a lookup argument reads is fixed before its challenges
 * are drawn. It looks at the matrices alone, after all simplification, and trusts nothing about who wrote them.
 *
 * Call wire 0 and public wires and wires of round 1 *bound*: the challenges are a hash of them. A row is *late* when it has a
 * challenge or a wire of round 2. Every late row must be one of
 *
 *   product    X * Y = c p + Z
 *                             p of round 2, defined by this row alone; X and Y over bound wires, challenges, other products,
 *                             without circles; Z over bound wires and challenges; X or Y may be constant: p is a polynomial in the challenges whose coefficients are bound
 *   fraction   c v * D = M    v of round 2, in no other row but one sum; M over bound wires; D = e k + (terms without k),
 *                             e a constant other than 0, k a challenge: v = M / D, and D vanishes for few challenges only;
 *                             written c v * (D + m) = M + c m v, too: the normal form of rows has no constants in D
 *   sum        sum c_i v_i = 0 over fractions that have a challenge k in common, which none of their D has elsewhere
 *
 * and every wire of round 2 a product or a fraction. docs/ultragroth.md proves what follows: outside of at most
 * `badChallengeCount` challenges, a sum holds only if for every value of D's other terms, as a polynomial in the other
 * challenges, the weights c_i M_i / e_i of the fractions that have it add up to 0. A lookup (M = 1) of something that no
 * table row (M = -multiplicity) holds breaks that.
 */
import { BionoirError } from '../errors.ts';
import { invertOrZero, mod } from '../field/index.ts';
import {
  describeProvenance,
  firstChallenge,
  firstOfRoundOne,
  firstOfRoundTwo,
  isLookupRow,
  provenanceOf,
} from '../r1cs/index.ts';
import type { ConstraintId, ConstraintSystem, Provenance, SparseRows } from '../r1cs/types.ts';

/** One sum row with its fractions. */
export interface CheckedArgument {
  readonly constraint: ConstraintId;
  /** Fractions whose numerator is a constant: lookups. */
  readonly lookupCount: number;
  /** The others: table rows with their multiplicities. */
  readonly tableRowCount: number;
  readonly badChallengeCount: number;
}

/** What {@link assertRoundsSound} has found. */
export interface RoundsReport {
  readonly arguments: readonly CheckedArgument[];
  /** At most this many of the 2^253 values of a challenge let a false witness pass, all arguments together. */
  readonly badChallengeCount: number;
  /** 253 - log2 of that: what a single guess of the challenge gains a cheating prover. */
  readonly soundnessBits: number;
}

const CHALLENGE_BITS = 253;
/** Sets of challenges are bits of a number. */
const CHALLENGES_MAX = 30;

interface Term {
  readonly wire: number;
  readonly coefficient: bigint;
}
type Form = readonly Term[];
interface Row {
  readonly row: number;
  readonly a: Form;
  readonly b: Form;
  readonly c: Form;
}

/** A polynomial in challenges: its degree, and which challenges it has. */
interface Polynomial {
  readonly degree: number;
  readonly challenges: number;
}

interface Fraction {
  readonly row: number;
  readonly degree: number;
  /** Challenges that D has in one term with a constant coefficient and nowhere else. */
  readonly poles: number;
  readonly isLookup: boolean;
}

interface Check {
  readonly system: ConstraintSystem;
  readonly challengeFirst: number;
  readonly roundOneFirst: number;
  readonly roundTwoFirst: number;
  readonly products: Map<number, Polynomial>;
  readonly fractions: Map<number, Fraction>;
}

/**
 * Refuses a system in which anything that a lookup argument reads could be chosen after the challenges.
 *
 * @throws BionoirError UNDER_CONSTRAINED naming constraint and wire; MALFORMED_R1CS for a system without rounds, or with
 *   counts that do not fit.
 */
export function assertRoundsSound(system: ConstraintSystem): RoundsReport {
  const check = begin(system);
  const late: Row[] = [];
  for (let row = 0; row < system.constraintCount; row++) {
    if (isLookupRow(system, row)) late.push(readRow(system, row));
  }
  const linear = late.filter(isLinear);
  const quadratic = late.filter(row => !isLinear(row)).map(row => gather(check, row));
  const factors = quadratic.flatMap(({ a, b }) => [a, b]);
  const loneWires = new Set(factors.flatMap(form => (form.length === 1 ? form.map(({ wire }) => wire) : [])));
  const definitions = new Set(linear.filter(row => definesProduct(check, row, loneWires)));
  const sums = linear.filter(row => !definitions.has(row));
  resolveProducts(check, [
    ...[...definitions].map(row => ({ ...row, a: [], b: [], c: linearForm(row) })),
    ...quadratic.filter(({ c }) => c.some(({ wire }) => isRoundTwo(check, wire))),
  ]);
  for (const row of quadratic) {
    if (!row.c.some(({ wire }) => isRoundTwo(check, wire))) readFraction(check, row);
  }
  const summed = new Set<number>();
  const found = sums.map(row => readSum(check, row, summed));
  assertAllDefined(check, summed);
  const badChallengeCount = found.reduce((sum, each) => sum + each.badChallengeCount, 0);
  return {
    arguments: found,
    badChallengeCount,
    soundnessBits: CHALLENGE_BITS - Math.log2(Math.max(1, badChallengeCount)),
  };
}

function begin(system: ConstraintSystem): Check {
  const { rounds, wireCount, publicCount } = system;
  if (rounds === undefined) {
    throw new BionoirError(
      'MALFORMED_R1CS',
      'The constraint system has no rounds; UltraGroth needs lookups with a challenge. Prove it with Groth16, or lower the program with lookups.',
    );
  }
  const { challengeCount, roundOneCount } = rounds;
  const fits =
    challengeCount >= 1 &&
    challengeCount <= CHALLENGES_MAX &&
    roundOneCount >= 0 &&
    1 + publicCount + challengeCount + roundOneCount <= wireCount;
  if (!fits) {
    throw new BionoirError(
      'MALFORMED_R1CS',
      `The constraint system has ${challengeCount} challenges and ${roundOneCount} wires of round 1 among ${wireCount} wires, ${publicCount} of them public; 1 to ${CHALLENGES_MAX} challenges are expected, and all must fit. Lower the program again.`,
      { details: { challengeCount, roundOneCount, wireCount, publicCount } },
    );
  }
  return {
    system,
    challengeFirst: firstChallenge(system),
    roundOneFirst: firstOfRoundOne(system),
    roundTwoFirst: firstOfRoundTwo(system),
    products: new Map(),
    fractions: new Map(),
  };
}

function readRow(system: ConstraintSystem, row: number): Row {
  const form = (rows: SparseRows): Form => {
    const [start, end] = [rows.rowStarts[row] as number, rows.rowStarts[row + 1] as number];
    return Array.from({ length: end - start }, (_, i) => ({
      wire: rows.wires[start + i] as number,
      coefficient: system.coefficients[rows.coefficientIds[start + i] as number] as bigint,
    }));
  };
  return { row, a: form(system.a), b: form(system.b), c: form(system.c) };
}

function isConstant(form: Form): boolean {
  return form.every(({ wire }) => wire === 0);
}

function isLinear({ a, b }: Row): boolean {
  return isConstant(a) || isConstant(b);
}

function isChallenge({ challengeFirst, roundOneFirst }: Check, wire: number): boolean {
  return wire >= challengeFirst && wire < roundOneFirst;
}

function isRoundTwo({ roundTwoFirst }: Check, wire: number): boolean {
  return wire >= roundTwoFirst;
}

function isBound(check: Check, wire: number): boolean {
  return !isChallenge(check, wire) && !isRoundTwo(check, wire);
}

/** A linear row with one wire of round 2, which is no fraction, is what a product with a constant factor becomes. */
function definesProduct(check: Check, row: Row, loneWires: ReadonlySet<number>): boolean {
  const [only, second] = linearForm(row).filter(({ wire }) => isRoundTwo(check, wire));
  return only !== undefined && second === undefined && !loneWires.has(only.wire);
}

/** Moves a constant multiple of a wire of round 2 that is one factor from the right side into the other factor. */
function gather(check: Check, { row, a, b, c }: Row): Row {
  const [only] = a;
  const own = c.find(({ wire }) => wire === only?.wire);
  if (only === undefined || a.length !== 1 || own === undefined || !isRoundTwo(check, only.wire))
    return { row, a, b, c };
  const { prime } = check.system;
  const shift = own.coefficient * invertOrZero(only.coefficient, prime);
  const constant = b.find(({ wire }) => wire === 0)?.coefficient ?? 0n;
  const rest = b.filter(({ wire }) => wire !== 0);
  const moved = mod(constant - shift, prime);
  const factor = moved === 0n ? rest : [{ wire: 0, coefficient: moved }, ...rest];
  return { row, a, b: factor, c: c.filter(term => term !== own) };
}

// Products

/** Row by row, as soon as both factors are known; what is left over at the end stands in a circle or on a fraction. */
function resolveProducts(check: Check, rows: readonly Row[]): void {
  const defined = new Set<number>();
  for (const row of rows) {
    const [only, second] = row.c.filter(({ wire }) => isRoundTwo(check, wire));
    if (only === undefined || second !== undefined) {
      throw unsound(check, row.row, 'has several wires of round 2 on its right side');
    }
    if (defined.has(only.wire)) throw unsound(check, row.row, `defines wire ${only.wire} a second time`);
    defined.add(only.wire);
  }
  let pending = rows;
  while (pending.length > 0) {
    const left = pending.filter(row => !resolveProduct(check, row));
    const [first] = left;
    if (left.length === pending.length && first !== undefined) {
      const wire = undetermined(check, [...first.a, ...first.b]);
      throw unsound(
        check,
        first.row,
        `multiplies with wire ${wire}, which the prover may choose after the challenges`,
      );
    }
    pending = left;
  }
}

function resolveProduct(check: Check, { a, b, c }: Row): boolean {
  if (undetermined(check, a) !== undefined || undetermined(check, b) !== undefined) return false;
  const isTarget = ({ wire }: Term): boolean => isRoundTwo(check, wire);
  const [left, right] = [polynomial(check, a), polynomial(check, b)];
  const rest = polynomial(
    check,
    c.filter(term => !isTarget(term)),
  );
  check.products.set((c.find(isTarget) as Term).wire, {
    degree: Math.max(left.degree + right.degree, rest.degree),
    challenges: left.challenges | right.challenges | rest.challenges,
  });
  return true;
}

/** A wire of round 2 that is not a product known so far. */
function undetermined(check: Check, form: Form): number | undefined {
  return form.find(({ wire }) => isRoundTwo(check, wire) && !check.products.has(wire))?.wire;
}

function polynomial(check: Check, form: Form): Polynomial {
  const { challengeFirst } = check;
  let degree = 0;
  let challenges = 0;
  for (const { wire } of form) {
    const term = isChallenge(check, wire)
      ? { degree: 1, challenges: 1 << (wire - challengeFirst) }
      : check.products.get(wire);
    degree = Math.max(degree, term?.degree ?? 0);
    challenges |= term?.challenges ?? 0;
  }
  return { degree, challenges };
}

// Fractions

function readFraction(check: Check, { row, a, b, c }: Row): void {
  const isAlone = (form: Form): boolean => form.length === 1 && undetermined(check, form) !== undefined;
  const [numerator, denominator] = isAlone(a) ? [a, b] : [b, a];
  const wire = numerator[0]?.wire;
  if (wire === undefined || !isAlone(numerator)) {
    throw unsound(check, row, 'relates a challenge to other wires and defines no wire of round 2');
  }
  const free = undetermined(check, denominator);
  if (free !== undefined) {
    throw unsound(
      check,
      row,
      `has wire ${free} of round 2 in a key, which the prover may choose after the challenges`,
    );
  }
  const late = c.find(term => !isBound(check, term.wire));
  if (late !== undefined) {
    throw unsound(check, row, `has wire ${late.wire} in a multiplicity, which depends on the challenges`);
  }
  if (check.fractions.has(wire)) throw unsound(check, row, `defines wire ${wire} a second time`);
  const poles = polesOf(check, denominator);
  if (poles === 0) {
    throw unsound(
      check,
      row,
      'has a denominator without a challenge of its own, which the prover can make 0',
    );
  }
  const { degree } = polynomial(check, denominator);
  check.fractions.set(wire, { row, degree, poles, isLookup: c.length > 0 && isConstant(c) });
}

function polesOf(check: Check, denominator: Form): number {
  let direct = 0;
  let hidden = 0;
  for (const { wire } of denominator) {
    if (isChallenge(check, wire)) direct |= 1 << (wire - check.challengeFirst);
    hidden |= check.products.get(wire)?.challenges ?? 0;
  }
  return direct & ~hidden;
}

// Sums

function readSum(check: Check, row: Row, summed: Set<number>): CheckedArgument {
  const form = linearForm(row);
  const fractions = form.map(({ wire }) => {
    const fraction = check.fractions.get(wire);
    if (fraction === undefined) {
      throw unsound(
        check,
        row.row,
        isRoundTwo(check, wire)
          ? `sums wire ${wire} of round 2, which no fraction defines`
          : `sums wire ${wire}, which is not a fraction of a lookup argument`,
      );
    }
    if (summed.has(wire)) throw unsound(check, row.row, `sums wire ${wire} a second time`);
    summed.add(wire);
    return fraction;
  });
  if (fractions.reduce((poles, fraction) => poles & fraction.poles, -1) === 0) {
    throw unsound(check, row.row, 'sums fractions that have no challenge in common');
  }
  const degrees = fractions.map(({ degree }) => degree);
  const total = degrees.reduce((sum, degree) => sum + degree, 0);
  const tableRows = fractions.filter(({ isLookup }) => !isLookup);
  return {
    constraint: row.row as ConstraintId,
    lookupCount: fractions.length - tableRows.length,
    tableRowCount: tableRows.length,
    badChallengeCount:
      total -
      degrees.reduce((least, degree) => Math.min(least, degree), degrees[0] ?? 0) +
      tableRows.reduce((sum, { degree }) => sum + degree, 0),
  };
}

/** C - A * B where A or B is constant; only which wires it has matters, and none may cancel. */
function linearForm({ a, b, c }: Row): Form {
  if (a.length === 0 || b.length === 0) return c;
  return [...c, ...(isConstant(a) ? b : a)];
}

function assertAllDefined(check: Check, summed: ReadonlySet<number>): void {
  const { system, roundTwoFirst } = check;
  for (let wire = roundTwoFirst; wire < system.wireCount; wire++) {
    if (check.products.has(wire)) continue;
    const fraction = check.fractions.get(wire);
    if (fraction === undefined) {
      throw new BionoirError(
        'UNDER_CONSTRAINED',
        `Wire ${wire} of round 2 is neither a product nor a fraction of a lookup argument: the prover may choose it after the challenges. Put it into round 1.`,
        { details: { wire } },
      );
    }
    if (!summed.has(wire)) {
      throw unsound(check, fraction.row, `looks something up, but no sum has its wire ${wire}`);
    }
  }
}

function unsound({ system }: Check, row: number, problem: string): BionoirError {
  const provenance: Provenance = provenanceOf(system, row as ConstraintId);
  const place = describeProvenance(provenance);
  return new BionoirError(
    'UNDER_CONSTRAINED',
    `Constraint ${row} (${place}) ${problem}. Lookups must read only what is committed to before their challenge; lower the program again, and report this.`,
    { details: { constraint: row, problem }, location: place },
  );
}
