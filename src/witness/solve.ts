/**
 * Executes a recipe: solved ACIR witnesses in, the value of every R1CS wire out. It judges nothing; run the checker on
 * the result.
 */
import type { WitnessStack } from '../acir/types.ts';
import { BionoirError, InternalError } from '../errors.ts';
import { invertOrZero, mod, toSigned } from '../field/index.ts';
import { matchFrames } from './frames.ts';
import { completeLookups, countHits } from './lookups.ts';
import { type Recipe, STEP_KINDS, type StepKind } from './types.ts';
import { wordEntry } from './word-entries.ts';

interface Run {
  readonly recipe: Recipe;
  readonly slots: bigint[];
  /** Signed, so that small negative coefficients multiply fast. */
  readonly coefficients: readonly bigint[];
}

/**
 * Solves every wire of the system that was lowered together with `recipe`.
 * @returns canonical values by wire; wire 0 is 1.
 * @throws BionoirError MALFORMED_WITNESS when the stack belongs to another program. InternalError for a system with
 * rounds: see {@link solveRounds}.
 */
export function solveWires(recipe: Recipe, stack: WitnessStack): bigint[] {
  if (recipe.lookups !== undefined)
    throw new InternalError('A system with rounds cannot be solved before its challenges are known.');
  return readWires(runSteps(recipe, stack));
}

/** A witness whose second round waits for the challenges. */
export interface RoundOne {
  /** Canonical values by wire; challenges and wires of round 2 are 0. */
  readonly wires: readonly bigint[];
  /** How many challenges `finish` takes. */
  readonly challengeCount: number;
  /** Returns all wires for these challenges; it may be called again with others. */
  readonly finish: (challenges: readonly bigint[]) => bigint[];
}

/**
 * Solves the first round of the system that was lowered together with `recipe`, and prepares the second. A recipe without
 * lookups has one round: `finish` returns the same wires.
 * @throws BionoirError MALFORMED_WITNESS when the stack belongs to another program; from `finish` USAGE when the number
 * or range of the challenges is wrong.
 */
export function solveRounds(recipe: Recipe, stack: WitnessStack): RoundOne {
  const run = runSteps(recipe, stack);
  const { lookups, prime } = recipe;
  if (lookups === undefined) {
    const wires = readWires(run);
    return { wires, challengeCount: 0, finish: () => [...wires] };
  }
  const evaluate = (row: number): bigint => evaluateForm(run, row);
  const hits = countHits(lookups, run.slots, evaluate);
  const challengeCount = lookups.products === undefined ? 1 : 2;
  const finish = (challenges: readonly bigint[]): bigint[] => {
    const [r = -1n, g = 0n] = challenges;
    if (challenges.length !== challengeCount || [r, g].some(value => value < 0n || value >= prime))
      throw wrongChallenges(challenges.length, challengeCount);
    const slots = [...run.slots];
    completeLookups(lookups, hits, [r, g], { slots, prime, evaluate });
    return readWires({ recipe, slots });
  };
  return { wires: readWires(run), challengeCount, finish };
}

function wrongChallenges(count: number, expected: number): BionoirError {
  return new BionoirError(
    'USAGE',
    `The second round was given ${count} challenges; it takes ${expected}, each a field element. Derive them from the first round's commitment.`,
    { details: { count, expected } },
  );
}

function readWires({ recipe, slots }: Pick<Run, 'recipe' | 'slots'>): bigint[] {
  return Array.from(recipe.wireSlots, slot => slots[slot] ?? 0n);
}

function runSteps(recipe: Recipe, stack: WitnessStack): Run {
  const slots = new Array<bigint>(recipe.slotCount).fill(0n);
  slots[0] = 1n;
  copyWitnesses(recipe, stack, slots);
  const coefficients = recipe.steps.coefficients.map(value => toSigned(value, recipe.prime));
  const run: Run = { recipe, slots, coefficients };
  for (let step = 0; step < recipe.steps.kinds.length; step++) runStep(run, step);
  return run;
}

function copyWitnesses(recipe: Recipe, stack: WitnessStack, slots: bigint[]): void {
  const frames = matchFrames(recipe.calls, stack, recipe.prime);
  const { slots: targets, instances, witnesses } = recipe.copies;
  for (let k = 0; k < targets.length; k++) {
    const value = frames.get(instances[k] ?? 0)?.witnesses.get(witnesses[k] ?? 0);
    if (value !== undefined) slots[targets[k] ?? 0] = value;
  }
}

function runStep(run: Run, step: number): void {
  const { steps, prime } = run.recipe;
  const kind = STEP_KINDS[steps.kinds[step] ?? 0] as StepKind; // codes are positions in the list
  const [operand, first, size] = [steps.operands[step] ?? 0, steps.firsts[step] ?? 0, steps.sizes[step] ?? 0];
  const left = evaluateForm(run, operand);
  const { slots } = run;
  switch (kind) {
    case 'bits':
      writeBits(slots, left, first, size);
      return;
    case 'product':
      slots[first] = (left * evaluateForm(run, operand + 1)) % prime;
      return;
    case 'linear':
      slots[first] = left;
      return;
    case 'inverse':
      slots[first] = invertOrZero(left, prime);
      return;
    case 'quotient':
      slots[first] = (left * invertOrZero(evaluateForm(run, operand + 1), prime)) % prime;
      return;
    case 'one-hot':
      if (left < BigInt(size)) slots[first + Number(left)] = 1n;
      return;
    case 'divide': {
      const divisor = steps.coefficients[steps.parameters[step] ?? 0] ?? 0n;
      if (divisor === 0n) throw new InternalError(`Step ${step} of the recipe divides by zero.`);
      slots[first] = left / divisor;
      slots[first + 1] = left % divisor;
      return;
    }
    case 'limbs':
      writeDigits(run, left, { operand, first, size });
      return;
    case 'word-entries':
      writeEntries(run, { operand, first, size });
      return;
    case 'table-value':
      slots[first] = tableValue(run, left, operand);
      return;
    case 'limb-quotient':
    case 'limb-ratio':
      writeLimbs(run, kind, { operand, first, size });
      return;
    default:
      throw new InternalError(`Unknown step ${kind satisfies never}.`);
  }
}

function writeBits(slots: bigint[], value: bigint, first: number, size: number): void {
  if (size <= 30 && value < 2n ** 30n) {
    const small = Number(value);
    for (let bit = 0; bit < size; bit++) slots[first + bit] = (small >> bit) & 1 ? 1n : 0n;
    return;
  }
  let rest = value;
  for (let bit = 0; bit < size; bit++, rest >>= 1n) slots[first + bit] = rest & 1n;
}

/** The widths stand in the forms after the value's. */
function writeDigits(run: Run, value: bigint, { operand, first, size }: LimbStep): void {
  let rest = value;
  for (let limb = 0; limb < size - 1; limb++) {
    const width = evaluateForm(run, operand + 1 + limb);
    run.slots[first + limb] = rest & ((1n << width) - 1n);
    rest >>= width;
  }
  run.slots[first + size - 1] = rest;
}

/** Entries of a table of a Boolean function; see StepKind. */
function writeEntries(run: Run, { operand, first, size }: LimbStep): void {
  const [arity = 0, width = 0] = [0, 1].map(row => Number(evaluateForm(run, operand + row)));
  const truth = evaluateForm(run, operand + 2);
  const [base, spacing] = [evaluateForm(run, operand + 3), evaluateForm(run, operand + 4)];
  const words = Array.from({ length: arity }, (_, index) => evaluateForm(run, operand + 5 + index));
  for (let chunk = 0; chunk < size; chunk++) {
    const parts = words.map(word => (word >> BigInt(chunk * width)) & ((1n << BigInt(width)) - 1n));
    run.slots[first + chunk] = wordEntry(parts, { width, truth, base, spacing });
  }
}

function tableValue(run: Run, index: bigint, operand: number): bigint {
  const [count = 0n, width = 0n, shared = 1n] = [1, 2, 3].map(row => evaluateForm(run, operand + row));
  if (index >= count) return 0n;
  const values = evaluateForm(run, operand + 4 + Number(index / shared));
  return (values >> (width * (index % shared))) & ((1n << width) - 1n);
}

interface LimbStep {
  readonly operand: number;
  readonly first: number;
  readonly size: number;
}

function writeLimbs(
  run: Run,
  kind: 'limb-quotient' | 'limb-ratio',
  { operand, first, size }: LimbStep,
): void {
  const [width = 0, ...counts] = [0, 1, 2, 3].map(row => Number(evaluateForm(run, operand + row)));
  let row = operand + 4;
  const [modulus = 1n, numerator = 0n, denominator = 0n] = counts.map(count => {
    row += count;
    return integerOf(run, row - count, row, width);
  });
  const inverse = kind === 'limb-ratio' ? invertOrZero(denominator, modulus) : 0n;
  const value =
    kind === 'limb-ratio'
      ? mod(numerator * inverse, modulus)
      : (numerator - mod(numerator, modulus)) / modulus;
  const mask = (1n << BigInt(width)) - 1n;
  for (let limb = 0; limb < size; limb++) run.slots[first + limb] = (value >> BigInt(limb * width)) & mask;
}

/** sum 2^(width i) row_i over signed values. */
function integerOf(run: Run, from: number, to: number, width: number): bigint {
  let sum = 0n;
  for (let row = to - 1; row >= from; row--)
    sum = (sum << BigInt(width)) + toSigned(evaluateForm(run, row), run.recipe.prime);
  return sum;
}

function evaluateForm(run: Run, row: number): bigint {
  const { forms } = run.recipe.steps;
  const end = forms.rowStarts[row + 1] ?? 0;
  const start = forms.rowStarts[row] ?? 0;
  if (end === start + 1 && run.coefficients[forms.coefficientIds[start] ?? 0] === 1n)
    return run.slots[forms.wires[start] ?? 0] ?? 0n;
  let sum = 0n;
  for (let k = start; k < end; k++) {
    const value = run.slots[forms.wires[k] ?? 0] ?? 0n;
    if (value !== 0n) sum += value * (run.coefficients[forms.coefficientIds[k] ?? 0] ?? 0n);
  }
  return mod(sum, run.recipe.prime);
}
