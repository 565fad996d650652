/**
 * Merges zero padding into the convolution, or the padding, behind it.
 *
 *     p: 10x10x3 = pad(x)
 *     c: 8x8x4 = conv2d(p)     ->    c: 8x8x4 = conv2d(x), padding 1,1,1,1
 *
 * Not into pools: their padding takes no part in the maximum or the average, zeros do.
 */
import type { Graph, Padding } from '../types.ts';
import { operandNames, rewrite } from './rewrite.ts';

/** Merges every padding whose user can hold it. */
export function mergePadding(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    const source = view.producer(node);
    if (source?.op.kind !== 'pad') return undefined;
    if (node.op.kind !== 'conv2d' && node.op.kind !== 'pad') return undefined;
    const op = { ...node.op, padding: addPadding(node.op.padding, source.op.padding) };
    return { replace: [{ name: node.name, op, inputs: operandNames(source, view) }] };
  });
}

function addPadding(a: Padding, b: Padding): Padding {
  return {
    top: a.top + b.top,
    bottom: a.bottom + b.bottom,
    left: a.left + b.left,
    right: a.right + b.right,
  };
}
