/**
 * A graph being written by an importer: nodes so far and their shapes. Names are made unique here, so that importers may
 * ask for the name they like, and compositions for `<name>_<part>`.
 */
import { BionoirError } from '../errors.ts';
import type { NodeSpec } from './build.ts';
import type { ComposedNode } from './compose/index.ts';
import { elementCount, formatShape } from './shape-text.ts';
import { inferShape } from './shapes.ts';
import type { Op, Shape } from './types.ts';

/** What has been written so far. Tensors are known by the name of their node. */
export interface GraphWriter {
  readonly nodes: Required<NodeSpec>[];
  readonly shapes: Map<string, Shape>;
}

const ELEMENTS_MAX = 2 ** 27;

/** Starts an empty graph. */
export function createWriter(): GraphWriter {
  return { nodes: [], shapes: new Map() };
}

/**
 * Adds a node, under `name` or the next free variant of it, and returns its name.
 *
 * @throws SHAPE_MISMATCH when the operands do not fit; UNSUPPORTED_OPTION when the tensor would be absurdly large.
 */
export function emit(writer: GraphWriter, name: string, op: Op, operands: readonly string[]): string {
  const free = freeName(writer, name);
  const shapes = operands.map(operand => shapeOf(writer, operand));
  const shape = inferShape(op, shapes, free);
  refuseHuge(free, shape);
  writer.shapes.set(free, shape);
  writer.nodes.push({ name: free, op, inputs: operands });
  return free;
}

/**
 * Adds the nodes of a composition, and returns the name of its result, the last of them.
 *
 * @throws as {@link emit}
 */
export function emitAll(writer: GraphWriter, nodes: readonly ComposedNode[]): string {
  return [...emitNodes(writer, nodes).values()].at(-1) ?? '';
}

/**
 * Adds the nodes of a composition, and returns what became of their names.
 *
 * @throws as {@link emit}
 */
export function emitNodes(writer: GraphWriter, nodes: readonly ComposedNode[]): ReadonlyMap<string, string> {
  const renamed = new Map<string, string>();
  for (const { name, op, inputs } of nodes) {
    const operands = inputs.map(input => renamed.get(input) ?? input);
    renamed.set(name, emit(writer, name, op, operands));
  }
  return renamed;
}

/** A damaged size must fail by name, not by exhausting the memory. */
function refuseHuge(name: string, shape: Shape): void {
  if (elementCount(shape) <= ELEMENTS_MAX) return;
  throw new BionoirError(
    'UNSUPPORTED_OPTION',
    `Node '${name}' would hold ${formatShape(shape)} = ${elementCount(shape)} elements; at most ${ELEMENTS_MAX} are read. Give the network a smaller input.`,
    { details: { node: name, shape }, location: `node '${name}'` },
  );
}

function freeName({ shapes }: GraphWriter, name: string): string {
  let candidate = name;
  for (let i = 2; shapes.has(candidate); i++) candidate = `${name}_${i}`;
  return candidate;
}

/** The shape of a tensor. */
export function shapeOf({ shapes }: GraphWriter, tensor: string): Shape {
  return shapes.get(tensor) ?? [];
}
