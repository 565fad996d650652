/** Short-hands for hand-built graphs and tensors in the quantiser's tests. */
import assert from 'node:assert/strict';
import {
  buildGraph,
  type Graph,
  type InputDomain,
  type NodeSpec,
  type Op,
  type Shape,
} from '../../../src/graph/index.ts';
import type { IntTensor, QuantGraph, QuantNode, QuantOp } from '../../../src/quantize/index.ts';

export const NO_PADDING = { top: 0, bottom: 0, left: 0, right: 0 } as const;

/** Integers that mean themselves. */
export function plainDomain(min: number, max: number): InputDomain {
  return { min, max, scale: 1, offset: 0 };
}

/** A chain of operators behind one input called 'x'; operators are named after their kind and position. */
export function chain(shape: Shape, domain: InputDomain, ...ops: readonly Op[]): Graph {
  const nodes: NodeSpec[] = ops.map((op, i) => ({ name: `${op.kind}_${i + 1}`, op }));
  return buildGraph({
    name: 'chain',
    nodes: [{ name: 'x', op: { kind: 'input', shape, domain } }, ...nodes],
  });
}

/** A dense layer from rows of weights, one row per input. */
export function denseOf(rows: readonly (readonly number[])[], bias: readonly number[]): Op {
  const weights = Float32Array.from(rows.flat());
  return { kind: 'dense', units: bias.length, weights, bias: Float32Array.from(bias) };
}

export function tensor(shape: Shape, values: readonly number[]): IntTensor {
  return { shape, data: Float64Array.from(values) };
}

/** The values of a tensor as bigints, whatever their representation. */
export function integersOf({ data }: IntTensor): bigint[] {
  return Array.from<number | bigint, bigint>(data, BigInt);
}

/** The node of that name, with an operator of that kind. */
export function findNode<K extends QuantOp['kind']>(
  graph: QuantGraph,
  name: string,
  kind: K,
): QuantNode & { readonly op: Extract<QuantOp, { readonly kind: K }> } {
  const node = graph.nodes.find(candidate => candidate.name === name);
  assert.ok(node, `no node ${name}`);
  assert.equal(node.op.kind, kind);
  return node as QuantNode & { readonly op: Extract<QuantOp, { readonly kind: K }> }; // checked above
}

/** Asserts that every element lies within the bounds of its channel. */
export function assertWithinBounds({ name, bounds }: QuantNode, value: IntTensor | undefined): void {
  assert.ok(value, `no tensor for ${name}`);
  const { min, max } = bounds;
  for (const [i, integer] of integersOf(value).entries()) {
    const channel = min.length === 1 ? 0 : i % min.length;
    const isInside = integer >= (min[channel] ?? 0n) && integer <= (max[channel] ?? 0n);
    assert.ok(isInside, `${name}[${i}] = ${integer}`);
  }
}
