/**
 * A quantised network compiled to constraints: its program is held to the integer interpreter, its witness to every row,
 * and edited witnesses are refused.
 */
import assert from 'node:assert/strict';
import { type LoweredProgram, lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Program } from '../../src/acir/index.ts';
import { probeFunctions } from '../../src/acvm/index.ts';
import { BN254_SCALAR_PRIME, mod, toSigned } from '../../src/field/index.ts';
import { generatePackage, proverInputs } from '../../src/noir/index.ts';
import {
  evaluateQuantGraph,
  type IntTensor,
  type QuantGraph,
  quantNodeOf,
} from '../../src/quantize/index.ts';
import { checkWitness } from '../../src/r1cs/index.ts';
import type { ConstraintSystem, SparseRows } from '../../src/r1cs/types.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { solveWires } from '../../src/witness/index.ts';
import { movableWires } from './tangents.ts';

export interface ProvedNetwork {
  readonly graph: QuantGraph;
  readonly artifact: NoirArtifact;
  readonly program: Program;
  readonly lowered: LoweredProgram;
}

/** Generates, compiles and lowers a network. */
export async function proveNetwork(graph: QuantGraph): Promise<ProvedNetwork> {
  const artifact = await noirWasm().compile(generatePackage(graph));
  const { program } = decodeArtifact(artifact);
  return { graph, artifact, program, lowered: lowerProgram(program, { probe: probeFunctions(program) }) };
}

/** Random integers over the whole range that the circuit proves of each input. */
export function randomInputs(graph: QuantGraph, seed: number): IntTensor[] {
  const random = seededRandom(seed);
  return graph.inputs.map(id => {
    const node = quantNodeOf(graph, id);
    const count = node.shape.reduce((product, size) => product * size, 1);
    const [min, max] = [Number(node.bounds.min[0]), Number(node.bounds.max[0])];
    const data = Float64Array.from({ length: count }, () => min + random.below(max - min + 1));
    return { shape: node.shape, data };
  });
}

/**
 * Runs the program on an input: it must return what the integer interpreter says, and its witness must satisfy every row.
 * Returns all wires.
 */
export async function assertProves(network: ProvedNetwork, inputs: readonly IntTensor[]): Promise<bigint[]> {
  const { graph, artifact, program, lowered } = network;
  const expected = evaluateQuantGraph(graph, inputs).map(tensor =>
    Array.from<number | bigint, bigint>(tensor.data, BigInt),
  );
  const values = proverInputs(graph, inputs);
  const { stack, returnValue } = await executeArtifact(artifact, values, { program });
  const returned = graph.outputs.length === 1 ? [returnValue] : (returnValue as unknown[]);
  assert.deepEqual(returned.map(flatten), expected);
  const wires = solveWires(lowered.recipe, stack);
  assert.equal(checkWitness(lowered.system, wires), undefined);
  return wires;
}

function flatten(value: unknown): bigint[] {
  if (Array.isArray(value)) return value.flatMap(flatten);
  return [toSigned(BigInt(value as string), BN254_SCALAR_PRIME)];
}

/** Edits every wire in turn: some row must refuse each edit. */
export function assertEditsRefused(network: ProvedNetwork, wires: readonly bigint[]): void {
  assert.deepEqual(acceptedEdits(network, wires), []);
}

/**
 * The edits of single wires, of several ways each, that no row refuses. The honest witness satisfies every row, so an edit
 * by d changes row (a)(b) = (c) by d * (a w_b + b w_a + d w_a w_b - w_c), with w_* the wire's coefficients.
 */
export function acceptedEdits({ lowered }: ProvedNetwork, wires: readonly bigint[]): string[] {
  const { system } = lowered;
  const prime = system.prime;
  const sums = { a: rowSums(system, system.a, wires), b: rowSums(system, system.b, wires) };
  const uses = usesOf(system);
  const accepted: string[] = [];
  for (let wire = 1; wire < system.wireCount; wire++) {
    const value = wires[wire] ?? 0n;
    for (const lie of [value + 1n, value - 1n, 1n - value, -value]) {
      const edit = mod(lie - value, prime);
      if (edit === 0n) continue;
      const isRefused = [...(uses[wire] ?? [])].some(([row, [a, b, c]]) => {
        const change = (sums.a[row] as bigint) * b + (sums.b[row] as bigint) * a + edit * a * b - c;
        return mod(change, prime) !== 0n;
      });
      if (isRefused) continue;
      accepted.push(`${lowered.wireName(wire as never)} = ${mod(lie, prime)} instead of ${value}`);
    }
  }
  return [...new Set(accepted)];
}

/** The wires that a prover could move together, with their values: see tangents.ts. Private inputs stay. */
export function movableTogether({ program, lowered }: ProvedNetwork, wires: readonly bigint[]): string[] {
  const { system, wireName } = lowered;
  const inputs = new Set(program.functions[0]?.privateParameters.map(witness => `main.w${witness}`));
  const names = Array.from({ length: system.wireCount }, (_, wire) => wireName(wire as never));
  const fixed = new Set(names.flatMap((name, wire) => (inputs.has(name) ? [wire] : [])));
  return movableWires(system, wires, fixed).map(wire => `${names[wire]} = ${wires[wire]}`);
}

function rowSums(system: ConstraintSystem, rows: SparseRows, wires: readonly bigint[]): bigint[] {
  return Array.from({ length: system.constraintCount }, (_, row) => {
    let sum = 0n;
    for (let i = rows.rowStarts[row] as number; i < (rows.rowStarts[row + 1] as number); i++) {
      const coefficient = system.coefficients[rows.coefficientIds[i] as number] as bigint;
      sum += coefficient * (wires[rows.wires[i] as number] as bigint);
    }
    return mod(sum, system.prime);
  });
}

/** For each wire, the rows that it stands in, and its coefficients there. */
function usesOf(system: ConstraintSystem): Map<number, [a: bigint, b: bigint, c: bigint]>[] {
  const uses = Array.from({ length: system.wireCount }, () => new Map<number, [bigint, bigint, bigint]>());
  for (const [side, rows] of [system.a, system.b, system.c].entries()) {
    for (let row = 0; row < system.constraintCount; row++) {
      for (let i = rows.rowStarts[row] as number; i < (rows.rowStarts[row + 1] as number); i++) {
        const wire = uses[rows.wires[i] as number];
        const entry = wire?.get(row) ?? [0n, 0n, 0n];
        entry[side] = system.coefficients[rows.coefficientIds[i] as number] as bigint;
        wire?.set(row, entry);
      }
    }
  }
  return uses;
}
