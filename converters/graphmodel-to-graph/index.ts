/**
 * TensorFlow.js GraphModel -> Graph. The face of this converter.
 *
 * Reads a frozen TensorFlow graph (model.json with `modelTopology.node`) and its weight shards without TensorFlow.js,
 * which is the oracle of the tests. A proof is of one sample: an open batch is 1. Control flow is not read.
 */
import {
  buildGraph,
  createWriter,
  finishOutputs,
  type Graph,
  type InputDomain,
  type NodeSpec,
} from '../../src/graph/index.ts';
import {
  checkInputNames,
  decodeConstants,
  readModelJson,
  type TfjsModelFiles,
  type TfjsOptions,
  withDomain,
} from '../../src/tensorflow/index.ts';
import { joinDilated } from './dilated.ts';
import { importFrozenGraph } from './import-graph.ts';
import { joinLowPadding } from './low-padding.ts';
import { shortenerOf } from './names.ts';
import { readNodes } from './nodes.ts';
import { chooseOutputs, readSignature } from './signature.ts';
import { constant } from './values.ts';

export { supportedOps } from './ops/index.ts';

/** What an import may be told. */
export type GraphModelOptions = TfjsOptions;

/**
 * Imports a TensorFlow.js GraphModel.
 *
 * @throws MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OP, UNSUPPORTED_OPTION, SHAPE_MISMATCH, MALFORMED_GRAPH; USAGE
 * when `inputs` or `outputs` name what the model does not have.
 */
export function graphModelToGraph(files: TfjsModelFiles, options: GraphModelOptions = {}): Graph {
  const file = readModelJson(files.model);
  const nodes = readNodes(file.topology);
  const signature = chooseOutputs(readSignature(file.signature, nodes), options.outputs, nodes);
  const constants = new Map(
    [...decodeConstants(file.manifest, files.weights)].map(([name, { shape, data }]) => [
      name,
      constant(name, shape, data),
    ]),
  );
  const writer = createWriter();
  const shorten = shortenerOf([...nodes.keys()]);
  const importer = { writer, lifted: new Map(), isFolding: false, shorten };
  const { inputs, outputs } = importFrozenGraph(importer, {
    ...joinLowPadding(joinDilated({ nodes, constants })),
    signature,
    inputShapes: options.inputShapes ?? {},
  });
  checkInputNames(inputs, options);
  const specs = writer.nodes.map(node =>
    withDomain(node, options, raw => suggestDomain(node, writer.nodes, raw)),
  );
  const graph = buildGraph({ name: files.name ?? 'graph-model', nodes: specs, inputs, outputs });
  return finishOutputs(graph, options.softmax ?? 'drop');
}

/** Indices into a table are as many as its rows; a network that rescales its input takes it raw. */
function suggestDomain(input: NodeSpec, nodes: readonly NodeSpec[], raw: InputDomain): Partial<InputDomain> {
  const table = nodes.find(({ op, inputs }) => op.kind === 'embedding' && inputs?.includes(input.name))?.op;
  if (table?.kind === 'embedding') return { min: 0, max: table.table.length / table.size - 1, scale: 1 };
  return isRescaled(input, nodes, raw) ? { scale: 1 } : {};
}

/** Larger than any input that networks are trained on, smaller than a byte. */
const RESCALED_MAX = 16;

/**
 * Tells whether the network itself brings a raw input to a small range: each user of the input is an affine map that
 * takes the whole domain there. Networks for inputs in [0, 1] would be taken far out of it.
 */
function isRescaled(input: NodeSpec, nodes: readonly NodeSpec[], { min, max }: InputDomain): boolean {
  const users = nodes.filter(node => node.inputs?.includes(input.name));
  return users.length > 0 && users.every(user => bringsDown(user, nodes, [min, max]));
}

function bringsDown(node: NodeSpec, nodes: readonly NodeSpec[], ends: readonly number[]): boolean {
  const { op } = node;
  if (op.kind !== 'affine') return false;
  const images = ends.flatMap(end => Array.from(op.scale, (scale, c) => end * scale + (op.shift[c] ?? 0)));
  const range = [Math.min(...images), Math.max(...images)];
  if (range.every(end => Math.abs(end) <= RESCALED_MAX)) return true;
  const users = nodes.filter(user => user.inputs?.includes(node.name));
  return users.length > 0 && users.every(user => bringsDown(user, nodes, range));
}
