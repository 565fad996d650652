/**
 * A quantised network compiled to constraints: its program is held to the integer interpreter, its witness to every row,
 * and edited witnesses are refused.
 */
import assert from 'node:assert/strict';
import { type LoweredProgram, lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Program } from '../../src/acir/index.ts';
import { BN254_SCALAR_PRIME, mod, toSigned } from '../../src/field/index.ts';
import { generatePackage, proverInputs } from '../../src/noir/index.ts';
import {
  evaluateQuantGraph,
  type IntTensor,
  type QuantGraph,
  quantNodeOf,
} from '../../src/quantize/index.ts';
import { checkWitness } from '../../src/r1cs/index.ts';
import { executeArtifact, type NoirArtifact, noirWasm } from '../../src/toolchain/index.ts';
import { solveWires } from '../../src/witness/index.ts';

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
  return { graph, artifact, program, lowered: lowerProgram(program) };
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

/** Edits every wire in turn, in several ways: some row must refuse each. */
export function assertEditsRefused({ lowered }: ProvedNetwork, wires: readonly bigint[]): void {
  for (let wire = 1; wire < lowered.system.wireCount; wire++) {
    const value = wires[wire] ?? 0n;
    for (const lie of [value + 1n, value - 1n, 1n - value, -value]) {
      const edited = mod(lie, BN254_SCALAR_PRIME);
      if (edited === value) continue;
      const failure = checkWitness(lowered.system, wires.with(wire, edited));
      assert.notEqual(
        failure,
        undefined,
        `${lowered.wireName(wire as never)} = ${edited} instead of ${value}`,
      );
    }
  }
}
