/**
 * Drops nodes that change nothing: a reshape to the same shape, a transposition or padding or affine map that is the
 * identity, a pool of single elements, a concatenation of one tensor, a ReLU of a ReLU.
 *
 *     flat: 64 = reshape(x)          x: 64 = input
 *     y: 10 = dense(flat)      ->    y: 10 = dense(x)
 */
import { sameShape } from '../shape-text.ts';
import type { Graph, Node } from '../types.ts';
import { rewrite } from './rewrite.ts';

/** Drops every node whose output equals its operand for all inputs. */
export function dropIdentities(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    const source = view.producer(node);
    if (source === undefined || !isIdentity(node, source)) return undefined;
    return { redirect: { from: node.name, to: source.name } };
  });
}

function isIdentity(node: Node, source: Node): boolean {
  const { op } = node;
  switch (op.kind) {
    case 'reshape':
      return sameShape(node.shape, source.shape);
    case 'transpose':
      return op.permutation.every((axis, i) => axis === i);
    case 'pad':
      return Object.values(op.padding).every(side => side === 0);
    case 'affine':
      return op.scale.every(value => value === 1) && op.shift.every(value => value === 0);
    case 'max-pool2d':
    case 'average-pool2d':
      return [...op.poolSize, ...op.strides].every(size => size === 1);
    case 'concat':
      return node.inputs.length === 1;
    case 'relu':
      return source.op.kind === 'relu' && (op.max ?? Infinity) >= (source.op.max ?? Infinity);
    default:
      return false;
  }
}
