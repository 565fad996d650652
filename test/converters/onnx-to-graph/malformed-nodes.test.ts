/** Nodes that do not follow ONNX, or ask for what no operator of ours does: each refused by name, with what to do. */
import { type Attributes, weight } from './support/check.ts';
import type { TensorSpec } from './support/encode.ts';
import { assertRefused, type Refusal } from './support/refuse.ts';

type Row = Omit<Refusal, 'op' | 'inputs' | 'text'>;

const whole = (...values: number[]): TensorSpec => ({ type: 'int64', dims: [values.length], data: values });
const MALFORMED: Row = { code: 'MALFORMED_MODEL' };
const ML: Row = { domain: 'ai.onnx.ml', dims: [1, 3] };
const KERNEL: Row = { weights: { w: weight(3, 2, 3, 3) } };

/** One tree: a test of feature 0 with two leaves, or with something else in it. */
const tree = (more: Attributes = {}): Attributes => ({
  nodes_treeids: { ints: [0, 0, 0] },
  nodes_nodeids: { ints: [0, 1, 2] },
  nodes_featureids: { ints: [0, 0, 0] },
  nodes_values: { floats: [0.5, 0, 0] },
  nodes_modes: { strings: ['BRANCH_LEQ', 'LEAF', 'LEAF'] },
  nodes_truenodeids: { ints: [1, 0, 0] },
  nodes_falsenodeids: { ints: [2, 0, 0] },
  target_treeids: { ints: [0, 0] },
  target_nodeids: { ints: [1, 2] },
  target_ids: { ints: [0, 0] },
  target_weights: { floats: [1, 2] },
  ...more,
});
const without = (name: string): Attributes =>
  Object.fromEntries(Object.entries(tree()).filter(([key]) => key !== name));

const ROWS: readonly (readonly [node: string, row: Row, text: string])[] = [
  [
    'Softmax x',
    { ...MALFORMED, attributes: { axis: { int: 7 } } },
    'names axis 7 of a tensor with 4 axes. Check the model with onnx.checker.',
  ],
  ['Add x', MALFORMED, 'has no operand 1; it has 1. Check the model with onnx.checker.'],
  [
    'Tan x',
    {},
    'takes a tensor that depends on the input, and is computed of constants only. Leave it out of the network, or put what it computes into a constant.',
  ],
  ['PRelu x', {}, 'has no slopes. Export it with constant slopes.'],
  [
    'BatchNormalization x s',
    { weights: { s: weight(2) } },
    'lacks some of its statistics. Export it with constant statistics.',
  ],
  [
    'Attention x x x',
    {
      ...MALFORMED,
      dims: [1, 3, 6],
      opset: 23,
      attributes: { q_num_heads: { int: 3 }, kv_num_heads: { int: 2 } },
    },
    'has 3 heads of queries for 2 of keys. Check the model with onnx.checker.',
  ],
  ['Scaler x', { ...ML, dims: [2, 3] }, 'takes 2 samples at once. A proof is about one: batch 1.'],
  [
    'Normalizer x',
    { ...ML, ...MALFORMED, attributes: { norm: { string: 'L3' } } },
    "has the norm 'L3'; L1, L2 and MAX exist. Check the model with onnx.checker.",
  ],
  [
    'LinearRegressor x',
    { ...ML, ...MALFORMED, attributes: { coefficients: { floats: [1, 2] } } },
    'has 2 coefficients for 3 features. Check the model with onnx.checker.',
  ],
  [
    'LinearRegressor x',
    { ...ML, attributes: { coefficients: { floats: [1, 2, 3] }, post_transform: { string: 'PROBIT' } } },
    'has the post_transform PROBIT. NONE, LOGISTIC and SOFTMAX are imported.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, ...MALFORMED, attributes: tree({ nodes_featureids: { ints: [3, 0, 0] } }) },
    'tests a feature beyond the 3 that it gets. Check the model with onnx.checker.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, attributes: tree({ aggregate_function: { string: 'MAX' } }) },
    'aggregates by MAX. SUM and AVERAGE are imported.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, ...MALFORMED, attributes: tree({ target_ids: { ints: [0, 4] } }) },
    'has a leaf for output 4 of 1. Check the model with onnx.checker.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, attributes: without('target_weights') },
    'has no float weights at its leaves. Export the trees with single precision.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, ...MALFORMED, attributes: without('nodes_treeids') },
    "has no attribute 'nodes_treeids'. Check the model with onnx.checker.",
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, attributes: without('nodes_values') },
    'has no float thresholds. Export the trees with single precision.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, ...MALFORMED, attributes: tree({ nodes_truenodeids: { ints: [9, 0, 0] } }) },
    'has trees in which node 9 is missing or stands twice. Check the model with onnx.checker.',
  ],
  [
    'TreeEnsembleRegressor x',
    { ...ML, attributes: tree({ nodes_modes: { strings: ['BRANCH_NEQ', 'LEAF', 'LEAF'] } }) },
    'has a test of mode BRANCH_NEQ. Comparisons by <, <=, > and >= are imported: train with numeric splits.',
  ],
  [
    'SVMRegressor x',
    {
      ...ML,
      ...MALFORMED,
      attributes: {
        kernel_type: { string: 'COSINE' },
        n_supports: { int: 1 },
        support_vectors: { floats: [1, 2, 3] },
        coefficients: { floats: [1] },
        rho: { floats: [0] },
      },
    },
    'has the kernel COSINE; LINEAR, POLY, RBF and SIGMOID exist. Check the model with onnx.checker.',
  ],
  [
    'Conv x w',
    { ...MALFORMED, ...KERNEL, attributes: { strides: { ints: [1, 1, 1] } } },
    'has 3 spatial sizes where 1 or 2 are expected. Check the model with onnx.checker.',
  ],
  [
    'Conv x w',
    { ...MALFORMED, ...KERNEL, attributes: { strides: { ints: [0, 1] } } },
    'has a window, stride or dilation that is not a positive whole number. Check the model with onnx.checker.',
  ],
  [
    'Conv x w',
    { ...MALFORMED, ...KERNEL, attributes: { auto_pad: { string: 'MIDDLE' } } },
    "has auto_pad 'MIDDLE'; NOTSET, VALID, SAME_UPPER and SAME_LOWER exist. Check the model with onnx.checker.",
  ],
  [
    'Conv x w',
    { ...MALFORMED, ...KERNEL, attributes: { pads: { ints: [1, 1] } } },
    'has the padding [1, 1]; 4 numbers of 0 or more are expected. Check the model with onnx.checker.',
  ],
  [
    'MaxPool x',
    { more: ['positions'], attributes: { kernel_shape: { ints: [2, 2] } } },
    'gives the positions of its maxima. Only the maxima themselves are imported.',
  ],
  ['MaxPool x', MALFORMED, "has no attribute 'kernel_shape'. Check the model with onnx.checker."],
  [
    'MaxPool x',
    { dims: [1, 1, 2, 2, 2], more: ['positions'], attributes: { kernel_shape: { ints: [2, 2, 2] } } },
    'gives the positions of its maxima. Only the maxima themselves are imported.',
  ],
  ['LpPool x', MALFORMED, "has no attribute 'kernel_shape'. Check the model with onnx.checker."],
  ['Sum', MALFORMED, 'has no operands. Check the model with onnx.checker.'],
  [
    'Gemm x w',
    { ...MALFORMED, weights: { w: weight(4, 4) } },
    'takes matrices, not [1, 2, 4, 4]. Check the model with onnx.checker.',
  ],
  [
    'Einsum',
    { ...MALFORMED, attributes: { equation: { string: '->' } } },
    'has no operand 0; it has 0. Check the model with onnx.checker.',
  ],
  [
    'LayerNormalization x s',
    { more: ['mean'], weights: { s: weight(4) } },
    'also gives mean or deviation. Only the normalised tensor is imported.',
  ],
  [
    'RNN x w r',
    {
      ...MALFORMED,
      dims: [2, 1, 3],
      weights: { w: weight(1, 2, 3), r: weight(1, 2, 2) },
      attributes: { hidden_size: { int: 2 }, direction: { string: 'sideways' } },
    },
    "has direction 'sideways'; forward, reverse and bidirectional exist. Check the model with onnx.checker.",
  ],
  [
    'RNN x w r',
    {
      ...MALFORMED,
      dims: [2, 1, 3],
      weights: { w: weight(1, 2, 4), r: weight(1, 2, 2) },
      attributes: { hidden_size: { int: 2 } },
    },
    'has weights [1, 2, 4] for 3 inputs and 2 units. Check the model with onnx.checker.',
  ],
  ['Resize x', MALFORMED, 'has neither scales nor sizes. Check the model with onnx.checker.'],
  [
    'Resize x roi scales',
    {
      ...MALFORMED,
      weights: { roi: { dims: [0], data: [] }, scales: { dims: [4], data: [1, 1, 2, 2] } },
      attributes: { nearest_mode: { string: 'middle' } },
    },
    "has nearest_mode 'middle'. Check the model with onnx.checker.",
  ],
  [
    'Slice x a b axes steps',
    { ...MALFORMED, weights: { a: whole(0), b: whole(1), axes: whole(2), steps: whole(0) } },
    'has a step of 0. Check the model with onnx.checker.',
  ],
  [
    'Gather x i',
    { ...MALFORMED, weights: { i: whole(5) } },
    'takes index 5 of an axis with 1 elements. Check the model with onnx.checker.',
  ],
  [
    'GatherND x i',
    { ...MALFORMED, weights: { i: whole(0, 7) } },
    'takes position [0, 7] of [1, 2]. Check the model with onnx.checker.',
  ],
  [
    'Pad x p',
    { ...MALFORMED, weights: { p: whole(1, 1) } },
    'has 2 paddings for 4 axes. Check the model with onnx.checker.',
  ],
  [
    'Pad x p',
    { weights: { p: whole(0, 0, 0, 0, 0, 0, 1, 1) }, attributes: { mode: { string: 'mirror' } } },
    "pads in mode 'mirror'. constant, edge, reflect and wrap are imported.",
  ],
  ['Reshape x', MALFORMED, 'has no shape. Check the model with onnx.checker.'],
  [
    'Squeeze x axes',
    { ...MALFORMED, weights: { axes: whole(1) } },
    'squeezes axis 1 of [1, 2, 4, 4]. Check the model with onnx.checker.',
  ],
  [
    'Transpose x',
    { ...MALFORMED, attributes: { perm: { ints: [0, 1] } } },
    'permutes [1, 2, 4, 4] by [0, 1]. Check the model with onnx.checker.',
  ],
  ['Concat', MALFORMED, 'has no operands. Check the model with onnx.checker.'],
  [
    'DepthToSpace x',
    { ...MALFORMED, attributes: { blocksize: { int: 3 } } },
    'takes blocks of 3 from [1, 2, 4, 4]. Check the model with onnx.checker.',
  ],
  [
    'SpaceToDepth x',
    { ...MALFORMED, attributes: { blocksize: { int: 3 } } },
    'takes blocks of 3 from [1, 2, 4, 4]. Check the model with onnx.checker.',
  ],
];

describe('onnx-to-graph: nodes that do not follow ONNX', () => {
  for (const [node, row, text] of ROWS) {
    const [op = '', ...inputs] = node.split(' ');
    it(`refuses ${op} that ${text.split('.')[0]}`, () => assertRefused({ op, inputs, ...row, text }));
  }
});
