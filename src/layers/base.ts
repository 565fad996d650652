/**
 * What the layers of this folder share. They are classes because TensorFlow.js builds, saves and loads layers through
 * classes; apart from that they hold no more state than their options and weights.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { BionoirError } from '../errors.ts';

export type { LayerVariable, Shape, Tensor };

/** The options of every TensorFlow.js layer: name, inputShape, trainable ... */
export type LayerArgs = NonNullable<ConstructorParameters<typeof layers.Layer>[0]>;
/** What `call` is told beside the tensors; `training` while a model is fitted. */
export type CallOptions = Parameters<layers.Layer['call']>[1];
export type LayerConfig = ReturnType<layers.Layer['getConfig']>;

/** The base class. */
export const Layer = layers.Layer;

/** The only operand of a layer's call. */
export function soleTensor(inputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(inputs) ? (inputs[0] as Tensor) : inputs; // a call has at least one operand
}

/** The only input shape of a layer. */
export function soleShape(shape: Shape | Shape[]): Shape {
  return Array.isArray(shape[0]) ? shape[0] : (shape as Shape);
}

/**
 * The shape without its batch axis, of the expected rank and known sizes.
 *
 * @throws SHAPE_MISMATCH for another rank, or an axis of unknown size.
 */
export function knownShape(layer: { readonly name: string }, shape: Shape | Shape[], rank: number): number[] {
  const sizes = soleShape(shape).slice(1);
  if (sizes.length === rank && sizes.every(size => size !== null)) return sizes as number[];
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `Layer '${layer.name}' is given a tensor of shape [${soleShape(shape).join(', ')}]; it takes ${rank} axes of known size beside the batch.`,
    { details: { layer: layer.name, shape }, location: `layer '${layer.name}'` },
  );
}

/**
 * Checks that an option is a whole number in a range.
 *
 * @throws USAGE when it is not.
 */
export function wholeOption(className: string, option: string, value: unknown, min = 1): number {
  if (Number.isSafeInteger(value) && Number(value) >= min) return Number(value);
  throw new BionoirError(
    'USAGE',
    `${className} is given ${option} ${String(value)}; it must be a whole number of ${min} or more.`,
    { details: { className, option, value } },
  );
}
