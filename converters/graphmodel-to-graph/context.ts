/**
 * One import under way, and what the importers of operators are written with: operands as constants or variables, nodes
 * of the graph in TensorFlow's shapes.
 */
import { BionoirError } from '../../src/errors.ts';
import {
  type compose,
  elementCount,
  emit,
  emitAll,
  formatShape,
  type GraphWriter,
  type Op,
  type Shape,
  sameShape,
  shapeOf,
} from '../../src/graph/index.ts';
import { type GraphNode, malformedNode, nameNode, unsupportedOption } from './nodes.ts';
import { type Constant, graphShape, type Value, type Variable } from './values.ts';

/** One import, or the folding of one constant. */
export interface Importer {
  readonly writer: GraphWriter;
  /** Constants that became nodes, by node. While folding they are inputs. */
  readonly lifted: Map<string, Constant>;
  readonly isFolding: boolean;
  /** Shortens the name of a node of the model. */
  readonly shorten: (name: string) => string;
}

/** One node of the model with its operands. */
export interface Call {
  readonly importer: Importer;
  readonly node: GraphNode;
  /** The node's name in the graph. */
  readonly name: string;
  readonly operands: readonly Value[];
}

/** Imports one node; several results when the operator has several outputs. */
export type OpImporter = (call: Call) => Value | readonly Value[];

/**
 * The operand at an index.
 *
 * @throws MALFORMED_MODEL when there is none.
 */
export function operand(call: Call, index: number): Value {
  const value = call.operands[index];
  if (value !== undefined) return value;
  throw malformedNode(call.node, `has ${call.operands.length} operands; it needs ${index + 1}`);
}

/**
 * The operand at an index, which must be a constant.
 *
 * @param what what it is, as in "its kernel".
 * @throws UNSUPPORTED_OPTION when it depends on the input.
 */
export function constantOperand(call: Call, index: number, what: string): Constant {
  const value = operand(call, index);
  if (value.kind === 'constant') return value;
  const remedy = `only a constant one is read. Freeze the model before converting it`;
  throw unsupportedOption(call.node, `a ${what} that is computed from the input`, remedy);
}

/** The operand at an index as whole numbers. @throws as {@link constantOperand} */
export function integerOperand(call: Call, index: number, what: string): number[] {
  return Array.from(constantOperand(call, index, what).data, Math.round);
}

/** The operand at an index as a node of the graph. */
export function variableOperand(call: Call, index: number): Variable {
  return toVariable(call, operand(call, index));
}

/** A value as a node of the graph: constants become inputs while folding, and nodes without influence otherwise. */
export function toVariable(call: Call, value: Value): Variable {
  if (value.kind === 'variable') return value;
  const { importer } = call;
  const { lifted, isFolding } = importer;
  const [known] = [...lifted].find(([, other]) => other === value) ?? [];
  const node = known ?? (isFolding ? constantInput(importer, value) : constantNode(importer, value));
  if (known === undefined) lifted.set(node, value);
  return { kind: 'variable', node, shape: value.shape };
}

function constantInput({ writer }: Importer, value: Constant): string {
  const domain = { min: 0, max: 1, scale: 1, offset: 0 };
  return emit(writer, value.source, { kind: 'input', shape: graphShape(value.shape), domain }, []);
}

/** A tensor of zeros, rearranged from any other, and the constant added to it. */
function constantNode({ writer, shorten }: Importer, value: Constant): string {
  const name = shorten(value.source);
  const shape = graphShape(value.shape);
  const indices = new Int32Array(elementCount(shape)).fill(-1);
  const [anything] = writer.nodes;
  const zeros: Op = { kind: 'rearrange', shape, indices, label: 'zeros' };
  const empty = emit(writer, `${name}_zeros`, zeros, [anything?.name ?? '']);
  return emit(writer, name, { kind: 'scale', factor: 1, shift: Float32Array.from(value.data) }, [empty]);
}

/** Adds a node whose tensor has the given shape in TensorFlow; `part` tells helpers from the node's own result. */
export function place(call: Call, op: Op, operands: readonly string[], shape: Shape, part = ''): Variable {
  const name = part === '' ? call.name : `${call.name}_${part}`;
  return variableOf(call, emit(call.importer.writer, name, op, operands), shape);
}

/** Adds the nodes of a composition; its last has the given shape in TensorFlow. */
export function placeAll(call: Call, nodes: readonly compose.ComposedNode[], shape: Shape): Variable {
  return variableOf(call, emitAll(call.importer.writer, nodes), shape);
}

/** A node as a tensor of the given shape in TensorFlow; reshaped when the graph has it differently. */
function variableOf(call: Call, node: string, shape: Shape): Variable {
  const { writer } = call.importer;
  const wanted = graphShape(shape);
  if (sameShape(shapeOf(writer, node), wanted)) return { kind: 'variable', node, shape };
  const op: Op = { kind: 'reshape', shape: wanted };
  return { kind: 'variable', node: emit(writer, `${node}_shape`, op, [node]), shape };
}

/** The node of a variable, seen in another shape of the graph. */
export function viewAs(call: Call, { node }: Variable, shape: Shape): string {
  const { writer } = call.importer;
  if (sameShape(shapeOf(writer, node), shape)) return node;
  return emit(writer, `${node}_as`, { kind: 'reshape', shape }, [node]);
}

/** The place of a composition that reads a variable in the graph's own shape. */
export function siteOf(call: Call, { node }: Variable, part = ''): compose.Site {
  const name = part === '' ? call.name : `${call.name}_${part}`;
  return { name, input: node, shape: shapeOf(call.importer.writer, node) };
}

/**
 * Resolves an axis that may count from the end.
 *
 * @throws UNSUPPORTED_OPTION for an axis beyond the rank.
 */
export function resolveAxis(call: Call, axis: number, rank: number): number {
  const resolved = axis < 0 ? axis + rank : axis;
  if (resolved >= 0 && resolved < rank) return resolved;
  throw unsupportedOption(call.node, `axis ${axis}`, `its tensor has ${rank} axes`);
}

/**
 * The only image of a batch: [1, height, width, channels].
 *
 * @throws SHAPE_MISMATCH for another shape.
 */
export function imageOperand(call: Call, index: number): Variable {
  const x = variableOperand(call, index);
  if (x.shape.length === 4 && x.shape[0] === 1) return x;
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `${nameNode(call.node)} is given a tensor of shape ${formatShape(x.shape)}; it takes one image, 1 x height x width x channels.`,
    { details: { node: call.node.name, shape: x.shape }, location: `node '${call.node.name}'` },
  );
}

/** Adds an operator of one image, under a name of its own, and gives its image with the batch of one. */
export function placeImage(call: Call, op: Op, x: Variable, name = call.name): Variable {
  const { writer } = call.importer;
  const node = emit(writer, name, op, [x.node]);
  return { kind: 'variable', node, shape: [1, ...shapeOf(writer, node)] };
}

/** A variable in another shape of as many elements; without a node where the graph sees no difference. */
export function reshapeTo(call: Call, x: Variable, shape: Shape, part = ''): Variable {
  const wanted = graphShape(shape);
  if (sameShape(shapeOf(call.importer.writer, x.node), wanted)) return { ...x, shape };
  return place(call, { kind: 'reshape', shape: wanted }, [x.node], shape, part);
}
