/** Grumpkin points for tests, and calls of the black boxes on them. */
import assert from 'node:assert/strict';
import { weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { lowerProgram } from '../../../../../converters/acir-to-r1cs/index.ts';
import { acirWitness, witnessExpression } from '../../../../../src/acir/index.ts';
import type { Program } from '../../../../../src/acir/types.ts';
import { checkWitness } from '../../../../../src/r1cs/index.ts';
import { solveWires } from '../../../../../src/witness/index.ts';
import {
  type Argument,
  type BlackBoxRun,
  blackBoxProgram,
  execute,
  type MakeCall,
  witnesses,
} from './black-box.ts';

/** BN254's scalar field: Grumpkin's coordinates. */
export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
/** Grumpkin's order. */
export const N = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** noble's Grumpkin: shares no code with the converter. */
export const Grumpkin = weierstrass({
  p: P,
  n: N,
  h: 1n,
  a: 0n,
  b: P - 17n,
  Gx: 1n,
  Gy: 17631683881184975370165255887551781615748388533673675138860n,
});

export interface Affine {
  readonly x: bigint;
  readonly y: bigint;
}

export const INFINITY: Affine = { x: 0n, y: 0n };

/** scalar * G for any integer; infinity is (0, 0). */
export function multiple(scalar: bigint, base: Affine = { x: Grumpkin.BASE.x, y: Grumpkin.BASE.y }): Affine {
  const reduced = ((scalar % N) + N) % N;
  if (reduced === 0n || (base.x === 0n && base.y === 0n)) return INFINITY;
  return Grumpkin.fromAffine(base).multiply(reduced).toAffine();
}

export const negated = ({ x, y }: Affine): Affine => ({ x, y: (P - y) % P });

export const limbs = (scalar: bigint): [bigint, bigint] => [scalar & ((1n << 128n) - 1n), scalar >> 128n];

/** EmbeddedCurveAdd on (x1, y1, x2, y2, predicate). */
export const curveAdd: MakeCall = ([x1, y1, x2, y2, predicate], outputs) => {
  assert.ok(x1 && y1 && x2 && y2 && predicate);
  const [left, right] = [
    { x: x1, y: y1 },
    { x: x2, y: y2 },
  ];
  return { name: 'embedded-curve-add', left, right, predicate, assertsOnCurve: true, outputs };
};

/** EmbeddedCurveAdd of old releases on (x1, y1, flag1, x2, y2, flag2, predicate). */
export const flaggedCurveAdd: MakeCall = ([x1, y1, flag1, x2, y2, flag2, predicate], outputs) => {
  assert.ok(x1 && y1 && flag1 && x2 && y2 && flag2 && predicate);
  const [left, right] = [
    { x: x1, y: y1, infinite: flag1 },
    { x: x2, y: y2, infinite: flag2 },
  ];
  return { name: 'embedded-curve-add', left, right, predicate, assertsOnCurve: false, outputs };
};

/** MultiScalarMul on (predicate, then x, y, low, high of each term). */
export const multiScalarMul: MakeCall = ([predicate, ...rest], outputs) => {
  assert.ok(predicate);
  const points: { x: (typeof rest)[number]; y: (typeof rest)[number] }[] = [];
  const scalars: { low: (typeof rest)[number]; high: (typeof rest)[number] }[] = [];
  for (let at = 0; at < rest.length; at += 4) {
    const [x, y, low, high] = rest.slice(at, at + 4);
    assert.ok(x && y && low && high);
    points.push({ x, y });
    scalars.push({ low, high });
  }
  return { name: 'multi-scalar-mul', points, scalars, predicate, outputs };
};

/** Asserts that a witness with these outputs does not satisfy the system of a black box. */
export function assertUnsatisfied(
  args: readonly Argument[],
  outputs: readonly bigint[],
  makeCall: MakeCall,
): void {
  const { system, recipe } = lowerProgram(blackBoxProgram(args, outputs.length, makeCall));
  const values = [...args.flatMap(argument => ('witness' in argument ? [argument.witness] : [])), ...outputs];
  const stack = [{ functionIndex: 0, witnesses: new Map(values.map((value, index) => [index, value])) }];
  assert.ok(checkWitness(system, solveWires(recipe, stack)), 'a wrong witness was accepted');
}

/** Asserts that outputs one more or one less, each alone, are rejected when all inner wires follow them. */
export function assertOutputsPinned({ lowered, stack }: BlackBoxRun): void {
  const { system, recipe } = lowered;
  const frame = stack[0];
  assert.ok(frame);
  const names = [...frame.witnesses.keys()].slice(-system.publicCount);
  for (const name of names) {
    for (const delta of [1n, P - 1n]) {
      const witnesses = new Map(frame.witnesses).set(name, ((frame.witnesses.get(name) ?? 0n) + delta) % P);
      const wires = solveWires(recipe, [{ functionIndex: 0, witnesses }]);
      assert.ok(checkWitness(system, wires), `output ${name} may be off by ${delta}`);
    }
  }
}

/** A main that calls a function of one black box under a witness predicate, its last parameter. */
/** Main calls the black box in a folded function, if its last parameter is 1. */
export function gatedProgram(inputCount: number, outputCount: number, makeCall: MakeCall): Program {
  const callee = blackBoxProgram(witnesses(new Array<number>(inputCount).fill(0)), outputCount, makeCall)
    .functions[0];
  assert.ok(callee);
  const inputs = Array.from({ length: inputCount }, (_, index) => acirWitness(index));
  const switchWitness = acirWitness(inputCount);
  const outputs = Array.from({ length: outputCount }, (_, index) => acirWitness(inputCount + 1 + index));
  const main = {
    name: 'main',
    opcodes: [{ kind: 'call' as const, id: 1, inputs, outputs, predicate: witnessExpression(switchWitness) }],
    privateParameters: [...inputs, switchWitness],
    publicParameters: [],
    returnValues: outputs,
    assertMessages: [],
  };
  return { functions: [main, { ...callee, name: 'callee' }], unconstrained: [] };
}

/**
 * Asserts that a black box in a folded function, called with a witness predicate, is satisfied by ACVM's witness.
 * @returns the number of rows.
 */
export async function assertGated(
  values: readonly bigint[],
  outputCount: number,
  makeCall: MakeCall,
  predicate: bigint,
): Promise<number> {
  const program = gatedProgram(values.length, outputCount, makeCall);
  const initial = new Map([...values, predicate].map((value, index) => [index, value] as const));
  const stack = await execute(program, initial);
  const { system, recipe } = lowerProgram(program);
  assert.equal(checkWitness(system, solveWires(recipe, stack))?.place, undefined);
  return system.constraintCount;
}

/** Asserts that the same call, switched off, has outputs of 0 and nothing else, whatever the inputs. */
export function assertSwitchedOff(values: readonly bigint[], outputCount: number, makeCall: MakeCall): void {
  const { system, recipe } = lowerProgram(gatedProgram(values.length, outputCount, makeCall));
  const outputs = new Array<bigint>(outputCount).fill(0n);
  const accepts = (results: readonly bigint[]): boolean => {
    const witnesses = new Map([...values, 0n, ...results].map((value, index) => [index, value] as const));
    return checkWitness(system, solveWires(recipe, [{ functionIndex: 0, witnesses }])) === undefined;
  };
  assert.ok(accepts(outputs), 'a call that is switched off fails');
  assert.ok(!accepts(outputs.with(0, 1n)), 'a call that is switched off has any output');
}

export const valuesOf = (args: readonly Argument[]): bigint[] =>
  args.flatMap(argument => ('witness' in argument ? [argument.witness] : []));

/** Solves the program of another run on other inputs by ACVM. */
export async function rerun(run: BlackBoxRun, values: readonly bigint[]): Promise<BlackBoxRun> {
  const stack = await execute(run.program, new Map(values.map((value, index) => [index, value])));
  const wires = solveWires(run.lowered.recipe, stack);
  const outputs = run.outputs.map((_, index) => stack[0]?.witnesses.get(values.length + index) ?? -1n);
  return { ...run, stack, wires, outputs };
}

/** Tells whether inputs and outputs satisfy the system of a run. */
export function isSatisfied({ lowered }: BlackBoxRun, values: readonly bigint[]): boolean {
  const witnesses = new Map(values.map((value, index) => [index, value]));
  const wires = solveWires(lowered.recipe, [{ functionIndex: 0, witnesses }]);
  return checkWitness(lowered.system, wires) === undefined;
}
