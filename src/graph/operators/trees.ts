/** Decision trees, forests, boosted trees: each tree adds the values of the leaf that it reaches. */
import { checkCounts, checkLength, checkRank, mismatch, type ShapeContext } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type { DecisionTree, TreeEnsembleOp } from './types.ts';

export const treeEnsemble: OperatorDefinition<TreeEnsembleOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    checkRank(context, x, 'a vector of features', x.length === 1);
    checkCounts(context, 'outputs', [op.outputs]);
    checkLength(context, 'base values', op.base.length, op.outputs);
    for (const [index, tree] of op.trees.entries())
      checkTree(context, op, tree, { index, features: x[0] ?? 0 });
    return [op.outputs];
  },
  evaluate: (op, [x]) => {
    const y = Float64Array.from(op.base);
    for (const tree of op.trees) {
      const leaf = leafOf(tree, feature => (x as Values).data[feature] ?? Number.NaN);
      for (let k = 0; k < op.outputs; k++) y[k] = (y[k] ?? 0) + (tree.values[leaf * op.outputs + k] ?? 0);
    }
    return y;
  },
  print: op => [`${op.trees.length} trees`, `${op.outputs} outputs`],
  weights: op => [
    ['base values', op.base],
    ...op.trees.map((tree, i): [string, Float32Array] => [`values of tree ${i}`, tree.values]),
  ],
};

/** The leaf that a tree reaches, given a way to read features. */
export function leafOf(tree: DecisionTree, feature: (index: number) => number): number {
  let node = 0;
  for (;;) {
    const asked = tree.features[node] ?? -1;
    if (asked < 0) return node;
    const isYes = feature(asked) <= (tree.thresholds[node] ?? Number.NaN);
    node = (isYes ? tree.yes[node] : tree.no[node]) ?? 0;
  }
}

/** Children come after their parent, so that every path ends. */
function checkTree(
  context: ShapeContext,
  op: TreeEnsembleOp,
  tree: DecisionTree,
  { index, features }: { readonly index: number; readonly features: number },
): void {
  const count = tree.features.length;
  checkCounts(context, `nodes of tree ${index}`, [count]);
  for (const column of [tree.thresholds, tree.yes, tree.no])
    checkLength(context, `entries in a column of tree ${index}`, column.length, count);
  checkLength(context, `values in tree ${index}`, tree.values.length, count * op.outputs);
  for (const [node, feature] of tree.features.entries()) {
    if (feature < 0) continue;
    const children = [tree.yes[node] ?? 0, tree.no[node] ?? 0];
    const isWhole = feature < features && children.every(child => child > node && child < count);
    if (isWhole && Number.isFinite(tree.thresholds[node])) continue;
    throw mismatch(
      context,
      `has a tree ${index} whose node ${node} asks for feature ${feature} of ${features} and leads to nodes ${children.join(' and ')} of ${count}`,
      'features and thresholds must exist, and children must come after their parent',
    );
  }
}
