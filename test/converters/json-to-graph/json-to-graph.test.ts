/** JSON models of classic machine learning: what each step means, and what is refused. */
import assert from 'node:assert/strict';
import { isClassicModel, jsonToGraph } from '../../../converters/json-to-graph/index.ts';
import { evaluateGraph } from '../../../src/graph/index.ts';
import { importModel } from '../../../src/pipeline/index.ts';

const INPUT = { features: 2, min: 0, max: 9 };

function model(steps: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): unknown {
  return { format: 'bionoir-classic', version: 1, name: 'test', input: INPUT, steps, ...more };
}

function run(document: unknown, x: readonly number[]): number[] {
  const [y] = evaluateGraph(jsonToGraph(document), [{ shape: [x.length], data: Float64Array.from(x) }]);
  return Array.from(y?.data ?? []);
}

const TREE = {
  feature: 0,
  threshold: 3.5,
  yes: { value: 1 },
  no: { feature: 1, threshold: 2, yes: { value: 2 }, no: { value: 4 } },
};
const CLASSES = { feature: 1, threshold: 4, yes: { values: [1, 0] }, no: { values: [0.25, 0.75] } };

describe('JSON models', () => {
  it('standardise', () => {
    const step = { kind: 'standardize', mean: [1, 2], deviation: [2, 4] };
    assert.deepEqual(run(model([step]), [5, 0]), [2, -0.5]);
  });

  it('project on principal components, whitened where variances are given', () => {
    const step = {
      kind: 'pca',
      mean: [1, 1],
      components: [
        [1, 0],
        [0.5, -0.5],
      ],
    };
    assert.deepEqual(run(model([step]), [3, 7]), [2, -2]);
    assert.deepEqual(run(model([{ ...step, variances: [4, 16] }]), [3, 7]), [1, -0.5]);
  });

  it('regress', () => {
    const step = { kind: 'linear-regression', coefficients: [[2, -1]], intercepts: [0.5] };
    assert.deepEqual(run(model([step]), [3, 1]), [5.5]);
  });

  it('classify by scores, and by the sign of a single score', () => {
    const three = {
      kind: 'lda',
      coefficients: [
        [1, 0],
        [0, 1],
        [1, 1],
      ],
      intercepts: [0, 0, -3],
    };
    assert.deepEqual(run(model([three]), [1, 4]), [1, 4, 2]);
    assert.deepEqual(run(model([three], { output: 'label' }), [1, 4]), [1]);
    const one = { kind: 'linear-svm', coefficients: [[1, -1]], intercepts: [0] };
    assert.deepEqual(run(model([one], { output: 'label' }), [4, 1]), [1]);
    assert.deepEqual(run(model([one], { output: 'label' }), [1, 1]), [0]);
    const logistic = { ...one, kind: 'logistic-regression' };
    assert.deepEqual(run(model([logistic]), [1, 4]), [-3]);
  });

  it('find the nearest centre', () => {
    const step = {
      kind: 'k-means',
      centroids: [
        [0, 0],
        [5, 5],
        [9, 0],
      ],
    };
    assert.deepEqual(run(model([step]), [4, 3]), [1]);
    assert.deepEqual(run(model([step]), [8, 2]), [2]);
  });

  it('go down trees', () => {
    assert.deepEqual(run(model([{ kind: 'decision-tree', tree: TREE }]), [3, 9]), [1]);
    assert.deepEqual(run(model([{ kind: 'decision-tree', tree: TREE }]), [4, 2]), [2]);
    assert.deepEqual(run(model([{ kind: 'decision-tree', tree: TREE }]), [4, 3]), [4]);
  });

  it('take the mean of a forest', () => {
    const trees = [CLASSES, { values: [0, 1] }];
    const step = { kind: 'random-forest', outputs: 2, trees };
    assert.deepEqual(run(model([step]), [0, 4]), [0.5, 0.5]);
    assert.deepEqual(run(model([step], { output: 'label' }), [0, 5]), [1]);
  });

  it('add boosted trees at their rate, for regression and for classes', () => {
    const trees = [{ tree: TREE }, { tree: TREE }];
    assert.deepEqual(run(model([{ kind: 'gradient-boosting', rate: 0.5, base: [3], trees }]), [4, 2]), [5]);
    const classes = {
      kind: 'gradient-boosting',
      task: 'classification',
      outputs: 2,
      trees: [{ tree: TREE }, { output: 1, tree: TREE }, { output: 1, tree: { value: -8 } }],
    };
    assert.deepEqual(run(model([classes], { output: 'label' }), [4, 3]), [0]);
  });

  it('are recognised where any model is read', () => {
    const step = { kind: 'linear-svm', coefficients: [[1, -1]], intercepts: [0] };
    const document = model([step]);
    assert.ok(isClassicModel(document));
    assert.ok(!isClassicModel({ format: 'layers-model' }));
    const files = { model: document, weights: new Map() };
    assert.deepEqual(importModel(files).nodes.at(-1)?.op.kind, 'dense');
    assert.deepEqual(importModel(files, { output: 'label' }).nodes.at(-1)?.op.kind, 'argmax');
  });
});

describe('JSON models that are refused', () => {
  const svm = { kind: 'linear-svm', coefficients: [[1, -1]], intercepts: [0] };
  const cases: readonly (readonly [title: string, document: unknown, path: string, problem: string])[] = [
    ['another format', model([svm], { format: 'x' }), 'format', 'is "x", none of bionoir-classic'],
    ['another version', model([svm], { version: 2 }), 'version', 'is not 1'],
    ['no input', model([svm], { input: 3 }), 'input', 'is no object'],
    [
      'half a feature',
      model([svm], { input: { ...INPUT, features: 0.5 } }),
      'input.features',
      'is no positive whole number',
    ],
    [
      'an empty range',
      model([svm], { input: { ...INPUT, min: 9 } }),
      'input.min',
      'and max are 9 and 9, no range of whole numbers',
    ],
    ['a scale of 0', model([svm], { input: { ...INPUT, scale: 0 } }), 'input.scale', 'is 0'],
    ['no steps', model([]), 'steps', 'is no list of at least one item'],
    [
      'a step that it does not know',
      model([{ kind: 'hdbscan' }]),
      'steps[0].kind',
      'is "hdbscan", none of standardize, pca, linear-regression, logistic-regression, lda, linear-svm, k-means, decision-tree, random-forest, gradient-boosting, svm, naive-bayes, k-nn, isolation-forest, mlp',
    ],
    [
      'a step behind the end',
      model([svm, svm]),
      'steps[1]',
      'follows a step that ends the model: only standardize and pca may be followed',
    ],
    [
      'a mean of another length',
      model([{ kind: 'standardize', mean: [1], deviation: [1, 1] }]),
      'steps[0].mean',
      'has 1 numbers instead of 2',
    ],
    [
      'a deviation of 0',
      model([{ kind: 'standardize', mean: [1, 1], deviation: [1, 0] }]),
      'steps[0].deviation[1]',
      'is 0, by which nothing can be divided',
    ],
    [
      'coefficients that are no numbers',
      model([{ ...svm, coefficients: [['1', 2]] }]),
      'steps[0].coefficients[0]',
      'is no list of numbers',
    ],
    [
      'a rate that is none',
      model([{ kind: 'gradient-boosting', rate: '1', trees: [{ tree: TREE }] }]),
      'steps[0].rate',
      'is no number',
    ],
    [
      'a feature beyond the input',
      model([{ kind: 'decision-tree', tree: { ...TREE, feature: 2 } }]),
      'steps[0].tree.feature',
      'is 2, not one of 0 to 1',
    ],
    [
      'a leaf without value',
      model([{ kind: 'decision-tree', tree: { ...TREE, yes: {} } }]),
      'steps[0].tree.yes.value',
      'is no number',
    ],
    [
      'no outputs',
      model([{ kind: 'decision-tree', outputs: 0, tree: TREE }]),
      'steps[0].outputs',
      'is 0, no positive whole number',
    ],
    [
      'an output beyond the last',
      model([{ kind: 'gradient-boosting', trees: [{ output: 1, tree: TREE }] }]),
      'steps[0].trees[0].output',
      'is 1, not one of 0 to 0',
    ],
    [
      'a label of numbers',
      model([{ kind: 'decision-tree', tree: TREE }], { output: 'label' }),
      'output',
      'is "label", but the last step gives numbers that are no scores of classes',
    ],
  ];
  for (const [title, document, path, problem] of cases) {
    it(`${title}`, () => {
      assert.throws(() => jsonToGraph(document), {
        code: 'MALFORMED_MODEL',
        message: `The model's ${path} ${problem}. Correct the JSON file; docs/classic-ml.md describes it.`,
      });
    });
  }
});
