/**
 * Decodes the weight shards of a TensorFlow.js model: plain float32, and the converter's quantised forms (value * scale +
 * min on uint8 or uint16, and float16); for GraphModels whole numbers and truth values too. All little-endian.
 *
 * Format: tfjs-core/src/io/types.ts, WeightsManifestEntry.
 */
import { BionoirError } from '../errors.ts';
import { elementCount, formatShape, type Shape } from '../graph/index.ts';
import { describe, type JsonObject } from './json.ts';
import type { WeightGroup, WeightSpec } from './model-file.ts';

/** A decoded weight. */
export interface Weight {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** A decoded constant of a GraphModel; truth values are 0 and 1. */
export interface Constant {
  readonly name: string;
  readonly shape: Shape;
  readonly data: Float32Array | Int32Array;
}

/** Shards by the path under which the manifest names them. */
export type WeightFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Decodes every weight of a LayersModel's manifest, by name.
 *
 * @throws MALFORMED_WEIGHTS for a missing, short or long shard, another type than float32 (also quantised), or a value
 * that is not finite.
 */
export function decodeWeights(manifest: readonly WeightGroup[], files: WeightFiles): Map<string, Weight> {
  return decodeAll(manifest, files, decodeWeight);
}

/**
 * Decodes every constant of a GraphModel's manifest, by name.
 *
 * @throws MALFORMED_WEIGHTS as {@link decodeWeights} does; int32 and bool are read as well.
 */
export function decodeConstants(manifest: readonly WeightGroup[], files: WeightFiles): Map<string, Constant> {
  return decodeAll(manifest, files, decodeConstant);
}

type Decoder<T> = (spec: WeightSpec, bytes: Uint8Array) => T;

function decodeAll<T>(
  manifest: readonly WeightGroup[],
  files: WeightFiles,
  decode: Decoder<T>,
): Map<string, T> {
  const weights = new Map<string, T>();
  for (const group of manifest) {
    const bytes = joinShards(group, files);
    let offset = 0;
    for (const spec of group.weights) {
      const length = elementCount(spec.shape) * bytesPerElement(spec);
      if (offset + length > bytes.length)
        throw shortShard(group, spec, { offset, length, total: bytes.length });
      if (weights.has(spec.name)) {
        throw malformed(`Weight '${spec.name}' stands twice in the manifest; names must be unique.`, spec);
      }
      weights.set(spec.name, decode(spec, bytes.subarray(offset, offset + length)));
      offset += length;
    }
    if (offset !== bytes.length) throw longShard(group, offset, bytes.length);
  }
  return weights;
}

function malformed(message: string, spec: WeightSpec, details: JsonObject = {}): BionoirError {
  return new BionoirError('MALFORMED_WEIGHTS', message, {
    details: { weight: spec.name, ...details },
    location: `weight '${spec.name}'`,
  });
}

function joinShards(group: WeightGroup, files: WeightFiles): Uint8Array {
  const shards = group.paths.map(path => {
    const shard = files.get(path);
    if (shard !== undefined) return shard;
    const given = [...files.keys()].map(name => `'${name}'`).join(', ') || 'none';
    throw new BionoirError(
      'MALFORMED_WEIGHTS',
      `The weight file '${path}' is missing; given are: ${given}. Pass every file that model.json names, under that name.`,
      { details: { path, given: [...files.keys()] } },
    );
  });
  const joined = new Uint8Array(shards.reduce((sum, shard) => sum + shard.length, 0));
  let offset = 0;
  for (const shard of shards) {
    joined.set(shard, offset);
    offset += shard.length;
  }
  return joined;
}

function shortShard(
  group: WeightGroup,
  spec: WeightSpec,
  at: { readonly offset: number; readonly length: number; readonly total: number },
): BionoirError {
  const message = `The weight files ${group.paths.join(', ')} end too early: weight '${spec.name}' (${formatShape(spec.shape)}) needs bytes ${at.offset} to ${at.offset + at.length}, there are ${at.total}. Is the download complete?`;
  return malformed(message, spec, { ...at, paths: group.paths });
}

function longShard(group: WeightGroup, used: number, total: number): BionoirError {
  return new BionoirError(
    'MALFORMED_WEIGHTS',
    `The weight files ${group.paths.join(', ')} hold ${total} bytes, but model.json describes ${used}. Do they belong to this model.json?`,
    { details: { paths: group.paths, used, total } },
  );
}

type StoredType = 'float32' | 'float16' | 'int32' | 'uint8' | 'uint16' | 'bool';

const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  float32: 4,
  float16: 2,
  int32: 4,
  uint8: 1,
  uint16: 2,
  bool: 1,
};

function storedType(spec: WeightSpec): StoredType {
  const { dtype } = spec;
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') throw wrongType(spec);
  if (spec.quantization === undefined) return dtype;
  const stored = spec.quantization.dtype;
  if (stored === 'float16' || stored === 'uint8' || stored === 'uint16') return stored;
  const message = `Weight '${spec.name}' is quantised as ${describe(stored)}; uint8, uint16 and float16 are read. Convert again with one of these.`;
  throw malformed(message, spec, { dtype: stored });
}

function wrongType(spec: WeightSpec): BionoirError {
  const message = `Weight '${spec.name}' is of type ${spec.dtype}; only float32 (also quantised) is read. Save the model with float32 weights.`;
  return malformed(message, spec, { dtype: spec.dtype });
}

function bytesPerElement(spec: WeightSpec): number {
  return STORED_BYTES[storedType(spec)];
}

function decodeWeight(spec: WeightSpec, bytes: Uint8Array): Weight {
  if (spec.dtype !== 'float32') throw wrongType(spec);
  return decodeFloats(spec, bytes);
}

function decodeConstant(spec: WeightSpec, bytes: Uint8Array): Constant {
  if (spec.dtype === 'float32') return decodeFloats(spec, bytes, spec.shape.length > 0); // a bound may be infinite
  const read = elementReader(spec, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const data = Int32Array.from({ length: elementCount(spec.shape) }, (_, i) => Math.round(read(i)));
  return { name: spec.name, shape: spec.shape, data };
}

function decodeFloats(spec: WeightSpec, bytes: Uint8Array, mustBeFinite = true): Weight {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = elementReader(spec, view);
  const data = new Float32Array(elementCount(spec.shape));
  let zero = 0;
  for (let i = 0; i < data.length; i++) {
    data[i] = read(i);
    zero += (data[i] as number) * 0; // NaN as soon as one value is not finite
  }
  if (zero !== 0 && mustBeFinite) {
    const index = data.findIndex(value => !Number.isFinite(value));
    const message = `Weight '${spec.name}' holds ${data[index]} at index ${index}; every weight must be a finite number. Was training stable, and is the file intact?`;
    throw malformed(message, spec, { index, value: data[index] });
  }
  return { name: spec.name, shape: spec.shape, data };
}

function elementReader(spec: WeightSpec, view: DataView): (index: number) => number {
  const stored = storedType(spec);
  switch (stored) {
    case 'float32':
      return i => view.getFloat32(4 * i, true);
    case 'int32':
      return i => view.getInt32(4 * i, true);
    case 'bool':
      return i => view.getUint8(i);
    case 'float16':
      return i => halfToNumber(view.getUint16(2 * i, true));
    case 'uint8':
    case 'uint16': {
      const { scale, min } = affineOf(spec);
      if (stored === 'uint8') return i => view.getUint8(i) * scale + min;
      return i => view.getUint16(2 * i, true) * scale + min;
    }
    default:
      return stored satisfies never;
  }
}

function affineOf(spec: WeightSpec): { scale: number; min: number } {
  const { scale, min } = spec.quantization ?? {};
  if (typeof scale === 'number' && typeof min === 'number') return { scale, min };
  const message = `Weight '${spec.name}' is quantised without the numbers 'scale' and 'min' (found ${describe(scale)} and ${describe(min)}). Convert the model again.`;
  throw malformed(message, spec);
}

/** IEEE 754 binary16 to a number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
