/**
 * The topology of a Keras model as calls of layers on tensors: Sequential and functional models alike.
 *
 * Functional models list, at each layer, its `inbound_nodes`: one per call of the layer, each naming the tensors it takes
 * as [layer, call, output]. Keras 3 writes the same as objects with `keras_history`. A Sequential is a chain of calls.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  describe,
  expectArray,
  expectObject,
  expectString,
  isJsonObject,
  type JsonObject,
  malformedModel,
  readField,
} from '../../src/tensorflow/index.ts';

/** A layer: what it is, its name, its options. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
}

/** A tensor of the model: one of those that the given call of a layer returns. */
export interface TensorRef {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** What a layer is called on. */
export interface LayerInputs {
  readonly operands: readonly TensorRef[];
  /** Tensors that are given by the name of a parameter, such as `initial_state`. */
  readonly named: Readonly<Record<string, readonly TensorRef[]>>;
  /** Other arguments that may change what is computed. */
  readonly options: JsonObject;
}

export interface CalledLayer {
  readonly layer: KerasLayer;
  /** An input layer has one call without operands. */
  readonly calls: readonly LayerInputs[];
}

export interface Topology {
  readonly name: string;
  readonly layers: readonly CalledLayer[];
  readonly inputs: readonly TensorRef[];
  readonly outputs: readonly TensorRef[];
}

const FUNCTIONAL_CLASSES = ['Functional', 'Model'];

/** Tells whether a layer is itself a model. */
export function isModelClass(className: string): boolean {
  return className === 'Sequential' || FUNCTIONAL_CLASSES.includes(className);
}

/**
 * Reads the topology of a model.
 *
 * @throws MALFORMED_MODEL when its config does not follow the format; UNSUPPORTED_OP for another class of model.
 */
export function readTopology(className: string, config: unknown): Topology {
  if (className === 'Sequential') return readSequential(config);
  if (FUNCTIONAL_CLASSES.includes(className)) return readFunctional(config);
  throw new BionoirError(
    'UNSUPPORTED_OP',
    `The model is a '${className}'; Sequential and functional models are read. Rebuild it with tf.keras.Model(inputs, outputs).`,
    { details: { className } },
  );
}

function readLayer(value: unknown): KerasLayer {
  const entry = expectObject(value, 'a layer');
  const className = expectString(readField(entry, 'class_name'), "a layer's 'class_name'");
  // Old Sequential models give the config of a nested Sequential as a bare list of layers.
  const config = Array.isArray(entry.config) ? { layers: entry.config } : entry.config;
  const fields = expectObject(config, `the config of a ${className}`);
  const name = expectString(fields.name ?? entry.name ?? className, `the name of a ${className}`);
  return { className, name, config: fields };
}

function readSequential(config: unknown): Topology {
  const fields = Array.isArray(config)
    ? { layers: config }
    : expectObject(config, 'the config of a Sequential');
  const layers = expectArray(readField(fields, 'layers'), "'layers' of a Sequential").map(readLayer);
  const [first] = layers;
  if (first === undefined)
    throw malformedModel('The Sequential model has no layers; there is nothing to prove.');
  const chain = first.className === 'InputLayer' ? layers : [impliedInput(fields, first), ...layers];
  const called = chain.map((layer, i): CalledLayer => {
    const before = chain[i - 1];
    const operands = before === undefined ? [] : [{ layer: before.name, call: 0, output: 0 }];
    return { layer, calls: [{ operands, named: {}, options: {} }] };
  });
  const name = typeof fields.name === 'string' ? fields.name : 'sequential';
  const [input, output] = [chain[0], chain[chain.length - 1]].map(layer => layer?.name ?? '');
  return {
    name,
    layers: called,
    inputs: [{ layer: input ?? '', call: 0, output: 0 }],
    outputs: [{ layer: output ?? '', call: 0, output: 0 }],
  };
}

/** A Sequential may leave out its input layer; the first layer, a nested model or the model itself has the shape. */
function impliedInput(fields: JsonObject, first: KerasLayer): KerasLayer {
  const shape = batchShapeOf(first) ?? readField(fields, 'build_input_shape') ?? null;
  if (shape === null) {
    throw malformedModel(
      `The Sequential model has no input shape: neither an InputLayer nor a batch_input_shape at '${first.name}'. Build the model (or add an InputLayer) and save it again.`,
    );
  }
  return { className: 'InputLayer', name: `${first.name}_input`, config: { batch_input_shape: shape } };
}

function batchShapeOf(layer: KerasLayer): unknown {
  const own = readField(layer.config, 'batch_input_shape') ?? readField(layer.config, 'batch_shape');
  if (own !== undefined || !isModelClass(layer.className)) return own;
  const inner = readTopology(layer.className, layer.config);
  const inputName = inner.inputs[0]?.layer;
  const input = inner.layers.find(called => called.layer.name === inputName);
  return input === undefined ? undefined : batchShapeOf(input.layer);
}

function readFunctional(config: unknown): Topology {
  const fields = expectObject(config, 'the config of a model');
  const entries = expectArray(readField(fields, 'layers'), "'layers' of a model");
  const layers = entries.map((entry): CalledLayer => {
    const layer = readLayer(entry);
    const inbound = expectArray(
      readField(expectObject(entry, 'a layer'), 'inbound_nodes') ?? [],
      `'inbound_nodes' of '${layer.name}'`,
    );
    const none: LayerInputs = { operands: [], named: {}, options: {} };
    return { layer, calls: inbound.length === 0 ? [none] : inbound.map(node => readInputs(node, layer)) };
  });
  return countModelCallsFromZero({
    name: typeof fields.name === 'string' ? fields.name : 'model',
    layers,
    inputs: readEnds(readField(fields, 'input_layers'), "'input_layers'"),
    outputs: readEnds(readField(fields, 'output_layers'), "'output_layers'"),
  });
}

/**
 * A nested model has a call 0 of its own, from when it was built, so most writers count its calls from 1. Every saved call
 * is used by something, so when nothing refers to call 0 the count starts at 1.
 */
function countModelCallsFromZero(topology: Topology): Topology {
  const { layers, outputs } = topology;
  const references = [...outputs, ...layers.flatMap(called => called.calls.flatMap(referencesOf))];
  const shifted = new Set<string>();
  for (const { layer } of layers) {
    const calls = references.filter(ref => ref.layer === layer.name).map(ref => ref.call);
    if (isModelClass(layer.className) && calls.length > 0 && !calls.includes(0)) shifted.add(layer.name);
  }
  const shift = (ref: TensorRef): TensorRef =>
    shifted.has(ref.layer) ? { ...ref, call: ref.call - 1 } : ref;
  const shiftCalls = ({ layer, calls }: CalledLayer): CalledLayer => ({
    layer,
    calls: calls.map(({ operands, named, options }) => ({
      operands: operands.map(shift),
      named: Object.fromEntries(Object.entries(named).map(([key, refs]) => [key, refs.map(shift)])),
      options,
    })),
  });
  return { ...topology, layers: layers.map(shiftCalls), outputs: outputs.map(shift) };
}

/** All tensors that a call of a layer takes. */
export function referencesOf({ operands, named }: LayerInputs): TensorRef[] {
  return [...operands, ...Object.values(named).flat()];
}

/**
 * One call: [[layer, call, output, kwargs], ...]; Keras 2 may write a single reference bare, Keras 3 writes objects
 * { args, kwargs }.
 */
function readInputs(node: unknown, layer: KerasLayer): LayerInputs {
  const what = `an inbound node of '${layer.name}'`;
  if (isJsonObject(node)) {
    const kwargs = isJsonObject(node.kwargs) ? node.kwargs : {};
    return { operands: keras3Tensors(node.args), ...readArguments(kwargs, keras3Tensors) };
  }
  const list = expectArray(node, what);
  const references = typeof list[0] === 'string' ? [list] : list;
  const [first] = references;
  const kwargs = Array.isArray(first) && isJsonObject(first[3]) ? first[3] : {};
  return {
    operands: references.map(reference => readReference(reference, what)),
    ...readArguments(kwargs, value => keras2Tensors(value, what)),
  };
}

/** Sorts arguments into tensors and others; `training: false` and masks that are not given mean nothing at inference. */
function readArguments(
  kwargs: JsonObject,
  tensorsIn: (value: unknown) => TensorRef[],
): Pick<LayerInputs, 'named' | 'options'> {
  const given = Object.entries(kwargs).filter(([key, value]) => key !== 'training' && value != null);
  const named = given.map(([key, value]) => [key, tensorsIn(value)] as const);
  return {
    named: Object.fromEntries(named.filter(([, tensors]) => tensors.length > 0)),
    options: Object.fromEntries(
      given.filter((_, i) => named[i]?.[1].length === 0 && given[i]?.[1] !== false),
    ),
  };
}

/** Keras 3: { class_name: '__keras_tensor__', config: { keras_history: [layer, call, output] } }, or a list of them. */
function keras3Tensors(value: unknown): TensorRef[] {
  if (Array.isArray(value)) return value.flatMap(keras3Tensors);
  if (!isJsonObject(value) || !isJsonObject(value.config)) return [];
  const history = readField(value.config, 'keras_history');
  return history === undefined ? [] : [readReference(history, "'keras_history'")];
}

/** Keras 2: [layer, call, output], or a list of them. */
function keras2Tensors(value: unknown, what: string): TensorRef[] {
  if (!Array.isArray(value)) return [];
  const [layer, call] = value as unknown[];
  if (typeof layer === 'string' && Number.isSafeInteger(call)) return [readReference(value, what)];
  return value.flatMap(item => keras2Tensors(item, what));
}

/** [[layer, call, output], ...]; a single one may stand bare, and Keras 3 writes named ends as an object. */
function readEnds(value: unknown, what: string): TensorRef[] {
  const list = isJsonObject(value) ? Object.values(value) : expectArray(value, what);
  const references = typeof list[0] === 'string' ? [list] : list;
  if (references.length === 0) throw malformedModel(`The model has an empty list ${what}; save it again.`);
  return references.map(reference => readReference(reference, what));
}

function readReference(value: unknown, what: string): TensorRef {
  const [layer, call, output] = Array.isArray(value) ? value : [];
  if (typeof layer !== 'string' || !Number.isSafeInteger(call) || !Number.isSafeInteger(output)) {
    throw malformedModel(
      `The model file has ${describe(value)} in ${what}; expected [layer name, call, output]. Is model.json intact?`,
    );
  }
  return { layer, call: Number(call), output: Number(output) };
}
