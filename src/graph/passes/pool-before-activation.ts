/**
 * Moves maximum pooling before the activation that it follows: each window is then activated once, not each element.
 *
 *     r: 8x8x4 = relu(c)              p: 4x4x4 = max-pool2d(c)
 *     p: 4x4x4 = max-pool2d(r)   ->   r: 4x4x4 = relu(p)
 *
 * A non-decreasing function of a maximum is the maximum of the function: true of ReLU, capped or not, and of a leaky ReLU
 * whose slope is not negative.
 */
import type { Graph, Op } from '../types.ts';
import { rewrite, swapWithProducer } from './rewrite.ts';

/** Moves each max-pool before a non-decreasing activation that it alone uses. */
export function poolBeforeActivation(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    const source = view.producer(node);
    if (node.op.kind !== 'max-pool2d' || source === undefined) return undefined;
    if (!isNonDecreasing(source.op) || view.soleUser(source) === undefined) return undefined;
    return swapWithProducer(node, source, view);
  });
}

function isNonDecreasing(op: Op): boolean {
  return op.kind === 'relu' || (op.kind === 'leaky-relu' && op.slope >= 0);
}
