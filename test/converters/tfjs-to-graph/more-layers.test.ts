/** Activations by table, merges, sequences, recurrent layers, attention: each against TensorFlow.js. */
import assert from 'node:assert/strict';
import { type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { seededRandom } from '../../../fixtures/data/random.ts';
import { evaluateGraph, type FloatTensor } from '../../../src/graph/index.ts';
import { countingWeight, kerasFiles, kerasSequential, type Weight } from './support/keras.ts';
import {
  assertClose,
  checkAgainstTfjs,
  predict,
  randomiseWeights,
  saveModel,
  toFiles,
} from './support/oracle.ts';

type Layer = ReturnType<typeof layers.dense>;
type Apply = Pick<Layer, 'apply'>;
type Case = [what: string, inputShape: number[], build: () => Pick<Layer, 'name'>[]];
type Activation =
  | 'sigmoid'
  | 'tanh'
  | 'elu'
  | 'selu'
  | 'softplus'
  | 'softsign'
  | 'hardSigmoid'
  | 'swish'
  | 'mish'
  | 'gelu'
  | 'gelu_new';

const ACTIVATIONS: Activation[] = [
  'sigmoid',
  'tanh',
  'elu',
  'selu',
  'softplus',
  'softsign',
  'hardSigmoid',
  'swish',
  'mish',
  'gelu',
  'gelu_new',
];

/** TensorFlow.js' default, orthogonal, needs operations of its union package; all weights are drawn anew anyway. */
const PLAIN = { recurrentInitializer: 'zeros' } as const;

const CASES: Case[] = [
  ...ACTIVATIONS.map(
    (activation): Case => [
      `Dense with ${activation}`,
      [5],
      () => [layers.dense({ units: 6, activation: activation as 'tanh' }), layers.dense({ units: 3 })],
    ],
  ),
  ['Softmax inside the network', [5], () => [layers.softmax(), layers.dense({ units: 3 })]],
  ['ELU', [6], () => [layers.elu()]],
  ['PReLU of a vector', [6], () => [layers.prelu()]],
  ['PReLU of every element', [3, 4, 2], () => [layers.prelu()]],
  ['PReLU with shared axes', [3, 4, 2], () => [layers.prelu({ sharedAxes: [1, 2] })]],
  ['PReLU with one shared axis', [3, 4, 2], () => [layers.prelu({ sharedAxes: [1] })]],
  ['Conv2DTranspose', [4, 5, 2], () => [layers.conv2dTranspose({ filters: 3, kernelSize: 3 })]],
  [
    'Conv2DTranspose same, strided',
    [4, 5, 2],
    () => [
      layers.conv2dTranspose({
        filters: 3,
        kernelSize: [3, 4],
        strides: 2,
        padding: 'same',
        activation: 'relu',
      }),
    ],
  ],
  [
    'Conv2DTranspose with strides beyond the kernel',
    [3, 3, 2],
    () => [layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 3, useBias: true })],
  ],
  ['UpSampling2D', [3, 4, 2], () => [layers.upSampling2d({ size: [2, 3] })]],
  [
    'bilinear UpSampling2D',
    [3, 4, 2],
    () => [layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })],
  ],
  [
    'Cropping2D',
    [6, 7, 2],
    () => [
      layers.cropping2D({
        cropping: [
          [1, 0],
          [2, 1],
        ],
      }),
    ],
  ],
  ['LayerNormalization', [4, 6], () => [layers.layerNormalization()]],
  [
    'LayerNormalization without scale and centre',
    [6],
    () => [layers.layerNormalization({ scale: false, center: false })],
  ],
  ['RepeatVector', [5], () => [layers.repeatVector({ n: 3 })]],
  ['SimpleRNN', [4, 3], () => [layers.simpleRNN({ ...PLAIN, units: 5 })]],
  [
    'SimpleRNN with all its states',
    [4, 3],
    () => [layers.simpleRNN({ ...PLAIN, units: 5, returnSequences: true, activation: 'relu' })],
  ],
  [
    'SimpleRNN backwards',
    [4, 3],
    () => [layers.simpleRNN({ ...PLAIN, units: 5, returnSequences: true, goBackwards: true })],
  ],
  ['LSTM', [4, 3], () => [layers.lstm({ ...PLAIN, units: 5 })]],
  [
    'LSTM with a sigmoid for its gates',
    [4, 3],
    () => [layers.lstm({ ...PLAIN, units: 2, recurrentActivation: 'sigmoid', useBias: false })],
  ],
  [
    'two LSTMs',
    [3, 2],
    () => [layers.lstm({ ...PLAIN, units: 3, returnSequences: true }), layers.lstm({ ...PLAIN, units: 2 })],
  ],
  ['GRU', [4, 3], () => [layers.gru({ ...PLAIN, units: 5 })]],
  ['GRU over one step', [1, 3], () => [layers.gru({ ...PLAIN, units: 2, returnSequences: true })]],
  [
    'Bidirectional LSTM',
    [3, 2],
    () => [
      layers.bidirectional({
        layer: layers.lstm({ ...PLAIN, units: 2, returnSequences: true }) as never,
        mergeMode: 'concat',
      }),
    ],
  ],
  ...(['sum', 'mul', 'ave'] as const).map(
    (mergeMode): Case => [
      `Bidirectional GRU, ${mergeMode}`,
      [3, 2],
      () => [layers.bidirectional({ layer: layers.gru({ ...PLAIN, units: 2 }) as never, mergeMode })],
    ],
  ),
  [
    'TimeDistributed Dense',
    [3, 4],
    () => [layers.timeDistributed({ layer: layers.dense({ units: 2, activation: 'tanh' }) })],
  ],
  [
    'TimeDistributed Conv2D',
    [2, 5, 5, 1],
    () => [layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 3 }) }), layers.flatten()],
  ],
];

function chain(inputShape: number[], build: Case[2]): LayersModel {
  const net = sequential({ layers: [layers.inputLayer({ inputShape })] });
  for (const layer of build()) net.add(layer as Layer);
  return net;
}

describe('tfjs-to-graph: more layers agree with TensorFlow.js', () => {
  for (const [what, inputShape, build] of CASES) {
    it(`imports ${what}`, async () => {
      await checkAgainstTfjs(chain(inputShape, build));
    });
  }

  it('imports an Embedding, and takes indices as its input', async () => {
    const net = chain([4], () => [
      layers.embedding({ inputDim: 9, outputDim: 3 }),
      layers.lstm({ ...PLAIN, units: 2 }),
    ]);
    randomiseWeights(net);
    const graph = tfjsToGraph(toFiles(await saveModel(net)));
    assert.deepEqual(graph.nodes[0]?.op.kind === 'input' && graph.nodes[0].op.domain, {
      min: 0,
      max: 8,
      scale: 1,
      offset: 0,
    });
    const inputs: FloatTensor[] = [{ shape: [4], data: Float32Array.from([0, 8, 3, 3]) }];
    assertClose(evaluateGraph(graph, inputs), predict(net, inputs), 'embedding');
  });
});

describe('tfjs-to-graph: layers on several tensors agree with TensorFlow.js', () => {
  const input = (shape: number[]) => layers.input({ shape });
  const apply = (layer: Apply, x: SymbolicTensor | SymbolicTensor[]) => layer.apply(x) as SymbolicTensor;

  it('imports Multiply, Average, Maximum and Minimum, broadcast', async () => {
    for (const layer of [
      layers.multiply(),
      layers.average(),
      layers.maximum(),
      layers.minimum(),
      layers.add(),
    ]) {
      const [x, y] = [input([3, 4]), input([1, 4])];
      await checkAgainstTfjs(model({ inputs: [x, y], outputs: apply(layer, [x, y, x]) }));
    }
  });

  it('imports Dot of vectors and of matrices, along any axes', async () => {
    const cases: [number[], number[], number | [number, number]][] = [
      [[4], [4], 1],
      [
        [3, 4],
        [5, 4],
        [2, 2],
      ],
      [
        [3, 4],
        [4, 5],
        [2, 1],
      ],
      [[3, 4], [3, 5], 1],
    ];
    for (const [a, b, axes] of cases) {
      const [x, y] = [input(a), input(b)];
      await checkAgainstTfjs(model({ inputs: [x, y], outputs: apply(layers.dot({ axes }), [x, y]) }));
    }
  });

  it('imports a model with two outputs inside another', async () => {
    const x = input([3]);
    const hidden = apply(layers.dense({ units: 4, activation: 'relu' }), x);
    const inner = model({ inputs: x, outputs: [hidden, apply(layers.dense({ units: 4 }), hidden)] });
    const y = input([3]);
    const [first, second] = inner.apply(y) as SymbolicTensor[];
    const outer = model({
      inputs: y,
      outputs: apply(layers.multiply(), [second as SymbolicTensor, first as SymbolicTensor]),
    });
    await checkAgainstTfjs(outer);
  });

  it('imports an LSTM that gives its states to another', async () => {
    const x = input([3, 2]);
    const [, h, c] = layers.lstm({ ...PLAIN, units: 2, returnState: true }).apply(x) as SymbolicTensor[];
    const decoder = layers.lstm({ ...PLAIN, units: 2 });
    const output = decoder.apply([x, h as SymbolicTensor, c as SymbolicTensor]) as SymbolicTensor;
    await checkAgainstTfjs(model({ inputs: x, outputs: output }));
  });
});

/** What TensorFlow.js does not have, against the definition worked out here. */
describe('tfjs-to-graph: layers of Keras alone', () => {
  const evaluate = (
    files: Parameters<typeof tfjsToGraph>[0],
    ...inputs: [number[], number[]][]
  ): number[] => {
    const graph = tfjsToGraph(files, { softmax: 'keep' });
    const tensors = inputs.map(([shape, data]) => ({ shape, data: Float32Array.from(data) }));
    return evaluateGraph(graph, tensors).flatMap(({ data }) => Array.from(data));
  };
  const close = (actual: readonly number[], expected: readonly number[]): void => {
    assert.equal(actual.length, expected.length);
    for (const [i, value] of expected.entries())
      assert.ok(Math.abs((actual[i] ?? Number.NaN) - value) < 1e-5, `${actual} is not ${expected}`);
  };
  const single = (
    className: string,
    config: Record<string, unknown>,
    shape: number[],
    weights: Weight[] = [],
  ) => kerasSequential(shape, [{ className, name: 'layer', config }], weights);

  it('reads the activations of Keras 3, and its hard sigmoid only in its models', () => {
    const at = (activation: string): number =>
      evaluate(single('Activation', { activation }, [1]), [[1], [1.5]])[0] ?? 0;
    assert.equal(at('hard_tanh'), 1);
    assert.equal(at('hard_silu'), 1.5 * (1.5 / 6 + 0.5));
    close([at('exponential')], [Math.exp(1.5)]);
    close([at('hard_sigmoid')], [0.8]);
    const layer = { class_name: 'Activation', config: { name: 'a', activation: 'hard_sigmoid' } };
    const x = { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, 1] } };
    const topology = {
      keras_version: '3.4.1',
      model_config: { class_name: 'Sequential', config: { name: 'net', layers: [x, layer] } },
    };
    close(evaluate(kerasFiles(topology), [[1], [1.5]]), [0.75]);
  });

  it('reads Normalization by its weights and by its options', () => {
    const weights = [
      { name: 'layer/mean', shape: [2], data: [1, 2] },
      { name: 'layer/variance', shape: [2], data: [4, 0.25] },
    ];
    close(evaluate(single('Normalization', { axis: -1 }, [2], weights), [[2], [3, 3]]), [1, 2]);
    close(evaluate(single('Normalization', { mean: 1, variance: 4 }, [2]), [[2], [3, 5]]), [1, 2]);
  });

  it('reads UnitNormalization, Cropping1D and UpSampling1D', () => {
    close(evaluate(single('UnitNormalization', { axis: -1 }, [2]), [[2], [3, 4]]), [0.6, 0.8]);
    close(
      evaluate(single('Cropping1D', { cropping: [1, 1] }, [3, 1]), [
        [3, 1],
        [1, 2, 3],
      ]),
      [2],
    );
    close(
      evaluate(single('UpSampling1D', { size: 2 }, [2, 1]), [
        [2, 1],
        [1, 2],
      ]),
      [1, 1, 2, 2],
    );
  });

  it("reads a GRU that resets after its product, as Keras' default is", () => {
    const random = seededRandom(3);
    const draw = (name: string, ...shape: number[]): Weight => {
      const length = shape.reduce((a, b) => a * b, 1);
      return {
        name: `layer/${name}`,
        shape,
        data: Array.from({ length }, () => Math.fround(random.normal() * 0.5)),
      };
    };
    const [kernel, recurrent, bias] = [
      draw('kernel', 2, 6),
      draw('recurrent_kernel', 2, 6),
      draw('bias', 2, 6),
    ];
    const config = { units: 2, reset_after: true, activation: 'tanh', recurrent_activation: 'sigmoid' };
    const xs = [0.5, -1, 2, 0.25, -0.75, 1];
    const actual = evaluate(single('GRU', config, [3, 2], [kernel, recurrent, bias]), [[3, 2], xs]);
    const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
    let h = [0, 0];
    for (let step = 0; step < 3; step++) {
      const x = xs.slice(2 * step, 2 * step + 2);
      const product =
        (vector: number[], weight: Weight, row: number) =>
        (column: number): number =>
          vector.reduce(
            (sum, value, i) => sum + value * (weight.data[6 * i + column] ?? 0),
            bias.data[6 * row + column] ?? 0,
          );
      const [fromInput, fromState] = [product(x, kernel, 0), product(h, recurrent, 1)];
      h = h.map((before, u) => {
        const z = sigmoid(fromInput(u) + fromState(u));
        const r = sigmoid(fromInput(2 + u) + fromState(2 + u));
        return z * before + (1 - z) * Math.tanh(fromInput(4 + u) + r * fromState(4 + u));
      });
    }
    close(actual, h);
  });

  it('reads Attention and MultiHeadAttention as Keras 3 calls them', () => {
    const tensor = (layer: string) => ({
      class_name: '__keras_tensor__',
      config: { keras_history: [layer, 0, 0] },
    });
    const files = (
      className: string,
      config: Record<string, unknown>,
      node: unknown,
      weights: Weight[] = [],
    ) => {
      const inputs = ['q', 'v'].map(name => ({
        class_name: 'InputLayer',
        name,
        config: { name, batch_shape: [null, name === 'q' ? 2 : 3, 2] },
        inbound_nodes: [],
      }));
      const layer = {
        class_name: className,
        name: 'layer',
        config: { ...config, name: 'layer' },
        inbound_nodes: [node],
      };
      const ends = {
        input_layers: [
          ['q', 0, 0],
          ['v', 0, 0],
        ],
        output_layers: ['layer', 0, 0],
      };
      const model_config = {
        class_name: 'Functional',
        config: { name: 'net', layers: [...inputs, layer], ...ends },
      };
      return kerasFiles({ keras_version: '3.4.1', model_config }, weights);
    };
    const q = [1, 0, 0.5, -1];
    const v = [1, 2, -1, 0.5, 0, 1];
    const rows = (data: readonly number[]): number[][] =>
      data.flatMap((_, i) => (i % 2 === 0 ? [data.slice(i, i + 2)] : []));
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, item, i) => sum + item * (b[i] ?? 0), 0);
    type Rows = number[][];
    const attend = (queries: Rows, keys: Rows, values: Rows, scale: number, isCausal = false): Rows =>
      queries.map((query, at) => {
        const powers = keys.map((key, i) => (isCausal && i > at ? 0 : Math.exp(scale * dot(query, key))));
        const total = powers.reduce((a, b) => a + b, 0);
        return [0, 1].map(c =>
          powers.reduce((sum, power, i) => sum + (power / total) * (values[i]?.[c] ?? 0), 0),
        );
      });
    const plain = files('Attention', {}, { args: [[tensor('q'), tensor('v')]], kwargs: { training: null } });
    close(evaluate(plain, [[2, 2], q], [[3, 2], v]), attend(rows(q), rows(v), rows(v), 1).flat());

    const weights = ['query', 'key', 'value'].flatMap((part, i) => [
      countingWeight(`layer/${part}/kernel`, [2, 1, 2], 0.1 * (i + 1)),
      countingWeight(`layer/${part}/bias`, [1, 2], 0.05),
    ]);
    const output = [
      countingWeight('layer/attention_output/kernel', [1, 2, 2], 0.2),
      countingWeight('layer/attention_output/bias', [2], 0.1),
    ];
    const call = { args: [tensor('q'), tensor('v')], kwargs: { use_causal_mask: false } };
    const many = files('MultiHeadAttention', { num_heads: 1, key_dim: 2 }, call, [...weights, ...output]);
    const project = (x: number[][], step: number): number[][] =>
      x.map(row => [0, 1].map(u => dot(row, [step * (1 + u), step * (3 + u)]) + 0.05 * (1 + u)));
    const heads = attend(project(rows(q), 0.1), project(rows(v), 0.2), project(rows(v), 0.3), 1 / Math.SQRT2);
    const expected = heads.map(row =>
      [0, 1].map(u => dot(row, [0.2 * (1 + u), 0.2 * (3 + u)]) + 0.1 * (1 + u)),
    );
    close(evaluate(many, [[2, 2], q], [[3, 2], v]), expected.flat());

    const asked = { args: [[tensor('q'), tensor('v')]], kwargs: { use_causal_mask: true } };
    const causal = [
      files('Attention', {}, asked),
      files('Attention', { causal: true }, { args: asked.args }),
    ];
    for (const model of causal) {
      const wanted = attend(rows(q), rows(v), rows(v), 1, true).flat();
      close(evaluate(model, [[2, 2], q], [[3, 2], v]), wanted);
    }
  });

  it('resizes as Keras does: with the middles of pixels aligned', () => {
    const chain = (className: string, config: Record<string, unknown>) =>
      kerasFiles({
        keras_version: '3.4.1',
        class_name: 'Sequential',
        config: {
          layers: [
            { class_name: 'InputLayer', config: { name: 'x', batch_shape: [null, 2, 2, 1] } },
            { class_name: className, config: { name: 'layer', ...config } },
          ],
        },
      });
    const smooth = [0, 0.25, 0.75, 1, 0.5, 0.75, 1.25, 1.5, 1.5, 1.75, 2.25, 2.5, 2, 2.25, 2.75, 3];
    const x: [number[], number[]] = [
      [2, 2, 1],
      [0, 1, 2, 3],
    ];
    const up = { size: 2, interpolation: 'bilinear' };
    for (const files of [chain('UpSampling2D', up), chain('Resizing', { height: 4, width: 4 })]) {
      close(evaluate(files, x), smooth);
    }
    const nearest = chain('Resizing', { height: 1, width: 3, interpolation: 'nearest' });
    close(evaluate(nearest, x), [2, 3, 3]);
  });

  it('normalises groups of channels, and by the root of the mean square', () => {
    const x: [number[], number[]] = [
      [2, 4],
      [1, 2, 3, 5, -1, 0, 4, 2],
    ];
    const one = (className: string, config: Record<string, unknown>, ...weights: Weight[]) =>
      kerasSequential([2, 4], [{ className, name: 'layer', config }], weights);
    const unit = (values: readonly number[], epsilon: number): number[] => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return values.map(value => (value - mean) / Math.sqrt(variance + epsilon));
    };
    const gamma = countingWeight('layer/gamma', [4], 0.5);
    const beta = countingWeight('layer/beta', [4], 0.25);
    const left = unit([1, 2, -1, 0], 1e-3);
    const right = unit([3, 5, 4, 2], 1e-3);
    const rows = [
      [left[0], left[1], right[0], right[1]],
      [left[2], left[3], right[2], right[3]],
    ];
    const expected = rows.flatMap(row =>
      row.map((value, c) => (value ?? 0) * 0.5 * (c + 1) + 0.25 * (c + 1)),
    );
    close(evaluate(one('GroupNormalization', { groups: 2 }, gamma, beta), x), expected);
    const scale = countingWeight('layer/scale', [4], 0.5);
    const wanted = [x[1].slice(0, 4), x[1].slice(4)].flatMap(row => {
      const root = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / 4 + 1e-6);
      return row.map((value, c) => (value / root) * 0.5 * (c + 1));
    });
    close(evaluate(one('RMSNormalization', {}, scale), x), wanted);
    close(evaluate(one('ThresholdedReLU', { theta: 2 }), x), [0, 0, 3, 5, 0, 0, 4, 0]);
    const logs = x[1].map(value => -Math.log1p(Math.exp(-value)));
    close(evaluate(one('Activation', { activation: 'log_sigmoid' }), x), logs);
  });

  it('sums over the last axes as EinsumDense does: to heads, and back', () => {
    const x: [number[], number[]] = [
      [2, 3],
      [1, 2, 3, -1, 0, 2],
    ];
    const toHeads = { equation: 'abc,cde->abde', output_shape: [null, 2, 2], bias_axes: 'de' };
    const back = { equation: 'abde,dec->abc', output_shape: [null, 3], bias_axes: 'c' };
    const layers = [
      { className: 'EinsumDense', name: 'heads', config: toHeads },
      { className: 'EinsumDense', name: 'joined', config: back },
    ];
    const files = kerasSequential([2, 3], layers, [
      countingWeight('heads/kernel', [3, 2, 2], 0.1),
      countingWeight('heads/bias', [2, 2], 0.5),
      countingWeight('joined/kernel', [2, 2, 3], 0.2),
      countingWeight('joined/bias', [3], 1),
    ]);
    const expected = [x[1].slice(0, 3), x[1].slice(3)].flatMap(row => {
      const heads = [0, 1, 2, 3].map(
        u => row.reduce((sum, value, i) => sum + value * 0.1 * (4 * i + u + 1), 0) + 0.5 * (u + 1),
      );
      return [0, 1, 2].map(
        c => heads.reduce((sum, value, u) => sum + value * 0.2 * (3 * u + c + 1), 0) + c + 1,
      );
    });
    close(evaluate(files, x), expected);
  });

  for (const [className, kernels] of [
    ['SeparableConv', { depthwise_kernel: [3, 2, 2], pointwise_kernel: [1, 4, 5] }],
    ['DepthwiseConv', { depthwise_kernel: [3, 2, 2] }],
    ['Conv', { kernel: [3, 5, 2] }],
  ] as const) {
    const transpose = className === 'Conv' ? 'Transpose' : '';
    it(`reads ${className}1D${transpose} as its layer of images of height 1`, () => {
      const options = { filters: 5, depth_multiplier: 2, padding: 'same', use_bias: true };
      const bias = className === 'DepthwiseConv' ? 4 : 5;
      const weights = (height: readonly number[]): Weight[] => [
        ...Object.entries(kernels).map(([key, shape]) =>
          countingWeight(`layer/${key}`, [...height, ...shape], 0.1),
        ),
        countingWeight('layer/bias', [bias], 0.5),
      ];
      const series = kerasSequential(
        [6, 2],
        [
          {
            className: `${className}1D${transpose}`,
            name: 'layer',
            config: { ...options, kernel_size: [3], strides: [2] },
          },
        ],
        weights([]),
      );
      const image = kerasSequential(
        [6, 2],
        [
          { className: 'Reshape', name: 'row', config: { target_shape: [1, 6, 2] } },
          {
            className: `${className}2D${transpose}`,
            name: 'layer',
            config: { ...options, kernel_size: [1, 3], strides: [1, 2] },
          },
        ],
        weights([1]),
      );
      const x: [number[], number[]] = [[6, 2], Array.from({ length: 12 }, (_, i) => Math.sin(i))];
      const expected = evaluate(image, x);
      assert.ok(expected.length > 0 && new Set(expected).size > 5);
      close(evaluate(series, x), expected);
    });
  }
});
