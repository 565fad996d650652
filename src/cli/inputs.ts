/**
 * Files that people bring: models with their weight shards, inputs as JSON, data sets.
 */
import { basename, dirname, join, resolve } from 'node:path';
import {
  BionoirError,
  type ImageOptions,
  isClassicModel,
  isImageFile,
  isOtherImageFile,
  kerasToTfjs,
  type ModelFiles,
  onnxExternalPaths,
  type ProvableNetwork,
  readImage,
  readImageInput,
  readImageSample,
  type Sample,
  tfjsWeightPaths,
} from '../index.ts';
import { isDirectory, readBytes, readJson } from './files.ts';
import type { Project } from './project.ts';

/** How commands describe their argument <model>. */
export const MODEL_HELP =
  'model.json of a TensorFlow.js model (LayersModel or GraphModel) or its folder, a Keras model (.keras, .h5), an ONNX model (.onnx), or a classic model as JSON (docs/classic-ml.md)';

const KERAS_FILE = /\.(keras|h5|hdf5)$/i;

const ONNX_FILE = /\.onnx$/i;

/** Reads a Keras model, an ONNX model, or model.json (or the folder that holds it), each with the files of its weights. */
export async function readModel(path: string): Promise<ModelFiles> {
  if (ONNX_FILE.test(path)) return readOnnx(path);
  if (KERAS_FILE.test(path)) return await kerasToTfjs(readBytes(path, 'model'));
  const file = isDirectory(path) ? join(path, 'model.json') : path;
  if (file === path) refuseOtherModel(path);
  const model = readJson(file, 'model');
  const weights = new Map(
    (isClassicModel(model) ? [] : tfjsWeightPaths(model)).map(shard => [
      shard,
      readBytes(join(dirname(file), shard), 'weight shard'),
    ]),
  );
  return { model, weights, name: basename(isDirectory(path) ? resolve(path) : path).replace(/\.json$/i, '') };
}

/** What other tools write, and how it becomes something that is read. */
const CONVERSIONS: readonly (readonly [extension: RegExp, advice: string])[] = [
  [
    /\.(pt|pth|ckpt|safetensors)$/i,
    'Export the PyTorch model with torch.onnx.export, and give the .onnx file.',
  ],
  [
    /\.(pb|tflite|lite)$/i,
    'Convert the model with tensorflowjs_converter or tf2onnx, and give model.json or the .onnx file.',
  ],
  [/\.(pkl|pickle|joblib)$/i, 'Convert the scikit-learn model with skl2onnx, and give the .onnx file.'],
];

/** @throws BionoirError MALFORMED_MODEL for a file that is no JSON, with what to do about it. */
function refuseOtherModel(path: string): void {
  const bytes = readBytes(path, 'model');
  const first = new TextDecoder()
    .decode(bytes.subarray(0, 64))
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (first.startsWith('{')) return;
  const advice =
    CONVERSIONS.find(([extension]) => extension.test(path))?.[1] ??
    'Give model.json of TensorFlow.js (or its folder), a .keras, .h5 or .onnx file, or a classic model as JSON; the end of the name tells which.';
  throw new BionoirError('MALFORMED_MODEL', `The model ${path} is of no kind that is read. ${advice}`, {
    details: { path },
    location: path,
  });
}

function readOnnx(path: string): ModelFiles {
  const model = readBytes(path, 'model');
  const external = onnxExternalPaths(model).map(
    location => [location, readBytes(join(dirname(path), location), 'weight file')] as const,
  );
  return { model, external: new Map(external) };
}

/** An input that was read, and is made numbers of once the network is known. */
export type InputFile = (network: Pick<ProvableNetwork, 'quantGraph'>) => Sample;

/**
 * Reads an input: a picture (PNG or JPEG), which becomes numbers as the project says; or a JSON array of numbers, nested
 * as the tensor or flat; for a network with several inputs such arrays, or file names of pictures, by the inputs' names; or
 * arrays in the inputs' order under the key "inputs".
 *
 * @throws BionoirError MALFORMED_INPUT; the function returned throws MALFORMED_IMAGE, INPUT_SHAPE
 */
export function readInput(path: string, { images = {} }: Project): InputFile {
  const bytes = readBytes(path, 'input');
  if (isImageFile(bytes)) return ({ quantGraph }) => readImageSample(quantGraph, bytes, images);
  if (/\.(png|jpe?g)$/i.test(path) || isOtherImageFile(bytes)) readImage(bytes); // throws: it is none
  const value = readJson(path, 'input');
  if (!isRecord(value) || Array.isArray(value.inputs)) {
    const sample = toSample(value, path);
    return () => sample;
  }
  return ({ quantGraph }) => sampleByName(quantGraph, value, { path, images });
}

/** The arrays or pictures of an object in the order of the network's inputs, which are its keys. */
function sampleByName(
  quantGraph: ProvableNetwork['quantGraph'],
  value: Readonly<Record<string, unknown>>,
  { path, images }: { readonly path: string; readonly images: ImageOptions },
): Sample {
  const names = quantGraph.inputs.map(id => quantGraph.nodes[id]?.name ?? '');
  const isSame =
    Object.keys(value).length === names.length && names.every(name => Object.hasOwn(value, name));
  if (!isSame) {
    const listed = (list: readonly string[]): string => list.map(name => `"${name}"`).join(', ');
    throw malformed(
      path,
      `its keys are ${listed(Object.keys(value))}, the network's inputs ${listed(names)}`,
    );
  }
  return names.map(name => {
    const part = value[name];
    if (typeof part !== 'string') return [...flatten(part, path)];
    const bytes = readBytes(resolve(dirname(path), part), `picture of input '${name}'`);
    return readImageInput(quantGraph, name, { bytes, options: images });
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A data set for calibration or fidelity. */
export interface DataSet {
  readonly samples: readonly Sample[];
  readonly labels?: readonly number[];
}

/** Reads {"samples": [...], "labels": [...]}; labels may be left out. */
export function readDataSet(path: string): DataSet {
  const value = readJson(path, 'data set');
  if (typeof value !== 'object' || value === null || !('samples' in value) || !Array.isArray(value.samples)) {
    throw malformed(path, 'it has no list "samples"');
  }
  const samples = value.samples.map(sample => toSample(sample, path));
  if (!('labels' in value)) return { samples };
  return { samples, labels: [...flatten(value.labels, path)] };
}

function toSample(value: unknown, path: string): Sample {
  if (typeof value === 'object' && value !== null && 'inputs' in value && Array.isArray(value.inputs)) {
    return value.inputs.map(input => [...flatten(input, path)]);
  }
  return [[...flatten(value, path)]];
}

function* flatten(value: unknown, path: string): Generator<number> {
  if (typeof value === 'number') return void (yield value);
  if (!Array.isArray(value))
    throw malformed(path, `it holds ${JSON.stringify(value)?.slice(0, 40)} where a number should be`);
  for (const item of value) yield* flatten(item, path);
}

function malformed(path: string, reason: string): BionoirError {
  return new BionoirError(
    'MALFORMED_INPUT',
    `The input ${path} is not usable: ${reason}. Give a JSON array of numbers, nested as the tensor or flat.`,
    { details: { path, reason }, location: path },
  );
}
