/**
 * Merges chains of reshapes, and moves a reshape behind the element-wise operator that alone uses it, where the next
 * reshape can take it up. What is left of the reshapes around one-dimensional layers is little.
 *
 *     s: 8x4 = reshape(c)             r: 1x8x4 = relu(c)
 *     r: 8x4 = relu(s)           ->   s: 8x4 = reshape(r)
 */
import type { Graph, Node } from '../types.ts';
import { operandNames, rewrite, swapWithProducer } from './rewrite.ts';

/** Merges and delays reshapes. */
export function mergeReshapes(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    const source = view.producer(node);
    if (source?.op.kind !== 'reshape') return undefined;
    if (node.op.kind === 'reshape') {
      return { replace: [{ name: node.name, op: node.op, inputs: operandNames(source, view) }] };
    }
    const before = view.producer(source);
    if (before === undefined || view.soleUser(source) === undefined) return undefined;
    return ignoresShape(node, before, source) ? swapWithProducer(node, source, view) : undefined;
  });
}

/** Tells whether the operator does the same on either side of the reshape: affine maps need the channels kept. */
function ignoresShape(node: Node, before: Node, reshape: Node): boolean {
  if (node.op.kind === 'relu' || node.op.kind === 'leaky-relu') return true;
  return node.op.kind === 'affine' && before.shape.at(-1) === reshape.shape.at(-1);
}
