/**
 * The state of one import: the nodes of the graph so far, and what they are made from.
 *
 * A value of the ONNX graph is either a constant, or a variable: a node of our graph whose elements are the ONNX tensor's
 * in some order of axes. So an ONNX Transpose adds no node, convolutions work channels-last whatever the model says, and
 * transpositions appear only where two orders really meet (see layout.ts).
 */
import { BionoirError } from '../../src/errors.ts';
import {
  elementCount,
  formatShape,
  inferShape,
  type NodeSpec,
  type Op,
  type Shape,
} from '../../src/graph/index.ts';
import type { AttributeProto, GraphProto } from './proto.ts';
import { type Constant, type ElementType, type ExternalFiles, isWholeType } from './tensors.ts';

/** A tensor that depends on the input. */
export interface Variable {
  readonly kind: 'variable';
  readonly type: ElementType;
  /** The shape as ONNX sees it, batch included. */
  readonly dims: readonly number[];
  /** The node with the elements. */
  readonly node: string;
  /** Axes of `dims` from the slowest to the fastest in the node's memory; the node's own shape may leave out ones. */
  readonly order: readonly number[];
}

export type Value = Constant | Variable;

export interface Importer {
  readonly nodes: Required<NodeSpec>[];
  readonly shapes: Map<string, Shape>;
  /** Reshapes and transpositions already made, by what they do. */
  readonly memo: Map<string, string>;
  /** Inputs of 8-bit numbers, by node: of a QuantizeLinear that stood behind them. */
  readonly integerInputs: Map<string, { readonly type: ElementType; readonly node: string }>;
  /** Nodes that hold reals of 8-bit numbers, and the nodes with those numbers. */
  readonly dequantized: Map<string, string>;
  /** Integer layers that are not taken as they are: QuantizeLinear and DequantizeLinear pass reals on. */
  readonly isOfReals: boolean;
  /** Nodes that hold the label of a classifier which also gives scores. */
  readonly labels: Set<string>;
  /** Version of each operator set, by domain; '' is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly files: ExternalFiles;
}

/** One ONNX node on its way into the graph. */
export interface Call {
  readonly importer: Importer;
  readonly opType: string;
  /** The node's name, or that of its first output: unique for people, and for the graph after `emit`. */
  readonly name: string;
  /** Operands; undefined where an optional one is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  /** Version of the operator set that the node belongs to. */
  readonly opset: number;
  /** For each output of the node, whether anything uses it. */
  readonly usedOutputs: readonly boolean[];
  /** Imports a graph inside this node (a branch of If), where outer names are known; its own inputs are given. */
  importSubgraph(graph: GraphProto, inputs?: readonly Value[]): Value[];
  /** See {@link part}. */
  importPart(call: Call, part: Part): Value;
}

/** An operator inside another. */
export interface Part {
  readonly opType: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: PartAttributes;
}

/** Imports one of ONNX's own operators as a part of a node, and gives its first output. */
export function part(
  call: Call,
  opType: string,
  inputs: readonly (Value | undefined)[],
  attributes: PartAttributes = {},
): Value {
  return call.importPart(call, { opType, inputs, attributes });
}

/** Attributes of a part: a number is whole or not as the operator reads it. */
export type PartAttributes = Readonly<Record<string, number | readonly number[] | string>>;

/** Imports a node: gives its outputs in order, at least those that are used. */
export type OperatorImporter = (call: Call) => readonly Value[];

const ELEMENTS_MAX = 2 ** 27;

/**
 * Adds a node under `name` or the next free variant of it, and returns its name.
 *
 * @throws SHAPE_MISMATCH when the operands do not fit; UNSUPPORTED_OPTION when the tensor would be absurdly large.
 */
export function emit(importer: Importer, name: string, op: Op, operands: readonly string[]): string {
  let free = name;
  for (let i = 2; importer.shapes.has(free); i++) free = `${name}_${i}`;
  const shapes = operands.map(operand => nodeShape(importer, operand));
  const shape = inferShape(op, shapes, free);
  if (elementCount(shape) > ELEMENTS_MAX) {
    throw new BionoirError(
      'UNSUPPORTED_OPTION',
      `Node '${free}' would hold ${formatShape(shape)} = ${elementCount(shape)} elements; at most ${ELEMENTS_MAX} are read. Give the network a smaller input.`,
      { details: { node: free, shape }, location: `node '${free}'` },
    );
  }
  importer.shapes.set(free, shape);
  importer.nodes.push({ name: free, op, inputs: operands });
  return free;
}

/** Adds nodes that already have names of their own (compositions), and returns the last one's name. */
export function emitAll(importer: Importer, specs: readonly Required<NodeSpec>[]): string {
  const renamed = new Map<string, string>();
  let last = '';
  for (const spec of specs) {
    const inputs = spec.inputs.map(input => renamed.get(input) ?? input);
    last = emit(importer, spec.name, spec.op, inputs);
    renamed.set(spec.name, last);
  }
  return last;
}

/** The shape of a node. */
export function nodeShape(importer: Importer, node: string): Shape {
  return importer.shapes.get(node) ?? [];
}

/** The operator that made a node. */
export function nodeMaking(importer: Importer, name: string): Required<NodeSpec> | undefined {
  return importer.nodes.find(node => node.name === name);
}

/** Names an ONNX node in messages: "Conv 'conv_2'". */
export function nameCall(call: Pick<Call, 'opType' | 'name'>): string {
  return `${call.opType} '${call.name}'`;
}

/** The error of a node that does not follow ONNX. */
export function malformedNode(
  call: Pick<Call, 'opType' | 'name'>,
  problem: string,
  details: object = {},
): BionoirError {
  return new BionoirError(
    'MALFORMED_MODEL',
    `${nameCall(call)} ${problem}. Check the model with onnx.checker.`,
    { details: { node: call.name, op: call.opType, ...details }, location: `node '${call.name}'` },
  );
}

/** The error of a node that asks for more than is imported: what, and what to do. */
export function unsupported(
  call: Pick<Call, 'opType' | 'name'>,
  problem: string,
  remedy: string,
): BionoirError {
  return new BionoirError('UNSUPPORTED_OPTION', `${nameCall(call)} ${problem}. ${remedy}`, {
    details: { node: call.name, op: call.opType },
    location: `node '${call.name}'`,
  });
}

/**
 * The operand at an index.
 *
 * @throws MALFORMED_MODEL when it is left out.
 */
export function operand(call: Call, index: number): Value {
  const value = call.inputs[index];
  if (value !== undefined) return value;
  throw malformedNode(call, `has no operand ${index}; it has ${call.inputs.length}`);
}

/**
 * The operand at an index, as it must depend on the input.
 *
 * @throws MALFORMED_MODEL when it is left out; a constant is put into the graph.
 */
export function variableOperand(call: Call, index: number): Variable {
  return toVariable(call, operand(call, index));
}

/**
 * The operand at an index, as it must be known while importing.
 *
 * @param what what the operand is, for messages: 'the weights'.
 * @throws UNSUPPORTED_OPTION when it depends on the input; MALFORMED_MODEL when it is left out.
 */
export function constantOperand(call: Call, index: number, what: string): Constant {
  const value = operand(call, index);
  if (value.kind === 'constant') return value;
  throw unsupported(
    call,
    `takes ${what} from a tensor that depends on the input`,
    'Only constants are imported there: export the model with fixed sizes and weights.',
  );
}

/** As {@link constantOperand} for an operand that may be left out. */
export function optionalConstant(call: Call, index: number, what: string): Constant | undefined {
  return call.inputs[index] === undefined ? undefined : constantOperand(call, index, what);
}

/** Makes a constant. */
export function constant(type: ElementType, dims: readonly number[], data: Iterable<number>): Constant {
  return { kind: 'constant', type, dims, data: Float64Array.from(data) };
}

/** Makes a variable whose node holds the elements in ONNX's own order of axes. */
export function plainVariable(type: ElementType, dims: readonly number[], node: string): Variable {
  return { kind: 'variable', type, dims, node, order: range(dims.length) };
}

/** [0, 1, ..., count - 1]. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * Puts a constant into the graph, which has no operator for it: zeros taken from the input, plus the constant.
 * Costs nothing: no constraint depends on it.
 */
export function toVariable(call: Call, value: Value): Variable {
  if (value.kind === 'variable') return value;
  const { importer } = call;
  const source = importer.nodes.find(node => node.op.kind === 'input');
  if (source === undefined) {
    throw malformedNode(call, 'has only constant operands, and the model has no input before it');
  }
  const shape = value.dims.length === 0 ? [1] : value.dims;
  const indices = new Int32Array(elementCount(shape)).fill(-1);
  const zeros: Op = { kind: 'rearrange', shape, indices, label: 'zeros' };
  const zeroNode = emit(importer, `${call.name}_zeros`, zeros, [source.name]);
  const op: Op = { kind: 'scale', factor: 1, shift: toWeights(call, value) };
  const node = emit(importer, `${call.name}_constant`, op, [zeroNode]);
  return plainVariable(value.type, value.dims, node);
}

/**
 * What stands for an infinite negative number in a mask that is added before a softmax: exp() of it is 0 in float32, and
 * stays 0 next to any score that a network gives.
 */
const MASK_MIN = -1e4;

/** The elements as float32 weights; minus infinity, which only masks have, becomes a large negative number. */
export function toWeights(_call: Call, value: Constant): Float32Array {
  return Float32Array.from(value.data, element =>
    element === Number.NEGATIVE_INFINITY || (!isWholeType(value.type) && element < -1e30)
      ? MASK_MIN
      : element,
  );
}
