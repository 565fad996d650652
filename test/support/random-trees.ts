/** Random decision trees for tests. */
import type { seededRandom } from '../../fixtures/data/random.ts';
import type { DecisionTree } from '../../src/graph/index.ts';

export interface RandomTree {
  readonly features: number;
  readonly outputs: number;
  readonly depth: number;
  /** Thresholds lie between these. */
  readonly range: readonly [low: number, high: number];
}

/** A tree in which about one branch in five ends early. */
export function randomTree(random: ReturnType<typeof seededRandom>, options: RandomTree): DecisionTree {
  const { features, outputs, depth, range } = options;
  const nodes: { feature: number; threshold: number; yes: number; no: number; values: number[] }[] = [];
  const grow = (level: number): number => {
    const isLeaf = level === depth || (level > 0 && random.below(5) === 0);
    const node = nodes.length;
    const threshold = range[0] + ((range[1] - range[0]) * random.below(1000)) / 1000;
    const values = Array.from({ length: outputs }, () => (isLeaf ? random.normal() : 0));
    nodes.push({ feature: isLeaf ? -1 : random.below(features), threshold, yes: 0, no: 0, values });
    const entry = nodes[node];
    if (isLeaf || entry === undefined) return node;
    entry.yes = grow(level + 1);
    entry.no = grow(level + 1);
    return node;
  };
  grow(0);
  return {
    features: Int32Array.from(nodes, node => node.feature),
    thresholds: Float64Array.from(nodes, node => node.threshold),
    yes: Int32Array.from(nodes, node => node.yes),
    no: Int32Array.from(nodes, node => node.no),
    values: Float32Array.from(nodes.flatMap(node => node.values)),
  };
}
