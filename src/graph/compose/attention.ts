/**
 * Attention by scaled dot products, of one head or of several: softmax(Q K^T / sqrt(d)) V. The products of computed
 * matrices and the softmax are paid for; projections are dense layers and free.
 */
import { elementCount } from '../shape-text.ts';
import type { Op, Shape } from '../types.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { type ComposedNode, nodeSpec } from './site.ts';

/** Where attention reads: nodes of shape [positions, features]. */
export interface AttentionInputs {
  readonly name: string;
  readonly query: string;
  readonly key: string;
  readonly value: string;
  /** Positions of the query, and of key and value. */
  readonly queries: number;
  readonly keys: number;
  /** [queries, keys]: 0 where a query does not see a key. */
  readonly mask?: Uint8Array;
}

/** softmax(query * key^T * scale) * value, over nodes [...leading, positions, features]. */
export function attention(
  { name, query, key, value, queries, keys, mask }: AttentionInputs,
  leading: Shape = [],
  scale?: number,
): ComposedNode[] {
  const rank = leading.length + 2;
  const permutation = Array.from({ length: rank }, (_, axis) => axis);
  permutation.splice(rank - 2, 2, rank - 1, rank - 2);
  const scores = `${name}_scores`;
  const scaled: ComposedNode[] =
    scale === undefined
      ? []
      : [nodeSpec(`${name}_scaled`, { kind: 'scale', factor: scale, shift: 0 }, scores)];
  const weights = softmaxOf(`${name}_weights`, scale === undefined ? scores : `${name}_scaled`, {
    shape: [...leading, queries, keys],
    mask,
  });
  return [
    nodeSpec(`${name}_keys`, { kind: 'transpose', permutation }, key),
    nodeSpec(scores, { kind: 'matmul' }, query, `${name}_keys`),
    ...scaled,
    ...weights,
    nodeSpec(name, { kind: 'matmul' }, `${name}_weights`, value),
  ];
}

function softmaxOf(
  name: string,
  input: string,
  { shape, mask }: { readonly shape: Shape; readonly mask: Uint8Array | undefined },
): ComposedNode[] {
  if (mask === undefined) return [nodeSpec(name, { kind: 'softmax' }, input)];
  const keep = new Uint8Array(elementCount(shape)).map((_, i) => mask[i % mask.length] ?? 1);
  return maskedSoftmax({ name, input, shape }, keep);
}

/** A projection of each position: [features, units], [units]. */
export interface Projection {
  readonly units: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface MultiHead {
  readonly heads: number;
  /** To heads * features each, head by head. */
  readonly query: Projection;
  readonly key: Projection;
  readonly value: Projection;
  readonly output: Projection;
}

/** Projects query, key and value, attends in each head, joins the heads and projects again. */
export function multiHeadAttention(inputs: AttentionInputs, options: MultiHead): ComposedNode[] {
  const { name, queries, keys } = inputs;
  const { heads, query, key, value, output } = options;
  const features = query.units / heads;
  const scaled: Projection = scaleProjection(query, 1 / Math.sqrt(features));
  const joined = value.units;
  return [
    ...toHeads(`${name}_query`, inputs.query, scaled, [queries, heads, features]),
    ...toHeads(`${name}_key`, inputs.key, key, [keys, heads, key.units / heads]),
    ...toHeads(`${name}_value`, inputs.value, value, [keys, heads, value.units / heads]),
    ...attention(
      {
        ...inputs,
        name: `${name}_heads`,
        query: `${name}_query`,
        key: `${name}_key`,
        value: `${name}_value`,
      },
      [heads],
    ),
    nodeSpec(`${name}_side`, { kind: 'transpose', permutation: [1, 0, 2] }, `${name}_heads`),
    nodeSpec(`${name}_joined`, { kind: 'reshape', shape: [queries, joined] }, `${name}_side`),
    nodeSpec(name, dense(output), `${name}_joined`),
  ];
}

function dense({ units, weights, bias }: Projection): Op {
  return { kind: 'dense', units, weights, bias };
}

function scaleProjection({ units, weights, bias }: Projection, factor: number): Projection {
  return { units, weights: weights.map(weight => weight * factor), bias: bias.map(item => item * factor) };
}

/** [positions, features] -> [heads, positions, features of a head]. */
function toHeads(name: string, input: string, projection: Projection, shape: Shape): ComposedNode[] {
  return [
    nodeSpec(`${name}_all`, dense(projection), input),
    nodeSpec(`${name}_split`, { kind: 'reshape', shape }, `${name}_all`),
    nodeSpec(name, { kind: 'transpose', permutation: [1, 0, 2] }, `${name}_split`),
  ];
}
