/**
 * Reading of layer options, with the layer's name in every message. An absent option takes Keras' default; an option of
 * the wrong type is a malformed model; an option that is understood but not supported is an UNSUPPORTED_OPTION.
 */
import { BionoirError } from '../../src/errors.ts';
import { describe, readField } from '../../src/tensorflow/index.ts';
import type { KerasLayer } from './topology.ts';

/** Height and width, or a single value for both. */
export type Pair = readonly [height: number, width: number];

/** "Conv2D 'conv_1'": how messages call a layer. */
export function nameLayer(layer: KerasLayer): string {
  return `${layer.className} '${layer.name}'`;
}

/** The error of an option that is not supported: what it is, and what would work. */
export function unsupportedOption(layer: KerasLayer, option: string, remedy: string): BionoirError {
  return new BionoirError('UNSUPPORTED_OPTION', `${nameLayer(layer)} has ${option}; ${remedy}.`, {
    details: { layer: layer.name, className: layer.className },
    location: `layer '${layer.name}'`,
  });
}

function wrongType(layer: KerasLayer, key: string, expected: string): BionoirError {
  const value = readField(layer.config, key);
  return new BionoirError(
    'MALFORMED_MODEL',
    `${nameLayer(layer)} has ${describe(value)} as its ${key}; expected ${expected}. Is model.json intact?`,
    { details: { layer: layer.name, option: key, value }, location: `layer '${layer.name}'` },
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

/**
 * Reads a positive whole number.
 *
 * @throws MALFORMED_MODEL when it is something else.
 */
export function readCount(layer: KerasLayer, key: string, fallback?: number): number {
  const value = readField(layer.config, key) ?? fallback;
  const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (isCount(single)) return single;
  throw wrongType(layer, key, 'a positive whole number');
}

/**
 * Reads two positive whole numbers; one number stands for both.
 *
 * @throws MALFORMED_MODEL when it is something else.
 */
export function readPair(layer: KerasLayer, key: string, fallback?: Pair): Pair {
  const value = readField(layer.config, key) ?? fallback;
  if (isCount(value)) return [value, value];
  const [height, width] = Array.isArray(value) && value.length === 2 ? value : [];
  if (isCount(height) && isCount(width)) return [height, width];
  throw wrongType(layer, key, 'one or two positive whole numbers');
}

/**
 * Reads a number.
 *
 * @throws MALFORMED_MODEL when it is something else.
 */
export function readNumber(layer: KerasLayer, key: string, fallback: number): number {
  const value = readField(layer.config, key) ?? fallback;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrongType(layer, key, 'a number');
}

/**
 * Reads true or false.
 *
 * @throws MALFORMED_MODEL when it is something else.
 */
export function readFlag(layer: KerasLayer, key: string, fallback: boolean): boolean {
  const value = readField(layer.config, key) ?? fallback;
  if (typeof value === 'boolean') return value;
  throw wrongType(layer, key, 'true or false');
}

/**
 * Reads a list of whole numbers.
 *
 * @param nullValue what a null in the list stands for, where it may stand.
 * @throws MALFORMED_MODEL when it is something else.
 */
export function readIntegers(layer: KerasLayer, key: string, nullValue?: number): readonly number[] {
  const value = readField(layer.config, key);
  const list: unknown[] = Array.isArray(value) ? value.map(item => item ?? nullValue) : [undefined];
  if (list.every(item => Number.isSafeInteger(item))) return list.map(Number);
  throw wrongType(layer, key, 'a list of whole numbers');
}

/**
 * Reads an axis that counts the batch as axis 0 (or from the end), and gives it without the batch.
 *
 * @throws MALFORMED_MODEL when it is not a whole number; UNSUPPORTED_OPTION for the batch axis or one beyond the shape.
 */
export function readAxis(layer: KerasLayer, rank: number): number {
  const value = readField(layer.config, 'axis') ?? -1;
  const single: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (!Number.isSafeInteger(single)) throw wrongType(layer, 'axis', 'a whole number');
  const axis = Number(single) < 0 ? rank + Number(single) : Number(single) - 1;
  if (axis >= 0 && axis < rank) return axis;
  throw unsupportedOption(
    layer,
    `axis ${single}`,
    `the axes of its tensor are 1 to ${rank}, or -${rank} to -1`,
  );
}

/**
 * Refuses image layers that put channels first.
 *
 * @throws UNSUPPORTED_OPTION for data_format 'channels_first'.
 */
export function requireChannelsLast(layer: KerasLayer): void {
  const format = readField(layer.config, 'data_format') ?? 'channels_last';
  if (format === 'channels_last' || format === 'channelsLast') return;
  const remedy = "only 'channels_last' is read. Export the model with channels last";
  throw unsupportedOption(layer, `data_format ${describe(format)}`, remedy);
}

/** How a convolution or pool treats the border. */
export type PaddingMode = 'valid' | 'same' | 'causal';

/**
 * Reads the padding mode of a convolution or pool.
 *
 * @throws UNSUPPORTED_OPTION for a mode that the layer does not have.
 */
export function readPaddingMode(layer: KerasLayer, allowed: readonly PaddingMode[]): PaddingMode {
  const value = readField(layer.config, 'padding') ?? 'valid';
  const mode = allowed.find(known => known === value);
  if (mode !== undefined) return mode;
  const names = allowed.map(known => `'${known}'`).join(' and ');
  throw unsupportedOption(layer, `padding ${describe(value)}`, `${names} are read`);
}
