/**
 * TensorFlow.js as the oracle: models get reproducible random weights, are saved in memory as model.json and a shard,
 * imported, and compared on random inputs with what TensorFlow.js itself predicts.
 */
import assert from 'node:assert/strict';
import { enableProdMode, io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { tfjsToGraph } from '../../../../converters/tfjs-to-graph/index.ts';
import { type SeededRandom, seededRandom } from '../../../../fixtures/data/random.ts';
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

const SEED = 20240607;
/** Float32 against float64 accumulation, relative to the largest value. */
const TOLERANCE = 2e-5;

/** A model saved in memory, with its model.json as an object that tests may edit. */
export interface SavedModel {
  readonly json: Record<string, unknown>;
  readonly weights: Map<string, Uint8Array>;
}

/** Saves a model as TensorFlow.js does, with one shard 'weights.bin'. */
export async function saveModel(model: LayersModel): Promise<SavedModel> {
  const saved: SavedModel[] = [];
  await model.save(
    io.withSaveHandler(async artifacts => {
      const { modelTopology, format, weightSpecs, weightData } = artifacts;
      const bytes = new Uint8Array(io.CompositeArrayBuffer.join(weightData));
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const json = JSON.parse(JSON.stringify({ format, modelTopology, weightsManifest }));
      saved.push({ json, weights: new Map([['weights.bin', bytes]]) });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved[0] as SavedModel;
}

/** The files of a saved model as the importer takes them. */
export function toFiles(saved: SavedModel): TfjsModelFiles {
  return { model: JSON.stringify(saved.json), weights: saved.weights };
}

/** Gives every weight a reproducible random value; variances are positive. */
export function randomiseWeights(model: LayersModel, seed = SEED): void {
  const random = seededRandom(seed);
  for (const weight of model.weights) {
    const shape = weight.shape.map(size => size ?? 1);
    const positive = weight.originalName.endsWith('moving_variance');
    const draw = positive ? () => 0.3 + random.uniform() : () => random.normal() * 0.5;
    weight.write(tensor(Float32Array.from({ length: elementCount(shape) }, draw), shape));
  }
}

/** Draws a tensor for each input of a graph. */
export function randomInputs(graph: Graph, random: SeededRandom): FloatTensor[] {
  return graph.inputs.map(id => {
    const { shape } = nodeOf(graph, id);
    return { shape, data: Float32Array.from({ length: elementCount(shape) }, () => random.normal()) };
  });
}

/** Asks TensorFlow.js. */
export function predict(model: LayersModel, inputs: readonly FloatTensor[]): FloatTensor[] {
  const batches = inputs.map(({ shape, data }) => tensor(Float32Array.from(data), [1, ...shape]));
  const result = model.predict(batches.length === 1 ? (batches[0] as Tensor) : batches);
  return (Array.isArray(result) ? result : [result]).map(output => ({
    shape: output.shape.slice(1),
    data: output.dataSync() as Float32Array,
  }));
}

/** Asserts that two lists of tensors agree up to rounding. */
export function assertClose(
  actual: readonly FloatTensor[],
  expected: readonly FloatTensor[],
  what: string,
): void {
  assert.deepEqual(
    actual.map(output => output.shape),
    expected.map(output => output.shape),
    `${what}: shapes`,
  );
  for (const [i, output] of expected.entries()) {
    const largest = Math.max(1, ...Array.from(output.data, Math.abs));
    for (const [j, value] of output.data.entries()) {
      const error = Math.abs((actual[i]?.data[j] ?? Number.NaN) - value) / largest;
      assert.ok(error <= TOLERANCE, `${what}: output ${i}[${j}] is ${actual[i]?.data[j]}, expected ${value}`);
    }
  }
}

/** Imports a model with random weights and compares it, plain and simplified, with TensorFlow.js. */
export async function checkAgainstTfjs(model: LayersModel): Promise<Graph> {
  randomiseWeights(model);
  const graph = tfjsToGraph(toFiles(await saveModel(model)), { softmax: 'keep' });
  const simple = simplifyGraph(graph);
  const random = seededRandom(SEED + 1);
  for (let i = 0; i < 2; i++) {
    const inputs = randomInputs(graph, random);
    const expected = predict(model, inputs);
    assertClose(evaluateGraph(graph, inputs), expected, 'imported');
    assertClose(evaluateGraph(simple, inputs), expected, 'simplified');
  }
  return simple;
}
