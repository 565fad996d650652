/**
 * All simplifying passes, until nothing changes. Every pass keeps the function that the graph computes, up to the rounding
 * of folded weights to float32; the number of activations never grows.
 */
import { InternalError } from '../../errors.ts';
import { isExactGraph } from '../exact.ts';
import type { Graph } from '../types.ts';
import { dropIdentities } from './drop-identities.ts';
import { foldAffine } from './fold-affine.ts';
import { foldTranspose } from './fold-transpose.ts';
import { maskSoftmax } from './mask-softmax.ts';
import { mergeDuplicates } from './merge-duplicates.ts';
import { mergeLinear } from './merge-linear.ts';
import { mergePadding } from './merge-padding.ts';
import { mergeProducts } from './merge-products.ts';
import { mergeReshapes } from './merge-reshapes.ts';
import { poolBeforeActivation } from './pool-before-activation.ts';
import { recogniseActivations } from './recognise-activations.ts';
import { removeDeadNodes } from './rewrite.ts';
import { scaleToAffine } from './scale-to-affine.ts';

type Pass = (graph: Graph) => Graph;

const PASSES: readonly Pass[] = [
  removeDeadNodes,
  maskSoftmax,
  mergeDuplicates,
  dropIdentities,
  scaleToAffine,
  mergeReshapes,
  foldTranspose,
  mergePadding,
  foldAffine,
  recogniseActivations,
  poolBeforeActivation,
];

/** Those that move elements only: the weights of a graph of whole numbers are proved as they are, not rounded to float32. */
const EXACT_PASSES: readonly Pass[] = [
  removeDeadNodes,
  dropIdentities,
  mergeReshapes,
  foldTranspose,
  mergePadding,
];

/**
 * Simplifies a graph before it is quantised.
 *
 * Layers are multiplied out last, when affine maps and reshapes between them are gone, and then products taken apart.
 *
 * It ends: each edit removes a node or an activation, or moves a reshape, a pool or an affine map one step in its only direction, past one
 * of the other nodes at most once.
 */
export function simplifyGraph(graph: Graph): Graph {
  if (isExactGraph(graph)) return repeatPasses(graph, EXACT_PASSES);
  const simple = repeatPasses(graph);
  const merged = mergeProducts(mergeLinear(simple));
  return merged === simple ? simple : repeatPasses(merged);
}

function repeatPasses(graph: Graph, passes: readonly Pass[] = PASSES): Graph {
  const roundsMax = (graph.nodes.length + 1) ** 2;
  let current = graph;
  for (let round = 0; round < roundsMax; round++) {
    const simpler = passes.reduce((candidate, pass) => pass(candidate), current);
    if (simpler === current) return current;
    current = simpler;
  }
  throw new InternalError(`The graph passes do not come to an end on graph '${graph.name}'.`);
}
