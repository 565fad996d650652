/**
 * Activation layers, and activation attributes inside other layers.
 */
import { BionoirError } from '../../../src/errors.ts';
import { emit, type Op, shapeOf } from '../../../src/graph/index.ts';
import { describe, isJsonObject, readField } from '../../../src/tensorflow/index.ts';
import { type Emitter, type LayerCall, type LayerImporter, singleOperand } from '../emitter.ts';
import { nameLayer, readAxis, readNumber, unsupportedOption } from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';

const SUPPORTED = "'linear', 'relu', 'relu6', 'leaky_relu' and (at the end) 'softmax' are read";

/**
 * Applies the `activation` attribute of a layer to the tensor that the layer made.
 *
 * @throws UNSUPPORTED_OPTION for an activation without an exact counterpart.
 */
export function applyActivation(emitter: Emitter, layer: KerasLayer, tensor: string): string {
  const op = activationOp(layer);
  if (op === undefined) return tensor;
  return emit(emitter, `${layer.name}_${op.kind.replaceAll('-', '_')}`, op, [tensor]);
}

/** Activation: the same as a layer of its own. */
export const importActivation: LayerImporter = (emitter, call) => {
  const op = activationOp(call.layer);
  const tensor = singleOperand(call);
  return op === undefined ? tensor : emit(emitter, call.layer.name, op, [tensor]);
};

/** ReLU, with Keras' max_value and negative_slope. */
export const importRelu: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, reluOp(call.layer), [singleOperand(call)]);

/** LeakyReLU: alpha in Keras 2 and TensorFlow.js, negative_slope in Keras 3; 0.3 when absent. */
export const importLeakyRelu: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, leakyReluOp(call.layer), [singleOperand(call)]);

/** Softmax over the last axis. */
export const importSoftmax: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const rank = shapeOf(emitter, tensor).length;
  const axis = readAxis(call.layer, rank);
  if (axis !== rank - 1) {
    throw unsupportedOption(call.layer, `axis ${axis + 1}`, 'only softmax over the last axis is read');
  }
  return emit(emitter, call.layer.name, { kind: 'softmax' }, [tensor]);
};

function reluOp(layer: KerasLayer): Op {
  const threshold = readNumber(layer, 'threshold', 0);
  const slope = readNumber(layer, 'negative_slope', 0);
  const max = readNumber(layer, 'max_value', Number.MAX_VALUE);
  const capped = max !== Number.MAX_VALUE;
  if (threshold !== 0) {
    throw unsupportedOption(layer, `threshold ${threshold}`, 'only a threshold of 0 is read');
  }
  if (slope !== 0 && capped) {
    throw unsupportedOption(layer, 'both max_value and negative_slope', 'only one of them is read');
  }
  if (max <= 0) throw unsupportedOption(layer, `max_value ${max}`, 'only a positive maximum is read');
  if (slope !== 0) return { kind: 'leaky-relu', slope };
  return capped ? { kind: 'relu', max } : { kind: 'relu' };
}

function leakyReluOp(layer: KerasLayer): Op {
  const slope = readNumber(layer, 'negative_slope', readNumber(layer, 'alpha', 0.3));
  return { kind: 'leaky-relu', slope };
}

/**
 * The operator of an activation attribute; undefined for 'linear'. Keras 3 writes a function as an object of class
 * 'function', and any version may hold a layer here.
 */
function activationOp(layer: KerasLayer): Op | undefined {
  const value = readField(layer.config, 'activation') ?? 'linear';
  if (!isJsonObject(value)) return namedActivation(layer, value);
  const className = readField(value, 'class_name');
  const inner: KerasLayer = {
    className: String(className),
    name: layer.name,
    config: isJsonObject(value.config) ? value.config : {},
  };
  if (className === 'ReLU') return reluOp(inner);
  if (className === 'LeakyReLU') return leakyReluOp(inner);
  return namedActivation(layer, className === 'function' ? value.config : className);
}

function namedActivation(layer: KerasLayer, name: unknown): Op | undefined {
  switch (name) {
    case 'linear':
      return undefined;
    case 'relu':
      return { kind: 'relu' };
    case 'relu6':
      return { kind: 'relu', max: 6 };
    case 'softmax':
      return { kind: 'softmax' };
    case 'leaky_relu':
      // Keras 3's function of that name has the slope 0.2; the layer LeakyReLU has 0.3.
      return { kind: 'leaky-relu', slope: 0.2 };
    default:
      throw new BionoirError(
        'UNSUPPORTED_OPTION',
        `${nameLayer(layer)} has the activation ${describe(name)}; ${SUPPORTED}. ${adviceFor(name)}`,
        { details: { layer: layer.name, activation: name }, location: `layer '${layer.name}'` },
      );
  }
}

function adviceFor(name: unknown): string {
  if (name === 'sigmoid') {
    return 'If it ends the network, leave it out: the sigmoid is above 1/2 exactly where its argument is above 0.';
  }
  return 'Train with one of these instead.';
}

/** The layer call that stands for nothing at inference. */
export const importIdentity: LayerImporter = (_emitter, call: LayerCall) => singleOperand(call);
