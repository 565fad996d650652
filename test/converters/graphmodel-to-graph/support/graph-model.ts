/**
 * Frozen graphs written by hand, as the converter of TensorFlow.js writes them, and TensorFlow.js itself as their oracle.
 */
import assert from 'node:assert/strict';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { enableProdMode, type io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  type GraphModelOptions,
  graphModelToGraph,
} from '../../../../converters/graphmodel-to-graph/index.ts';
import { seededRandom } from '../../../../fixtures/data/random.ts';
import {
  elementCount,
  evaluateGraph,
  type FloatTensor,
  type Graph,
  nodeOf,
  simplifyGraph,
} from '../../../../src/graph/index.ts';
import type { TfjsModelFiles } from '../../../../src/tensorflow/index.ts';

enableProdMode(); // silences the advice to install the native back end

const SEED = 20261122;
/** Float32 against float64, relative to the largest value. */
const TOLERANCE = 2e-5;

export type Attribute = Readonly<Record<string, unknown>>;

/** A node as GraphDef's JSON has it. */
export interface NodeJson {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, Attribute>>;
}

/** A constant with its values; whole numbers unless it is told. */
export interface ConstantJson {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** Attributes in protobuf's JSON mapping. */
export const attr = {
  integer: (i: number): Attribute => ({ i: String(i) }),
  real: (f: number): Attribute => ({ f }),
  flag: (b: boolean): Attribute => ({ b }),
  text: (s: string): Attribute => ({ s: btoa(s) }),
  type: (type: string): Attribute => ({ type }),
  integers: (...list: number[]): Attribute => ({ list: { i: list.map(String) } }),
  texts: (...list: string[]): Attribute => ({ list: { s: list.map(item => btoa(item)) } }),
};

/** Whole numbers: a shape, axes, paddings. */
export function integers(name: string, ...data: number[]): ConstantJson {
  return { name, shape: [data.length], data, dtype: 'int32' };
}

/** One whole number. */
export function integer(name: string, value: number): ConstantJson {
  return { name, shape: [], data: [value], dtype: 'int32' };
}

/** Floats by their values. */
export function floats(name: string, shape: readonly number[], data: readonly number[]): ConstantJson {
  return { name, shape, data, dtype: 'float32' };
}

/** Random floats, the same at every run. */
export function weights(name: string, ...shape: number[]): ConstantJson {
  const random = seededRandom(SEED + name.length + elementCount(shape));
  return floats(
    name,
    shape,
    Array.from({ length: elementCount(shape) }, () => Math.fround(random.normal() * 0.5)),
  );
}

/** A placeholder; the batch first, -1 when it is open. */
export function placeholder(name: string, ...shape: number[]): NodeJson {
  const dim = shape.map(size => ({ size: String(size) }));
  return { name, op: 'Placeholder', attr: { shape: { shape: { dim } }, dtype: attr.type('DT_FLOAT') } };
}

/** A node of an operator. */
export function op(
  name: string,
  kind: string,
  input: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeJson {
  return { name, op: kind, input, attr: { T: attr.type('DT_FLOAT'), ...attributes } };
}

const TYPES = { float32: 'DT_FLOAT', int32: 'DT_INT32', bool: 'DT_BOOL' } as const;
const BYTES = { float32: 4, int32: 4, bool: 1 } as const;

/** model.json and its shard, of nodes and constants. */
export function graphFiles(
  nodes: readonly NodeJson[],
  constants: readonly ConstantJson[] = [],
  extra: Readonly<Record<string, unknown>> = {},
): TfjsModelFiles {
  const bytes = new Uint8Array(
    constants.reduce((sum, { data, dtype }) => sum + data.length * BYTES[dtype], 0),
  );
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { data, dtype } of constants) {
    for (const value of data) {
      if (dtype === 'float32') view.setFloat32(at, value, true);
      else if (dtype === 'int32') view.setInt32(at, value, true);
      else view.setUint8(at, value);
      at += BYTES[dtype];
    }
  }
  const constantNodes = constants.map(({ name, dtype }) => ({
    name,
    op: 'Const',
    attr: { dtype: attr.type(TYPES[dtype]) },
  }));
  const specs = constants.map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const model = {
    format: 'graph-model',
    modelTopology: { node: [...constantNodes, ...nodes], versions: {} },
    weightsManifest: [{ paths: ['weights.bin'], weights: specs }],
    ...extra,
  };
  return { model: JSON.stringify(model), weights: new Map([['weights.bin', bytes]]) };
}

/** Asks TensorFlow.js, with a batch of one before each input unless the model has none. */
export async function predict(
  files: TfjsModelFiles,
  inputs: readonly FloatTensor[],
  batched = true,
): Promise<Tensor[]> {
  const json = JSON.parse(String(files.model));
  const artifacts: io.ModelArtifacts = {
    modelTopology: json.modelTopology,
    format: json.format,
    signature: json.signature,
    userDefinedMetadata: json.userDefinedMetadata,
    weightSpecs: json.weightsManifest.flatMap(
      (group: { weights: io.WeightsManifestEntry[] }) => group.weights,
    ),
    weightData: [...files.weights.values()].map(bytes => bytes.slice().buffer),
  };
  const model = await loadGraphModel({ load: async () => artifacts });
  const tensors = inputs.map(({ shape, data }) =>
    tensor(Float32Array.from(data), batched ? [1, ...shape] : [...shape]),
  );
  const result = model.predict(tensors.length === 1 ? (tensors[0] as Tensor) : tensors);
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** Draws a tensor for each input of a graph. */
export function randomInputs(graph: Graph, seed = SEED, draw?: () => number): FloatTensor[] {
  const random = seededRandom(seed);
  return graph.inputs.map(id => {
    const { shape } = nodeOf(graph, id);
    const data = Float32Array.from({ length: elementCount(shape) }, draw ?? (() => random.normal()));
    return { shape, data };
  });
}

/** Asserts that the values of two lists of tensors agree up to rounding; the batch of one does not count as a shape. */
export function assertSame(actual: readonly FloatTensor[], expected: readonly Tensor[], what: string): void {
  assert.equal(actual.length, expected.length, `${what}: number of outputs`);
  for (const [i, output] of expected.entries()) {
    const mine = actual[i] as FloatTensor;
    const withoutOnes = (shape: readonly number[]): number[] => shape.filter(size => size !== 1);
    assert.deepEqual(withoutOnes(mine.shape), withoutOnes(output.shape), `${what}: shape of output ${i}`);
    const values = Array.from(output.dataSync() as Float32Array);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    for (const [j, value] of values.entries()) {
      const error = Math.abs((mine.data[j] ?? Number.NaN) - value) / largest;
      assert.ok(error <= TOLERANCE, `${what}: output ${i}[${j}] is ${mine.data[j]}, expected ${value}`);
    }
  }
}

/** Imports a frozen graph and compares it, plain and simplified, with TensorFlow.js. */
export async function checkAgainstTfjs(
  files: TfjsModelFiles,
  options: GraphModelOptions & { readonly draw?: () => number; readonly batched?: boolean } = {},
): Promise<Graph> {
  const graph = graphModelToGraph(files, { softmax: 'keep', ...options });
  const simple = simplifyGraph(graph);
  const inputs = randomInputs(graph, SEED, options.draw);
  const expected = await predict(files, inputs, options.batched);
  assertSame(evaluateGraph(graph, inputs), expected, 'imported');
  assertSame(evaluateGraph(simple, inputs), expected, 'simplified');
  return simple;
}
