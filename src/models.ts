/**
 * The formats in which people bring models, in one list: how each is known, and which converter reads it. A new format is a
 * converter and an entry here.
 */
import { graphModelToGraph } from '../converters/graphmodel-to-graph/index.ts';
import { isClassicModel, jsonToGraph } from '../converters/json-to-graph/index.ts';
import { type OnnxModelFiles, type OnnxOptions, onnxToGraph } from '../converters/onnx-to-graph/index.ts';
import { tfjsToGraph } from '../converters/tfjs-to-graph/index.ts';
import { BionoirError, InternalError } from './errors.ts';
import type { Graph, SoftmaxMode } from './graph/index.ts';
import { type TfjsModelFiles, tfjsFormat } from './tensorflow/index.ts';

/** A model's files: ONNX is bytes, the others are JSON with weight shards. */
export type ModelFiles = TfjsModelFiles | OnnxModelFiles;

/** What reading any model may be told; some formats have no use for some of it. */
export type ReadModelOptions = Pick<
  OnnxOptions,
  'input' | 'inputs' | 'outputs' | 'inputShapes' | 'constants' | 'imageLayout'
>;

/** What a converter is told. */
interface Asked extends ReadModelOptions {
  readonly softmax: SoftmaxMode;
}

/** Reads the files if they are of its format. */
type ModelFormat = (files: ModelFiles, asked: Asked) => Graph | undefined;

const onnx: ModelFormat = (files, asked) => (isOnnx(files) ? onnxToGraph(files, asked) : undefined);

const classic: ModelFormat = (files, { softmax, outputs }) => {
  if (isOnnx(files) || !isClassicModel(files.model)) return undefined;
  if (outputs !== undefined) {
    throw new BionoirError(
      'USAGE',
      `The output '${outputs.join(', ')}' is asked for; a classic model has one output, without a name. Leave it out, or ask for the label.`,
      { details: { outputs } },
    );
  }
  const { model, name } = files;
  const output = softmax === 'argmax' ? ({ output: 'label' } as const) : {};
  return jsonToGraph(model, { ...output, ...(name === undefined ? {} : { name }) });
};

const graphModel: ModelFormat = (files, asked) =>
  isOnnx(files) || tfjsFormat(files.model) !== 'graph-model' ? undefined : graphModelToGraph(files, asked);

/** The last: what it cannot read is refused by name. */
const layersModel: ModelFormat = (files, asked) => (isOnnx(files) ? undefined : tfjsToGraph(files, asked));

const FORMATS: readonly ModelFormat[] = [onnx, classic, graphModel, layersModel];

/**
 * Reads a model of any format.
 *
 * @throws BionoirError MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OP, UNSUPPORTED_OPTION ...
 */
export function readModelFiles(files: ModelFiles, asked: Asked): Graph {
  for (const read of FORMATS) {
    const graph = read(files, asked);
    if (graph !== undefined) return graph;
  }
  throw new InternalError('No format takes the model, although the last takes any.');
}

function isOnnx(files: ModelFiles): files is OnnxModelFiles {
  return files.model instanceof Uint8Array;
}
