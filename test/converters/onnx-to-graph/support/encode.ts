/** Writes ONNX files for tests: models from nodes and weights, and files with inputs turned into initialisers. */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

export type Attribute =
  | { readonly float: number }
  | { readonly int: number }
  | { readonly string: string }
  | { readonly floats: readonly number[] }
  | { readonly ints: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TensorSpec }
  | { readonly graph: ModelSpec };

export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export type TensorType = 'float32' | 'int64' | 'int8' | 'uint8' | 'int32' | 'float64' | 'float16';

export interface TensorSpec {
  readonly type?: TensorType;
  readonly dims: readonly number[];
  readonly data: readonly number[] | Float32Array;
  /** Write the data to a file of this name instead; see {@link encodeRaw}. */
  readonly external?: { readonly location: string; readonly offset: number; readonly length: number };
}

export interface ValueSpec {
  readonly name: string;
  readonly type?: TensorType;
  /** A text is a size that the model leaves open. */
  readonly dims: readonly (number | string)[];
  /** Even the number of axes is left open. */
  readonly isOpen?: true;
}

export interface ModelSpec {
  readonly name?: string;
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeSpec[];
  readonly inputs: readonly ValueSpec[];
  readonly outputs: readonly ValueSpec[];
  readonly weights?: Readonly<Record<string, TensorSpec>>;
}

const DATA_TYPES: Readonly<Record<TensorType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
};

/** Writes a model file. */
export function encodeModel(model: ModelSpec): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(8);
  writer.tag(2, WireType.LengthDelimited).string('bionoir-test');
  writer.tag(7, WireType.LengthDelimited).bytes(encodeGraph(model));
  const opsets = Object.entries({ '': model.opset ?? 17, ...model.domains });
  for (const [domain, version] of opsets) {
    const opset = new BinaryWriter();
    if (domain !== '') opset.tag(1, WireType.LengthDelimited).string(domain);
    opset.tag(2, WireType.Varint).int64(version);
    writer.tag(8, WireType.LengthDelimited).bytes(opset.finish());
  }
  return writer.finish();
}

function encodeGraph(model: ModelSpec): Uint8Array {
  const writer = new BinaryWriter();
  for (const node of model.nodes) writer.tag(1, WireType.LengthDelimited).bytes(encodeNode(node));
  writer.tag(2, WireType.LengthDelimited).string(model.name ?? 'test');
  for (const [name, tensor] of Object.entries(model.weights ?? {})) {
    writer.tag(5, WireType.LengthDelimited).bytes(encodeTensor(tensor, name));
  }
  for (const input of model.inputs) writer.tag(11, WireType.LengthDelimited).bytes(encodeValue(input));
  for (const output of model.outputs) writer.tag(12, WireType.LengthDelimited).bytes(encodeValue(output));
  return writer.finish();
}

function encodeNode(node: NodeSpec): Uint8Array {
  const writer = new BinaryWriter();
  for (const input of node.inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of node.outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  if (node.name !== undefined) writer.tag(3, WireType.LengthDelimited).string(node.name);
  writer.tag(4, WireType.LengthDelimited).string(node.op);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    writer.tag(5, WireType.LengthDelimited).bytes(encodeAttribute(name, attribute));
  }
  if (node.domain !== undefined) writer.tag(7, WireType.LengthDelimited).string(node.domain);
  return writer.finish();
}

function encodeAttribute(name: string, attribute: Attribute): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(name);
  const type = (number: number): BinaryWriter => writer.tag(20, WireType.Varint).int32(number);
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  if ('float' in attribute) type(1).tag(2, WireType.Bit32).float(attribute.float);
  else if ('int' in attribute) type(2).tag(3, WireType.Varint).int64(attribute.int);
  else if ('string' in attribute) type(3).tag(4, WireType.LengthDelimited).bytes(text(attribute.string));
  else if ('tensor' in attribute)
    type(4).tag(5, WireType.LengthDelimited).bytes(encodeTensor(attribute.tensor, ''));
  else if ('graph' in attribute) type(5).tag(6, WireType.LengthDelimited).bytes(encodeGraph(attribute.graph));
  else if ('floats' in attribute) {
    type(6);
    for (const value of attribute.floats) writer.tag(7, WireType.Bit32).float(value);
  } else if ('ints' in attribute) {
    type(7);
    for (const value of attribute.ints) writer.tag(8, WireType.Varint).int64(value);
  } else {
    type(8);
    for (const value of attribute.strings) writer.tag(9, WireType.LengthDelimited).bytes(text(value));
  }
  return writer.finish();
}

/** Writes a tensor message. */
export function encodeTensor(tensor: TensorSpec, name: string): Uint8Array {
  const writer = new BinaryWriter();
  for (const size of tensor.dims) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(DATA_TYPES[tensor.type ?? 'float32']);
  writer.tag(8, WireType.LengthDelimited).string(name);
  if (tensor.external === undefined) {
    writer.tag(9, WireType.LengthDelimited).bytes(encodeRaw(tensor));
    return writer.finish();
  }
  for (const [key, value] of Object.entries(tensor.external)) {
    const entry = new BinaryWriter();
    entry.tag(1, WireType.LengthDelimited).string(key);
    entry.tag(2, WireType.LengthDelimited).string(String(value));
    writer.tag(13, WireType.LengthDelimited).bytes(entry.finish());
  }
  writer.tag(14, WireType.Varint).int32(1);
  return writer.finish();
}

/** The little-endian bytes of a tensor's elements. */
export function encodeRaw(tensor: TensorSpec): Uint8Array {
  const type = tensor.type ?? 'float32';
  const values = [...tensor.data];
  switch (type) {
    case 'float32':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'float64':
      return new Uint8Array(Float64Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'float16':
      return new Uint8Array(Uint16Array.from(values, toHalf).buffer);
    default:
      return Uint8Array.from(values);
  }
}

/** A number that a half holds exactly, as its bits. */
function toHalf(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(Math.abs(value)));
  const fraction = Math.abs(value) / 2 ** exponent - 1;
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | (fraction * 1024);
}

function encodeValue(value: ValueSpec): Uint8Array {
  const shape = new BinaryWriter();
  for (const size of value.dims) {
    const dimension = new BinaryWriter();
    if (typeof size === 'number') dimension.tag(1, WireType.Varint).int64(size);
    else dimension.tag(2, WireType.LengthDelimited).string(size);
    shape.tag(1, WireType.LengthDelimited).bytes(dimension.finish());
  }
  const tensor = new BinaryWriter();
  tensor.tag(1, WireType.Varint).int32(DATA_TYPES[value.type ?? 'float32']);
  if (value.isOpen !== true) tensor.tag(2, WireType.LengthDelimited).bytes(shape.finish());
  const type = new BinaryWriter();
  type.tag(1, WireType.LengthDelimited).bytes(tensor.finish());
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(value.name);
  writer.tag(2, WireType.LengthDelimited).bytes(type.finish());
  return writer.finish();
}

/**
 * Adds initialisers (tensor messages) to a model file, which makes its inputs of those names constants; and an input that
 * nothing uses, as a graph must have one.
 */
export function withInitializers(
  model: Uint8Array,
  tensors: readonly (readonly [name: string, tensor: Uint8Array])[],
): Uint8Array {
  if (tensors.length === 0) return model;
  const reader = new BinaryReader(model);
  const writer = new BinaryWriter();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    const content = reader.skip(wireType, field);
    writer.tag(field, wireType);
    if (field !== 7) {
      writer.raw(content);
      continue;
    }
    const graph = new BinaryReader(content).bytes();
    const extended = new BinaryWriter().raw(graph);
    extended.tag(11, WireType.LengthDelimited).bytes(encodeValue({ name: 'spare_input', dims: [1] }));
    for (const [name, tensor] of tensors) {
      const named = new BinaryWriter().raw(tensor).tag(8, WireType.LengthDelimited).string(name).finish();
      extended.tag(5, WireType.LengthDelimited).bytes(named);
    }
    writer.bytes(extended.finish());
  }
  return writer.finish();
}
