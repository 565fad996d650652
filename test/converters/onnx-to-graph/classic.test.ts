/** ONNX-ML against ONNX Runtime: labels equal, scores close, on random samples. */
import assert from 'node:assert/strict';
import { onnxToGraph } from '../../../converters/onnx-to-graph/index.ts';
import { evaluateGraph, nodeOf } from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { type Attribute, encodeModel, type NodeSpec, type ValueSpec } from './support/encode.ts';
import { randomNumbers } from './support/models.ts';
import { runModel } from './support/runtime.ts';

const FEATURES = 4;
const SAMPLES = 12;
const ML = 'ai.onnx.ml';

type Attributes = Readonly<Record<string, Attribute>>;

function model(nodes: readonly NodeSpec[], outputs: readonly ValueSpec[]): Uint8Array {
  const inputs = [{ name: 'x', dims: ['batch', FEATURES] }];
  return encodeModel({ opset: 15, domains: { [ML]: 2 }, nodes, inputs, outputs });
}

const LABEL: ValueSpec = { name: 'label', type: 'int64', dims: ['batch'] };
const SCORES: ValueSpec = { name: 'scores', dims: ['batch', 'classes'] };

function classifier(op: string, attributes: Attributes): Uint8Array {
  return model(
    [{ op, domain: ML, inputs: ['x'], outputs: ['label', 'scores'], attributes }],
    [LABEL, SCORES],
  );
}

function regressor(op: string, attributes: Attributes): Uint8Array {
  return model([{ op, domain: ML, inputs: ['x'], outputs: ['scores'], attributes }], [SCORES]);
}

/** Compares all outputs on random samples. */
async function check(
  bytes: Uint8Array,
  names: readonly string[],
  seed: number,
  tolerance = 1e-5,
): Promise<void> {
  const random = randomNumbers(seed);
  const graph = onnxToGraph({ model: bytes }, { softmax: 'keep' });
  const shape = nodeOf(graph, graph.inputs[0] ?? (0 as never)).shape;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const data = Float32Array.from({ length: FEATURES }, () => 2 * random());
    const expected = await runModel(bytes, { x: { dims: [1, FEATURES], data } });
    const actual = evaluateGraph(graph, [{ shape, data }]);
    for (const [i, name] of names.entries()) {
      const [values, wanted] = [[...(actual[i]?.data ?? [])], [...(expected[name] ?? [])]];
      assert.equal(values.length, wanted.length, name);
      for (const [k, value] of wanted.entries()) {
        assert.ok(
          Math.abs((values[k] ?? 0) - value) < tolerance,
          `${name}[${k}]: ${values[k]} is not ${value}`,
        );
      }
    }
  }
}

function randoms(count: number, seed: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, random);
}

/** Attributes of random trees of depth 2: 3 tests and 4 leaves each. */
function trees(
  prefix: 'class' | 'target',
  count: number,
  outputs: number,
  modes: readonly string[],
  seed: number,
): Attributes {
  const random = randomNumbers(seed);
  const columns = {
    ids: [] as number[],
    nodes: [] as number[],
    features: [] as number[],
    values: [] as number[],
  };
  const [yes, no, kinds] = [[] as number[], [] as number[], [] as string[]];
  const leaves = {
    trees: [] as number[],
    nodes: [] as number[],
    ids: [] as number[],
    weights: [] as number[],
  };
  for (let tree = 0; tree < count; tree++) {
    for (let node = 0; node < 7; node++) {
      const isLeaf = node >= 3;
      columns.ids.push(tree);
      columns.nodes.push(node);
      columns.features.push(isLeaf ? 0 : Math.floor((random() + 1) * (FEATURES / 2)));
      columns.values.push(isLeaf ? 0 : Math.round(random() * 8) / 8);
      kinds.push(isLeaf ? 'LEAF' : (modes[(tree + node) % modes.length] ?? ''));
      yes.push(isLeaf ? 0 : 2 * node + 1);
      no.push(isLeaf ? 0 : 2 * node + 2);
      for (let output = 0; isLeaf && output < outputs; output++) {
        leaves.trees.push(tree);
        leaves.nodes.push(node);
        leaves.ids.push(output);
        leaves.weights.push(random());
      }
    }
  }
  return {
    nodes_treeids: { ints: columns.ids },
    nodes_nodeids: { ints: columns.nodes },
    nodes_featureids: { ints: columns.features },
    nodes_values: { floats: columns.values },
    nodes_modes: { strings: kinds },
    nodes_truenodeids: { ints: yes },
    nodes_falsenodeids: { ints: no },
    [`${prefix}_treeids`]: { ints: leaves.trees },
    [`${prefix}_nodeids`]: { ints: leaves.nodes },
    [`${prefix}_ids`]: { ints: leaves.ids },
    [`${prefix}_weights`]: { floats: leaves.weights },
  };
}

const weights = (attributes: Attributes, change: (weight: number) => number): Attributes => {
  const list = attributes.class_weights;
  return {
    ...attributes,
    class_weights: { floats: list && 'floats' in list ? list.floats.map(change) : [] },
  };
};

describe('onnx-to-graph: ONNX-ML agrees with ONNX Runtime', () => {
  it('imports a scaler and a softmax classifier with class numbers of its own', async () => {
    const scaler: NodeSpec = {
      op: 'Scaler',
      domain: ML,
      inputs: ['x'],
      outputs: ['scaled'],
      attributes: { offset: { floats: randoms(4, 1) }, scale: { floats: randoms(4, 2) } },
    };
    const linear: NodeSpec = {
      op: 'LinearClassifier',
      domain: ML,
      inputs: ['scaled'],
      outputs: ['label', 'scores'],
      attributes: {
        coefficients: { floats: randoms(12, 3) },
        intercepts: { floats: randoms(3, 4) },
        classlabels_ints: { ints: [3, 5, 9] },
        post_transform: { string: 'SOFTMAX' },
      },
    };
    await check(model([scaler, linear], [LABEL, SCORES]), ['label', 'scores'], 5);
  });

  it('imports a logistic regression of two rows, as scikit-learn exporters write it', async () => {
    const row = randoms(4, 6);
    const attributes: Attributes = {
      coefficients: { floats: [...row.map(value => -value), ...row] },
      intercepts: { floats: [-0.1, 0.1] },
      classlabels_ints: { ints: [0, 1] },
      post_transform: { string: 'LOGISTIC' },
    };
    await check(classifier('LinearClassifier', attributes), ['label', 'scores'], 7);
  });

  for (const transform of ['NONE', 'LOGISTIC']) {
    it(`imports linear regressors with ${transform}`, async () => {
      // ONNX Runtime leaves the logistic of a single target out, against the specification.
      for (const targets of transform === 'NONE' ? [1, 2] : [2]) {
        const attributes: Attributes = {
          coefficients: { floats: randoms(4 * targets, 8) },
          intercepts: { floats: randoms(targets, 9) },
          targets: { int: targets },
          post_transform: { string: transform },
        };
        await check(regressor('LinearRegressor', attributes), ['scores'], 10);
      }
    });
  }

  for (const norm of ['L1', 'L2', 'MAX']) {
    it(`imports a normaliser by ${norm}`, async () => {
      await check(regressor('Normalizer', { norm: { string: norm } }), ['scores'], 11);
    });
  }

  it('imports linear support vector machines: a regressor, one against the rest, two classes by support vectors', async () => {
    const kernel: Attributes = { kernel_type: { string: 'LINEAR' }, kernel_params: { floats: [0, 0, 0] } };
    const vectors: Attributes = {
      ...kernel,
      support_vectors: { floats: randoms(12, 12) },
      coefficients: { floats: randoms(3, 13) },
    };
    await check(
      regressor('SVMRegressor', { ...vectors, n_supports: { int: 3 }, rho: { floats: [0.3] } }),
      ['scores'],
      14,
    );
    const rest: Attributes = {
      ...kernel,
      coefficients: { floats: randoms(12, 15) },
      rho: { floats: [0.2, 0.2, 0.2] },
    };
    await check(
      classifier('SVMClassifier', { ...rest, classlabels_ints: { ints: [0, 1, 2] } }),
      ['label', 'scores'],
      16,
    );
    const two: Attributes = { ...vectors, vectors_per_class: { ints: [1, 2] }, rho: { floats: [0.1] } };
    await check(
      classifier('SVMClassifier', { ...two, classlabels_ints: { ints: [0, 1] } }),
      ['label', 'scores'],
      17,
    );
  });

  it('imports random forests by every kind of comparison', async () => {
    const modes = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GT', 'BRANCH_GTE'];
    const attributes = weights(trees('class', 5, 3, modes, 18), weight => Math.abs(weight));
    const labels: Attributes = { classlabels_int64s: { ints: [0, 1, 2] } };
    await check(classifier('TreeEnsembleClassifier', { ...attributes, ...labels }), ['label', 'scores'], 19);
  });

  for (const [kind, change] of [
    ['probabilities', (weight: number) => Math.abs(weight) / 4],
    ['scores', (weight: number) => weight],
  ] as const) {
    for (const transform of ['NONE', 'LOGISTIC']) {
      it(`imports gradient-boosted trees of two classes with ${kind} at their leaves and ${transform}`, async () => {
        const attributes = weights(trees('class', 4, 1, ['BRANCH_LEQ'], 20), change);
        const rest: Attributes = {
          classlabels_int64s: { ints: [0, 1] },
          post_transform: { string: transform },
        };
        await check(
          classifier('TreeEnsembleClassifier', { ...attributes, ...rest }),
          ['label', 'scores'],
          21,
        );
      });
    }
  }

  for (const aggregate of ['SUM', 'AVERAGE']) {
    it(`imports trees that predict numbers, by ${aggregate}`, async () => {
      const attributes = trees('target', 3, 2, ['BRANCH_LEQ'], 22);
      const rest: Attributes = {
        n_targets: { int: 2 },
        base_values: { floats: [0.5, -0.25] },
        aggregate_function: { string: aggregate },
      };
      await check(regressor('TreeEnsembleRegressor', { ...attributes, ...rest }), ['scores'], 23);
    });
  }

  it('gives the scores or the label of a classifier that has both', () => {
    const bytes = classifier('LinearClassifier', {
      coefficients: { floats: randoms(12, 3) },
      classlabels_ints: { ints: [0, 1, 2] },
      post_transform: { string: 'SOFTMAX' },
    });
    const kindOf = (softmax: 'drop' | 'argmax'): string[] => {
      const graph = onnxToGraph({ model: bytes }, { softmax });
      return graph.outputs.map(id => nodeOf(graph, id).op.kind);
    };
    assert.deepEqual(kindOf('drop'), ['dense']);
    assert.deepEqual(kindOf('argmax'), ['argmax']);
    const label = onnxToGraph({ model: bytes }, { softmax: 'argmax' });
    const scores = onnxToGraph({ model: bytes });
    for (const data of [randoms(4, 30), randoms(4, 31), randoms(4, 32), randoms(4, 33)].map(list =>
      Float64Array.from(list),
    )) {
      const numbers = [...(evaluateGraph(scores, [{ shape: [FEATURES], data }])[0]?.data ?? [])];
      const [found] = evaluateGraph(label, [{ shape: [FEATURES], data }]);
      assert.deepEqual(found?.shape, []);
      assert.equal(found?.data[0], numbers.indexOf(Math.max(...numbers)));
    }
  });

  it('gives a label by the class numbers of the model', () => {
    const bytes = classifier('LinearClassifier', {
      coefficients: { floats: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0] },
      classlabels_ints: { ints: [3, 5, 9] },
    });
    const graph = onnxToGraph({ model: bytes }, { softmax: 'argmax' });
    const labelOf = (...data: number[]): number | undefined =>
      evaluateGraph(graph, [{ shape: [FEATURES], data: Float64Array.from(data) }])[0]?.data[0];
    assert.deepEqual([labelOf(1, 0, 0, 0), labelOf(0, 1, 0, 0), labelOf(0, 0, 1, 0)], [3, 5, 9]);
  });

  it('keeps the label of a network that ends in ArgMax', () => {
    const bytes = encodeModel({
      nodes: [
        {
          op: 'ArgMax',
          inputs: ['x'],
          outputs: ['label'],
          attributes: { axis: { int: 1 }, keepdims: { int: 0 } },
        },
      ],
      inputs: [{ name: 'x', dims: ['batch', FEATURES] }],
      outputs: [LABEL],
    });
    for (const softmax of ['drop', 'argmax'] as const) {
      const graph = onnxToGraph({ model: bytes }, { softmax });
      const [label] = evaluateGraph(graph, [{ shape: [FEATURES], data: Float64Array.of(0, 1, 3, 2) }]);
      assert.deepEqual([label?.shape, label?.data[0]], [[], 2]);
    }
  });

  for (const kernel of ['LINEAR', 'RBF', 'POLY', 'SIGMOID']) {
    const shared: Attributes = {
      kernel_type: { string: kernel },
      kernel_params: { floats: [0.5, 0.25, 3] },
      support_vectors: { floats: randoms(28, 40) },
    };
    it(`imports support vector machines with the kernel ${kernel}: three classes, two, a regressor, one class`, async () => {
      const three: Attributes = {
        ...shared,
        coefficients: { floats: randoms(14, 41) },
        vectors_per_class: { ints: [2, 3, 2] },
        rho: { floats: [0.1, -0.2, 0.05] },
        classlabels_ints: { ints: [0, 1, 2] },
      };
      await check(classifier('SVMClassifier', three), ['label', 'scores'], 42);
      const two: Attributes = {
        ...shared,
        coefficients: { floats: randoms(7, 43) },
        vectors_per_class: { ints: [3, 4] },
        rho: { floats: [0.1] },
        classlabels_ints: { ints: [0, 1] },
      };
      await check(classifier('SVMClassifier', two), ['label', 'scores'], 44);
      const calibrated: Attributes = { ...two, prob_a: { floats: [-1.5] }, prob_b: { floats: [0.2] } };
      // ONNX Runtime looks for probabilities by steps, and stops within half a percent
      await check(classifier('SVMClassifier', calibrated), ['label', 'scores'], 45, 0.005);
      const regression: Attributes = {
        ...shared,
        coefficients: { floats: randoms(7, 46) },
        n_supports: { int: 7 },
        rho: { floats: [0.3] },
      };
      await check(regressor('SVMRegressor', regression), ['scores'], 47);
      await check(regressor('SVMRegressor', { ...regression, one_class: { int: 1 } }), ['scores'], 48);
    });
  }

  it('refuses calibrated probabilities of three classes', () => {
    const bytes = classifier('SVMClassifier', {
      kernel_type: { string: 'RBF' },
      kernel_params: { floats: [1, 0, 0] },
      support_vectors: { floats: randoms(12, 50) },
      coefficients: { floats: randoms(6, 51) },
      vectors_per_class: { ints: [1, 1, 1] },
      rho: { floats: [0, 0, 0] },
      prob_a: { floats: [1, 1, 1] },
      prob_b: { floats: [0, 0, 0] },
    });
    assertThrowsCode(
      () => onnxToGraph({ model: bytes }),
      'UNSUPPORTED_OPTION',
      "SVMClassifier 'label' gives calibrated probabilities of 3 classes. Import its label only: option outputs.",
    );
  });
});
