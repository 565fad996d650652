/**
 * Takes transpositions into the dense layer behind a flattening, whose rows follow the order of what it reads, and merges
 * transpositions of transpositions. Models that flatten channels-first images need no transposition then.
 *
 *     t: 8x4x4 = transpose(p)
 *     f: 128 = reshape(t)
 *     d: 10 = dense(f)         ->    f: 128 = reshape(p);  d: 10 = dense(f)      rows reordered
 */
import { evaluateTranspose } from '../kernels.ts';
import type { DenseOp, Graph, Node, TransposeOp } from '../types.ts';
import { type Edit, type GraphView, operandNames, rewrite } from './rewrite.ts';

/** Folds transpositions into dense layers and into each other. */
export function foldTranspose(graph: Graph): Graph {
  return rewrite(graph, (node, view) => {
    if (node.op.kind === 'dense') return foldIntoDense(node, node.op, view);
    if (node.op.kind === 'transpose') return mergeTransposes(node, node.op, view);
    return undefined;
  });
}

/** Only where the dense layer reads the whole tensor as one vector, and nothing else reads it in between. */
function foldIntoDense(node: Node, op: DenseOp, view: GraphView): Edit | undefined {
  const reshape = view.producer(node);
  const transpose = reshape === undefined ? undefined : view.producer(reshape);
  if (reshape?.op.kind !== 'reshape' || reshape.shape.length !== 1) return undefined;
  if (transpose?.op.kind !== 'transpose') return undefined;
  if (view.soleUser(reshape) === undefined || view.soleUser(transpose) === undefined) return undefined;
  const source = view.producer(transpose);
  if (source === undefined) return undefined;
  return {
    replace: [
      { name: reshape.name, op: reshape.op, inputs: operandNames(transpose, view) },
      {
        name: node.name,
        op: { ...op, weights: reorderRows(op, transpose.op, source) },
        inputs: [reshape.name],
      },
    ],
  };
}

/** Row i of the new weights belongs to element i before the transposition. */
function reorderRows(op: DenseOp, transpose: TransposeOp, source: Node): Float32Array {
  const count = op.weights.length / op.units;
  const before = Float64Array.from({ length: count }, (_, i) => i);
  const shape = transpose.permutation.map(axis => source.shape[axis] ?? 1);
  const places = evaluateTranspose(transpose.permutation, { shape: source.shape, data: before }, shape);
  const weights = new Float32Array(op.weights.length);
  for (const [to, from] of places.entries()) {
    weights.set(op.weights.subarray(to * op.units, (to + 1) * op.units), from * op.units);
  }
  return weights;
}

function mergeTransposes(node: Node, op: TransposeOp, view: GraphView): Edit | undefined {
  const first = view.producer(node);
  if (first?.op.kind !== 'transpose') return undefined;
  const inner = first.op.permutation;
  const permutation = op.permutation.map(axis => inner[axis] ?? 0);
  return {
    replace: [{ name: node.name, op: { kind: 'transpose', permutation }, inputs: operandNames(first, view) }],
  };
}
