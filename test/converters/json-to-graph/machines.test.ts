/** Kernels, neighbours, Bayes, isolation and perceptrons of JSON models, against their definitions. */
import assert from 'node:assert/strict';
import { jsonToGraph } from '../../../converters/json-to-graph/index.ts';
import { seededRandom } from '../../../fixtures/data/random.ts';
import { evaluateGraph } from '../../../src/graph/index.ts';
import { evaluateQuantGraph, quantize } from '../../../src/quantize/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

type Fields = Readonly<Record<string, unknown>>;

function run(step: Fields, x: readonly number[], output: 'scores' | 'label' = 'scores'): number[] {
  const input = { features: x.length, min: 0, max: 9 };
  const document = { format: 'bionoir-classic', version: 1, input, steps: [step], output };
  const [y] = evaluateGraph(jsonToGraph(document), [{ shape: [x.length], data: Float64Array.from(x) }]);
  return Array.from(y?.data ?? []);
}

function close(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs((actual[i] ?? 9e9) - value) < 1e-5, `${actual} is not ${expected}`);
}

const X = [1, 3];
const VECTORS = [
  [0, 1],
  [2, 2],
  [3, 0],
];
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
const KERNELS: Readonly<Record<string, (s: readonly number[]) => number>> = {
  linear: s => dot(X, s),
  poly: s => (0.5 * dot(X, s) + 1) ** 2,
  sigmoid: s => Math.tanh(0.5 * dot(X, s) + 1),
  rbf: s =>
    Math.exp(
      -0.5 *
        dot(
          X.map((x, i) => x - (s[i] ?? 0)),
          X.map((x, i) => x - (s[i] ?? 0)),
        ),
    ),
};

describe('JSON models: machines', () => {
  for (const [kernel, k] of Object.entries(KERNELS)) {
    it(`sum support vectors under the kernel ${kernel}`, () => {
      const coef0 = kernel === 'rbf' ? {} : { coef0: 1 };
      const step = { kind: 'svm', kernel, gamma: 0.5, degree: 2, ...coef0, vectors: VECTORS };
      const one = { ...step, coefficients: [[1, -2, 0.5]], intercepts: [0.25] };
      const sum = 0.25 + dot([1, -2, 0.5], VECTORS.map(k));
      close(run({ ...one, task: 'regression' }, X), [sum]);
      close(run(one, X, 'label'), [Number(sum > 0)]);
      close(run({ ...one, task: 'one-class' }, X), [sum]);
      const coefficients = [
        [1, -1, 0.5],
        [0.75, -0.5, -1],
      ];
      const three = { ...step, coefficients, perClass: [1, 1, 1], intercepts: [0.1, -0.2, 0.3] };
      const [a = 0, b = 0, c = 0] = VECTORS.map(k);
      const decisions = [a - b + 0.1, 0.75 * a + 0.5 * c - 0.2, -0.5 * b - c + 0.3].map(value => value > 0);
      const [ab, ac, bc] = decisions.map(Number) as [number, number, number];
      close(run(three, X), [ab + ac, 1 - ab + bc, 2 - ac - bc]);
    });
  }

  it('weigh classes by Gaussian densities', () => {
    const means = [
      [1, 2],
      [3, 4],
    ];
    const variances = [
      [1, 0.5],
      [2, 4],
    ];
    const priors = [0.25, 0.75];
    const expected = means.map((row, c) =>
      row.reduce(
        (sum, mean, f) => {
          const variance = variances[c]?.[f] ?? 1;
          return sum - ((X[f] ?? 0) - mean) ** 2 / (2 * variance) - Math.log(variance) / 2;
        },
        Math.log(priors[c] ?? 1),
      ),
    );
    close(run({ kind: 'naive-bayes', means, variances, priors }, X), expected);
    close(run({ kind: 'naive-bayes', means, variances, priors }, X, 'label'), [
      Number((expected[1] ?? 0) > (expected[0] ?? 0)),
    ]);
  });

  it('ask the nearest neighbours', () => {
    const points = [
      [0, 0],
      [1, 2],
      [2, 3],
      [9, 9],
      [1, 5],
    ];
    const step = { kind: 'k-nn', points, k: 3 };
    const labels = { labels: [0, 2, 1, 0, 2] };
    close(run({ ...step, ...labels }, X), [0, 1, 2]);
    close(run({ ...step, ...labels }, X, 'label'), [2]);
    close(run({ ...step, task: 'regression', values: [0, 3, 6, 100, 9] }, X), [6]);
  });

  it('isolate what is rare', () => {
    const trees = [
      { feature: 0, threshold: 2, yes: { value: 4 }, no: { value: 1 } },
      { feature: 1, threshold: 5, yes: { value: 6 }, no: { value: 2 } },
    ];
    const usual = 2 * (Math.log(255) + 0.5772156649015329) - (2 * 255) / 256;
    const step = { kind: 'isolation-forest', trees, samples: 256, threshold: 0.8 };
    close(run(step, X), [-5 / usual - Math.log2(0.8)]);
    close(run(step, X, 'label'), [0]);
    close(run(step, [9, 9], 'label'), [1]);
  });

  for (const [activation, f] of [
    ['relu', (x: number) => Math.max(0, x)],
    ['tanh', Math.tanh],
    ['logistic', (x: number) => 1 / (1 + Math.exp(-x))],
    ['identity', (x: number) => x],
  ] as const) {
    it(`run perceptrons with ${activation}`, () => {
      const first = {
        weights: [
          [0.5, -1],
          [0.25, 0.5],
        ],
        bias: [0.1, -0.2],
      };
      const step = { kind: 'mlp', activation, layers: [first, { weights: [[2, -1]], bias: [0.5] }] };
      const hidden = first.weights.map((row, i) => f(dot(row, X) + (first.bias[i] ?? 0)));
      close(run({ ...step, task: 'regression' }, X), [dot([2, -1], hidden) + 0.5]);
      close(run(step, X, 'label'), [Number(dot([2, -1], hidden) + 0.5 > 0)]);
    });
  }

  it('give the same labels when they are quantised, but for scores that nearly tie', () => {
    const random = seededRandom(3);
    const rows = (count: number, width: number): number[][] =>
      Array.from({ length: count }, () => Array.from({ length: width }, () => 4 * random.normal()));
    const points = Array.from({ length: 12 }, () => [9 * random.uniform(), 9 * random.uniform()]);
    const labels = points.map(([x = 0, y = 0]) => (x > 5 ? 2 : Number(y > 4)));
    const perClass = [4, 5, 3];
    const steps: Fields[] = [
      { kind: 'svm', gamma: 0.1, vectors: points, coefficients: rows(2, 12), perClass, intercepts: [0, 0, 0] },
      { kind: 'naive-bayes', means: points.slice(0, 3), variances: [[4, 9], [2, 3], [5, 1]], priors: [0.2, 0.3, 0.5] },
      { kind: 'k-nn', points, labels, k: 3 },
      { kind: 'mlp', activation: 'tanh', layers: [{ weights: rows(6, 2), bias: [0, 1, 2, -1, -2, 0] }, { weights: rows(3, 6), bias: [0, 0, 0] }] },
      { kind: 'isolation-forest', samples: 64, trees: [{ feature: 0, threshold: 4, yes: { value: 3 }, no: { value: 8 } }] },
    ]; // biome-ignore format: a table
    const input = { features: 2, min: 0, max: 255, scale: 9 / 255 };
    for (const step of steps) {
      const graph = jsonToGraph({
        format: 'bionoir-classic',
        version: 1,
        input,
        steps: [step],
        output: 'label',
      });
      const integers = quantize(graph);
      const samples = Array.from({ length: 60 }, () => [0, 0].map(() => Math.floor(256 * random.uniform())));
      const same = samples.filter(sample => {
        const real = Float64Array.from(sample, value => value * input.scale);
        const [wanted] = evaluateGraph(graph, [{ shape: [2], data: real }]);
        const [found] = evaluateQuantGraph(integers, [{ shape: [2], data: Float64Array.from(sample) }]);
        return Number(found?.data[0]) === wanted?.data[0];
      });
      assert.ok(same.length >= 58, `${step.kind}: ${same.length} of 60`);
    }
  });

  const svm = { kind: 'svm', vectors: VECTORS, gamma: 1, coefficients: [[1, 1, 1]], intercepts: [0] };
  const two = { coefficients: [[1, 1, 1], [1, 1, 1]], intercepts: [0, 0, 0] }; // biome-ignore format: a table
  const bayes = { kind: 'naive-bayes', means: [[0, 0]], variances: [[1, 1]], priors: [1] };
  const near = { kind: 'k-nn', points: VECTORS, labels: [0, 1, 1], k: 1 };
  const forest = { kind: 'isolation-forest', trees: [{ value: 1 }], samples: 256 };
  const REFUSALS: [what: string, step: Fields, problem: string][] = [
    ['a degree of nothing', { ...svm, kernel: 'poly', degree: 0 }, "steps[0].degree is 0, no whole number from 1 to 8"],
    ['several regressions', { ...svm, ...two, task: 'regression' }, 'steps[0].coefficients has 2 rows for a regression; one is read'],
    ['vectors of no class', { ...svm, ...two, perClass: [1, 1, 2] }, 'steps[0].perClass does not add up to 3 vectors'],
    ['a variance too few', { ...bayes, variances: [[1, 1], [1, 1]] }, 'steps[0].variances has 2 rows instead of 1'],
    ['a variance of 0', { ...bayes, variances: [[1, 0]] }, 'steps[0] has variances or priors that are not positive'],
    ['more neighbours than points', { ...near, k: 4 }, 'steps[0].k is 4, no whole number from 1 to 3'],
    ['a label that would need a huge table', { ...near, labels: [0, 1e9, 1] }, 'steps[0].labels has labels that are no whole numbers from 0 to 1023'],
    ['labels that are fractions', { ...near, labels: [0, 0.5, 1] }, 'steps[0].labels has labels that are no whole numbers from 0 to 1023'],
    ['a forest of one sample', { ...forest, samples: 1 }, 'steps[0] needs at least 2 samples and a positive threshold'],
  ]; // biome-ignore format: a table
  for (const [what, step, problem] of REFUSALS) {
    it(`refuse ${what}`, () => {
      assertThrowsCode(
        () => run(step, X),
        'MALFORMED_MODEL',
        `The model's ${problem}. Correct the JSON file; docs/classic-ml.md describes it.`,
      );
    });
  }
});
