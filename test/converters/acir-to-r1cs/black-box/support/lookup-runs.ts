/** Black boxes lowered with lookups: honest witnesses under a random challenge, and lies completed as well as can be. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type LoweredProgram, lowerProgram } from '../../../../../converters/acir-to-r1cs/index.ts';
import type { Program, WitnessStack } from '../../../../../src/acir/types.ts';
import { invertOrZero, mod } from '../../../../../src/field/index.ts';
import { checkWitness, firstOfRoundOne, firstOfRoundTwo } from '../../../../../src/r1cs/index.ts';
import type { ConstraintSystem, SparseRows, WireId } from '../../../../../src/r1cs/types.ts';
import { assertRoundsSound } from '../../../../../src/ultragroth/index.ts';
import { solveRounds } from '../../../../../src/witness/index.ts';
import { type Argument, blackBoxProgram, execute, type MakeCall, stackOf } from './black-box.ts';
import { gatedProgram } from './curves.ts';

/** A program lowered with lookups and the wires of round 1 of one run, the challenge among them. */
export interface LookupRun {
  readonly lowered: LoweredProgram;
  readonly stack: WitnessStack;
  readonly wires: readonly bigint[];
  readonly outputs: readonly bigint[];
}

/** A random field element. */
export function drawChallenge(): bigint {
  return BigInt(`0x${randomBytes(31).toString('hex')}`);
}

/** Lowers and runs a black box by ACVM (or with given outputs), and asserts that the honest witness is accepted. */
export async function runByLookups(
  args: readonly Argument[],
  outputCount: number,
  makeCall: MakeCall,
  knownOutputs?: readonly bigint[],
): Promise<LookupRun> {
  const program = blackBoxProgram(args, outputCount, makeCall);
  const values = args.flatMap(argument => ('witness' in argument ? [argument.witness] : []));
  const stack =
    knownOutputs === undefined
      ? await execute(program, new Map(values.map((value, index) => [index, value])))
      : stackOf([...values, ...knownOutputs]);
  const lowered = lowerProgram(program, { lookups: {} });
  const outputs = Array.from(
    { length: outputCount },
    (_, index) => stack[0]?.witnesses.get(values.length + index) ?? -1n,
  );
  assertRoundsSound(lowered.system);
  assert.deepEqual(lowered.unconstrained.freeValues, []);
  return { lowered, stack, wires: acceptedWires(lowered, stack), outputs };
}

function acceptedWires({ system, recipe }: LoweredProgram, stack: WitnessStack): readonly bigint[] {
  const rounds = solveRounds(recipe, stack);
  const wires = rounds.finish(rounds.challengeCount === 0 ? [] : [drawChallenge()]);
  assert.equal(checkWitness(system, wires)?.place, undefined);
  return wires;
}

/** Tells whether inputs and outputs of main satisfy a program's rows, with the solver's inner values. */
export function acceptsValues({ system, recipe }: LoweredProgram, values: readonly bigint[]): boolean {
  const rounds = solveRounds(recipe, stackOf(values));
  return checkWitness(system, rounds.finish([drawChallenge()])) === undefined;
}

/**
 * Asserts that no edit of a single wire of round 1 has a second round: `sample` public ones, and as many of the others,
 * which are limbs, entries of tables, carries and multiplicities. The best second round solves every inverse and quotient
 * that an edit touches; then the sum of its table, or another row that the edit touches, must fail.
 */
export function assertEditsRejected({ lowered, wires }: LookupRun, sample: number): void {
  const { system } = lowered;
  const rows = rowsByWire(system);
  const [start, end] = [firstOfRoundOne(system), firstOfRoundTwo(system)];
  const pick = (from: number, to: number): number[] =>
    Array.from({ length: Math.min(sample, to - from) }, (_, index) =>
      Math.floor(from + ((to - from) * index) / Math.min(sample, to - from)),
    );
  for (const wire of [...pick(1, system.publicCount + 1), ...pick(start, end)]) {
    for (const change of [1n, -1n]) {
      const lie = [...wires];
      lie[wire] = mod((wires[wire] ?? 0n) + change, system.prime);
      const touched = rows[wire] ?? [];
      const solved = touched.map(row => solveRow(system, lie, row));
      const all = [...touched, ...solved.flatMap(other => rows[other] ?? [])];
      const isRejected = all.some(row => !holds(system, lie, row));
      assert.ok(isRejected, `${lowered.wireName(wire as WireId)} + ${change} was accepted`);
    }
  }
}

function rowsByWire(system: ConstraintSystem): number[][] {
  const rows = Array.from({ length: system.wireCount }, (): number[] => []);
  for (const { rowStarts, wires } of [system.a, system.b, system.c]) {
    for (let row = 0; row < system.constraintCount; row++) {
      for (let k = rowStarts[row] ?? 0; k < (rowStarts[row + 1] ?? 0); k++)
        if (wires[k] !== 0) rows[wires[k] ?? 0]?.push(row);
    }
  }
  return rows;
}

/** In a row w * B = C + m w with w of round 2, sets w to what it must be. Returns w, or 0 for other rows. */
function solveRow(system: ConstraintSystem, wires: bigint[], row: number): number {
  const start = system.a.rowStarts[row] ?? 0;
  const wire = system.a.wires[start] ?? 0;
  if (system.a.rowStarts[row + 1] !== start + 1 || wire < firstOfRoundTwo(system)) return 0;
  wires[wire] = 0n;
  const rest = valueOfRow(system, system.c, wires, row);
  wires[wire] = 1n;
  const factor = valueOfRow(system, system.b, wires, row) - valueOfRow(system, system.c, wires, row) + rest;
  wires[wire] = mod(rest * invertOrZero(mod(factor, system.prime), system.prime), system.prime);
  return wire;
}

function holds(system: ConstraintSystem, wires: readonly bigint[], row: number): boolean {
  const [a = 0n, b = 0n, c = 0n] = [system.a, system.b, system.c].map(side =>
    valueOfRow(system, side, wires, row),
  );
  return mod(a * b - c, system.prime) === 0n;
}

function valueOfRow(
  system: ConstraintSystem,
  side: SparseRows,
  wires: readonly bigint[],
  row: number,
): bigint {
  let sum = 0n;
  for (let k = side.rowStarts[row] ?? 0; k < (side.rowStarts[row + 1] ?? 0); k++)
    sum += (wires[side.wires[k] ?? 0] ?? 0n) * (system.coefficients[side.coefficientIds[k] ?? 0] ?? 0n);
  return sum;
}

/**
 * Asserts that no two entries of a table of words can change places, though all counts stay right: every lookup, row and
 * sum of the argument holds, but columns no longer are the words that other rows know.
 */
export function assertSwapsRejected({ lowered, wires }: LookupRun, sample: number): void {
  const { system, recipe } = lowered;
  const rows = rowsByWire(system);
  const keys = entryWires(lowered);
  assert.ok(keys.length > sample);
  let tried = 0;
  for (let index = 0; index + 1 < keys.length; index += Math.max(1, Math.floor(keys.length / sample))) {
    const [first = 0, second = 0] = keys.slice(index);
    if (wires[first] === wires[second]) continue;
    const lie = [...wires];
    [lie[first], lie[second]] = [wires[second] ?? 0n, wires[first] ?? 0n];
    const touched = [first, second].flatMap(wire => rows[wire] ?? []);
    const solved = touched.map(row => solveRow(system, lie, row));
    const all = [...touched, ...solved.flatMap(wire => rows[wire] ?? [])];
    const isRejected = all.some(row => !holds(system, lie, row));
    assert.ok(isRejected, `${lowered.wireName(first as WireId)} changed places`);
    tried++;
  }
  assert.ok(tried > 0 && recipe.lookups !== undefined);
}

/** Wires that are keys of tables with listed entries, in the order of their lookups. */
function entryWires({ system, recipe }: LoweredProgram): number[] {
  const { lookups, steps } = recipe;
  const wireOf = new Map(Array.from(recipe.wireSlots, (slot, wire) => [slot, wire] as const));
  return Array.from(lookups?.operands ?? []).flatMap((row, lookup) => {
    const table = lookups?.tables[lookups.tableIds[lookup] ?? 0];
    const start = steps.forms.rowStarts[row] ?? 0;
    const wire = wireOf.get(steps.forms.wires[start] ?? 0) ?? 0;
    const isEntry = table?.entries !== undefined && steps.forms.rowStarts[row + 1] === start + 1;
    return isEntry && wire >= firstOfRoundOne(system) ? [wire] : [];
  });
}

/** Asserts that a black box in a gated call is satisfied by ACVM's witness, for this predicate. */
export async function assertGatedByLookups(
  values: readonly bigint[],
  outputCount: number,
  makeCall: MakeCall,
  predicate: bigint,
): Promise<void> {
  const program: Program = gatedProgram(values.length, outputCount, makeCall);
  const initial = new Map([...values, predicate].map((value, index) => [index, value] as const));
  const lowered = lowerProgram(program, { lookups: {} });
  acceptedWires(lowered, await execute(program, initial));
  if (predicate !== 0n) return;
  // Switched off, the outputs are 0 and nothing else.
  const outputs = new Array<bigint>(outputCount).fill(0n);
  assert.equal(acceptsValues(lowered, [...values, 0n, ...outputs]), true);
  assert.equal(acceptsValues(lowered, [...values, 0n, ...outputs.with(0, 1n)]), false);
}
