import assert from 'node:assert/strict';
import { type LayersModel, layers, model, type SymbolicTensor, sequential } from '@tensorflow/tfjs-layers';
import { checkAgainstTfjs } from './support/oracle.ts';

type Layer = ReturnType<typeof layers.dense>;

/** A chain of layers; every test draws new ones, as TensorFlow.js layers keep state. */
type Case = [what: string, inputShape: number[], build: () => Pick<Layer, 'name'>[]];

const CASES: Case[] = [
  ['Dense', [5], () => [layers.dense({ units: 3 })]],
  ['Dense without bias', [5], () => [layers.dense({ units: 3, useBias: false })]],
  ['Dense over the last axis of an image', [3, 2, 4], () => [layers.dense({ units: 3, activation: 'relu' })]],
  ['Dense with relu', [5], () => [layers.dense({ units: 7, activation: 'relu' })]],
  ['Dense with relu6', [5], () => [layers.dense({ units: 7, activation: 'relu6' })]],
  ['Dense with softmax', [5], () => [layers.dense({ units: 7, activation: 'softmax' })]],
  ['Dense with linear', [5], () => [layers.dense({ units: 7, activation: 'linear' })]],
  ['Conv1D', [9, 3], () => [layers.conv1d({ filters: 4, kernelSize: 3 })]],
  [
    'Conv1D same, strided',
    [10, 3],
    () => [layers.conv1d({ filters: 4, kernelSize: 4, strides: 3, padding: 'same' })],
  ],
  [
    'Conv1D dilated',
    [12, 2],
    () => [layers.conv1d({ filters: 3, kernelSize: 3, dilationRate: 2, activation: 'relu' })],
  ],
  ['Conv2D', [7, 7, 2], () => [layers.conv2d({ filters: 3, kernelSize: 3 })]],
  [
    'Conv2D on a wide image',
    [5, 11, 2],
    () => [layers.conv2d({ filters: 3, kernelSize: [2, 5], activation: 'relu' })],
  ],
  ['Conv2D with strides', [9, 8, 1], () => [layers.conv2d({ filters: 2, kernelSize: 3, strides: [2, 3] })]],
  ['Conv2D same', [6, 5, 2], () => [layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })]],
  [
    'Conv2D same with an even kernel',
    [5, 6, 1],
    () => [layers.conv2d({ filters: 2, kernelSize: [2, 4], padding: 'same' })],
  ],
  [
    'Conv2D same with strides',
    [7, 10, 2],
    () => [layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, padding: 'same' })],
  ],
  ['Conv2D with dilation', [9, 9, 2], () => [layers.conv2d({ filters: 3, kernelSize: 3, dilationRate: 2 })]],
  [
    'Conv2D same with dilation',
    [8, 9, 1],
    () => [layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: [2, 2], padding: 'same' })],
  ],
  [
    'Conv2D 1x1 without bias',
    [3, 4, 5],
    () => [layers.conv2d({ filters: 2, kernelSize: 1, useBias: false })],
  ],
  ['DepthwiseConv2D', [6, 7, 3], () => [layers.depthwiseConv2d({ kernelSize: 3 })]],
  [
    'DepthwiseConv2D with a multiplier',
    [6, 7, 3],
    () => [
      layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        padding: 'same',
        strides: 2,
        activation: 'relu',
      }),
    ],
  ],
  [
    'SeparableConv2D with dilation',
    [9, 8, 2],
    () => [layers.separableConv2d({ filters: 4, kernelSize: 3, dilationRate: [2, 2] })],
  ],
  ['SeparableConv2D', [7, 6, 3], () => [layers.separableConv2d({ filters: 4, kernelSize: 3 })]],
  [
    'SeparableConv2D same with a multiplier',
    [7, 6, 2],
    () => [
      layers.separableConv2d({
        filters: 4,
        kernelSize: 3,
        depthMultiplier: 2,
        strides: [2, 2],
        padding: 'same',
        activation: 'relu6',
      }),
    ],
  ],
  ['BatchNormalization of a vector', [6], () => [layers.batchNormalization()]],
  ['BatchNormalization of an image', [3, 4, 5], () => [layers.batchNormalization({ epsilon: 0.01 })]],
  [
    'BatchNormalization without scale and centre',
    [4],
    () => [layers.batchNormalization({ scale: false, center: false })],
  ],
  ['ReLU', [6], () => [layers.reLU()]],
  ['ReLU with a maximum', [6], () => [layers.reLU({ maxValue: 0.5 })]],
  ['LeakyReLU', [6], () => [layers.leakyReLU()]],
  ['LeakyReLU with alpha', [6], () => [layers.leakyReLU({ alpha: 0.125 })]],
  ['Softmax', [4], () => [layers.softmax()]],
  ['Softmax over the last axis', [3, 4], () => [layers.softmax({ axis: -1 })]],
  ['Activation relu', [6], () => [layers.activation({ activation: 'relu' })]],
  ['Activation linear', [6], () => [layers.activation({ activation: 'linear' }), layers.reLU()]],
  ['MaxPooling1D', [9, 2], () => [layers.maxPooling1d({ poolSize: 2 })]],
  ['MaxPooling1D same', [9, 2], () => [layers.maxPooling1d({ poolSize: 3, strides: 2, padding: 'same' })]],
  ['MaxPooling2D', [6, 8, 2], () => [layers.maxPooling2d({ poolSize: 2 })]],
  [
    'MaxPooling2D with overlap',
    [7, 9, 2],
    () => [layers.maxPooling2d({ poolSize: [3, 2], strides: [2, 1], padding: 'same' })],
  ],
  [
    'AveragePooling1D same',
    [8, 2],
    () => [layers.averagePooling1d({ poolSize: 3, strides: 2, padding: 'same' })],
  ],
  ['AveragePooling2D', [6, 8, 2], () => [layers.averagePooling2d({ poolSize: [2, 3] })]],
  [
    'AveragePooling2D same',
    [7, 7, 2],
    () => [layers.averagePooling2d({ poolSize: 3, strides: 2, padding: 'same' })],
  ],
  ['GlobalAveragePooling1D', [5, 3], () => [layers.globalAveragePooling1d()]],
  ['GlobalMaxPooling1D', [5, 3], () => [layers.globalMaxPooling1d()]],
  ['GlobalAveragePooling2D', [5, 4, 3], () => [layers.globalAveragePooling2d({})]],
  ['GlobalMaxPooling2D', [5, 4, 3], () => [layers.globalMaxPooling2d({})]],
  [
    'ZeroPadding2D',
    [3, 4, 2],
    () => [
      layers.zeroPadding2d({
        padding: [
          [1, 0],
          [2, 3],
        ],
      }),
    ],
  ],
  [
    'ZeroPadding2D before Conv2D',
    [4, 4, 2],
    () => [layers.zeroPadding2d({ padding: 1 }), layers.conv2d({ filters: 2, kernelSize: 3 })],
  ],
  [
    'ZeroPadding2D before pools',
    [4, 4, 2],
    () => [layers.zeroPadding2d({ padding: [1, 2] }), layers.maxPooling2d({ poolSize: 2 })],
  ],
  ['Flatten', [3, 2, 4], () => [layers.flatten()]],
  [
    'Reshape',
    [3, 8],
    () => [layers.reshape({ targetShape: [2, -1, 3] }), layers.conv2d({ filters: 2, kernelSize: 2 })],
  ],
  ['Permute', [3, 4, 2], () => [layers.permute({ dims: [3, 1, 2] })]],
  ['Rescaling', [3, 3, 2], () => [layers.rescaling({ scale: 1 / 127.5, offset: -1 })]],
  [
    'inference no-ops',
    [6],
    () => [
      layers.dropout({ rate: 0.5 }),
      layers.gaussianNoise({ stddev: 1 }),
      layers.gaussianDropout({ rate: 0.5 }),
      layers.alphaDropout({ rate: 0.5 }),
      layers.dense({ units: 2 }),
    ],
  ],
  ['SpatialDropout1D', [6, 2], () => [layers.spatialDropout1d({ rate: 0.5 }), layers.flatten()]],
  [
    'batch normalisation after a convolution',
    [6, 6, 2],
    () => [
      layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }),
      layers.batchNormalization(),
      layers.reLU(),
    ],
  ],
  [
    'batch normalisation between ReLU and a valid convolution',
    [6, 6, 2],
    () => [layers.reLU(), layers.batchNormalization(), layers.conv2d({ filters: 3, kernelSize: 3 })],
  ],
  [
    'batch normalisation before a padded convolution',
    [6, 6, 2],
    () => [
      layers.reLU(),
      layers.batchNormalization(),
      layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' }),
    ],
  ],
  [
    'batch normalisation before a depthwise convolution',
    [6, 6, 2],
    () => [
      layers.reLU(),
      layers.batchNormalization(),
      layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 3 }),
    ],
  ],
  [
    'batch normalisation, pool, flatten, dense',
    [6, 6, 2],
    () => [
      layers.reLU(),
      layers.batchNormalization(),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ],
  ],
  [
    'a series network',
    [16, 2],
    () => [
      layers.conv1d({ filters: 4, kernelSize: 3 }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.maxPooling1d({ poolSize: 2 }),
      layers.conv1d({ filters: 4, kernelSize: 3, activation: 'relu' }),
      layers.globalAveragePooling1d(),
      layers.dense({ units: 2 }),
    ],
  ],
];

function chain(inputShape: number[], build: Case[2]): LayersModel {
  const net = sequential({ layers: [layers.inputLayer({ inputShape })] });
  for (const layer of build()) net.add(layer as Layer);
  return net;
}

describe('tfjs-to-graph: layers agree with TensorFlow.js', () => {
  for (const [what, inputShape, build] of CASES) {
    it(`imports ${what}`, async () => {
      await checkAgainstTfjs(chain(inputShape, build));
    });
  }
});

describe('tfjs-to-graph: functional models agree with TensorFlow.js', () => {
  const input = (shape: number[]) => layers.input({ shape });
  const apply = (layer: { apply: Layer['apply'] }, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x) as SymbolicTensor;

  it('imports a residual block', async () => {
    const x = input([5, 5, 3]);
    const left = apply(layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu' }), x);
    await checkAgainstTfjs(model({ inputs: x, outputs: apply(layers.add(), [x, left]) }));
  });

  it('imports branches that are concatenated along each axis', async () => {
    for (const axis of [1, 2, 3, -1]) {
      const x = input([4, 4, 2]);
      const a = apply(layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same' }), x);
      const b = apply(layers.maxPooling2d({ poolSize: 2, strides: 1, padding: 'same' }), x);
      await checkAgainstTfjs(model({ inputs: x, outputs: apply(layers.concatenate({ axis }), [a, b, x]) }));
    }
  });

  it('imports two inputs and two outputs in their order', async () => {
    const [x, y] = [input([3]), input([4])];
    const joined = apply(layers.concatenate(), [y, x]);
    const first = apply(layers.dense({ units: 2, activation: 'relu' }), joined);
    const second = apply(layers.dense({ units: 5 }), joined);
    await checkAgainstTfjs(model({ inputs: [x, y], outputs: [second, first] }));
  });

  it('imports a sum of three', async () => {
    const x = input([3]);
    const parts = [1, 2, 3].map(() => apply(layers.dense({ units: 4 }), x));
    await checkAgainstTfjs(model({ inputs: x, outputs: apply(layers.add(), parts) }));
  });

  it('imports a layer that is called twice', async () => {
    const [x, y] = [input([3]), input([3])];
    const shared = layers.dense({ units: 4, activation: 'relu' });
    const sum = apply(layers.add(), [apply(shared, x), apply(shared, y)]);
    const graph = await checkAgainstTfjs(model({ inputs: [x, y], outputs: sum }));
    assert.equal(graph.nodes.filter(node => node.op.kind === 'dense').length, 2);
  });

  it('imports models inside models', async () => {
    const inner = sequential({
      layers: [layers.dense({ units: 4, activation: 'relu', inputShape: [3] }), layers.dense({ units: 3 })],
    });
    const x = input([3]);
    const sum = apply(layers.add(), [x, apply(inner, x)]);
    const middle = model({ inputs: x, outputs: sum });
    const outer = sequential({ layers: [layers.inputLayer({ inputShape: [3] })] });
    outer.add(middle);
    outer.add(layers.dense({ units: 2 }));
    await checkAgainstTfjs(outer);
  });

  it('takes the input shape of a Sequential from its first layer', async () => {
    await checkAgainstTfjs(sequential({ layers: [layers.dense({ units: 2, inputShape: [4] })] }));
  });

  it('takes the input shape of a Sequential from the model that it begins with', async () => {
    const inner = sequential({ layers: [layers.dense({ units: 4, inputShape: [3] })] });
    const outer = sequential();
    outer.add(inner);
    outer.add(layers.dense({ units: 2 }));
    await checkAgainstTfjs(outer);
  });
});
