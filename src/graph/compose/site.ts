/**
 * Compositions: operators that importers meet and the graph does not have, written in operators that it has.
 *
 * Each gives the nodes to add, in order. The last carries the name asked for; helpers are called `<name>_<part>`, so
 * that an importer whose names are unique stays so.
 */
import type { NodeSpec } from '../build.ts';
import type { Op, Shape } from '../types.ts';

/** Where a composition of one operand stands. */
export interface Site {
  /** Name of the node that gives the result. */
  readonly name: string;
  /** Name of the operand, and its shape. */
  readonly input: string;
  readonly shape: Shape;
}

/** A node with all its fields. */
export type ComposedNode = Required<NodeSpec>;

/** Makes a node. */
export function nodeSpec(name: string, op: Op, ...inputs: readonly string[]): ComposedNode {
  return { name, op, inputs };
}

/** A chain of operators of one operand: each reads the one before; the last is the result. */
export function chain(site: Site, steps: readonly (readonly [part: string, op: Op])[]): ComposedNode[] {
  const names = steps.map(([part], i) => (i === steps.length - 1 ? site.name : `${site.name}_${part}`));
  return steps.map(([, op], i) =>
    nodeSpec(names[i] as string, op, i === 0 ? site.input : (names[i - 1] as string)),
  );
}
