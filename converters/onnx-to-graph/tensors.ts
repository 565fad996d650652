/**
 * Decodes tensors of an ONNX file to numbers: every integer, boolean and floating type in its three hiding places
 * (typed fields, raw bytes, another file). Integers are held as float64, exact to 2^53; larger ones (a slice that ends at
 * 2^63 - 1) lose digits that mean nothing.
 *
 * Not read: strings, complex numbers, 8-bit and 4-bit floats, sparse tensors.
 */
import { BionoirError } from '../../src/errors.ts';
import type { TensorProto } from './proto.ts';

/** The element types that are read, by their number in onnx.proto (TensorProto.DataType). */
const ELEMENT_TYPES = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
  21: 'uint4',
  22: 'int4',
} as const;

export type ElementType = (typeof ELEMENT_TYPES)[keyof typeof ELEMENT_TYPES];

const BITS: Readonly<Record<ElementType, number>> = {
  float32: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  bool: 8,
  float16: 16,
  float64: 64,
  uint32: 32,
  uint64: 64,
  bfloat16: 16,
  uint4: 4,
  int4: 4,
};

/** A tensor known while importing: a weight, a shape, an index. Row-major. */
export interface Constant {
  readonly kind: 'constant';
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** Files with weights, by the location under which tensors name them. */
export type ExternalFiles = (location: string) => Uint8Array | undefined;

/** More elements than any weight of a network that can be proved. */
const ELEMENTS_MAX = 2 ** 27;

/** Names an element type by its number; undefined for a type that is not read. */
export function elementTypeOf(dataType: number | undefined): ElementType | undefined {
  return (ELEMENT_TYPES as Readonly<Record<number, ElementType>>)[dataType ?? 0];
}

/** Tells whether values of a type are whole numbers. */
export function isWholeType(type: ElementType): boolean {
  return !type.includes('float');
}

/** Smallest and largest value of an integer type. */
export function rangeOfType(type: ElementType): [min: number, max: number] {
  if (type === 'bool') return [0, 1];
  const bits = BITS[type];
  return type.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/**
 * Decodes a tensor.
 *
 * @throws MALFORMED_WEIGHTS when its size, its type or its data do not fit together; UNSUPPORTED_OPTION for a type that is
 * not read; FILE_NOT_FOUND when its data are in a file that is not given.
 */
export function decodeTensor(tensor: TensorProto, name: string, files: ExternalFiles): Constant {
  const type = elementTypeOf(tensor.dataType);
  if (type === undefined) throw unknownType(name, tensor.dataType);
  const count = countElements(tensor, name);
  const raw = tensor.dataLocation === 1 ? readExternal(tensor, name, files) : tensor.raw;
  const data = raw === undefined ? fromFields(tensor, type, name, count) : fromBytes(raw, type, name, count);
  return { kind: 'constant', type, dims: tensor.dims, data };
}

/** The files that a tensor's data are in: empty when they are in the model. */
export function externalLocation(tensor: TensorProto): string | undefined {
  if (tensor.dataLocation !== 1) return undefined;
  return tensor.external.find(entry => entry.key === 'location')?.value;
}

function malformed(name: string, problem: string, details: Readonly<Record<string, unknown>>): BionoirError {
  return new BionoirError('MALFORMED_WEIGHTS', `Tensor '${name}' ${problem}. Is the file intact?`, {
    details: { tensor: name, ...details },
    location: `tensor '${name}'`,
  });
}

function unknownType(name: string, dataType: number | undefined): BionoirError {
  return new BionoirError(
    'UNSUPPORTED_OPTION',
    `Tensor '${name}' has elements of ONNX type ${dataType ?? 'none'}; floats, doubles, halves, bfloat16, integers and booleans are read. Convert it to float.`,
    { details: { tensor: name, dataType }, location: `tensor '${name}'` },
  );
}

function countElements(tensor: TensorProto, name: string): number {
  const { dims } = tensor;
  const count = dims.reduce((product, size) => product * size, 1);
  if (dims.every(size => Number.isSafeInteger(size) && size >= 0) && count <= ELEMENTS_MAX) return count;
  throw malformed(name, `has the shape [${dims.join(', ')}]; at most ${ELEMENTS_MAX} elements are read`, {
    dims,
  });
}

function readExternal(tensor: TensorProto, name: string, files: ExternalFiles): Uint8Array {
  const location = externalLocation(tensor);
  if (location === undefined) throw malformed(name, 'has external data without a location', {});
  const bytes = files(location);
  if (bytes === undefined) {
    throw new BionoirError(
      'FILE_NOT_FOUND',
      `Tensor '${name}' has its data in the file '${location}', which is not given. Put it beside the model.`,
      { details: { tensor: name, location }, location: `tensor '${name}'` },
    );
  }
  const offset = readNumber(tensor, 'offset') ?? 0;
  const length = readNumber(tensor, 'length') ?? bytes.length - offset;
  if (Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && offset + length <= bytes.length) {
    return bytes.subarray(offset, offset + length);
  }
  const problem = `lies at bytes ${offset} to ${offset + length} of '${location}', which has ${bytes.length} bytes`;
  throw malformed(name, problem, { location, offset, length, size: bytes.length });
}

function readNumber(tensor: TensorProto, key: string): number | undefined {
  const text = tensor.external.find(entry => entry.key === key)?.value;
  return text === undefined ? undefined : Number(text);
}

function fromBytes(raw: Uint8Array, type: ElementType, name: string, count: number): Float64Array {
  const expected = Math.ceil((count * BITS[type]) / 8);
  if (raw.length !== expected) {
    throw malformed(name, `has ${raw.length} bytes of data; its shape and type ask for ${expected}`, {
      type,
      expected,
      actual: raw.length,
    });
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const read = rawReader(view, type);
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = read(i);
  return data;
}

function rawReader(view: DataView, type: ElementType): (index: number) => number {
  switch (type) {
    case 'float32':
      return i => view.getFloat32(4 * i, true);
    case 'float64':
      return i => view.getFloat64(8 * i, true);
    case 'float16':
      return i => halfToNumber(view.getUint16(2 * i, true));
    case 'bfloat16':
      return i => bfloat16ToNumber(view.getUint16(2 * i, true));
    case 'uint8':
    case 'bool':
      return i => view.getUint8(i);
    case 'int8':
      return i => view.getInt8(i);
    case 'uint16':
      return i => view.getUint16(2 * i, true);
    case 'int16':
      return i => view.getInt16(2 * i, true);
    case 'uint32':
      return i => view.getUint32(4 * i, true);
    case 'int32':
      return i => view.getInt32(4 * i, true);
    case 'int64':
      return i => Number(view.getBigInt64(8 * i, true));
    case 'uint64':
      return i => Number(view.getBigUint64(8 * i, true));
    case 'uint4':
      return i => nibble(view, i);
    case 'int4':
      return i => ((nibble(view, i) + 8) % 16) - 8;
    default:
      return type satisfies never;
  }
}

/** Two elements a byte, the first in the low half. */
function nibble(view: DataView, index: number): number {
  return (view.getUint8(index >> 1) >> (4 * (index & 1))) & 0xf;
}

/** The typed fields: which one holds a type is in the comments of onnx.proto's TensorProto. */
function fromFields(tensor: TensorProto, type: ElementType, name: string, count: number): Float64Array {
  const values = fieldOf(tensor, type);
  if (values.length !== count) {
    throw malformed(name, `has ${values.length} values; its shape asks for ${count}`, {
      expected: count,
      actual: values.length,
    });
  }
  if (type === 'float16') return Float64Array.from(values, halfToNumber);
  if (type === 'bfloat16') return Float64Array.from(values, bfloat16ToNumber);
  return Float64Array.from(values);
}

function fieldOf(tensor: TensorProto, type: ElementType): readonly number[] {
  switch (type) {
    case 'float32':
      return tensor.floats;
    case 'float64':
      return tensor.doubles;
    case 'int64':
      return tensor.int64s;
    case 'uint32':
    case 'uint64':
      return tensor.uint64s;
    default:
      return tensor.int32s;
  }
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

const FLOAT_BITS = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function bfloat16ToNumber(bits: number): number {
  FLOAT_BITS.setUint32(0, bits << 16);
  return FLOAT_BITS.getFloat32(0);
}

/** Bits of a fraction with its leading one, and the exponents of the least and the largest number. */
const NARROW_TYPES: Readonly<
  Partial<Record<ElementType, readonly [bits: number, min: number, max: number]>>
> = {
  float16: [11, -14, 15],
  bfloat16: [8, -126, 127],
};

/** The number of a floating-point type that is nearest to a value; halves go to the even one. */
export function roundToType(value: number, type: ElementType): number {
  if (type === 'float32') return Math.fround(value);
  const narrow = NARROW_TYPES[type];
  const magnitude = Math.abs(value);
  if (narrow === undefined || magnitude === 0 || !Number.isFinite(value)) return value;
  const [bits, min, max] = narrow;
  const step = 2 ** (Math.max(Math.floor(Math.log2(magnitude)), min) - bits + 1);
  const steps = magnitude / step;
  const isHalf = steps % 1 === 0.5;
  const rounded = (isHalf ? 2 * Math.round(steps / 2) : Math.round(steps)) * step;
  return Math.sign(value) * (rounded < 2 ** (max + 1) ? rounded : Number.POSITIVE_INFINITY);
}
