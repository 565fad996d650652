/** Graphs that compute on whole numbers: networks that come quantised. */
import { BionoirError } from '../errors.ts';
import { weightsOf } from './build.ts';
import type { Graph, Node, OpKind } from './types.ts';

/** Tells whether a graph comes quantised: every tensor then holds whole numbers, which are proved as they are. */
export function isExactGraph(graph: Graph): boolean {
  return graph.nodes.some(node => node.op.kind === 'requantize');
}

/** Operators that make whole numbers of whole numbers. */
const WHOLE_OPS: readonly OpKind[] = [
  'input',
  'dense',
  'conv2d',
  'affine',
  'scale',
  'relu',
  'max-pool2d',
  'pad',
  'reshape',
  'transpose',
  'rearrange',
  'add',
  'subtract',
  'multiply',
  'matmul',
  'concat',
  'reduce',
  'maximum',
  'minimum',
  'abs',
  'sign',
  'floor',
  'compare',
  'where',
  'argmax',
  'top-k',
  'embedding',
  'requantize',
];

/**
 * Checks that a graph that comes quantised stays whole.
 *
 * @throws UNSUPPORTED_OP when an operator or a weight would make fractions.
 */
export function checkExactGraph(graph: Graph): void {
  for (const node of graph.nodes) {
    const problem = fractionIn(node);
    if (problem === undefined) continue;
    throw new BionoirError(
      'UNSUPPORTED_OP',
      `Node '${node.name}' (${node.op.kind}) ${problem}, in a network that computes on whole numbers. Quantise the whole network, or none of it.`,
      { details: { node: node.name, op: node.op.kind }, location: `node '${node.name}'` },
    );
  }
}

function fractionIn(node: Node): string | undefined {
  const { op } = node;
  if (!WHOLE_OPS.includes(op.kind)) return 'makes fractions';
  if (op.kind === 'reduce' && op.reduction === 'mean') return 'makes fractions';
  if (op.kind === 'input' && (op.domain.scale !== 1 || op.domain.offset !== 0)) return 'scales its integers';
  const scalars = op.kind === 'scale' ? [op.factor, op.shift].filter(value => typeof value === 'number') : [];
  const arrays = weightsOf(op).map(([, values]) => values);
  const isWhole = [scalars, ...arrays].every(values =>
    values.every((value: number) => Number.isSafeInteger(value)),
  );
  return isWhole ? undefined : 'has weights that are not whole';
}
