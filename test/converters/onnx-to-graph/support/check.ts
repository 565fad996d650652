/** Small models against ONNX Runtime: nodes, inputs, weights; the float interpreter must give the same numbers. */
import assert from 'node:assert/strict';
import { onnxToGraph } from '../../../../converters/onnx-to-graph/index.ts';
import { evaluateGraph, nodeOf } from '../../../../src/graph/index.ts';
import { type Attribute, encodeModel, type NodeSpec, type TensorSpec, type ValueSpec } from './encode.ts';
import { randomNumbers } from './models.ts';
import { type RuntimeTensor, runModel } from './runtime.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

/** A model with the output 'y'. */
export interface Case {
  readonly what: string;
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly weights?: Readonly<Record<string, TensorSpec>>;
  /** Values of inputs that are not random. */
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Largest difference from ONNX Runtime. */
  readonly tolerance?: number;
  readonly opset?: number;
}

/** One of ONNX's own operators. */
export const plain = (
  op: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  output = 'y',
): NodeSpec => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

/** An input of floats. */
export const input = (name: string, ...dims: number[]): ValueSpec => ({ name, dims });

const random = randomNumbers(11);
/** Random floats. */
export const weight = (...dims: number[]): TensorSpec => ({
  dims,
  data: Float32Array.from({ length: count(dims) }, random),
});
/** Random bytes. */
export const bytes = (type: 'uint8' | 'int8', ...dims: number[]): TensorSpec => ({
  type,
  dims,
  data: Array.from({ length: count(dims) }, () => Math.floor(random() * 100) + (type === 'uint8' ? 120 : 0)),
});
/** A number. */
export const number = (value: number, type: TensorSpec['type'] = 'float32'): TensorSpec => ({
  type,
  dims: [],
  data: [value],
});

/** How many elements a shape has. */
export function count(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

export const CONTRIBUTED = 'com.microsoft';

/** Compares a model with ONNX Runtime. */
export async function check({
  nodes,
  inputs,
  weights = {},
  values = {},
  opset = 17,
  tolerance = 2e-5,
}: Case): Promise<void> {
  const outputs = [{ name: 'y', dims: [], isOpen: true } as const];
  const model = encodeModel({ opset, domains: { [CONTRIBUTED]: 1 }, nodes, inputs, outputs, weights });
  const draw = randomNumbers(5);
  const given: Record<string, RuntimeTensor> = {};
  for (const { name, dims, type = 'float32' } of inputs) {
    const sizes = dims.map(size => (typeof size === 'string' ? 1 : size));
    const data = values[name] ?? Float32Array.from({ length: count(sizes) }, draw);
    given[name] = { type, dims: sizes, data };
  }
  const expected = (await runModel(model, given)).y ?? [];
  const graph = onnxToGraph({ model }, { softmax: 'keep' });
  const tensors = graph.inputs.map(id => {
    const { name, shape } = nodeOf(graph, id);
    return { shape, data: Float64Array.from(given[name]?.data ?? []) };
  });
  const actual = evaluateGraph(graph, tensors)[0]?.data ?? [];
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs((actual[i] ?? 9e9) - value) < tolerance, `element ${i}: ${actual[i]} is not ${value}`);
  }
}
