/**
 * Activation layers, and activation attributes inside other layers.
 */
import { BionoirError } from '../../../src/errors.ts';
import {
  compose,
  emit,
  emitAll,
  type FunctionName,
  type Op,
  type Shape,
  shapeOf,
} from '../../../src/graph/index.ts';
import { describe, isJsonObject, readField } from '../../../src/tensorflow/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  singleOperand,
  takeWeight,
  weightShape,
} from '../emitter.ts';
import { nameLayer, readAxis, readNumber, unsupportedOption } from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';

/** An activation: how its node is called, and the operators that make it. */
interface Activation {
  readonly suffix: string;
  readonly nodes: compose.CellActivation;
}

/**
 * Applies the `activation` attribute of a layer to the tensor that the layer made.
 *
 * @throws UNSUPPORTED_OPTION for an activation that is not known.
 */
export function applyActivation(emitter: Emitter, layer: KerasLayer, tensor: string): string {
  const activation = readActivation(emitter, layer, 'activation', 'linear');
  if (activation === undefined) return tensor;
  return activate(emitter, `${layer.name}_${activation.suffix}`, activation, tensor);
}

/** Activation: the same as a layer of its own. */
export const importActivation: LayerImporter = (emitter, call) => {
  const activation = readActivation(emitter, call.layer, 'activation', 'linear');
  const tensor = singleOperand(call);
  return activation === undefined ? tensor : activate(emitter, call.layer.name, activation, tensor);
};

function activate(emitter: Emitter, name: string, { nodes }: Activation, tensor: string): string {
  return emitAll(emitter, nodes({ name, input: tensor, shape: shapeOf(emitter, tensor) }));
}

/**
 * An activation of a recurrent cell, as a composition; the identity for 'linear'.
 *
 * @throws UNSUPPORTED_OPTION for an activation that is not known.
 */
export function cellActivation(
  emitter: Emitter,
  layer: KerasLayer,
  key: string,
  fallback: string,
): compose.CellActivation {
  const activation = readActivation(emitter, layer, key, fallback);
  return (
    activation?.nodes ??
    (site => [compose.nodeSpec(site.name, { kind: 'scale', factor: 1, shift: 0 }, site.input)])
  );
}

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
 * Reads an activation attribute; undefined for 'linear'. Keras 3 writes a function as an object of class 'function', and
 * any version may hold a layer here.
 */
function readActivation(
  emitter: Emitter,
  layer: KerasLayer,
  key: string,
  fallback: string,
): Activation | undefined {
  const value = readField(layer.config, key) ?? fallback;
  if (!isJsonObject(value)) return namedActivation(emitter, layer, value);
  const className = readField(value, 'class_name');
  const inner: KerasLayer = {
    className: String(className),
    name: layer.name,
    config: isJsonObject(value.config) ? value.config : {},
  };
  if (className === 'ReLU') return single(reluOp(inner));
  if (className === 'LeakyReLU') return single(leakyReluOp(inner));
  if (className === 'ELU') return single(eluOp(inner));
  if (className === 'Activation') return readActivation(emitter, inner, 'activation', 'linear');
  return namedActivation(emitter, layer, className === 'function' ? value.config : className);
}

function single(op: Op, suffix: string = op.kind): Activation {
  return {
    suffix: suffix.replaceAll('-', '_'),
    nodes: site => [compose.nodeSpec(site.name, op, site.input)],
  };
}

function func(name: FunctionName): Activation {
  return single({ kind: 'function', name }, name);
}

/** hard_sigmoid is 0.2 x + 0.5 before Keras 3, and x / 6 + 0.5 since; cut to [0, 1]. */
function hardSigmoid(emitter: Emitter): Activation {
  const alpha = emitter.kerasMajor >= 3 ? 1 / 6 : 0.2;
  return { suffix: 'hard_sigmoid', nodes: site => compose.hardSigmoid(site, { alpha, beta: 0.5 }) };
}

/** Activations by name, but for those that differ between versions. */
const ACTIVATIONS: Readonly<Record<string, Activation | undefined>> = {
  linear: undefined,
  relu: single({ kind: 'relu' }),
  relu6: single({ kind: 'relu', max: 6 }),
  softmax: single({ kind: 'softmax' }),
  // Keras 3's function of that name has the slope 0.2; the layer LeakyReLU has 0.3.
  leaky_relu: single({ kind: 'leaky-relu', slope: 0.2 }),
  sigmoid: func('sigmoid'),
  tanh: func('tanh'),
  elu: func('elu'),
  celu: func('elu'),
  selu: func('selu'),
  softplus: func('softplus'),
  softsign: func('softsign'),
  soft_sign: func('softsign'),
  exponential: func('exp'),
  gelu: func('gelu'),
  gelu_new: func('gelu-tanh'),
  swish: func('silu'),
  silu: func('silu'),
  mish: func('mish'),
  hard_swish: { suffix: 'hard_swish', nodes: compose.hardSwish },
  hard_silu: { suffix: 'hard_swish', nodes: compose.hardSwish },
  log_sigmoid: {
    suffix: 'log_sigmoid',
    nodes: site =>
      compose.chain(site, [
        ['turned', { kind: 'scale', factor: -1, shift: 0 }],
        ['softplus', { kind: 'function', name: 'softplus' }],
        ['back', { kind: 'scale', factor: -1, shift: 0 }],
      ]),
  },
  hard_tanh: { suffix: 'hard_tanh', nodes: site => compose.clip(site, -1, 1) },
};

function namedActivation(emitter: Emitter, layer: KerasLayer, value: unknown): Activation | undefined {
  // TensorFlow.js spells names in camel case
  const name = String(value).replace(
    /([a-z])([A-Z])/g,
    (_, before: string, letter: string) => `${before}_${letter.toLowerCase()}`,
  );
  if (name === 'hard_sigmoid') return hardSigmoid(emitter);
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name];
  const known = ['hard_sigmoid', ...Object.keys(ACTIVATIONS)].map(item => `'${item}'`).join(', ');
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    `${nameLayer(layer)} has the activation ${describe(value)}; read are ${known}. Train with one of these instead.`,
    { details: { layer: layer.name, activation: value }, location: `layer '${layer.name}'` },
  );
}

/** ELU, with its alpha. */
export const importElu: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, eluOp(call.layer), [singleOperand(call)]);

function eluOp(layer: KerasLayer): Op {
  const alpha = readNumber(layer, 'alpha', 1);
  return { kind: 'function', name: 'elu', ...(alpha === 1 ? {} : { alpha }) };
}

/** PReLU: one slope for each channel, or, seen as one long vector, for each element. */
export const importPrelu: LayerImporter = (emitter, call) => {
  const tensor = singleOperand(call);
  const shape = shapeOf(emitter, tensor);
  const slopeShape = weightShape(emitter, call, 'alpha');
  const slopes = takeWeight(emitter, call, 'alpha', slopeShape);
  const { name } = call.layer;
  if (slopes.length === shape.at(-1) && slopeShape.at(-1) === slopes.length) {
    return emit(emitter, name, { kind: 'prelu', slopes }, [tensor]);
  }
  const whole = broadcastSlopes(call.layer, slopes, { from: slopeShape, to: shape });
  const vector = emit(emitter, `${name}_vector`, { kind: 'reshape', shape: [whole.length] }, [tensor]);
  const bent = emit(emitter, `${name}_prelu`, { kind: 'prelu', slopes: whole }, [vector]);
  return emit(emitter, name, { kind: 'reshape', shape }, [bent]);
};

/** Slopes that are shared along some axes, for every element. */
function broadcastSlopes(
  layer: KerasLayer,
  slopes: Float32Array,
  { from, to }: { readonly from: Shape; readonly to: Shape },
): Float32Array {
  const fits = from.length === to.length && from.every((size, axis) => size === 1 || size === to[axis]);
  if (!fits) {
    throw unsupportedOption(
      layer,
      `slopes of shape [${from.join(', ')}]`,
      `its tensor has the shape [${to.join(', ')}]`,
    );
  }
  return Float32Array.from(compose.expandOp(from, to).indices, index => slopes[index] ?? 0);
}

/** The layer call that stands for nothing at inference. */
export const importIdentity: LayerImporter = (_emitter, call: LayerCall) => singleOperand(call);
