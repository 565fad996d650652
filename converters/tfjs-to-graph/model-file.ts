/**
 * The outer layer of a TensorFlow.js LayersModel: model.json with `modelTopology` and `weightsManifest`.
 *
 * Format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter#format-conversion-examples and
 * tfjs-core/src/io/types.ts (ModelJSON). GraphModels ("format": "graph-model") are another format and are refused.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  expectArray,
  expectObject,
  expectString,
  isJsonObject,
  type JsonObject,
  malformedModel,
  readField,
} from './json.ts';

/** One weight as the manifest describes it; its bytes follow those of the weight before. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: JsonObject;
}

/** Weights whose bytes are the concatenation of the files at `paths`. */
export interface WeightGroup {
  readonly paths: readonly string[];
  readonly weights: readonly WeightSpec[];
}

export interface ModelFile {
  readonly className: string;
  readonly config: unknown;
  readonly manifest: readonly WeightGroup[];
}

/**
 * Reads model.json, as text or already parsed.
 *
 * @throws MALFORMED_MODEL when it is not JSON or lacks a part; UNSUPPORTED_OPTION for a GraphModel.
 */
export function readModelFile(model: unknown): ModelFile {
  const root = expectObject(typeof model === 'string' ? parseJson(model) : model, 'the whole file');
  refuseGraphModel(root);
  const topology = expectObject(root.modelTopology, "'modelTopology'");
  // The Keras converter wraps the model: { keras_version, backend, model_config: { class_name, config } }.
  const modelConfig = expectObject(readField(topology, 'model_config') ?? topology, "'model_config'");
  return {
    className: expectString(readField(modelConfig, 'class_name'), "the model's 'class_name'"),
    config: modelConfig.config,
    manifest: expectArray(root.weightsManifest ?? [], "'weightsManifest'").map(readGroup),
  };
}

/**
 * Lists the weight files that a model.json refers to, in the order of its manifest: what to read and pass along.
 *
 * @throws MALFORMED_MODEL when the file is not a LayersModel's model.json.
 */
export function tfjsWeightPaths(model: unknown): string[] {
  return readModelFile(model).manifest.flatMap(group => group.paths);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw malformedModel(
      `The model file is not JSON (${reason}). Is it complete, and is it model.json?`,
      { length: text.length },
      cause,
    );
  }
}

function refuseGraphModel(root: JsonObject): void {
  const topology = root.modelTopology;
  const hasNodes = isJsonObject(topology) && Array.isArray(topology.node);
  if (root.format !== 'graph-model' && !hasNodes) return;
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    'The model file is a TensorFlow.js GraphModel; only a LayersModel is read. Export with --output_format=tfjs_layers_model, or model.save() of TensorFlow.js.',
    { details: { format: root.format } },
  );
}

function readGroup(value: unknown): WeightGroup {
  const group = expectObject(value, "a group of 'weightsManifest'");
  const paths = expectArray(group.paths, "'paths' of a weight group");
  const weights = expectArray(group.weights, "'weights' of a weight group");
  return {
    paths: paths.map(path => expectString(path, 'a weight path')),
    weights: weights.map(readWeightSpec),
  };
}

function readWeightSpec(value: unknown): WeightSpec {
  const spec = expectObject(value, 'a weight of the manifest');
  const name = expectString(spec.name, "a weight's 'name'");
  const shape = expectArray(spec.shape, `the shape of weight '${name}'`);
  if (!shape.every(size => Number.isSafeInteger(size) && Number(size) >= 0)) {
    throw malformedModel(
      `Weight '${name}' has the shape [${shape.join(', ')}]; its dimensions must be whole numbers. Is model.json intact?`,
    );
  }
  return {
    name,
    shape: shape.map(Number),
    dtype: expectString(spec.dtype, `the dtype of weight '${name}'`),
    ...(spec.quantization == null
      ? {}
      : { quantization: expectObject(spec.quantization, `the quantization of weight '${name}'`) }),
  };
}
