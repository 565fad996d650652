/**
 * TensorFlow.js LayersModel -> Graph. The face of this converter.
 *
 * Reads model.json and its weight shards without TensorFlow.js; TensorFlow.js is the oracle of the tests. Sequential and
 * functional models, nested ones too, as written by TensorFlow.js and by the Keras converter.
 */
import {
  buildGraph,
  createWriter,
  finishOutputs,
  type Graph,
  type InputDomain,
} from '../../src/graph/index.ts';
import {
  checkInputNames,
  decodeWeights,
  type TfjsModelFiles,
  type TfjsOptions,
  withDomain,
} from '../../src/tensorflow/index.ts';
import type { Emitter } from './emitter.ts';
import { importModel } from './import-model.ts';
import { readModelFile } from './model-file.ts';
import { readTopology } from './topology.ts';

export { supportedLayers } from './layers/index.ts';

/**
 * Imports a TensorFlow.js LayersModel.
 *
 * @throws MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OP, UNSUPPORTED_OPTION, SHAPE_MISMATCH, MALFORMED_GRAPH; USAGE
 * when `inputs` or `outputs` name what the model does not have.
 */
export function tfjsToGraph(files: TfjsModelFiles, options: TfjsOptions = {}): Graph {
  const file = readModelFile(files.model);
  const topology = readTopology(file.className, file.config);
  const emitter: Emitter = {
    ...createWriter(),
    weights: decodeWeights(file.manifest, files.weights),
    rescalings: new Set(),
    kerasMajor: file.kerasMajor,
    isTensorFlowJs: file.isTensorFlowJs,
  };
  const model = importModel(emitter, topology, options);
  checkInputNames(model.inputs, options);
  const nodes = emitter.nodes.map(node => withDomain(node, options, () => suggestDomain(node.name, emitter)));
  const graph = buildGraph({ name: topology.name, nodes, inputs: model.inputs, outputs: model.outputs });
  return finishOutputs(graph, options.softmax ?? 'drop');
}

/** Indices into a table are as many as its rows; an input that goes into Rescaling layers only is raw. */
function suggestDomain(input: string, { nodes, rescalings }: Emitter): Partial<InputDomain> {
  const users = nodes.filter(user => user.inputs.includes(input));
  const table = users.find(user => user.op.kind === 'embedding')?.op;
  if (table?.kind === 'embedding') return { min: 0, max: table.table.length / table.size - 1, scale: 1 };
  return users.length > 0 && users.every(user => rescalings.has(user.name)) ? { scale: 1 } : {};
}
