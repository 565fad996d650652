/** What the parity suite compares: any way from a network's inputs to its outputs that ends in a constraint system. */

import { toSigned } from '../../../src/field/index.ts';
import { type IntTensor, type NodeId, type QuantGraph, quantNodeOf } from '../../../src/quantize/index.ts';
import type { ConstraintSystem } from '../../../src/r1cs/types.ts';
import type { Inputs } from './inputs.ts';

/** For each output of the graph its integers, row-major; or that the inputs cannot be proved. */
export type Answer = bigint[][] | 'refused';

/** A network as a circuit, ready to run. */
export interface Implementation {
  readonly system: ConstraintSystem;
  /**
   * Runs the network, and holds the witness against every constraint of `system`.
   * @throws when a constraint is not satisfied.
   */
  run(inputs: Inputs): Promise<Answer>;
}

/** What a constraint system costs a Groth16 prover. */
export interface Cost {
  readonly constraints: number;
  /** Wires, the constant one among them. */
  readonly wires: number;
  /** Coefficients in A and B: stored in the proving key, multiplied in each proof. */
  readonly productTerms: number;
  /** Coefficients in C: seen by the set-up only. */
  readonly resultTerms: number;
}

/** Counts what a system costs. */
export function costOf(system: ConstraintSystem): Cost {
  return {
    constraints: system.constraintCount,
    wires: system.wireCount,
    productTerms: system.a.wires.length + system.b.wires.length,
    resultTerms: system.c.wires.length,
  };
}

/** Runs `action`; an error that `isRefusal` recognises means that the inputs cannot be proved. */
export async function answerOrRefusal(
  action: () => bigint[][] | Promise<bigint[][]>,
  isRefusal: (error: unknown) => boolean,
): Promise<Answer> {
  try {
    return await action();
  } catch (error) {
    if (isRefusal(error)) return 'refused';
    throw error;
  }
}

/** The values of a tensor as integers. */
export function toIntegers(tensor: IntTensor): bigint[] {
  return Array.from<number | bigint, bigint>(tensor.data, BigInt);
}

/** Field elements as the signed integers that they stand for. */
export function toSignedIntegers(values: readonly (bigint | string)[], prime: bigint): bigint[] {
  return values.map(value => toSigned(BigInt(value), prime));
}

/** Reads a network's outputs off the first public wires, which hold them one after the other. */
export function readOutputs(graph: QuantGraph, wires: readonly bigint[], prime: bigint): bigint[][] {
  let at = 1;
  return graph.outputs.map(id => {
    const first = at;
    at += elementCountOf(graph, id);
    return toSignedIntegers(wires.slice(first, at), prime);
  });
}

/** How many elements a node's tensor has. */
export function elementCountOf(graph: QuantGraph, id: NodeId): number {
  return quantNodeOf(graph, id).shape.reduce((product, side) => product * side, 1);
}
