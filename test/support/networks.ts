/** ACIR of synthetic networks, as the generator's folded Noir compiles to it, and their solved witnesses. */
import { acirWitness, ONE_EXPRESSION } from '../../src/acir/index.ts';
import type { Circuit, Expression, Opcode, Program, WitnessFrame } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME, mod } from '../../src/field/index.ts';

export interface NetworkShape {
  readonly inputs: number;
  /** A call sees this many inputs, from `stride` times its number on (cyclically). */
  readonly window: number;
  readonly stride: number;
  /** Calls of each folded function. */
  readonly calls: number;
  /** Folded functions, and ReLUs in each. */
  readonly functions: number;
  readonly units: number;
  readonly quotientBits: number;
  readonly shiftBits: number;
  /** Public outputs of a last linear layer over the first 64 activations. */
  readonly outputs: number;
}

export interface Network {
  readonly program: Program;
  solve(pixels: readonly number[]): WitnessFrame[];
}

interface Weights {
  /** By function and unit. */
  readonly hidden: readonly (readonly (readonly number[])[])[];
  readonly last: readonly (readonly number[])[];
}

/** pixels (8 bits) -> units ReLU, one folded function a unit, all called once -> public linear outputs. */
export function denseNetwork(
  shape: Pick<NetworkShape, 'inputs' | 'units' | 'quotientBits' | 'shiftBits' | 'outputs'>,
): Network {
  return network({ ...shape, window: shape.inputs, stride: 0, calls: 1, functions: shape.units, units: 1 });
}

/** A network of folded functions, each called on windows of the input: dense layers and convolutions alike. */
export function network(shape: NetworkShape): Network {
  const weights = randomWeights(shape);
  const functions = [
    mainOf(shape, weights),
    ...weights.hidden.map((rows, index) => functionOf(shape, rows, index)),
  ];
  return { program: { functions, unconstrained: [] }, solve: pixels => solve(shape, weights, pixels) };
}

const LAST_INPUTS_MAX = 64;

function randomWeights(shape: NetworkShape): Weights {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 31) - 15;
  };
  const matrix = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, next));
  const activations = shape.functions * shape.calls * shape.units;
  return {
    hidden: Array.from({ length: shape.functions }, () => matrix(shape.units, shape.window)),
    last: matrix(shape.outputs, Math.min(LAST_INPUTS_MAX, activations)),
  };
}

function windowOf({ inputs, window, stride }: NetworkShape, call: number): number[] {
  return range(0, window).map(index => (call * stride + index) % inputs);
}

function mainOf(shape: NetworkShape, weights: Weights): Circuit {
  const { inputs, units, outputs, functions, calls } = shape;
  const opcodes: Opcode[] = range(0, inputs).map(pixel => rangeOf(pixel, 8));
  for (let call = 0; call < functions * calls; call++) {
    opcodes.push({
      kind: 'call',
      id: (call % functions) + 1,
      inputs: windowOf(shape, Math.floor(call / functions)).map(acirWitness),
      outputs: range(inputs + outputs + call * units, units).map(acirWitness),
      predicate: ONE_EXPRESSION,
    });
  }
  weights.last.forEach((row, output) => {
    const witnesses = [...range(inputs + outputs, row.length), inputs + output];
    opcodes.push(assertZero(linear(witnesses, [...row.map(BigInt), -1n])));
  });
  return {
    name: 'main',
    opcodes,
    privateParameters: range(0, inputs).map(acirWitness),
    publicParameters: [],
    returnValues: range(inputs, outputs).map(acirWitness),
    assertMessages: [],
  };
}

/** Witnesses: inputs, return values, then for each unit the sum x, y, q and r, as the compiler numbers them. */
function functionOf(shape: NetworkShape, rows: readonly (readonly number[])[], index: number): Circuit {
  const { window, units } = shape;
  const opcodes = rows.flatMap((row, unit) => unitOf(shape, row, unit));
  return {
    name: `function_${index}`,
    opcodes,
    privateParameters: range(0, window).map(acirWitness),
    publicParameters: [],
    returnValues: range(window, units).map(acirWitness),
    assertMessages: [],
  };
}

function unitOf(
  { window, units, quotientBits, shiftBits }: NetworkShape,
  row: readonly number[],
  unit: number,
): Opcode[] {
  const [x, y, q, r] = range(window + units + 4 * unit, 4) as [number, number, number, number];
  const scale = 2n ** BigInt(shiftBits);
  const rest = linear([x, y, q, r], [1n, -2n * scale, scale, -1n]);
  return [
    assertZero(linear([...range(0, window), x], [...row.map(BigInt), -1n])),
    {
      kind: 'brillig-call',
      id: 0,
      inputs: [],
      outputs: [y, q].map(witness => ({ kind: 'simple', witness: acirWitness(witness) })),
      predicate: ONE_EXPRESSION,
    },
    rangeOf(q, quotientBits),
    assertZero({
      mulTerms: [
        { coefficient: 1n, left: acirWitness(y), right: acirWitness(y) },
        { coefficient: mod(-1n, BN254_SCALAR_PRIME), left: acirWitness(y), right: acirWitness(q) },
      ],
      linear: { witnesses: new Uint32Array(0), coefficients: [] },
      constant: 0n,
    }),
    assertZero({ ...rest, constant: scale / 2n }),
    rangeOf(r, shiftBits),
    assertZero(linear([y, window + unit], [1n, -1n])),
  ];
}

function solve(shape: NetworkShape, weights: Weights, pixels: readonly number[]): WitnessFrame[] {
  const { calls, functions } = shape;
  const frames: WitnessFrame[] = [];
  const activations: number[] = [];
  for (let call = 0; call < functions * calls; call++) {
    const inputs = windowOf(shape, Math.floor(call / functions)).map(index => pixels[index] ?? 0);
    const rows = weights.hidden[call % functions] ?? [];
    const solved = rows.map(row => solveUnit(shape, row, inputs));
    const outputs = solved.map(([, y]) => y);
    frames.push(frame((call % functions) + 1, [...inputs, ...outputs, ...solved.flat()]));
    activations.push(...outputs);
  }
  const logits = weights.last.map(row => dot(row, activations));
  return [...frames, frame(0, [...pixels, ...logits, ...activations])];
}

/** x, y, q, r of one ReLU. */
function solveUnit(
  { shiftBits }: NetworkShape,
  row: readonly number[],
  inputs: readonly number[],
): [number, number, number, number] {
  const scale = 2 ** shiftBits;
  const x = dot(row, inputs);
  const t = Math.floor((x + scale / 2) / scale);
  return [x, Math.max(0, t), Math.abs(t), x + scale / 2 - t * scale];
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
}

function frame(functionIndex: number, values: readonly number[]): WitnessFrame {
  const entries = values.map((value, index) => [index, mod(BigInt(value), BN254_SCALAR_PRIME)] as const);
  return { functionIndex, witnesses: new Map(entries) };
}

function range(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index);
}

function rangeOf(witness: number, bits: number): Opcode {
  return {
    kind: 'black-box',
    call: { name: 'range', input: { kind: 'witness', witness: acirWitness(witness) }, bits },
  };
}

function assertZero(expression: Expression): Opcode {
  return { kind: 'assert-zero', expression };
}

function linear(witnesses: readonly number[], coefficients: readonly bigint[]): Expression {
  return {
    mulTerms: [],
    linear: {
      witnesses: Uint32Array.from(witnesses),
      coefficients: coefficients.map(value => mod(value, BN254_SCALAR_PRIME)),
    },
    constant: 0n,
  };
}
