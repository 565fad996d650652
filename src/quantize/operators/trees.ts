/** Decision trees over integers. */
import { FREE, gadgets, sumCosts } from '../costs.ts';
import { BIGINTS, COUNTS, isBigint, isCount, isInteger, listOf, oneOf, recordOf } from '../field-checks.ts';
import { operandOf } from '../kernel-tools.ts';
import type { QuantDefinition } from './definition.ts';
import type { QuantTree, QuantTreeEnsembleOp } from './tree-types.ts';

const INTEGERS = listOf(isInteger);

export const treeEnsemble: QuantDefinition<QuantTreeEnsembleOp> = {
  compute: (context, op) => {
    const { add, from, less } = context.arithmetic;
    const { cells } = operandOf(context);
    const answers = op.questions.flatMap(({ feature, thresholds }) =>
      thresholds.map(threshold => !less(from(threshold), cells[feature] as ReturnType<typeof from>)),
    );
    const y = context.arithmetic.make(op.outputs);
    for (let k = 0; k < op.outputs; k++) y[k] = from(op.base[k] ?? 0n);
    for (const tree of op.trees) {
      const leaf = leafOf(tree, answers);
      for (let k = 0; k < op.outputs; k++)
        y[k] = add(y[k] as ReturnType<typeof from>, from(tree.values[leaf * op.outputs + k] ?? 0n));
    }
    return y;
  },
  print: op => `${op.trees.length} trees, ${questionCount(op)} questions`,
  fields: {
    outputs: isCount,
    questions: listOf(
      recordOf({
        feature: isCount,
        thresholds: BIGINTS,
        low: isBigint,
        high: isBigint,
        method: oneOf('each', 'bucket'),
        bits: isCount,
      }),
    ),
    trees: listOf(recordOf({ questions: INTEGERS, yes: COUNTS, no: COUNTS, values: BIGINTS })),
    base: BIGINTS,
  },
  lengths: (op, node) => [
    [op.outputs, node.shape[0] ?? 0],
    [op.base.length, op.outputs],
    ...op.trees.flatMap((tree): [number, number][] => [
      [tree.yes.length, tree.questions.length],
      [tree.no.length, tree.questions.length],
      [tree.values.length, tree.questions.length * op.outputs],
      [tree.questions.filter((question, i) => !isSound(tree, i, question, questionCount(op))).length, 0],
    ]),
  ],
  cost: (estimation, { op }) => {
    const asked = op.questions.map(({ thresholds, method, bits }) => {
      const count = thresholds.length;
      if (method === 'each') return gadgets(estimation, count, [1, bits], 0);
      const cost = gadgets(estimation, 1, [bits, bits], 0);
      return { ...cost, gadgetCount: count, rowCount: cost.rowCount + count + 1 };
    });
    const products = op.trees.reduce((sum, tree) => sum + productCount(tree, op.outputs), 0);
    return sumCosts([...asked, { ...FREE, rowCount: products }]);
  },
};

/** Questions of all features. */
export function questionCount({ questions }: Pick<QuantTreeEnsembleOp, 'questions'>): number {
  return questions.reduce((sum, { thresholds }) => sum + thresholds.length, 0);
}

/** Whether a node asks what is asked, and its children come after it. */
function isSound({ yes, no, questions }: QuantTree, node: number, question: number, count: number): boolean {
  if (question < 0) return true;
  const children = [yes[node] ?? 0, no[node] ?? 0];
  return question < count && children.every(child => child > node && child < questions.length);
}

function leafOf(tree: QuantTree, answers: readonly boolean[]): number {
  let node = 0;
  for (;;) {
    const question = tree.questions[node] ?? -1;
    if (question < 0) return node;
    node = (answers[question] ? tree.yes[node] : tree.no[node]) ?? 0;
  }
}

/** A tree of a single output is folded from its leaves; others multiply the answers along their paths. */
export function isFolded(outputs: number): boolean {
  return outputs === 1;
}

/**
 * Products of a tree. Folded: one for each inner node but those of two leaves, since no + answer * (yes - no) is linear
 * in the answer when both are constants. By paths: one for each inner node but the root.
 */
export function productCount(tree: QuantTree, outputs: number): number {
  const inner = tree.questions.flatMap((question, node) => (question < 0 ? [] : [node]));
  if (!isFolded(outputs)) return Math.max(0, inner.length - 1);
  const isLeaf = (node: number | undefined): boolean => (tree.questions[node ?? 0] ?? -1) < 0;
  return inner.filter(node => !isLeaf(tree.yes[node]) || !isLeaf(tree.no[node])).length;
}
