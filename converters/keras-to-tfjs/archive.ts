/**
 * The `.keras` form: a zip of config.json and model.weights.h5. Weights stand under `layers/<class>/vars/<number>`, where
 * <class> is the layer's class in snake case, counted per model, and <number> follows the order in which the class makes
 * its variables.
 */
import { unzipSync } from 'fflate';
import type { Group } from 'h5wasm';
import { BionoirError } from '../../src/errors.ts';
import { groupAt, namesIn, openHdf5, readFloats } from './hdf5.ts';
import { isObject, type JsonObject, parseJson } from './json.ts';
import type { KerasModel } from './legacy.ts';
import type { NamedWeight } from './manifest.ts';

const CONFIG = 'config.json';
const METADATA = 'metadata.json';
const WEIGHTS = 'model.weights.h5';
/** Larger models than memory holds; a hostile archive may claim any size. */
const MAX_ENTRY_BYTES = 2 ** 31;
const MODEL_CLASSES = ['Sequential', 'Functional', 'Model'];

/** @throws BionoirError MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OPTION, FILE_TOO_LARGE */
export async function readKerasArchive(bytes: Uint8Array): Promise<KerasModel> {
  const files = unzip(bytes);
  const configBytes = files[CONFIG];
  if (configBytes === undefined) throw missing(CONFIG, Object.keys(files));
  const config = parseJson(new TextDecoder().decode(configBytes), `a ${CONFIG}`);
  const weightBytes = files[WEIGHTS];
  if (weightBytes === undefined) throw missing(WEIGHTS, Object.keys(files));
  const kerasVersion = versionIn(files[METADATA]);
  const file = await openHdf5(weightBytes);
  try {
    return { config, weights: modelWeights(file.root, config, []), kerasVersion };
  } finally {
    file.close();
  }
}

/** The version of Keras in metadata.json; that of the format when there is none. */
function versionIn(metadata: Uint8Array | undefined): string {
  const fields = metadata === undefined ? {} : parseJson(new TextDecoder().decode(metadata), `a ${METADATA}`);
  return typeof fields.keras_version === 'string' ? fields.keras_version : '3.0.0';
}

function unzip(bytes: Uint8Array): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (![CONFIG, METADATA, WEIGHTS].includes(name)) return false;
        if (originalSize <= MAX_ENTRY_BYTES) return true;
        throw new BionoirError(
          'FILE_TOO_LARGE',
          `The archive's ${name} says it has ${originalSize} bytes; at most ${MAX_ENTRY_BYTES} are read. Is the file intact?`,
          { details: { name, originalSize } },
        );
      },
    });
  } catch (cause) {
    if (cause instanceof BionoirError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BionoirError(
      'MALFORMED_MODEL',
      `The .keras archive cannot be unpacked (${reason}). Copy or save it again.`,
      { cause },
    );
  }
}

function missing(name: string, found: readonly string[]): BionoirError {
  return new BionoirError(
    'MALFORMED_MODEL',
    `The .keras archive has no ${name}. Save the whole model with model.save("model.keras").`,
    { details: { name, found } },
  );
}

/** Weights of a model and of the models in it; `scope` names the models around its layers. */
function modelWeights(group: Group, model: JsonObject, scope: readonly string[]): NamedWeight[] {
  // releases of TensorFlow before Keras 3 named the list of layers after an attribute
  const layers = groupAt(group, 'layers') ?? groupAt(group, '_layer_checkpoint_dependencies');
  if (layers === undefined) return [];
  const counts = new Map<string, number>();
  const found: NamedWeight[] = [];
  for (const layer of layersOf(model)) {
    const snake = snakeCase(layer.className);
    const count = counts.get(snake) ?? 0;
    counts.set(snake, count + 1);
    const own = groupAt(layers, count === 0 ? snake : `${snake}_${count}`);
    if (own === undefined) continue;
    found.push(
      ...(MODEL_CLASSES.includes(layer.className)
        ? modelWeights(own, layer.entry, [...scope, layer.name])
        : variablesOf(own, layer, scope)),
    );
  }
  return found;
}

interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
  readonly entry: JsonObject;
}

function layersOf(model: JsonObject): Layer[] {
  const config = isObject(model.config) ? model.config : {};
  const entries = Array.isArray(config.layers) ? (config.layers as unknown[]) : [];
  return entries.filter(isObject).map(entry => {
    const inner = isObject(entry.config) ? entry.config : {};
    const className = String(entry.class_name ?? '');
    return { className, name: String(inner.name ?? entry.name ?? className), config: inner, entry };
  });
}

/** The class name as Keras' saving library spells it: BatchNormalization is batch_normalization, ReLU is re_lu. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** The weights of a layer, and of the layers that some classes keep inside themselves. */
function variablesOf(group: Group, layer: Layer, scope: readonly string[]): NamedWeight[] {
  const inside = [...scope, layer.name];
  switch (layer.className) {
    case 'SimpleRNN':
    case 'LSTM':
    case 'GRU':
    case 'RNN': {
      const cell = groupAt(group, 'cell');
      return cell === undefined ? [] : ownVariables(cell, { ...layer, className: 'RNN cell' }, scope);
    }
    case 'Bidirectional':
      return ['forward', 'backward'].flatMap(direction => {
        const part = groupAt(group, `${direction}_layer`);
        return part === undefined ? [] : variablesOf(part, innerLayer(layer, direction), inside);
      });
    case 'TimeDistributed': {
      const part = groupAt(group, 'layer');
      const inner = innerLayer(layer);
      if (part === undefined) return [];
      return MODEL_CLASSES.includes(inner.className)
        ? modelWeights(part, inner.entry, [...inside, inner.name])
        : variablesOf(part, inner, inside);
    }
    case 'MultiHeadAttention':
      return Object.entries(ATTENTION_PARTS).flatMap(([part, name]) => {
        const dense = groupAt(group, `${part}_dense`) ?? groupAt(group, `_${part}_dense`);
        return dense === undefined
          ? []
          : ownVariables(dense, { ...layer, className: 'EinsumDense', name }, inside);
      });
    default:
      return ownVariables(group, layer, scope);
  }
}

/** The projections of a MultiHeadAttention: the attribute that holds each, and what it is called. */
const ATTENTION_PARTS = { query: 'query', key: 'key', value: 'value', output: 'attention_output' } as const;

/** The layer inside a wrapper; that of a Bidirectional is called after its direction. */
function innerLayer({ config, name }: Layer, direction?: string): Layer {
  const wrapped =
    direction === 'backward' && isObject(config.backward_layer) ? config.backward_layer : config.layer;
  const entry = isObject(wrapped) ? wrapped : {};
  const inner = isObject(entry.config) ? entry.config : {};
  const own = String(inner.name ?? name);
  const plain = own.replace(/^(forward|backward)_/, '');
  return {
    className: String(entry.class_name ?? ''),
    name: direction === undefined ? own : `${direction}_${plain}`,
    config: inner,
    entry,
  };
}

function ownVariables(group: Group, layer: Layer, scope: readonly string[]): NamedWeight[] {
  const variables = groupAt(group, 'vars');
  const stored = variables === undefined ? [] : namesIn(variables);
  if (variables === undefined || stored.length === 0) return [];
  const keys = variableNames(layer, stored.length);
  return keys.map((key, number) => ({
    name: [...scope, layer.name, key].join('/'),
    ...readFloats(variables, String(number)),
  }));
}

/** What each variable of a layer is called, in the order of their numbers; options leave some out. */
const VARIABLES: Readonly<Record<string, readonly (readonly [key: string, option?: string])[]>> = {
  Dense: [['kernel'], ['bias', 'use_bias']],
  Conv1D: [['kernel'], ['bias', 'use_bias']],
  Conv1DTranspose: [['kernel'], ['bias', 'use_bias']],
  Conv2D: [['kernel'], ['bias', 'use_bias']],
  Conv2DTranspose: [['kernel'], ['bias', 'use_bias']],
  DepthwiseConv1D: [['depthwise_kernel'], ['bias', 'use_bias']],
  DepthwiseConv2D: [['depthwise_kernel'], ['bias', 'use_bias']],
  SeparableConv1D: [['depthwise_kernel'], ['pointwise_kernel'], ['bias', 'use_bias']],
  SeparableConv2D: [['depthwise_kernel'], ['pointwise_kernel'], ['bias', 'use_bias']],
  BatchNormalization: [['gamma', 'scale'], ['beta', 'center'], ['moving_mean'], ['moving_variance']],
  LayerNormalization: [
    ['gamma', 'scale'],
    ['beta', 'center'],
  ],
  GroupNormalization: [
    ['gamma', 'scale'],
    ['beta', 'center'],
  ],
  RMSNormalization: [['scale']],
  PReLU: [['alpha']],
  Embedding: [['embeddings']],
  Normalization: [['mean'], ['variance']],
  'RNN cell': [['kernel'], ['recurrent_kernel'], ['bias', 'use_bias']],
  EinsumDense: [['kernel'], ['bias', 'use_bias']],
};

/** Whether a layer has a weight that an option (or EinsumDense's missing axes of a bias) may leave out. */
function hasWeight(config: Layer['config'], key: string, option: string | undefined): boolean {
  if (key === 'bias' && config.bias_axes === null) return false;
  return option === undefined || config[option] !== false;
}

function variableNames({ className, name, config }: Layer, count: number): string[] {
  const known = VARIABLES[className];
  // an unknown layer is refused by the importer, by name; its variables keep their numbers
  if (known === undefined) return Array.from({ length: count }, (_, number) => String(number));
  const names = known.filter(([key, option]) => hasWeight(config, key, option)).map(([key]) => key);
  if (names.length <= count) return names;
  throw new BionoirError(
    'MALFORMED_WEIGHTS',
    `Layer '${name}' (${className}) has ${count} weights in the archive and needs ${names.length}: ${names.join(', ')}. Is the file complete?`,
    { details: { layer: name, count, names }, location: `layer '${name}'` },
  );
}
