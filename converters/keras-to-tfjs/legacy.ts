/**
 * The `.h5` form: the topology as JSON in the attribute `model_config`, the weights under `model_weights/<layer>` by the
 * names that the group's attribute `weight_names` lists.
 */
import type { Group } from 'h5wasm';
import { BionoirError } from '../../src/errors.ts';
import { groupAt, type Hdf5File, readFloats, textAttribute, textsAttribute } from './hdf5.ts';
import { parseJson } from './json.ts';
import type { NamedWeight } from './manifest.ts';

/** A model's topology with its weights. */
export interface KerasModel {
  readonly config: unknown;
  readonly weights: readonly NamedWeight[];
  /** Of the Keras that wrote the file. */
  readonly kerasVersion: string;
}

/** @throws BionoirError MALFORMED_MODEL, MALFORMED_WEIGHTS, UNSUPPORTED_OPTION */
export function readLegacyModel({ root }: Hdf5File): KerasModel {
  const text = textAttribute(root, 'model_config');
  const layers = groupAt(root, 'model_weights') ?? root;
  const layerNames = textsAttribute(layers, 'layer_names');
  if (text === undefined) {
    if (layerNames === undefined)
      throw new BionoirError(
        'MALFORMED_MODEL',
        "The HDF5 file is no Keras model: it has no attribute 'model_config'. Save the whole model with model.save().",
      );
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      'The HDF5 file has weights only, no topology. Save the whole model with model.save(), not model.save_weights().',
    );
  }
  const config = parseJson(text, "the attribute 'model_config'");
  const depthwise = depthwiseNames(config);
  const weights = (layerNames ?? [])
    .flatMap(layer => layerWeights(layers, layer))
    .map(weight => ({ ...weight, name: olderName(weight.name, depthwise) }));
  const kerasVersion = textAttribute(root, 'keras_version') ?? '2.0.0';
  return { config, weights, kerasVersion };
}

/** Names of the depthwise layers in a topology, however deep. */
function depthwiseNames(value: unknown, found = new Set<string>()): ReadonlySet<string> {
  if (typeof value !== 'object' || value === null) return found;
  const { class_name: kind, config } = value as { class_name?: unknown; config?: { name?: unknown } };
  if ((kind === 'DepthwiseConv1D' || kind === 'DepthwiseConv2D') && typeof config?.name === 'string')
    found.add(config.name);
  for (const inner of Object.values(value)) depthwiseNames(inner, found);
  return found;
}

/** Keras 3 calls the kernel of a depthwise layer "kernel", which was "depthwise_kernel" before. */
function olderName(name: string, depthwise: ReadonlySet<string>): string {
  const parts = name.split('/');
  const isKernel = parts.at(-1) === 'kernel' && depthwise.has(parts.at(-2) ?? '');
  return isKernel ? [...parts.slice(0, -1), 'depthwise_kernel'].join('/') : name;
}

function layerWeights(layers: Group, layer: string): NamedWeight[] {
  const group = groupAt(layers, layer);
  if (group === undefined)
    throw new BionoirError(
      'MALFORMED_WEIGHTS',
      `The file lists layer '${layer}' and has no weights for it. Is the file complete?`,
      { details: { layer }, location: `layer '${layer}'` },
    );
  return (textsAttribute(group, 'weight_names') ?? []).map(path => ({
    name: weightName(layer, path),
    ...readFloats(group, path),
  }));
}

/**
 * "model/dense/kernel:0" of layer "dense" is "dense/kernel"; of a nested model "inner" the path goes on behind it:
 * "inner/dense/kernel".
 */
function weightName(layer: string, path: string): string {
  const parts = path.replace(/:\d+$/, '').split('/');
  const at = parts.indexOf(layer);
  const inside = at >= 0 ? parts.slice(at + 1) : parts.slice(-2);
  return [layer, ...inside].join('/');
}
