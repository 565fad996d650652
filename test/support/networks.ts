/** ACIR of synthetic networks, as the generator's folded Noir compiles to it, and their solved witnesses. */
import { acirWitness, ONE_EXPRESSION } from '../../src/acir/index.ts';
import type { Circuit, Expression, Opcode, Program, WitnessFrame } from '../../src/acir/types.ts';
import { BN254_SCALAR_PRIME, mod } from '../../src/field/index.ts';

export interface DenseShape {
  readonly inputs: number;
  readonly units: number;
  /** ReLU: quotient and remainder bits. */
  readonly quotientBits: number;
  readonly shiftBits: number;
  /** Public outputs of a last linear layer. */
  readonly outputs: number;
  readonly seed?: number;
}

interface Weights {
  readonly hidden: readonly (readonly number[])[];
  readonly last: readonly (readonly number[])[];
}

/** pixels (8 bits) -> units ReLU, one folded function a unit -> public linear outputs. */
export function denseNetwork(shape: DenseShape): {
  readonly program: Program;
  solve(pixels: readonly number[]): WitnessFrame[];
} {
  const weights = randomWeights(shape);
  const functions = [mainOf(shape, weights), ...weights.hidden.map((row, unit) => unitOf(shape, row, unit))];
  return { program: { functions, unconstrained: [] }, solve: pixels => solve(shape, weights, pixels) };
}

function randomWeights(shape: DenseShape): Weights {
  let state = shape.seed ?? 1;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return ((state >>> 16) % 31) - 15;
  };
  const matrix = (rows: number, columns: number): number[][] =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, next));
  return { hidden: matrix(shape.units, shape.inputs), last: matrix(shape.outputs, shape.units) };
}

function mainOf(shape: DenseShape, weights: Weights): Circuit {
  const { inputs, units, outputs } = shape;
  const pixels = range(0, inputs);
  const opcodes: Opcode[] = pixels.map(pixel => rangeOf(pixel, 8));
  for (let unit = 0; unit < units; unit++) {
    opcodes.push({
      kind: 'call',
      id: unit + 1,
      inputs: pixels.map(acirWitness),
      outputs: [acirWitness(inputs + outputs + unit)],
      predicate: ONE_EXPRESSION,
    });
  }
  for (let output = 0; output < outputs; output++) {
    const row = weights.last[output] ?? [];
    const witnesses = [...range(inputs + outputs, units), inputs + output];
    opcodes.push(assertZero(linear(witnesses, [...row.map(BigInt), -1n])));
  }
  return {
    name: 'main',
    opcodes,
    privateParameters: pixels.map(acirWitness),
    publicParameters: [],
    returnValues: range(inputs, outputs).map(acirWitness),
    assertMessages: [],
  };
}

/** Witnesses: inputs, then the return value, y, q, r. */
function unitOf(shape: DenseShape, row: readonly number[], unit: number): Circuit {
  const { inputs, quotientBits, shiftBits } = shape;
  const [result, y, q, r] = range(inputs, 4) as [number, number, number, number];
  const scale = 2n ** BigInt(shiftBits);
  const dot = linear([...range(0, inputs), y, q, r], [...row.map(BigInt), -2n * scale, scale, -1n]);
  const opcodes: Opcode[] = [
    {
      kind: 'brillig-call',
      id: 0,
      inputs: [],
      outputs: [y, q, r].map(witness => ({ kind: 'simple', witness: acirWitness(witness) })),
      predicate: ONE_EXPRESSION,
    },
    rangeOf(q, quotientBits),
    rangeOf(r, shiftBits),
    assertZero({
      mulTerms: [
        { coefficient: 1n, left: acirWitness(y), right: acirWitness(y) },
        { coefficient: mod(-1n, BN254_SCALAR_PRIME), left: acirWitness(y), right: acirWitness(q) },
      ],
      linear: { witnesses: new Uint32Array(0), coefficients: [] },
      constant: 0n,
    }),
    assertZero({ ...dot, constant: scale / 2n }),
    assertZero(linear([y, result], [1n, -1n])),
  ];
  return {
    name: `unit_${unit}`,
    opcodes,
    privateParameters: range(0, inputs).map(acirWitness),
    publicParameters: [],
    returnValues: [acirWitness(result)],
    assertMessages: [],
  };
}

function solve(shape: DenseShape, weights: Weights, pixels: readonly number[]): WitnessFrame[] {
  const { shiftBits } = shape;
  const scale = 2 ** shiftBits;
  const activations: number[] = [];
  const frames = weights.hidden.map((row, unit) => {
    const x = row.reduce((sum, weight, index) => sum + weight * (pixels[index] ?? 0), 0) + scale / 2;
    const t = Math.floor(x / scale);
    const y = Math.max(0, t);
    activations.push(y);
    return frame(unit + 1, [...pixels, y, y, Math.abs(t), x - t * scale]);
  });
  const logits = weights.last.map(row =>
    row.reduce((sum, weight, index) => sum + weight * (activations[index] ?? 0), 0),
  );
  return [...frames, frame(0, [...pixels, ...logits, ...activations])];
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
