/**
 * Computes once what a model computes twice: nodes with the same operator, weights and operands become one. Converters that
 * fuse an activation into a convolution copy the convolution for its other users.
 *
 *     a: 8 = conv2d(x)               a: 8 = conv2d(x)
 *     b: 8 = conv2d(x)         ->    y: 8 = add(a, a)
 *     y: 8 = add(a, b)
 */
import type { Graph, Node, Op } from '../types.ts';
import { rewrite } from './rewrite.ts';

/** Redirects every node that repeats an earlier one. */
export function mergeDuplicates(graph: Graph): Graph {
  const seen = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    const key = `${node.op.kind} ${node.inputs.join(' ')}`;
    seen.set(key, [...(seen.get(key) ?? []), node]);
  }
  const groups = new Map([...seen.values()].flatMap(nodes => nodes.map(node => [node.id, nodes] as const)));
  return rewrite(graph, node => {
    if (node.op.kind === 'input') return undefined;
    const earlier = groups.get(node.id)?.find(other => other.id < node.id && sameOp(other.op, node.op));
    return earlier === undefined ? undefined : { redirect: { from: node.name, to: earlier.name } };
  });
}

/** Tells whether two operators are the same, weights included. */
function sameOp(a: Op, b: Op): boolean {
  return sameValue(a, b);
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (ArrayBuffer.isView(a) || Array.isArray(a)) return sameList(a as ArrayLike<unknown>, b);
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value]) => sameValue(value, (b as Record<string, unknown>)[key]))
  );
}

function sameList(a: ArrayLike<unknown>, b: object): boolean {
  const other = b as ArrayLike<unknown>; // the same field of the same kind of operator
  if (a.length !== other.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], other[i])) return false;
  return true;
}
