/**
 * The state of one import: nodes so far, their shapes, and the weights to take from.
 */
import { BionoirError } from '../../src/errors.ts';
import { formatShape, type GraphWriter, type Shape, sameShape, shapeOf } from '../../src/graph/index.ts';
import type { Weight } from '../../src/tensorflow/index.ts';
import { nameLayer } from './layer-options.ts';
import type { KerasLayer } from './topology.ts';

/** What has been imported so far. Tensors are known by the name of their node. */
export interface Emitter extends GraphWriter {
  readonly weights: ReadonlyMap<string, Weight>;
  /** Version of Keras that wrote the model: 2 for TensorFlow.js' own. */
  readonly kerasMajor: number;
  /** Written by TensorFlow.js: where it computes otherwise than Keras, the model means that. */
  readonly isTensorFlowJs: boolean;
  /** Nodes made of Rescaling layers: an input that goes into one is raw. */
  readonly rescalings: Set<string>;
}

/** One call of one layer, as a layer importer sees it. */
export interface LayerCall {
  readonly layer: KerasLayer;
  /** Names of the operand tensors. */
  readonly operands: readonly string[];
  /** Tensors given by the name of a parameter, such as `initial_state`. */
  readonly named?: Readonly<Record<string, readonly string[]>>;
  /** Other arguments of the call. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Names of the models around the layer, outermost first: parts of some weight names. */
  readonly scope: readonly string[];
}

/** Imports one call of a layer and returns the name of its tensor, or of all its tensors. */
export type LayerImporter = (emitter: Emitter, call: LayerCall) => string | readonly string[];

/**
 * The only operand of a layer.
 *
 * @throws MALFORMED_MODEL when the layer is called on none or several.
 */
export function singleOperand(call: LayerCall): string {
  const [operand] = call.operands;
  if (operand !== undefined && call.operands.length === 1) return operand;
  throw new BionoirError(
    'MALFORMED_MODEL',
    `${nameLayer(call.layer)} is called on ${call.operands.length} tensors; it takes one. Is model.json intact?`,
    { details: { layer: call.layer.name, operands: call.operands }, location: `layer '${call.layer.name}'` },
  );
}

/**
 * The operand's shape, of the expected rank.
 *
 * @throws SHAPE_MISMATCH for another rank.
 */
export function operandOfRank(emitter: Emitter, call: LayerCall, rank: number, expected: string): Shape {
  const shape = shapeOf(emitter, singleOperand(call));
  if (shape.length === rank) return shape;
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `${nameLayer(call.layer)} is given a tensor of shape ${formatShape(shape)}; it takes ${expected}.`,
    { details: { layer: call.layer.name, shape }, location: `layer '${call.layer.name}'` },
  );
}

/**
 * Takes a weight of a layer: by the layer's name, by the name with the models around it, or (as some converters write
 * 'layer/cell/kernel') by any name that passes through the layer and ends in the key.
 *
 * @throws MALFORMED_WEIGHTS when the weight is missing or has another shape than the layer's options ask for.
 */
export function takeWeight(emitter: Emitter, call: LayerCall, key: string, shape: Shape): Float32Array {
  const weight = findWeight(emitter, call, key);
  if (sameShape(weight.shape, shape)) return weight.data;
  throw new BionoirError(
    'MALFORMED_WEIGHTS',
    `Weight '${weight.name}' has shape ${formatShape(weight.shape)}, but ${nameLayer(call.layer)} needs ${formatShape(shape)}. Do the weights belong to this model?`,
    {
      details: { weight: weight.name, expected: shape, actual: weight.shape },
      location: `layer '${call.layer.name}'`,
    },
  );
}

/**
 * The shape of a weight, where the weight and not an option decides a size.
 *
 * @throws MALFORMED_WEIGHTS when the weight is missing.
 */
export function weightShape(emitter: Emitter, call: LayerCall, key: string): Shape {
  return findWeight(emitter, call, key).shape;
}

function findWeight(emitter: Emitter, call: LayerCall, key: string): Weight {
  const { name } = call.layer;
  const exact =
    emitter.weights.get([...call.scope, name, key].join('/')) ?? emitter.weights.get(`${name}/${key}`);
  if (exact !== undefined) return exact;
  const candidates = [...emitter.weights.values()].filter(weight => {
    const path = weight.name.replace(/:\d+$/, '').split('/');
    return path.at(-1) === key && path.slice(0, -1).includes(name);
  });
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return only;
  const problem =
    candidates.length === 0
      ? 'the manifest has none of that name'
      : `the manifest has several: ${candidates.map(weight => `'${weight.name}'`).join(', ')}`;
  throw new BionoirError(
    'MALFORMED_WEIGHTS',
    `${nameLayer(call.layer)} needs the weight '${name}/${key}'; ${problem}. Save the model with its weights.`,
    {
      details: { layer: name, key, found: candidates.map(weight => weight.name) },
      location: `layer '${name}'`,
    },
  );
}
