/**
 * Trees over integers. x <= threshold for reals is x <= floor(threshold) at the scale of x, so questions stay exact.
 * Questions that the bounds answer vanish from the trees, and thresholds that fall together are asked once.
 */
import type { DecisionTree, TreeEnsembleOp } from '../../graph/index.ts';
import { boundsAt, boundsOf } from '../bounds.ts';
import { append, type Builder, bitsFor, frameOf, type Value } from '../builder.ts';
import { rangeRows } from '../costs.ts';
import { withPlainSign } from '../frame.ts';
import { absolute, bitLength, exponentOf, maximum, minimum, roundScaled } from '../integers.ts';
import type { QuantQuestions, QuantTree, QuantTreeEnsembleOp } from '../operators/tree-types.ts';
import type { Quantizer } from './rule.ts';

/** Quantises an ensemble of trees. */
export const quantizeTrees: Quantizer<TreeEnsembleOp> = (builder, { node, op, operands }) => {
  const [operand] = operands as readonly [Value];
  const x = withPlainSign(builder, operand);
  const { weightBits, freeWeightBits } = builder.options;
  const bits = bitsFor(builder, node, Math.max(weightBits, freeWeightBits), freeWeightBits);
  const largest = [op.base, ...op.trees.map(tree => tree.values)].reduce(
    (best, values) => values.reduce((most, value) => Math.max(most, Math.abs(value)), best),
    0,
  );
  const scaleBits = largest === 0 ? 0 : bits - exponentOf(largest);
  const drafts = op.trees.map(tree => prune(tree, x, op.outputs));
  const questions = questionsOf(builder, x, drafts);
  const position = positionsOf(questions);
  const trees = drafts.map(draft => finish(draft, position, scaleBits));
  const [constants, grown] = [trees.filter(isConstant), trees.filter(tree => !isConstant(tree))];
  const base = Array.from(op.base, (value, k) =>
    constants.reduce((sum, tree) => sum + (tree.values[k] ?? 0n), roundScaled(value, scaleBits)),
  );
  const quantised: QuantTreeEnsembleOp = {
    kind: 'tree-ensemble',
    outputs: op.outputs,
    questions,
    trees: grown,
    base,
  };
  const bounds = boundsOf(op.outputs, output => {
    let [low, high] = [base[output] ?? 0n, base[output] ?? 0n];
    for (const tree of grown) {
      const leaves = tree.questions.flatMap((question, leaf) =>
        question < 0 ? [tree.values[leaf * op.outputs + output] ?? 0n] : [],
      );
      const [first = 0n] = leaves;
      [low, high] = [low + minimum(first, ...leaves), high + maximum(first, ...leaves)];
    }
    return [low, high];
  });
  return append(builder, { name: node.name, op: quantised, shape: node.shape, scaleBits, bounds }, [x]);
};

/** A node of a pruned tree. */
type Draft =
  | { readonly feature: number; readonly threshold: bigint; readonly yes: Draft; readonly no: Draft }
  | { readonly values: readonly number[] };

/** Leaves out what bounds and the questions above a node have answered already. */
function prune(tree: DecisionTree, x: Value, outputs: number): Draft {
  const visit = (node: number, ends: ReadonlyMap<number, readonly [bigint, bigint]>): Draft => {
    const feature = tree.features[node] ?? -1;
    if (feature < 0) return { values: Array.from(tree.values.slice(node * outputs, (node + 1) * outputs)) };
    const threshold = integerThreshold(x, tree.thresholds[node] ?? 0);
    const [low, high] = ends.get(feature) ?? boundsAt(x.node.bounds, feature);
    const [yes, no] = [tree.yes[node] ?? 0, tree.no[node] ?? 0];
    if (threshold >= high) return visit(yes, ends);
    if (threshold < low) return visit(no, ends);
    return {
      feature,
      threshold,
      yes: visit(yes, new Map(ends).set(feature, [low, threshold])),
      no: visit(no, new Map(ends).set(feature, [threshold + 1n, high])),
    };
  };
  return visit(0, new Map());
}

/** Nearer than this to a whole number, a threshold is compared as the float network compares it. */
const WHOLE_TOLERANCE = 1e-5;

/** The largest integer whose real value is at most the threshold. */
function integerThreshold({ node }: Value, threshold: number): bigint {
  const { factor, offset } = frameOf(node);
  const unit = 2 ** -node.scaleBits * factor;
  const steps = (threshold - offset) / unit;
  const whole = Math.round(steps);
  if (Math.abs(steps - whole) > WHOLE_TOLERANCE) return BigInt(Math.floor(steps));
  const value = whole * unit + offset;
  const asFloat = Math.fround(threshold) === threshold ? Math.fround(value) : value;
  return BigInt(asFloat <= threshold ? whole : whole - 1);
}

function questionsOf(builder: Builder, x: Value, drafts: readonly Draft[]): QuantQuestions[] {
  const asked = new Map<number, Set<bigint>>();
  const visit = (draft: Draft): void => {
    if ('values' in draft) return;
    asked.set(draft.feature, (asked.get(draft.feature) ?? new Set()).add(draft.threshold));
    visit(draft.yes);
    visit(draft.no);
  };
  for (const draft of drafts) visit(draft);
  return [...asked]
    .sort(([one], [other]) => one - other)
    .map(([feature, thresholds]) => {
      const rising = [...thresholds].sort((one, other) => (one < other ? -1 : 1));
      return { feature, thresholds: rising, ...methodOf(builder, boundsAt(x.node.bounds, feature), rising) };
    });
}

/** The cheaper of a comparison for each threshold, and two for the bucket. */
function methodOf(
  builder: Builder,
  [low, high]: readonly [bigint, bigint],
  thresholds: readonly bigint[],
): Omit<QuantQuestions, 'feature' | 'thresholds'> {
  const differences = thresholds.flatMap(threshold => [threshold - low, high - threshold - 1n]);
  const eachBits = bitLength(differences.reduce((most, value) => maximum(most, absolute(value)), 0n));
  const ends = [low - 1n, ...thresholds, high];
  const bucketBits = bitLength(
    ends.slice(1).reduce((widest, end, i) => maximum(widest, end - (ends[i] ?? 0n) - 1n), 0n),
  );
  const { lookupWidth } = builder.options;
  const rowsOf = (bits: number): number =>
    rangeRows({ lookupWidth } as Parameters<typeof rangeRows>[0], bits);
  const each = thresholds.length * (rowsOf(eachBits) + 1);
  const bucket = thresholds.length + 1 + 2 * rowsOf(bucketBits);
  return bucket < each
    ? { low, high, method: 'bucket', bits: bucketBits }
    : { low, high, method: 'each', bits: eachBits };
}

/** By feature and threshold: the question's place among all. */
function positionsOf(questions: readonly QuantQuestions[]): (feature: number, threshold: bigint) => number {
  const places = new Map<string, number>();
  for (const { feature, thresholds } of questions)
    for (const threshold of thresholds) places.set(`${feature} ${threshold}`, places.size);
  return (feature, threshold) => places.get(`${feature} ${threshold}`) ?? 0;
}

function finish(
  draft: Draft,
  position: (feature: number, threshold: bigint) => number,
  scaleBits: number,
): QuantTree {
  const columns = {
    questions: [] as number[],
    yes: [] as number[],
    no: [] as number[],
    values: [] as bigint[],
  };
  const outputs = outputsOf(draft);
  const visit = (part: Draft): number => {
    const node = columns.questions.length;
    const isLeaf = 'values' in part;
    columns.questions.push(isLeaf ? -1 : position(part.feature, part.threshold));
    columns.yes.push(0);
    columns.no.push(0);
    for (let k = 0; k < outputs; k++)
      columns.values.push(isLeaf ? roundScaled(part.values[k] ?? 0, scaleBits) : 0n);
    if (!isLeaf) {
      columns.yes[node] = visit(part.yes);
      columns.no[node] = visit(part.no);
    }
    return node;
  };
  visit(draft);
  return columns;
}

function outputsOf(draft: Draft): number {
  return 'values' in draft ? draft.values.length : outputsOf(draft.yes);
}

function isConstant(tree: QuantTree): boolean {
  return tree.questions.length === 1;
}
