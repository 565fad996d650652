/**
 * The outer layer of every TensorFlow.js model: model.json with `modelTopology` and `weightsManifest`. What the topology
 * means is the business of the two formats, LayersModel and GraphModel.
 *
 * Format: https://github.com/tensorflow/tfjs/tree/master/tfjs-converter#format-conversion-examples and
 * tfjs-core/src/io/types.ts (ModelJSON).
 */
import {
  expectArray,
  expectObject,
  expectString,
  isJsonObject,
  type JsonObject,
  malformedModel,
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

/** The two formats of TensorFlow.js. */
export type TfjsFormat = 'layers-model' | 'graph-model';

/** model.json, with what both formats have in common. */
export interface ModelJson {
  readonly format: TfjsFormat;
  readonly topology: JsonObject;
  readonly manifest: readonly WeightGroup[];
  /** Names of inputs and outputs, where a GraphModel has them. */
  readonly signature?: unknown;
}

/**
 * Reads model.json, as text or already parsed.
 *
 * @throws MALFORMED_MODEL when it is not JSON or lacks a part.
 */
export function readModelJson(model: unknown): ModelJson {
  const root = expectObject(typeof model === 'string' ? parseJson(model) : model, 'the whole file');
  const topology = expectObject(root.modelTopology, "'modelTopology'");
  const manifest = expectArray(root.weightsManifest ?? [], "'weightsManifest'").map(readGroup);
  const isGraph = root.format === 'graph-model' || Array.isArray(topology.node);
  const signature = root.signature ?? userSignature(root);
  return {
    format: isGraph ? 'graph-model' : 'layers-model',
    topology,
    manifest,
    ...(signature == null ? {} : { signature }),
  };
}

/** Converters of 2020 kept the signature among the user's metadata. */
function userSignature(root: JsonObject): unknown {
  return isJsonObject(root.userDefinedMetadata) ? root.userDefinedMetadata.signature : undefined;
}

/**
 * Tells which of the two formats a model.json has.
 *
 * @throws MALFORMED_MODEL when it is neither.
 */
export function tfjsFormat(model: unknown): TfjsFormat {
  return readModelJson(model).format;
}

/**
 * Lists the weight files that a model.json refers to, in the order of its manifest: what to read and pass along.
 *
 * @throws MALFORMED_MODEL when the file is not the model.json of a TensorFlow.js model.
 */
export function tfjsWeightPaths(model: unknown): string[] {
  return readModelJson(model).manifest.flatMap(group => group.paths);
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
