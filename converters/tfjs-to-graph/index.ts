/**
 * TensorFlow.js LayersModel -> Graph. The face of this converter.
 *
 * Reads model.json and its weight shards without TensorFlow.js; TensorFlow.js is the oracle of the tests. Sequential and
 * functional models, nested ones too, as written by TensorFlow.js and by the Keras converter.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  buildGraph,
  finishOutputs,
  type Graph,
  type InputDomain,
  type NodeSpec,
  type SoftmaxMode,
} from '../../src/graph/index.ts';
import type { Emitter } from './emitter.ts';
import { importModel } from './import-model.ts';
import { readModelFile } from './model-file.ts';
import { readTopology } from './topology.ts';
import { decodeWeights, type WeightFiles } from './weights.ts';

export { supportedLayers } from './layers/index.ts';
export { tfjsWeightPaths } from './model-file.ts';
export type { WeightFiles } from './weights.ts';

/** The files of a LayersModel. */
export interface TfjsModelFiles {
  /** model.json: its text, or what JSON.parse made of it. */
  readonly model: unknown;
  /** The weight shards by the path that model.json gives them (see {@link tfjsWeightPaths}). */
  readonly weights: WeightFiles;
}

export interface TfjsOptions {
  /**
   * What integers the network takes, for every input without an entry in `inputs`. By default bytes [0, 255] that the
   * network sees as [0, 1]. An absent `scale` is 1 / the largest magnitude; for a network that begins with a Rescaling
   * layer it is 1.
   */
  readonly input?: Partial<InputDomain>;
  /** The same by input name. */
  readonly inputs?: Readonly<Record<string, Partial<InputDomain>>>;
  /** What becomes of a softmax at the end: 'drop' (the default) gives logits, 'argmax' the label, 'keep' keeps it. */
  readonly softmax?: SoftmaxMode;
}

/**
 * Imports a TensorFlow.js LayersModel.
 *
 * @throws MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OP, UNSUPPORTED_OPTION, SHAPE_MISMATCH, MALFORMED_GRAPH; USAGE
 * when `inputs` names an input that the model does not have.
 */
export function tfjsToGraph(files: TfjsModelFiles, options: TfjsOptions = {}): Graph {
  const file = readModelFile(files.model);
  const topology = readTopology(file.className, file.config);
  const emitter: Emitter = {
    nodes: [],
    shapes: new Map(),
    weights: decodeWeights(file.manifest, files.weights),
    rescalings: new Set(),
  };
  const model = importModel(emitter, topology);
  checkInputNames(model.inputs, options);
  const nodes = emitter.nodes.map(node => withDomain(node, emitter, options));
  const graph = buildGraph({ name: topology.name, nodes, inputs: model.inputs, outputs: model.outputs });
  return finishOutputs(graph, options.softmax ?? 'drop');
}

function checkInputNames(inputs: readonly string[], options: TfjsOptions): void {
  for (const name of Object.keys(options.inputs ?? {})) {
    if (inputs.includes(name)) continue;
    const known = inputs.map(input => `'${input}'`).join(', ');
    throw new BionoirError(
      'USAGE',
      `The option 'inputs' names '${name}', which is not an input of the model; its inputs are ${known}.`,
      { details: { name, inputs } },
    );
  }
}

const BYTE_MAX = 255;

/** Gives an input node the domain that the caller asked for. */
function withDomain(node: Required<NodeSpec>, emitter: Emitter, options: TfjsOptions): NodeSpec {
  if (node.op.kind !== 'input') return node;
  const asked = options.inputs?.[node.name] ?? options.input ?? {};
  const [min, max] = [asked.min ?? 0, asked.max ?? BYTE_MAX];
  const users = emitter.nodes.filter(user => user.inputs.includes(node.name));
  const rescaled = users.length > 0 && users.every(user => emitter.rescalings.has(user.name));
  const unit = rescaled ? 1 : 1 / Math.max(Math.abs(min), Math.abs(max));
  const domain: InputDomain = { min, max, scale: asked.scale ?? unit, offset: asked.offset ?? 0 };
  return { ...node, op: { ...node.op, domain } };
}
