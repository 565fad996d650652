/**
 * Dense, BatchNormalization and Rescaling: per-unit linear layers.
 */
import { type AffineOp, emit, type LayerNormOp, shapeOf } from '../../../src/graph/index.ts';
import { describe, readField } from '../../../src/tensorflow/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  singleOperand,
  takeWeight,
  weightShape,
} from '../emitter.ts';
import { readAxis, readCount, readFlag, readNumber, unsupportedOption } from '../layer-options.ts';
import { applyActivation } from './activations.ts';

/** Dense: kernel [inputs, units] over the last axis. */
export const importDense: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const units = readCount(call.layer, 'units');
  const inputs = shapeOf(emitter, tensor).at(-1) ?? 1;
  const weights = takeWeight(emitter, call, 'kernel', [inputs, units]);
  const bias = takeBias(emitter, call, units);
  const dense = emit(emitter, call.layer.name, { kind: 'dense', units, weights, bias }, [tensor]);
  return applyActivation(emitter, call.layer, dense);
};

/** The bias of a layer; zeros when it has none. */
export function takeBias(emitter: Emitter, call: LayerCall, length: number): Float32Array {
  const has = readFlag(call.layer, 'use_bias', true);
  return has ? takeWeight(emitter, call, 'bias', [length]) : new Float32Array(length);
}

/**
 * BatchNormalization at inference: y = gamma * (x - mean) / sqrt(variance + epsilon) + beta, an affine map per channel.
 */
export const importBatchNormalization: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const axis = readAxis(layer, shape.length);
  if (axis !== shape.length - 1) {
    throw unsupportedOption(layer, `axis ${axis + 1}`, 'only the last axis (the channels) is read');
  }
  const channels = shape[axis] ?? 0;
  const take = (key: string): Float32Array => takeWeight(emitter, call, key, [channels]);
  const gamma = readFlag(layer, 'scale', true) ? take('gamma') : undefined;
  const beta = readFlag(layer, 'center', true) ? take('beta') : undefined;
  const [mean, variance] = [take('moving_mean'), take('moving_variance')];
  const epsilon = readNumber(layer, 'epsilon', 1e-3);
  const factor = Float64Array.from(variance, (value, c) => (gamma?.[c] ?? 1) / Math.sqrt(value + epsilon));
  const op: AffineOp = {
    kind: 'affine',
    scale: Float32Array.from(factor),
    shift: Float32Array.from(factor, (value, c) => (beta?.[c] ?? 0) - (mean[c] ?? 0) * value),
  };
  return emit(emitter, layer.name, op, [tensor]);
};

/** Rescaling: y = x * scale + offset, one number or one per channel. */
export const importRescaling: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const channels = shapeOf(emitter, tensor).at(-1) ?? 1;
  const op: AffineOp = {
    kind: 'affine',
    scale: perChannel(call, 'scale', channels, 1),
    shift: perChannel(call, 'offset', channels, 0),
  };
  const node = emit(emitter, call.layer.name, op, [tensor]);
  emitter.rescalings.add(node);
  return node;
};

function perChannel(call: LayerCall, key: string, channels: number, fallback: number): Float32Array {
  const value = readField(call.layer.config, key);
  if (!Array.isArray(value)) return new Float32Array(channels).fill(readNumber(call.layer, key, fallback));
  const numbers = value.map(Number);
  if (numbers.length === channels && numbers.every(Number.isFinite)) return Float32Array.from(numbers);
  throw unsupportedOption(
    call.layer,
    `${key} ${describe(value)}`,
    `a number, or ${channels} numbers, are read`,
  );
}

/** LayerNormalization over the last axis. */
export const importLayerNormalization: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const axis = readAxis(layer, shape.length);
  if (axis !== shape.length - 1) {
    throw unsupportedOption(layer, `axis ${axis + 1}`, 'only the last axis (the channels) is read');
  }
  const channels = shape[axis] ?? 0;
  const has = { gamma: readFlag(layer, 'scale', true), beta: readFlag(layer, 'center', true) };
  const op: LayerNormOp = {
    kind: 'layer-norm',
    epsilon: readNumber(layer, 'epsilon', 1e-3),
    scale: has.gamma ? takeWeight(emitter, call, 'gamma', [channels]) : new Float32Array(channels).fill(1),
    shift: has.beta ? takeWeight(emitter, call, 'beta', [channels]) : new Float32Array(channels),
  };
  return emit(emitter, layer.name, op, [tensor]);
};

/** UnitNormalization over the last axis: x / |x|. */
export const importUnitNormalization: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const rank = shapeOf(emitter, tensor).length;
  const axis = readAxis(call.layer, rank);
  if (axis !== rank - 1) {
    throw unsupportedOption(call.layer, `axis ${axis + 1}`, 'only the last axis is read');
  }
  return emit(emitter, call.layer.name, { kind: 'l2-normalize', epsilon: 1e-12 }, [tensor]);
};

/** Normalization, by the mean and variance it adapted to (or was given): an affine map per channel. */
export const importNormalization: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const tensor = singleOperand(call);
  const channels = shapeOf(emitter, tensor).at(-1) ?? 1;
  if (readFlag(layer, 'invert', false))
    throw unsupportedOption(layer, 'invert true', 'it is read forwards only');
  const take = (key: string): Float32Array => {
    const given = readField(layer.config, key);
    const values =
      given == null
        ? takeWeight(emitter, call, key, weightShape(emitter, call, key))
        : [given].flat(4).map(Number);
    if (values.length === channels || values.length === 1)
      return Float32Array.from({ length: channels }, (_, c) => values[c % values.length] ?? 0);
    throw unsupportedOption(
      layer,
      `${values.length} values of ${key}`,
      `1 or ${channels}, one a channel, are read`,
    );
  };
  const [mean, variance] = [take('mean'), take('variance')];
  const scale = variance.map(value => 1 / Math.max(Math.sqrt(value), 1e-7));
  const shift = mean.map((value, c) => -value * (scale[c] ?? 1));
  const node = emit(emitter, layer.name, { kind: 'affine', scale, shift }, [tensor]);
  emitter.rescalings.add(node);
  return node;
};
