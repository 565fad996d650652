/**
 * The nodes of a TensorFlow GraphDef as JSON, and typed reading of their attributes.
 *
 * Format: tensorflow/core/framework/graph.proto, node_def.proto and attr_value.proto in protobuf's JSON mapping: 64-bit
 * numbers are texts, bytes are base64. Control inputs (`^name`) order side effects, which inference has none of: they only
 * tell that the named node is no output.
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
} from '../../src/tensorflow/index.ts';

/** One output of a node. */
export interface TensorRef {
  readonly node: string;
  readonly output: number;
}

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly TensorRef[];
  /** Nodes that must run before this one. */
  readonly controls: readonly string[];
  readonly attributes: JsonObject;
}

/**
 * Reads the nodes of a graph, by name.
 *
 * @throws MALFORMED_MODEL
 */
export function readNodes(topology: JsonObject): Map<string, GraphNode> {
  const nodes = new Map<string, GraphNode>();
  for (const value of expectArray(topology.node, "'node' of the graph")) {
    const node = readNode(value);
    if (nodes.has(node.name))
      throw malformedModel(`Two nodes are called '${node.name}'; is model.json intact?`);
    nodes.set(node.name, node);
  }
  return nodes;
}

function readNode(value: unknown): GraphNode {
  const fields = expectObject(value, 'a node');
  const name = expectString(fields.name, "a node's 'name'");
  const inputs = expectArray(fields.input ?? [], `'input' of node '${name}'`).map(input =>
    expectString(input, `an input of node '${name}'`),
  );
  const isControl = (input: string): boolean => input.startsWith('^');
  return {
    name,
    op: expectString(fields.op, `the 'op' of node '${name}'`),
    inputs: inputs.filter(input => !isControl(input)).map(parseRef),
    controls: inputs.filter(isControl).map(input => input.slice(1)),
    attributes: expectObject(fields.attr ?? {}, `'attr' of node '${name}'`),
  };
}

/** Parses "name" or "name:output". */
export function parseRef(text: string): TensorRef {
  const match = /^(.*):(\d+)$/.exec(text);
  return match === null ? { node: text, output: 0 } : { node: match[1] as string, output: Number(match[2]) };
}

/** "Conv2D 'stage1/conv'": how messages call a node. */
export function nameNode({ op, name }: GraphNode): string {
  return `${op} '${name}'`;
}

/** The error of an option that is not supported: what it is, and what would work. */
export function unsupportedOption(node: GraphNode, option: string, remedy: string): BionoirError {
  return new BionoirError('UNSUPPORTED_OPTION', `${nameNode(node)} has ${option}; ${remedy}.`, {
    details: { node: node.name, op: node.op },
    location: `node '${node.name}'`,
  });
}

/** The error of a node that does not follow its operator's definition. */
export function malformedNode(node: GraphNode, problem: string): BionoirError {
  return malformedModel(`${nameNode(node)} ${problem}. Is model.json intact?`, {
    node: node.name,
    op: node.op,
  });
}

/** Looks an attribute up; each is an object with one field, named after its type. */
function attribute(node: GraphNode, key: string): JsonObject | undefined {
  const value = node.attributes[key];
  return isJsonObject(value) ? value : undefined;
}

function wrongType(node: GraphNode, key: string, expected: string): BionoirError {
  return malformedNode(node, `has ${describe(node.attributes[key])} as its ${key}; expected ${expected}`);
}

/**
 * Reads a whole number.
 *
 * @throws MALFORMED_MODEL
 */
export function readInteger(node: GraphNode, key: string, fallback: number): number {
  const value = attribute(node, key);
  if (value === undefined) return fallback;
  // protobuf leaves zeros out
  const number = Number(value.i ?? 0);
  if (Number.isSafeInteger(number)) return number;
  throw wrongType(node, key, 'a whole number');
}

/**
 * Reads a real number.
 *
 * @throws MALFORMED_MODEL
 */
export function readReal(node: GraphNode, key: string, fallback: number): number {
  const value = attribute(node, key);
  if (value === undefined) return fallback;
  const number = Number(value.f ?? 0);
  if (Number.isFinite(number)) return number;
  throw wrongType(node, key, 'a number');
}

/** Reads true or false; false when it is not there. */
export function readFlag(node: GraphNode, key: string): boolean {
  return attribute(node, key)?.b === true;
}

/**
 * Reads a list of whole numbers; empty when it is not there.
 *
 * @throws MALFORMED_MODEL
 */
export function readIntegers(node: GraphNode, key: string): number[] {
  const list = attribute(node, key)?.list;
  const numbers = isJsonObject(list) && Array.isArray(list.i) ? list.i.map(Number) : [];
  if (numbers.every(Number.isSafeInteger)) return numbers;
  throw wrongType(node, key, 'a list of whole numbers');
}

/**
 * Reads a text; undefined when it is not there.
 *
 * @throws MALFORMED_MODEL
 */
export function readText(node: GraphNode, key: string): string | undefined {
  return decodeText(node, key, attribute(node, key)?.s);
}

/**
 * Reads a list of texts; empty when it is not there.
 *
 * @throws MALFORMED_MODEL
 */
export function readTexts(node: GraphNode, key: string): string[] {
  const list = attribute(node, key)?.list;
  const texts: unknown[] = isJsonObject(list) && Array.isArray(list.s) ? list.s : [];
  return texts.map(text => decodeText(node, key, text) ?? '');
}

/** Bytes: base64 in protobuf's JSON mapping; early converters wrote lists of numbers. */
function decodeText(node: GraphNode, key: string, value: unknown): string | undefined {
  if (Array.isArray(value)) return String.fromCharCode(...value.map(Number));
  if (typeof value !== 'string') return undefined;
  try {
    return atob(value);
  } catch {
    throw wrongType(node, key, 'a text in base64');
  }
}

/** Reads the name of an element type, such as 'DT_FLOAT'. */
export function readType(node: GraphNode, key: string): string {
  return String(attribute(node, key)?.type ?? 'DT_INVALID');
}

/** Reads a shape; -1 stands for a size that is not known. Undefined when the rank is not known. */
export function readShapeAttribute(node: GraphNode, key: string): number[] | undefined {
  const shape = attribute(node, key)?.shape;
  return isJsonObject(shape) ? readTensorShape(shape) : undefined;
}

/** Reads a TensorShapeProto. */
export function readTensorShape(shape: JsonObject): number[] | undefined {
  if (shape.unknownRank === true) return undefined;
  const dimensions: unknown[] = Array.isArray(shape.dim) ? shape.dim : [];
  return dimensions.map(dimension => Number(isJsonObject(dimension) ? (dimension.size ?? 0) : -1));
}
