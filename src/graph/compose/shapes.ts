/** Broadcasting, and reductions that keep their axes. */
import type { Reduction } from '../operators/types.ts';
import { elementCount, sameShape } from '../shape-text.ts';
import type { Shape } from '../types.ts';
import { expandOp } from './rearrange.ts';
import { type ComposedNode, chain, nodeSpec, type Site } from './site.ts';

/** Broadcasts a tensor to a shape, as NumPy does; a reshape when only axes of size 1 are added. */
export function expand(site: Site, to: Shape): ComposedNode[] {
  if (elementCount(site.shape) === elementCount(to)) {
    return [nodeSpec(site.name, { kind: 'reshape', shape: to }, site.input)];
  }
  return [nodeSpec(site.name, expandOp(site.shape, to), site.input)];
}

/**
 * The shape that tensors have after NumPy's broadcasting (numbered from the last axis), or undefined when they do not
 * fit together.
 */
export function broadcastShape(shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(0, ...shapes.map(shape => shape.length));
  const result: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const sizes = shapes.map(shape => shape[axis - rank + shape.length] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.some(other => other !== 1 && other !== size)) return undefined;
    result.push(size);
  }
  return result;
}

/** Brings one operand to a shape if it has not got it: gives the nodes to add, and the name to read. */
export function expandOperand(
  site: Site,
  to: Shape,
): { readonly nodes: ComposedNode[]; readonly name: string } {
  if (sameShape(site.shape, to)) return { nodes: [], name: site.input };
  return { nodes: expand(site, to), name: site.name };
}

/** Reduces axes and keeps them with size 1. */
export function reduceKeepingAxes(site: Site, reduction: Reduction, axes: readonly number[]): ComposedNode[] {
  const shape = site.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return chain(site, [
    [reduction, { kind: 'reduce', reduction, axes }],
    ['keep', { kind: 'reshape', shape }],
  ]);
}
