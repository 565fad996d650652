/** Steps that end a model and are no plain linear scores or trees: kernels, neighbours, Bayes, perceptrons. */
import type { NodeSpec, Op } from '../../src/graph/index.ts';
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
import { readTree } from './trees.ts';

/** What a step makes. */
export interface StepResult {
  readonly nodes: readonly NodeSpec[];
  /** Numbers that it gives. */
  readonly count: number;
  /**
   * What they are: features for a further step; scores, of which the largest is the label; one score, whose sign is the
   * label; distances, of which only the order means anything; or a number that means itself.
   */
  readonly meaning: 'features' | 'scores' | 'sign' | 'order' | 'number';
}

/** Where a step stands. */
export interface StepSite {
  /** Numbers that it is given. */
  readonly count: number;
  /** The name of its last node. */
  readonly name: string;
  /** The node that it reads. */
  readonly input: string;
}

/** A dense layer from rows of coefficients, one a result. */
export function dense(name: string, rows: readonly (readonly number[])[], bias: readonly number[]): NodeSpec {
  const units = rows.length;
  const inputs = rows[0]?.length ?? 0;
  const weights = Float32Array.from(
    { length: units * inputs },
    (_, i) => rows[i % units]?.[Math.floor(i / units)] ?? 0,
  );
  return { name, op: { kind: 'dense', units, weights, bias: Float32Array.from(bias) } };
}

const KERNELS = ['linear', 'poly', 'rbf', 'sigmoid'] as const;
const TASKS = ['classification', 'regression', 'one-class'] as const;

/** Support vectors under a kernel; coefficients and intercepts as scikit-learn has them. */
export function supportVectors(step: Place, { count, name, input }: StepSite): StepResult {
  const vectors = matrixAt(step, 'vectors', count);
  const coefficients = matrixAt(step, 'coefficients', vectors.length);
  const task = choiceAt(step, 'task', TASKS, 'classification');
  const pairs = (coefficients.length * (coefficients.length + 1)) / 2;
  const intercepts = numbersAt(step, 'intercepts', pairs);
  const nodes = kernelNodes(step, vectors, { count, name: `${name} kernel`, input });
  if (coefficients.length === 1) {
    const sum = dense(name, coefficients, intercepts);
    return { nodes: [...nodes, sum], count: 1, meaning: task === 'regression' ? 'number' : 'sign' };
  }
  if (task !== 'classification') {
    throw malformed(
      join(step.path, 'coefficients'),
      `has ${coefficients.length} rows for a ${task}; one is read`,
    );
  }
  const perClass = numbersAt(step, 'perClass', coefficients.length + 1);
  if (perClass.reduce((sum, size) => sum + size, 0) !== vectors.length)
    throw malformed(join(step.path, 'perClass'), `does not add up to ${vectors.length} vectors`);
  return {
    nodes: [...nodes, ...voteNodes(name, perClass, coefficients, intercepts)],
    count: perClass.length,
    meaning: 'scores',
  };
}

/** The kernel of x with every support vector. */
function kernelNodes(step: Place, vectors: readonly number[][], site: StepSite): NodeSpec[] {
  const { name, input } = site;
  const kernel = choiceAt(step, 'kernel', KERNELS, 'rbf');
  const gamma = kernel === 'linear' ? 1 : numberAt(step, 'gamma');
  const shift = numberAt(step, 'coef0', 0);
  const products = (node: string, factor: number, bias: readonly number[]): NodeSpec => ({
    ...dense(
      node,
      vectors.map(row => row.map(value => factor * value)),
      bias,
    ),
    inputs: [input],
  });
  const same = vectors.map(() => (kernel === 'linear' ? 0 : shift));
  if (kernel === 'linear') return [products(name, 1, same)];
  if (kernel === 'sigmoid')
    return [products(`${name} line`, gamma, same), { name, op: { kind: 'function', name: 'tanh' } }];
  if (kernel === 'poly') return polynomial(step, name, products(`${name} 1`, gamma, same));
  const lengths = vectors.map(row => -gamma * row.reduce((sum, value) => sum + value * value, 0));
  // -gamma |x - s|^2 = 2 gamma x s - gamma |s|^2 - gamma |x|^2: a dense layer on the squares spreads the last
  const spread = vectors.map(() => new Array<number>(site.count).fill(gamma));
  return [
    products(`${name} line`, 2 * gamma, lengths),
    { name: `${name} squares`, op: { kind: 'multiply' }, inputs: [input, input] },
    dense(`${name} length`, spread, lengths.fill(0)),
    { name: `${name} distance`, op: { kind: 'subtract' }, inputs: [`${name} line`, `${name} length`] },
    { name, op: { kind: 'function', name: 'exp' } },
  ];
}

const DEGREE_MAX = 8;

function polynomial(step: Place, name: string, line: NodeSpec): NodeSpec[] {
  const degree = numberAt(step, 'degree', 3);
  if (!Number.isInteger(degree) || degree < 1 || degree > DEGREE_MAX)
    throw malformed(join(step.path, 'degree'), `is ${degree}, no whole number from 1 to ${DEGREE_MAX}`);
  const times: Op = { kind: 'multiply' };
  const powers = Array.from({ length: degree - 1 }, (_, i): NodeSpec => {
    const result = i === degree - 2 ? name : `${name} ${i + 2}`;
    return { name: result, op: times, inputs: [`${name} ${i + 1}`, line.name] };
  });
  return degree === 1 ? [{ ...line, name }] : [line, ...powers];
}

/** One against one: every pair of classes decides, positive for the first, and has a vote. */
function voteNodes(
  name: string,
  perClass: readonly number[],
  coefficients: readonly number[][],
  intercepts: readonly number[],
): NodeSpec[] {
  const owners = perClass.flatMap((size, owner) => new Array<number>(size).fill(owner));
  const pairs = perClass.flatMap((_, i) => perClass.flatMap((__, j) => (j > i ? [[i, j] as const] : [])));
  const rows = pairs.map(([i, j]) =>
    owners.map((owner, vector) => {
      if (owner === i) return coefficients[j - 1]?.[vector] ?? 0;
      return owner === j ? (coefficients[i]?.[vector] ?? 0) : 0;
    }),
  );
  const votes = perClass.map((_, owner) => pairs.map(([i, j]) => (owner === i ? 1 : owner === j ? -1 : 0)));
  const without = perClass.map((_, owner) => pairs.filter(([, j]) => j === owner).length);
  const indices = new Int32Array(pairs.length).fill(-1);
  const zeros: Op = { kind: 'rearrange', shape: [pairs.length], indices, label: 'zeros' };
  return [
    dense(`${name} decisions`, rows, intercepts),
    { name: `${name} zero`, op: zeros },
    {
      name: `${name} first`,
      op: { kind: 'compare', relation: 'greater' },
      inputs: [`${name} decisions`, `${name} zero`],
    },
    dense(name, votes, without),
  ];
}

/**
 * Gaussian naive Bayes: ln prior - sum of (x - mean)^2 / (2 variance) + ln(variance) / 2, linear in x and its squares. Both
 * are taken around the middle of the classes: small numbers, whose weights round less.
 */
export function naiveBayes(step: Place, { count, name, input }: StepSite): StepResult {
  const means = matrixAt(step, 'means', count);
  const variances = matrixAt(step, 'variances', count);
  const priors = numbersAt(step, 'priors', means.length);
  if (variances.length !== means.length)
    throw malformed(join(step.path, 'variances'), `has ${variances.length} rows instead of ${means.length}`);
  if (!variances.flat().every(value => value > 0) || !priors.every(value => value > 0))
    throw malformed(step.path, 'has variances or priors that are not positive');
  const middle = Array.from(
    { length: count },
    (_, f) => means.reduce((sum, row) => sum + (row[f] ?? 0), 0) / means.length,
  );
  const at = (c: number, f: number): readonly [number, number] => [
    (means[c]?.[f] ?? 0) - (middle[f] ?? 0),
    variances[c]?.[f] ?? 1,
  ];
  const squares = means.map((row, c) => row.map((_, f) => -0.5 / at(c, f)[1]));
  const lines = means.map((row, c) => row.map((_, f) => at(c, f)[0] / at(c, f)[1]));
  const bias = means.map((row, c) =>
    row.reduce(
      (sum, _, f) => {
        const [mean, variance] = at(c, f);
        return sum - (mean * mean) / (2 * variance) - Math.log(variance) / 2;
      },
      Math.log(priors[c] ?? 1),
    ),
  );
  const centred = `${name} centred`;
  const shift = Float32Array.from(middle, value => -value);
  const nodes: NodeSpec[] = [
    { name: centred, op: { kind: 'scale', factor: 1, shift }, inputs: [input] },
    { ...dense(`${name} line`, lines, bias), inputs: [centred] },
    { name: `${name} squares`, op: { kind: 'multiply' }, inputs: [centred, centred] },
    dense(
      `${name} curve`,
      squares,
      bias.map(() => 0),
    ),
    { name, op: { kind: 'add' }, inputs: [`${name} line`, `${name} curve`] },
  ];
  return { nodes, count: means.length, meaning: 'scores' };
}

/** Classes that nearest neighbours may have: every point has a weight for each. */
const MOST_CLASSES = 1024;

/** The k nearest of known points: how many of them are of each class, or the mean of their values. */
export function nearestNeighbours(step: Place, { count, name }: StepSite): StepResult {
  const points = matrixAt(step, 'points', count);
  const task = choiceAt(step, 'task', ['classification', 'regression'] as const, 'classification');
  const values = numbersAt(step, task === 'regression' ? 'values' : 'labels', points.length);
  const k = numberAt(step, 'k', 5);
  if (!Number.isInteger(k) || k < 1 || k > points.length)
    throw malformed(join(step.path, 'k'), `is ${k}, no whole number from 1 to ${points.length}`);
  if (
    task === 'classification' &&
    !values.every(value => Number.isInteger(value) && value >= 0 && value < MOST_CLASSES)
  )
    throw malformed(
      join(step.path, 'labels'),
      `has labels that are no whole numbers from 0 to ${MOST_CLASSES - 1}`,
    );
  const classes = task === 'regression' ? 1 : Math.max(...values) + 1;
  const table = Float32Array.from({ length: points.length * classes }, (_, i) => {
    const value = values[Math.floor(i / classes)] ?? 0;
    return task === 'regression' ? value / k : Number(i % classes === value);
  });
  // the nearest has the largest 2 p x - p^2
  const near = dense(
    `${name} nearness`,
    points.map(row => row.map(value => 2 * value)),
    points.map(row => -row.reduce((sum, value) => sum + value * value, 0)),
  );
  const nodes: NodeSpec[] = [
    near,
    { name: `${name} nearest`, op: { kind: 'top-k', k } },
    { name: `${name} known`, op: { kind: 'embedding', size: classes, table } },
    { name, op: { kind: 'reduce', reduction: 'sum', axes: [0] } },
  ];
  return { nodes, count: classes, meaning: task === 'regression' ? 'number' : 'scores' };
}

/**
 * Isolation forest: leaves hold path lengths; the anomaly score is 2^(-mean length / c), c the mean length of a search
 * among `samples`. Gives log2(score / threshold): positive for what is isolated sooner.
 */
export function isolationForest(step: Place, { count, name }: StepSite): StepResult {
  const trees = listAt(step, 'trees').map(([tree, path]) =>
    readTree(tree, path, { features: count, outputs: 1 }),
  );
  const samples = numberAt(step, 'samples');
  const threshold = numberAt(step, 'threshold', 0.5);
  if (!(samples >= 2) || !(threshold > 0))
    throw malformed(step.path, 'needs at least 2 samples and a positive threshold');
  const usual = 2 * (Math.log(samples - 1) + EULER) - (2 * (samples - 1)) / samples;
  const op: Op = { kind: 'tree-ensemble', outputs: 1, trees, base: new Float32Array(1) };
  const factor = -1 / (trees.length * (samples === 2 ? 1 : usual));
  const line: Op = { kind: 'scale', factor, shift: -Math.log2(threshold) };
  return {
    nodes: [
      { name: `${name} lengths`, op },
      { name, op: line },
    ],
    count: 1,
    meaning: 'sign',
  };
}

const EULER = 0.5772156649015329;

const ACTIVATIONS: Readonly<Record<string, Op | undefined>> = {
  relu: { kind: 'relu' },
  tanh: { kind: 'function', name: 'tanh' },
  logistic: { kind: 'function', name: 'sigmoid' },
  identity: undefined,
};

/** Dense layers with an activation between them. */
export function perceptron(step: Place, { count, name }: StepSite): StepResult {
  const kind = choiceAt(step, 'activation', Object.keys(ACTIVATIONS), 'relu');
  const task = choiceAt(step, 'task', ['classification', 'regression'] as const, 'classification');
  const activation = ACTIVATIONS[kind];
  const layers = listAt(step, 'layers');
  let width = count;
  const nodes = layers.flatMap(([item, path], i): NodeSpec[] => {
    const layer = objectAt(item, path);
    const rows = matrixAt(layer, 'weights', width);
    width = rows.length;
    const isLast = i === layers.length - 1;
    const sum = dense(isLast ? name : `${name} ${i + 1}`, rows, numbersAt(layer, 'bias', width));
    return isLast || activation === undefined
      ? [sum]
      : [sum, { name: `${name} ${i + 1} ${kind}`, op: activation }];
  });
  const meaning = task === 'regression' ? 'number' : width === 1 ? 'sign' : 'scores';
  return { nodes, count: width, meaning };
}
