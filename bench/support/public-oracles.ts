/** What TensorFlow.js and ONNX Runtime answer for public models on random input, to hold the importers to. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { enableProdMode, type io, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import * as ort from 'onnxruntime-web';
import { seededRandom } from '../../fixtures/data/random.ts';
import { evaluateGraph, type FloatTensor, type Graph, simplifyGraph } from '../../src/graph/index.ts';
import { type ModelFiles, readModelFiles } from '../../src/models.ts';
import type { TfjsModelFiles } from '../../src/tensorflow/index.ts';
import type { Asked } from './public-models.ts';

/** How far the imported network is from the runtime: the largest difference, as a part of the largest output. */
export async function checkAgainstRuntime(
  files: ModelFiles,
  { options }: Asked,
): Promise<{ difference: number }> {
  const { inputShapes, outputs, constants } = options;
  const given = {
    ...(inputShapes === undefined ? {} : { inputShapes }),
    ...(outputs === undefined ? {} : { outputs }),
    ...(constants === undefined ? {} : { constants }),
  };
  const graph = simplifyGraph(readModelFiles(files, { softmax: 'keep', ...given }));
  const inputs = randomInputs(graph);
  const expected =
    files.model instanceof Uint8Array
      ? await runOnnx(files.model, graph, inputs, options)
      : await runTensorFlow(files as TfjsModelFiles, inputs, outputs);
  return { difference: largestDifference(evaluateGraph(graph, inputs), expected) };
}

/** Whole numbers of each input's domain, as the network sees them. */
function randomInputs(graph: Graph): FloatTensor[] {
  const random = seededRandom(5);
  return graph.inputs.map(id => {
    const node = graph.nodes[id];
    if (node?.op.kind !== 'input') throw new Error(`Node ${id} is no input.`);
    const { min, max, scale, offset } = node.op.domain;
    const count = node.shape.reduce((product, size) => product * size, 1);
    const data = Float64Array.from(
      { length: count },
      () => (min + random.below(max - min + 1)) * scale + offset,
    );
    return { shape: node.shape, data };
  });
}

async function runTensorFlow(
  files: TfjsModelFiles,
  inputs: readonly FloatTensor[],
  outputs?: readonly string[],
): Promise<number[][]> {
  enableProdMode();
  const root = typeof files.model === 'string' ? JSON.parse(files.model) : files.model;
  const artifacts: io.ModelArtifacts = {
    modelTopology: root.modelTopology,
    format: root.format,
    signature: root.signature,
    userDefinedMetadata: root.userDefinedMetadata,
    weightSpecs: root.weightsManifest.flatMap(
      (group: { weights: io.WeightsManifestEntry[] }) => group.weights,
    ),
    weightData: [...files.weights.values()].map(bytes => bytes.slice().buffer),
  };
  const handler = { load: async () => artifacts };
  const isGraph = Array.isArray(root.modelTopology.node);
  const model = isGraph ? await loadGraphModel(handler) : await loadLayersModel(handler);
  const fed = inputs.map(({ shape, data }, i) => {
    const type = model.inputs[i]?.dtype === 'int32' ? 'int32' : 'float32';
    return tensor(Float32Array.from(data), [1, ...shape], type);
  });
  const result =
    'execute' in model && outputs !== undefined ? model.execute(fed, [...outputs]) : model.predict(fed);
  const tensors = (Array.isArray(result) ? result : [result]) as Tensor[];
  return await Promise.all(tensors.map(async each => Array.from(await each.data())));
}

async function runOnnx(
  model: Uint8Array,
  graph: Graph,
  inputs: readonly FloatTensor[],
  { inputShapes = {}, constants = {} }: Asked['options'],
): Promise<number[][]> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: 'disabled' });
  const feeds: Record<string, ort.Tensor> = {};
  for (const [i, id] of graph.inputs.entries()) {
    const { name = '' } = graph.nodes[id] ?? {};
    const { shape = [], data = [] } = inputs[i] ?? {};
    feeds[name] = new ort.Tensor('float32', Float32Array.from(data), inputShapes[name] ?? [1, ...shape]);
  }
  for (const [name, value] of Object.entries(constants))
    feeds[name] = new ort.Tensor('int64', BigInt64Array.of(BigInt(Number(value))), []);
  const results = Object.values(await session.run(feeds));
  await session.release();
  return results.map(({ data }) => Array.from(data as ArrayLike<number>, Number));
}

/** Outputs below this are nothing: a runtime may give 0 for them. */
const LEAST = 1e-3;

function largestDifference(found: readonly FloatTensor[], expected: readonly (readonly number[])[]): number {
  let [difference, largest] = [0, LEAST];
  for (const [i, { data }] of found.entries()) {
    const other = expected[i];
    if (other?.length !== data.length)
      throw new Error(`Output ${i} has ${data.length} elements, not ${other?.length}.`);
    for (const [j, value] of data.entries()) {
      difference = Math.max(difference, Math.abs(value - (other[j] ?? 0)));
      largest = Math.max(largest, Math.abs(other[j] ?? 0));
    }
  }
  return difference / largest;
}
