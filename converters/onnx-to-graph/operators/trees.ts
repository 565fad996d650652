/** The trees of ONNX-ML's ensembles: nodes in columns by tree and node number, leaves with weights for outputs. */
import type { DecisionTree } from '../../../src/graph/index.ts';
import { floatsAttribute, intsAttribute, stringsAttribute } from '../attributes.ts';
import { type Call, malformedNode, unsupported } from '../context.ts';

/** What the attributes of leaves are called: 'class' in classifiers, 'target' in regressors. */
export type LeafPrefix = 'class' | 'target';

/** A node as the attributes describe it. */
interface Branch {
  readonly feature: number;
  readonly threshold: number;
  readonly mode: string;
  readonly yes: number;
  readonly no: number;
}

interface Leaf {
  readonly output: number;
  readonly weight: number;
}

interface TreeColumns {
  readonly branches: Map<number, Branch>;
  readonly leaves: Map<number, Leaf[]>;
}

/** Reads the trees; `outputOf` maps the numbers of classes or targets to outputs. */
export function readTrees(
  call: Call,
  prefix: LeafPrefix,
  outputs: number,
  outputOf: (id: number) => number,
): DecisionTree[] {
  const trees = new Map<number, TreeColumns>();
  const treeOf = (id: number): TreeColumns => {
    const known = trees.get(id) ?? { branches: new Map(), leaves: new Map() };
    trees.set(id, known);
    return known;
  };
  for (const { tree, node, branch } of readBranches(call)) treeOf(tree).branches.set(node, branch);
  const weights = leafWeights(call, prefix);
  for (const [i, weight] of weights.entries()) {
    const { leaves } = treeOf(required(call, `${prefix}_treeids`)[i] ?? 0);
    const node = required(call, `${prefix}_nodeids`)[i] ?? 0;
    const output = outputOf(required(call, `${prefix}_ids`)[i] ?? 0);
    if (output < 0 || output >= outputs)
      throw malformedNode(call, `has a leaf for output ${output} of ${outputs}`);
    leaves.set(node, [...(leaves.get(node) ?? []), { output, weight }]);
  }
  return [...trees.values()].map(tree => layOut(call, tree, outputs));
}

/** The weights of all leaves. */
export function leafWeights(call: Call, prefix: LeafPrefix): readonly number[] {
  const weights = floatsAttribute(call, `${prefix}_weights`);
  if (weights !== undefined) return weights;
  throw unsupported(call, 'has no float weights at its leaves', 'Export the trees with single precision.');
}

function required(call: Call, name: string): readonly number[] {
  const values = intsAttribute(call, name);
  if (values === undefined) throw malformedNode(call, `has no attribute '${name}'`);
  return values;
}

function readBranches(call: Call): { tree: number; node: number; branch: Branch }[] {
  const [treeIds, nodeIds, features, yes, no] = [
    'nodes_treeids',
    'nodes_nodeids',
    'nodes_featureids',
    'nodes_truenodeids',
    'nodes_falsenodeids',
  ].map(name => required(call, name));
  const thresholds = floatsAttribute(call, 'nodes_values');
  const modes = stringsAttribute(call, 'nodes_modes') ?? [];
  if (thresholds === undefined) {
    throw unsupported(call, 'has no float thresholds', 'Export the trees with single precision.');
  }
  return (treeIds ?? []).map((tree, i) => ({
    tree,
    node: nodeIds?.[i] ?? 0,
    branch: {
      feature: features?.[i] ?? 0,
      threshold: thresholds[i] ?? 0,
      mode: modes[i] ?? 'BRANCH_LEQ',
      yes: yes?.[i] ?? 0,
      no: no?.[i] ?? 0,
    },
  }));
}

interface Row {
  readonly feature: number;
  readonly threshold: number;
  yes: number;
  no: number;
  readonly leaves: readonly Leaf[];
}

/** Lays a tree out with children after their parents, every test as x <= threshold. */
function layOut(call: Call, { branches, leaves }: TreeColumns, outputs: number): DecisionTree {
  const rows: Row[] = [];
  const visited = new Set<number>();
  const visit = (node: number): number => {
    const branch = branches.get(node);
    if (branch === undefined || visited.has(node)) {
      throw malformedNode(call, `has trees in which node ${node} is missing or stands twice`);
    }
    visited.add(node);
    const at = rows.length;
    const isLeaf = branch.mode === 'LEAF';
    const test = isLeaf ? { threshold: 0, isTurned: false } : asAtMost(call, branch);
    const row: Row = {
      feature: isLeaf ? -1 : branch.feature,
      threshold: test.threshold,
      yes: 0,
      no: 0,
      leaves: isLeaf ? (leaves.get(node) ?? []) : [],
    };
    rows.push(row);
    if (isLeaf) return at;
    row.yes = visit(test.isTurned ? branch.no : branch.yes);
    row.no = visit(test.isTurned ? branch.yes : branch.no);
    return at;
  };
  visit(rootOf(branches));
  const values = new Float32Array(rows.length * outputs);
  for (const [i, row] of rows.entries()) {
    for (const { output, weight } of row.leaves) {
      values[i * outputs + output] = (values[i * outputs + output] as number) + weight;
    }
  }
  return {
    features: Int32Array.from(rows, row => row.feature),
    thresholds: Float64Array.from(rows, row => row.threshold),
    yes: Int32Array.from(rows, row => row.yes),
    no: Int32Array.from(rows, row => row.no),
    values,
  };
}

/** The node that is nobody's child. */
function rootOf(branches: ReadonlyMap<number, Branch>): number {
  const inner = [...branches.values()].filter(branch => branch.mode !== 'LEAF');
  const children = new Set(inner.flatMap(branch => [branch.yes, branch.no]));
  return [...branches.keys()].find(node => !children.has(node)) ?? 0;
}

/** Rewrites a test as x <= threshold, perhaps with its answers exchanged; x < t is x <= the float32 before t. */
function asAtMost(call: Call, { mode, threshold }: Branch): { threshold: number; isTurned: boolean } {
  switch (mode) {
    case 'BRANCH_LEQ':
      return { threshold, isTurned: false };
    case 'BRANCH_GT':
      return { threshold, isTurned: true };
    case 'BRANCH_LT':
      return { threshold: floatBefore(threshold), isTurned: false };
    case 'BRANCH_GTE':
      return { threshold: floatBefore(threshold), isTurned: true };
    default:
      throw unsupported(
        call,
        `has a test of mode ${mode}`,
        'Comparisons by <, <=, > and >= are imported: train with numeric splits.',
      );
  }
}

/** The largest float32 below a number. */
function floatBefore(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getInt32(0);
  if (value === 0) return -(2 ** -149);
  view.setInt32(0, value > 0 ? bits - 1 : bits + 1);
  return view.getFloat32(0);
}
