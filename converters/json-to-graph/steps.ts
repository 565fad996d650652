/** The steps of a JSON model: each makes a vector of the vector before it. */
import type { NodeSpec } from '../../src/graph/index.ts';
import {
  choiceAt,
  join,
  listAt,
  malformed,
  matrixAt,
  numberAt,
  numbersAt,
  objectAt,
  type Place,
} from './fields.ts';
import {
  dense,
  isolationForest,
  naiveBayes,
  nearestNeighbours,
  perceptron,
  type StepResult,
  type StepSite,
  supportVectors,
} from './machines.ts';
import { readTree } from './trees.ts';

/** Reads a step that is given `count` numbers. `name` is its nodes' name, `input` that of the node before it. */
type StepReader = (step: Place, count: number, name: string, input: string) => StepResult;

const READERS: Readonly<Record<string, StepReader>> = {
  standardize,
  pca,
  'linear-regression': (step, count, name) => ({ ...linear(step, count, name), meaning: 'number' }),
  'logistic-regression': classifier,
  lda: classifier,
  'linear-svm': classifier,
  'k-means': kMeans,
  'decision-tree': (step, count, name) =>
    forest([[step.value.tree, join(step.path, 'tree')]], step, { count, name }),
  'random-forest': (step, count, name) => forest(listAt(step, 'trees'), step, { count, name }),
  'gradient-boosting': boosting,
  svm: (step, count, name, input) => supportVectors(step, { count, name, input }),
  'naive-bayes': (step, count, name, input) => naiveBayes(step, { count, name, input }),
  'k-nn': (step, count, name, input) => nearestNeighbours(step, { count, name, input }),
  'isolation-forest': (step, count, name, input) => isolationForest(step, { count, name, input }),
  mlp: (step, count, name, input) => perceptron(step, { count, name, input }),
};

/** The kinds of steps. */
export const STEP_KINDS = Object.keys(READERS);

/** Reads one step. */
export function readStep(value: unknown, path: string, given: StepSite): StepResult {
  const step = objectAt(value, path);
  const kind = choiceAt(step, 'kind', STEP_KINDS);
  const reader = READERS[kind] as StepReader; // choiceAt gives one of the keys
  return reader(step, given.count, given.name, given.input);
}

/** (x - mean) / deviation. */
function standardize(step: Place, count: number, name: string): StepResult {
  const mean = numbersAt(step, 'mean', count);
  const deviation = numbersAt(step, 'deviation', count);
  const zero = deviation.indexOf(0);
  if (zero >= 0)
    throw malformed(join(step.path, `deviation[${zero}]`), 'is 0, by which nothing can be divided');
  const scale = Float32Array.from(deviation, value => 1 / value);
  const shift = Float32Array.from(mean, (value, i) => -value / (deviation[i] ?? 1));
  return { nodes: [{ name, op: { kind: 'affine', scale, shift } }], count, meaning: 'features' };
}

/** Components times (x - mean), each divided by the root of its variance where variances are given. */
function pca(step: Place, count: number, name: string): StepResult {
  const mean = numbersAt(step, 'mean', count);
  const components = matrixAt(step, 'components', count);
  const variances =
    step.value.variances === undefined ? undefined : numbersAt(step, 'variances', components.length);
  const rows = components.map((row, i) => row.map(value => value / Math.sqrt(variances?.[i] ?? 1)));
  const bias = rows.map(row => -row.reduce((sum, value, i) => sum + value * (mean[i] ?? 0), 0));
  return { nodes: [dense(name, rows, bias)], count: rows.length, meaning: 'features' };
}

/** One row of coefficients and one intercept for each output. */
function linear(step: Place, count: number, name: string): StepResult {
  const rows = matrixAt(step, 'coefficients', count);
  const intercepts = numbersAt(step, 'intercepts', rows.length);
  return { nodes: [dense(name, rows, intercepts)], count: rows.length, meaning: 'features' };
}

/** Linear scores: one for each class, or a single one that is positive for class 1. */
function classifier(step: Place, count: number, name: string): StepResult {
  const result = linear(step, count, name);
  return { ...result, meaning: result.count === 1 ? 'sign' : 'scores' };
}

/** The nearest centre is the one with the largest 2 c x - c^2. */
function kMeans(step: Place, count: number, name: string): StepResult {
  const centres = matrixAt(step, 'centroids', count);
  const rows = centres.map(row => row.map(value => 2 * value));
  const bias = centres.map(row => -row.reduce((sum, value) => sum + value * value, 0));
  return { nodes: [dense(name, rows, bias)], count: rows.length, meaning: 'order' };
}

/** Trees whose leaves hold a number for each output; the mean of all trees. */
function forest(
  list: readonly (readonly [unknown, string])[],
  step: Place,
  { count, name }: { readonly count: number; readonly name: string },
): StepResult {
  const outputs = outputsOf(step);
  const trees = list.map(([tree, path]) => readTree(tree, path, { features: count, outputs }));
  const ensemble: NodeSpec = {
    name,
    op: { kind: 'tree-ensemble', outputs, trees, base: new Float32Array(outputs) },
  };
  const mean: NodeSpec = {
    name: `${name} mean`,
    op: { kind: 'scale', factor: 1 / trees.length, shift: 0 },
    inputs: [name],
  };
  return {
    nodes: trees.length === 1 ? [ensemble] : [ensemble, mean],
    count: outputs,
    meaning: outputs === 1 ? 'number' : 'scores',
  };
}

/** base + rate * the sum of the trees; each tree belongs to one output. */
function boosting(step: Place, count: number, name: string): StepResult {
  const outputs = outputsOf(step);
  const rate = numberAt(step, 'rate', 1);
  const base =
    step.value.base === undefined ? new Array<number>(outputs).fill(0) : numbersAt(step, 'base', outputs);
  const trees = listAt(step, 'trees').map(([item, path]) => {
    const entry = objectAt(item, path);
    const output = numberAt(entry, 'output', 0);
    if (!Number.isInteger(output) || output < 0 || output >= outputs)
      throw malformed(join(path, 'output'), `is ${output}, not one of 0 to ${outputs - 1}`);
    return readTree(entry.value.tree, join(path, 'tree'), { features: count, outputs: 1 }, ([value = 0]) =>
      Array.from({ length: outputs }, (_, k) => (k === output ? rate * value : 0)),
    );
  });
  const task = choiceAt(step, 'task', ['regression', 'classification'] as const, 'regression');
  const op = { kind: 'tree-ensemble', outputs, trees, base: Float32Array.from(base) } as const;
  if (task === 'regression') return { nodes: [{ name, op }], count: outputs, meaning: 'number' };
  return { nodes: [{ name, op }], count: outputs, meaning: outputs === 1 ? 'sign' : 'scores' };
}

function outputsOf(step: Place): number {
  const outputs = numberAt(step, 'outputs', 1);
  if (Number.isInteger(outputs) && outputs >= 1) return outputs;
  throw malformed(join(step.path, 'outputs'), `is ${outputs}, no positive whole number`);
}
