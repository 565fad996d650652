/**
 * Programs of one black box, lowered, with witnesses from ACVM (or given, for opcodes that ACVM no longer knows) and
 * with lies.
 */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import { type LoweredProgram, lowerProgram } from '../../../../../converters/acir-to-r1cs/index.ts';
import { encodeProgram } from '../../../../../converters/nargo-to-acir/index.ts';
import { acirWitness } from '../../../../../src/acir/index.ts';
import type {
  AcirWitness,
  BlackBoxCall,
  FunctionInput,
  Program,
  WitnessStack,
} from '../../../../../src/acir/types.ts';
import { checkWitness } from '../../../../../src/r1cs/index.ts';
import type { ConstraintSystem, WireId } from '../../../../../src/r1cs/types.ts';
import { solveWires } from '../../../../../src/witness/index.ts';
import { STEP_KINDS } from '../../../../../src/witness/types.ts';

const require = createRequire(import.meta.url);

/** A value that main takes as a witness, or a constant of the program. */
export type Argument =
  | { readonly witness: bigint; readonly isPublic?: boolean }
  | { readonly constant: bigint };

export const witness = (value: bigint | number): Argument => ({ witness: BigInt(value) });
export const publicWitness = (value: bigint | number): Argument => ({
  witness: BigInt(value),
  isPublic: true,
});
export const constant = (value: bigint | number): Argument => ({ constant: BigInt(value) });
export const witnesses = (values: Iterable<bigint | number>): Argument[] => Array.from(values, witness);
export const constants = (values: Iterable<bigint | number>): Argument[] => Array.from(values, constant);

/** Makes the call from its arguments, in order, and its output witnesses. */
export type MakeCall = (
  inputs: readonly FunctionInput[],
  outputs: readonly AcirWitness[],
) => BlackBoxCall | readonly BlackBoxCall[];

/** A lowered program of one black box and the witnesses of one run. */
export interface BlackBoxRun {
  readonly program: Program;
  readonly lowered: LoweredProgram;
  readonly stack: WitnessStack;
  readonly wires: bigint[];
  readonly outputs: readonly bigint[];
}

/** Lowers a program of one black box with public outputs; ACVM solves it unless the outputs are given. */
export async function runBlackBox(
  args: readonly Argument[],
  outputCount: number,
  makeCall: MakeCall,
  knownOutputs?: readonly bigint[],
): Promise<BlackBoxRun> {
  const values = args.flatMap(argument => ('witness' in argument ? [argument.witness] : []));
  const program = blackBoxProgram(args, outputCount, makeCall);
  const initial = new Map(values.map((value, index) => [index, value]));
  const stack =
    knownOutputs === undefined ? await execute(program, initial) : stackOf([...values, ...knownOutputs]);
  const lowered = lowerProgram(program);
  const wires = solveWires(lowered.recipe, stack);
  const outputs = Array.from(
    { length: outputCount },
    (_, index) => stack[0]?.witnesses.get(values.length + index) ?? -1n,
  );
  return { program, lowered, stack, wires, outputs };
}

/** A main whose parameters are the witness arguments, in order, and whose return values are the outputs. */
export function blackBoxProgram(args: readonly Argument[], outputCount: number, makeCall: MakeCall): Program {
  let witnessCount = 0;
  const inputs = args.map(
    (argument): FunctionInput =>
      'witness' in argument
        ? { kind: 'witness', witness: acirWitness(witnessCount++) }
        : { kind: 'constant', value: argument.constant },
  );
  const outputs = Array.from({ length: outputCount }, (_, index) => acirWitness(witnessCount + index));
  const calls = [makeCall(inputs, outputs)].flat();
  const parameters = args.filter(argument => 'witness' in argument);
  const parametersThat = (isPublic: boolean): AcirWitness[] =>
    parameters.flatMap((argument, index) =>
      (argument.isPublic ?? false) === isPublic ? acirWitness(index) : [],
    );
  const main = {
    name: 'main',
    opcodes: calls.map(call => ({ kind: 'black-box' as const, call })),
    privateParameters: parametersThat(false),
    publicParameters: parametersThat(true),
    returnValues: outputs,
    assertMessages: [],
  };
  return { functions: [main], unconstrained: [] };
}

/** Solves a program by ACVM. */
export async function execute(program: Program, initial: ReadonlyMap<number, bigint>): Promise<WitnessStack> {
  const acvm = require('@noir-lang/acvm_js') as typeof Acvm;
  const map = new Map(Array.from(initial, ([key, value]) => [key, `0x${value.toString(16)}`] as const));
  const stack = await acvm.executeProgram(encodeProgram(program), map, async () => []);
  return stack.map(({ index, witness: frame }) => ({
    functionIndex: index,
    witnesses: new Map(Array.from(frame, ([key, value]) => [key, BigInt(value)] as const)),
  }));
}

/** A stack of one frame with these witnesses. */
export function stackOf(values: readonly bigint[]): WitnessStack {
  return [{ functionIndex: 0, witnesses: new Map(values.map((value, index) => [index, value])) }];
}

/** Asserts that the honest witness satisfies the system. */
export function assertHonest({ lowered, wires }: BlackBoxRun): void {
  assert.equal(checkWitness(lowered.system, wires)?.place, undefined);
}

/**
 * Asserts that no lie about a single wire is accepted: every output and a sample of the inner wires, one more and one less.
 * Bits of inputs are left out: they are the prover's to choose. A lie violates rows that hold the wire or none, so that
 * only these are evaluated.
 */
export function assertLiesRejected({ lowered, wires }: BlackBoxRun, sample = 400): void {
  const { system } = lowered;
  const chosen = inputWires(lowered);
  const inner = Array.from({ length: system.wireCount }, (_, wire) => wire).filter(
    wire => wire > system.publicCount && !chosen.has(wire),
  );
  const step = Math.max(1, Math.floor(inner.length / sample));
  const outer = Array.from({ length: system.publicCount }, (_, index) => index + 1);
  const edited = [...wires];
  const rows = rowsByWire(system);
  for (const wire of [...outer, ...inner.filter((_, index) => index % step === 0)]) {
    const value = wires[wire] ?? 0n;
    for (const lie of [value + 1n, value - 1n]) {
      edited[wire] = lie;
      const isRejected = (rows.get(wire) ?? []).some(row => !isSatisfied(system, row, edited));
      assert.ok(isRejected, `${lowered.wireName(wire as WireId)} = ${lie} was accepted`);
    }
    edited[wire] = value;
  }
}

function rowsByWire(system: ConstraintSystem): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const { rowStarts, wires } of [system.a, system.b, system.c]) {
    for (let row = 0; row < system.constraintCount; row++) {
      for (let k = rowStarts[row] ?? 0; k < (rowStarts[row + 1] ?? 0); k++) {
        const wire = wires[k] ?? 0;
        const known = rows.get(wire);
        if (known === undefined) rows.set(wire, [row]);
        else known.push(row);
      }
    }
  }
  return rows;
}

function isSatisfied(system: ConstraintSystem, row: number, values: readonly bigint[]): boolean {
  const [a = 0n, b = 0n, c = 0n] = [system.a, system.b, system.c].map(side => {
    let sum = 0n;
    for (let k = side.rowStarts[row] ?? 0; k < (side.rowStarts[row + 1] ?? 0); k++)
      sum += (values[side.wires[k] ?? 0] ?? 0n) * (system.coefficients[side.coefficientIds[k] ?? 0] ?? 0n);
    return sum;
  });
  return (a * b - c) % system.prime === 0n;
}

/** Wires that are inputs or bits of inputs. */
function inputWires({ recipe }: LoweredProgram): Set<number> {
  const { kinds, operands, firsts, sizes, forms } = recipe.steps;
  const inputs = new Set(recipe.copies.slots);
  for (let step = 0; step < kinds.length; step++) {
    const row = operands[step] ?? 0;
    const start = forms.rowStarts[row] ?? 0;
    const isSingle = forms.rowStarts[row + 1] === start + 1;
    if (STEP_KINDS[kinds[step] ?? 0] !== 'bits' || !isSingle || !inputs.has(forms.wires[start] ?? 0))
      continue;
    for (let bit = 0; bit < (sizes[step] ?? 0); bit++) inputs.add((firsts[step] ?? 0) + bit);
  }
  return new Set(Array.from(recipe.wireSlots, (slot, wire) => (inputs.has(slot) ? wire : -1)));
}
