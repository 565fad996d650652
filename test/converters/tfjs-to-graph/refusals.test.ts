import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { supportedLayers, tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import type { TfjsModelFiles } from '../../../src/tensorflow/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { countingWeight, kerasFiles, kerasSequential, type Layer, single } from './support/keras.ts';

describe('tfjs-to-graph: unsupported layers and options', () => {
  const cases: [
    what: string,
    files: TfjsModelFiles,
    code: 'UNSUPPORTED_OP' | 'UNSUPPORTED_OPTION',
    text: string,
  ][] = [
    [
      'an unknown layer',
      single('Hologram', {}),
      'UNSUPPORTED_OP',
      `Layer 'layer' is of class Hologram, which is not supported. Supported layers are: ${supportedLayers().join(', ')}.`,
    ],
    [
      'a model class of another kind',
      kerasFiles({ class_name: 'SubclassedNet', config: {} }),
      'UNSUPPORTED_OP',
      "The model is a 'SubclassedNet'; Sequential and functional models are read. Rebuild it with tf.keras.Model(inputs, outputs).",
    ],
    [
      'a GraphModel',
      { model: { format: 'graph-model', modelTopology: { node: [] } }, weights: new Map() },
      'UNSUPPORTED_OPTION',
      'The model file is a TensorFlow.js GraphModel, not a LayersModel. Import it with graphModelToGraph.',
    ],
    [
      'an unknown activation',
      single('Activation', { activation: 'logSoftmax' }),
      'UNSUPPORTED_OPTION',
      "Activation 'layer' has the activation \"logSoftmax\"; read are 'hard_sigmoid', 'linear', 'relu', 'relu6', 'softmax', 'leaky_relu', 'sigmoid', 'tanh', 'elu', 'celu', 'selu', 'softplus', 'softsign', 'soft_sign', 'exponential', 'gelu', 'gelu_new', 'swish', 'silu', 'mish', 'hard_swish', 'hard_silu', 'log_sigmoid', 'hard_tanh'. Train with one of these instead.",
    ],
    [
      'channels first',
      single('Conv2D', { data_format: 'channels_first' }),
      'UNSUPPORTED_OPTION',
      "Conv2D 'layer' has data_format \"channels_first\"; only 'channels_last' is read. Export the model with channels last.",
    ],
    [
      'an unknown padding',
      single('MaxPooling2D', { padding: 'full' }),
      'UNSUPPORTED_OPTION',
      "MaxPooling2D 'layer' has padding \"full\"; 'valid' and 'same' are read.",
    ],
    [
      'a depthwise dilation, which TensorFlow.js ignores',
      single('DepthwiseConv2D', { dilation_rate: [2, 2] }),
      'UNSUPPORTED_OPTION',
      "DepthwiseConv2D 'layer' has dilation_rate [2, 2]; Keras applies it and TensorFlow.js ignores it, so neither is taken. Use a Conv2D or no dilation.",
    ],
    [
      'a normalised dot product',
      single('Dot', { normalize: true }),
      'UNSUPPORTED_OPTION',
      "Dot 'layer' has normalize true; only plain dot products are read. Normalise in a layer before.",
    ],
    [
      'smoother upsampling',
      single('UpSampling2D', { interpolation: 'bicubic' }),
      'UNSUPPORTED_OPTION',
      "UpSampling2D 'layer' has interpolation \"bicubic\"; 'nearest' and 'bilinear' are read.",
    ],
    [
      'cropping that leaves nothing',
      single('Cropping2D', { cropping: 2 }),
      'UNSUPPORTED_OPTION',
      "Cropping2D 'layer' has cropping 2; its tensor is 4x4x2, and something must be left.",
    ],
    [
      'masks',
      single('Embedding', { mask_zero: true }),
      'UNSUPPORTED_OPTION',
      "Embedding 'layer' has mask_zero true; sequences without masks are read. Cut them to one length.",
    ],
    [
      'a recurrent cell of another kind',
      single('RNN', { cell: { class_name: 'StackedRNNCells', config: {} } }),
      'UNSUPPORTED_OPTION',
      "RNN 'layer' has the cell StackedRNNCells; SimpleRNNCell, LSTMCell, GRUCell are read.",
    ],
    [
      'groups of channels that do not come out even',
      single('GroupNormalization', { groups: 3 }),
      'UNSUPPORTED_OPTION',
      "GroupNormalization 'layer' has 3 groups; they must divide its 2 channels.",
    ],
    [
      'normalisation of groups of rows',
      single('GroupNormalization', { axis: 1 }),
      'UNSUPPORTED_OPTION',
      "GroupNormalization 'layer' has axis 1; only the last axis (the channels) is read.",
    ],
    [
      'sums over inner axes',
      single('EinsumDense', { equation: 'abcd,ce->abed' }),
      'UNSUPPORTED_OPTION',
      "EinsumDense 'layer' has the equation 'abcd,ce->abed'; sums over the last axes are read.",
    ],
    [
      'antialiasing',
      single('Resizing', { height: 2, width: 2, antialias: true }),
      'UNSUPPORTED_OPTION',
      "Resizing 'layer' has antialias true; it is read without.",
    ],
    [
      'layer normalisation over rows',
      single('LayerNormalization', { axis: [1] }),
      'UNSUPPORTED_OPTION',
      "LayerNormalization 'layer' has axis 1; only the last axis (the channels) is read.",
    ],
    [
      'groups that do not divide the channels',
      single('Conv2D', { filters: 3, kernel_size: 1, groups: 3 }),
      'UNSUPPORTED_OPTION',
      "Conv2D 'layer' has 3 groups; they must divide its 2 input channels.",
    ],
    [
      'a threshold',
      single('ReLU', { threshold: 1 }),
      'UNSUPPORTED_OPTION',
      "ReLU 'layer' has threshold 1; only a threshold of 0 is read.",
    ],
    [
      'a slope under a cap',
      single('ReLU', { negative_slope: 0.5, max_value: 6 }),
      'UNSUPPORTED_OPTION',
      "ReLU 'layer' has both max_value and negative_slope; only one of them is read.",
    ],
    [
      'a cap of zero',
      single('ReLU', { max_value: 0 }),
      'UNSUPPORTED_OPTION',
      "ReLU 'layer' has max_value 0; only a positive maximum is read.",
    ],
    [
      'softmax over rows',
      single('Softmax', { axis: 1 }),
      'UNSUPPORTED_OPTION',
      "Softmax 'layer' has axis 1; only softmax over the last axis is read.",
    ],
    [
      'batch normalisation over rows',
      single('BatchNormalization', { axis: [1] }),
      'UNSUPPORTED_OPTION',
      "BatchNormalization 'layer' has axis 1; only the last axis (the channels) is read.",
    ],
    [
      'the batch axis',
      single('Concatenate', { axis: 0 }),
      'UNSUPPORTED_OPTION',
      "Concatenate 'layer' has axis 0; the axes of its tensor are 1 to 3, or -3 to -1.",
    ],
    [
      'rescaling by an odd list',
      single('Rescaling', { scale: [1, 2, 3] }),
      'UNSUPPORTED_OPTION',
      "Rescaling 'layer' has scale [1,2,3]; a number, or 2 numbers, are read.",
    ],
    [
      'two unknown sizes',
      single('Reshape', { target_shape: [-1, -1] }),
      'UNSUPPORTED_OPTION',
      "Reshape 'layer' has target_shape [-1, -1]; one -1 at most can be inferred.",
    ],
    [
      'a tensor beyond all memory',
      single('ZeroPadding2D', { padding: 100000 }),
      'UNSUPPORTED_OPTION',
      "Node 'layer' would hold 200004x200004x2 = 80003200032 elements; at most 134217728 are read. Give the network a smaller input.",
    ],
    [
      'negative padding',
      single('ZeroPadding2D', {
        padding: [
          [-1, 0],
          [0, 0],
        ],
      }),
      'UNSUPPORTED_OPTION',
      "ZeroPadding2D 'layer' has padding [[-1,0],[0,0]]; whole numbers of zero or more are read.",
    ],
  ];
  for (const [what, files, code, text] of cases) {
    it(`refuses ${what}, by name`, () => {
      assertThrowsCode(() => tfjsToGraph(files), code, text);
    });
  }

  it('refuses a layer of the wrong rank', () => {
    assertThrowsCode(
      () => tfjsToGraph(single('Conv2D', {}, [9])),
      'SHAPE_MISMATCH',
      "Conv2D 'layer' is given a tensor of shape 9; it takes height x width x channels.",
    );
  });
});

describe('tfjs-to-graph: malformed models', () => {
  const dense = (config: Record<string, unknown>): TfjsModelFiles => single('Dense', config, [4]);
  const functional = (changes: Record<string, unknown>): TfjsModelFiles => {
    const input = {
      class_name: 'InputLayer',
      name: 'x',
      config: { name: 'x', batch_input_shape: [null, 2] },
      inbound_nodes: [],
    };
    const relu = { class_name: 'ReLU', name: 'r', config: { name: 'r' }, inbound_nodes: [[['x', 0, 0, {}]]] };
    const config = {
      name: 'n',
      layers: [input, { ...relu, ...(changes.relu as object) }],
      input_layers: changes.inputs ?? [['x', 0, 0]],
      output_layers: changes.outputs ?? [['r', 0, 0]],
    };
    return kerasFiles({ class_name: 'Model', config });
  };
  const files = (model: unknown): TfjsModelFiles => ({ model, weights: new Map() });
  const nested = (depth: number): Layer => {
    if (depth === 0) return { className: 'ReLU', name: 'r' };
    const { className, config } = nested(depth - 1);
    const input = { class_name: 'InputLayer', config: { name: 'i', batch_input_shape: [null, 2] } };
    const layers = [input, { class_name: className, config: { ...config, name: 'inner' } }];
    return { className: 'Sequential', name: 'm', config: { layers } };
  };

  const cases: [what: string, files: TfjsModelFiles, text: string | RegExp][] = [
    [
      'text that is cut off',
      files('{"modelTopology": {'),
      /^The model file is not JSON \(.+\)\. Is it complete, and is it model\.json\?$/,
    ],
    [
      'a list',
      files([]),
      'The model file has [] where the whole file should be an object. Is it the model.json of a TensorFlow.js model?',
    ],
    [
      'a file without topology',
      files({ weightsManifest: [] }),
      "The model file has nothing where 'modelTopology' should be an object. Is it the model.json of a TensorFlow.js model?",
    ],
    [
      'a topology without class',
      files({ modelTopology: { config: {} } }),
      "The model file has nothing where the model's 'class_name' should be a string. Is it the model.json of a TensorFlow.js model?",
    ],
    [
      'a manifest that is not a list',
      files({ modelTopology: { class_name: 'Sequential', config: [] }, weightsManifest: 5 }),
      "The model file has 5 where 'weightsManifest' should be an array. Is it the model.json of a TensorFlow.js model?",
    ],
    [
      'a weight of negative size',
      files({
        modelTopology: { class_name: 'Sequential', config: [] },
        weightsManifest: [{ paths: [], weights: [{ name: 'w', shape: [-1], dtype: 'float32' }] }],
      }),
      "Weight 'w' has the shape [-1]; its dimensions must be whole numbers. Is model.json intact?",
    ],
    [
      'a Sequential without layers',
      kerasFiles({ class_name: 'Sequential', config: [] }),
      'The Sequential model has no layers; there is nothing to prove.',
    ],
    [
      'a Sequential without input shape',
      kerasFiles({ class_name: 'Sequential', config: [{ class_name: 'ReLU', config: { name: 'r' } }] }),
      "The Sequential model has no input shape: neither an InputLayer nor a batch_input_shape at 'r'. Build the model (or add an InputLayer) and save it again.",
    ],
    [
      'an input without sizes',
      kerasSequential([], []),
      "Input 'x' has the shape [null]; expected [null, ...sizes]. Is model.json intact?",
    ],
    [
      'an input of unknown size',
      kerasFiles({
        class_name: 'Sequential',
        config: [{ class_name: 'ReLU', config: { name: 'r', batch_input_shape: [null, null, 3] } }],
      }),
      "Input 'r_input' has the shape [null,null,3]; every size but the batch must be known. Give it with the option inputShapes, or build the model with a fixed input shape.",
    ],
    [
      'an option of another type',
      dense({ units: '10' }),
      'Dense \'layer\' has "10" as its units; expected a positive whole number. Is model.json intact?',
    ],
    [
      'a missing option',
      single('Conv2D', {}),
      "Conv2D 'layer' has nothing as its kernel_size; expected one or two positive whole numbers. Is model.json intact?",
    ],
    [
      'a flag that is not one',
      kerasSequential(
        [4],
        [{ className: 'Dense', name: 'd', config: { units: 1, use_bias: 'no' } }],
        [countingWeight('d/kernel', [4, 1])],
      ),
      'Dense \'d\' has "no" as its use_bias; expected true or false. Is model.json intact?',
    ],
    [
      'a number that is not one',
      single('LeakyReLU', { alpha: 'x' }),
      'LeakyReLU \'layer\' has "x" as its alpha; expected a number. Is model.json intact?',
    ],
    [
      'an axis that is not a number',
      single('Softmax', { axis: 'last' }),
      'Softmax \'layer\' has "last" as its axis; expected a whole number. Is model.json intact?',
    ],
    [
      'a list that is not one',
      single('Permute', { dims: 3 }),
      "Permute 'layer' has 3 as its dims; expected a list of whole numbers. Is model.json intact?",
    ],
    [
      'a layer on too many tensors',
      functional({
        relu: {
          inbound_nodes: [
            [
              ['x', 0, 0, {}],
              ['x', 0, 0, {}],
            ],
          ],
        },
      }),
      "ReLU 'r' is called on 2 tensors; it takes one. Is model.json intact?",
    ],
    [
      'a reference that is not one',
      functional({ relu: { inbound_nodes: [[['x', 'y']]] } }),
      'The model file has ["x","y"] in an inbound node of \'r\'; expected [layer name, call, output]. Is model.json intact?',
    ],
    [
      'an operand that is never computed',
      functional({ relu: { inbound_nodes: [[['z', 0, 0, {}]]] } }),
      "Layer 'r' takes a tensor of layer 'z' (call 0) that is never computed: it is missing, or the layers form a cycle. Is model.json intact?",
    ],
    [
      'an output that does not exist',
      functional({ outputs: [['r', 3, 0]] }),
      "The model gives call 3 of layer 'r' as an output, which it does not have. Is model.json intact?",
    ],
    [
      'an empty list of outputs',
      functional({ outputs: [] }),
      "The model has an empty list 'output_layers'; save it again.",
    ],
    [
      'an input that is not an input layer',
      functional({ inputs: [['r', 0, 0]] }),
      "The model's input 'r' is a ReLU; expected an InputLayer. Is model.json intact?",
    ],
    [
      'an input that is missing',
      functional({ inputs: [['q', 0, 0]] }),
      "The model's input 'q' is missing; expected an InputLayer. Is model.json intact?",
    ],
    [
      'an input layer that is not an input',
      functional({ relu: { class_name: 'InputLayer', inbound_nodes: [] } }),
      "InputLayer 'r' is not in the model's list of inputs; is model.json intact?",
    ],
    [
      'models nested without end',
      kerasSequential([2], [nested(40)]),
      "Model 'inner' is nested 33 deep; is model.json intact?",
    ],
    [
      'a nested model of another arity',
      functional({
        relu: {
          class_name: 'Sequential',
          config: {
            name: 'r',
            layers: [{ class_name: 'InputLayer', config: { name: 'i', batch_input_shape: [null, 2] } }],
          },
          inbound_nodes: [
            [
              ['x', 0, 0, {}],
              ['x', 0, 0, {}],
            ],
          ],
        },
      }),
      "Model 'r' takes 1 tensors, but is called on 2. Is model.json intact?",
    ],
  ];
  for (const [what, given, text] of cases) {
    it(`refuses ${what}`, () => {
      assertThrowsCode(() => tfjsToGraph(given), 'MALFORMED_MODEL', text);
    });
  }

  it('refuses extra arguments, and outputs that a layer does not have', () => {
    assertThrowsCode(
      () => tfjsToGraph(functional({ relu: { inbound_nodes: [[['x', 0, 0, { y: 2 }]]] } })),
      'UNSUPPORTED_OPTION',
      'Layer \'r\' is called with extra arguments {"y":2}; only calls on tensors are read. Give constants as layers.',
    );
    assertThrowsCode(
      () => tfjsToGraph(functional({ relu: { inbound_nodes: [[['x', 0, 1, {}]]] } })),
      'MALFORMED_MODEL',
      "The model takes output 1 of layer 'x', which gives 1. Is model.json intact?",
    );
  });

  it('fails with a named error, or not at all, when any part of a real model is damaged', () => {
    const folder = new URL('../../../fixtures/models/mnist-cnn/', import.meta.url);
    const text = readFileSync(new URL('model.json', folder), 'utf8');
    const weights = new Map([['weights.bin', new Uint8Array(readFileSync(new URL('weights.bin', folder)))]]);
    let refused = 0;
    for (const path of pathsOf(JSON.parse(text))) {
      for (const value of [undefined, null, -1, 'x', [], { x: [null] }]) {
        const model = JSON.parse(text);
        damage(model, path, value);
        try {
          tfjsToGraph({ model, weights });
        } catch (error) {
          assert.ok(error instanceof BionoirError, `${path.join('.')} = ${JSON.stringify(value)}: ${error}`);
          refused++;
        }
      }
    }
    assert.ok(refused > 500, `only ${refused} damaged files were refused`);
  });
});

type Path = readonly string[];

/** Every place in a JSON value. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Object.entries(value).flatMap(([key, part]) => pathsOf(part, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

function damage(root: Record<string, unknown>, path: Path, value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<Record<string, unknown>>((part, key) => part[key] as Record<string, unknown>, root);
  const key = path.at(-1) as string;
  if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (value === undefined) delete parent[key];
  else parent[key] = value;
}
