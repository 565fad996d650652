/**
 * The messages of an ONNX file, by their field numbers in onnx.proto (https://onnx.ai, onnx/onnx.proto, IR version 10).
 * Only what an importer needs is listed; documentation strings, training and sparse tensors are skipped.
 */
import { BionoirError } from '../../src/errors.ts';
import { decodeMessage, type Field, type MessageTable, type ScalarKind } from './protobuf.ts';

export interface ModelProto {
  readonly irVersion?: number;
  readonly producer?: string;
  readonly graph?: GraphProto;
  readonly opsets: readonly OpsetProto[];
  readonly functions: readonly FunctionProto[];
}

export interface OpsetProto {
  readonly domain?: string;
  readonly version?: number;
}

export interface GraphProto {
  readonly name?: string;
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  readonly sparseInitializers: readonly unknown[];
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly attributes: readonly AttributeProto[];
}

/** A model's own operator, made of others. */
export interface FunctionProto {
  readonly name?: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeProto[];
  readonly opsets: readonly OpsetProto[];
  readonly attributeDefaults: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name?: string;
  /** In a function body: the attribute of the call whose value this one takes. */
  readonly reference?: string;
  readonly float?: number;
  readonly int?: number;
  readonly string?: Uint8Array;
  readonly tensor?: TensorProto;
  readonly graph?: GraphProto;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
  readonly type?: number;
}

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly name?: string;
  readonly floats: readonly number[];
  readonly int32s: readonly number[];
  readonly int64s: readonly number[];
  readonly uint64s: readonly number[];
  readonly doubles: readonly number[];
  readonly strings: readonly Uint8Array[];
  readonly raw?: Uint8Array;
  /** Where the data are when they are not in this file: keys 'location', 'offset', 'length'. */
  readonly external: readonly { readonly key?: string; readonly value?: string }[];
  readonly dataLocation?: number;
}

export interface ValueInfoProto {
  readonly name?: string;
  readonly type?: TypeProto;
}

export interface TypeProto {
  readonly tensor?: {
    readonly elementType?: number;
    readonly shape?: { readonly dims: readonly { readonly value?: number; readonly param?: string }[] };
  };
}

type FieldKind = ScalarKind | (() => MessageTable);

const one = (name: string, kind: FieldKind): Field => ({ name, kind });
const many = (name: string, kind: FieldKind): Field => ({ name, kind, repeated: true });

const OPSET: MessageTable = {
  message: 'opset import',
  fields: { 1: one('domain', 'string'), 2: one('version', 'int') },
};

const EXTERNAL: MessageTable = {
  message: 'reference to external data',
  fields: { 1: one('key', 'string'), 2: one('value', 'string') },
};

export const TENSOR: MessageTable = {
  message: 'tensor',
  fields: {
    1: many('dims', 'int'),
    2: one('dataType', 'int'),
    4: many('floats', 'float'),
    5: many('int32s', 'int'),
    6: many('strings', 'bytes'),
    7: many('int64s', 'int'),
    8: one('name', 'string'),
    9: one('raw', 'bytes'),
    10: many('doubles', 'double'),
    11: many('uint64s', 'uint'),
    13: many('external', () => EXTERNAL),
    14: one('dataLocation', 'int'),
  },
};

const DIMENSION: MessageTable = {
  message: 'dimension',
  fields: { 1: one('value', 'int'), 2: one('param', 'string') },
};

const SHAPE: MessageTable = { message: 'shape', fields: { 1: many('dims', () => DIMENSION) } };

const TENSOR_TYPE: MessageTable = {
  message: 'tensor type',
  fields: { 1: one('elementType', 'int'), 2: one('shape', () => SHAPE) },
};

const TYPE: MessageTable = { message: 'type', fields: { 1: one('tensor', () => TENSOR_TYPE) } };

const VALUE_INFO: MessageTable = {
  message: 'value description',
  fields: { 1: one('name', 'string'), 2: one('type', () => TYPE) },
};

const ATTRIBUTE: MessageTable = {
  message: 'attribute',
  fields: {
    1: one('name', 'string'),
    2: one('float', 'float'),
    3: one('int', 'int'),
    4: one('string', 'bytes'),
    5: one('tensor', () => TENSOR),
    6: one('graph', () => GRAPH),
    7: many('floats', 'float'),
    8: many('ints', 'int'),
    9: many('strings', 'bytes'),
    20: one('type', 'int'),
    21: one('reference', 'string'),
  },
};

const NODE: MessageTable = {
  message: 'node',
  fields: {
    1: many('inputs', 'string'),
    2: many('outputs', 'string'),
    3: one('name', 'string'),
    4: one('opType', 'string'),
    5: many('attributes', () => ATTRIBUTE),
    7: one('domain', 'string'),
  },
};

const GRAPH: MessageTable = {
  message: 'graph',
  fields: {
    1: many('nodes', () => NODE),
    2: one('name', 'string'),
    5: many('initializers', () => TENSOR),
    11: many('inputs', () => VALUE_INFO),
    12: many('outputs', () => VALUE_INFO),
    15: many('sparseInitializers', 'bytes'),
  },
};

const FUNCTION: MessageTable = {
  message: 'function',
  fields: {
    1: one('name', 'string'),
    4: many('inputs', 'string'),
    5: many('outputs', 'string'),
    7: many('nodes', () => NODE),
    9: many('opsets', () => OPSET),
    10: one('domain', 'string'),
    11: many('attributeDefaults', () => ATTRIBUTE),
  },
};

const MODEL: MessageTable = {
  message: 'file',
  fields: {
    1: one('irVersion', 'int'),
    2: one('producer', 'string'),
    7: one('graph', () => GRAPH),
    8: many('opsets', () => OPSET),
    25: many('functions', () => FUNCTION),
  },
};

/**
 * Decodes an ONNX file.
 *
 * @throws MALFORMED_MODEL when the bytes are not one.
 */
export function decodeModel(bytes: Uint8Array): ModelProto & { readonly graph: GraphProto } {
  const model = decodeMessage(MODEL, bytes) as unknown as ModelProto; // the interface states the table
  if (model.graph !== undefined && model.opsets.length > 0) return { ...model, graph: model.graph };
  const missing = model.graph === undefined ? 'no graph' : 'no opset import';
  throw new BionoirError(
    'MALFORMED_MODEL',
    `The file has ${missing}, so it is not a whole ONNX model. Export the model again, and check it with onnx.checker.`,
    { details: { missing, size: bytes.length } },
  );
}

/** Decodes a tensor in a file of its own (.pb), as ONNX's test data have them. */
export function decodeTensorProto(bytes: Uint8Array): TensorProto {
  return decodeMessage(TENSOR, bytes) as unknown as TensorProto; // the interface states the table
}
