import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  supportedLayers,
  type TfjsModelFiles,
  tfjsToGraph,
  tfjsWeightPaths,
} from '../../../converters/tfjs-to-graph/index.ts';
import { BionoirError } from '../../../src/errors.ts';
import { evaluateGraph, nodeOf, printGraph, toNodeId } from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { countingWeight, kerasFiles, kerasSequential, type Layer, type Weight } from './support/keras.ts';

/** Imports a chain of layers and evaluates it. */
function run(files: TfjsModelFiles, ...inputs: number[][]): number[] {
  const graph = tfjsToGraph(files);
  const tensors = graph.inputs.map((id, i) => ({
    shape: nodeOf(graph, id).shape,
    data: Float64Array.from(inputs[i] ?? []),
  }));
  return evaluateGraph(graph, tensors).flatMap(output => [...output.data]);
}

/** A model of one layer, 'layer'. */
function single(className: string, config: Record<string, unknown>, inputShape = [4, 4, 2]): TfjsModelFiles {
  return kerasSequential(inputShape, [{ className, name: 'layer', config }]);
}

describe('tfjs-to-graph: layers that TensorFlow.js does not write', () => {
  it('pads a series causally, before its first step', () => {
    const conv: Layer = {
      className: 'Conv1D',
      name: 'conv',
      config: { filters: 1, kernel_size: [2], dilation_rate: [2], padding: 'causal', use_bias: false },
    };
    const files = kerasSequential([4, 1], [conv], [countingWeight('conv/kernel', [2, 1, 1])]);
    // y[t] = 1 * x[t - 2] + 2 * x[t]
    assert.deepEqual(run(files, [1, 10, 100, 1000]), [2, 20, 201, 2010]);
  });

  it('pads a series at both ends', () => {
    const files = kerasSequential(
      [2, 2],
      [{ className: 'ZeroPadding1D', name: 'pad', config: { padding: [1, 2] } }],
    );
    assert.deepEqual(run(files, [1, 2, 3, 4]), [0, 0, 1, 2, 3, 4, 0, 0, 0, 0]);
  });

  it('keeps the axes of a global pool when asked', () => {
    const files = single('GlobalAveragePooling2D', { keepdims: true }, [2, 2, 1]);
    assert.deepEqual(nodeOf(tfjsToGraph(files), toNodeId(2)).shape, [1, 1, 1]);
    const series = single('GlobalMaxPooling1D', { keepdims: true }, [3, 2]);
    assert.deepEqual(nodeOf(tfjsToGraph(series), toNodeId(3)).shape, [1, 2]);
  });

  it('splits channels into the groups of a convolution', () => {
    const conv: Layer = {
      className: 'Conv2D',
      name: 'conv',
      config: { filters: 2, kernel_size: 1, groups: 2, use_bias: false },
    };
    const files = kerasSequential([1, 1, 4], [conv], [countingWeight('conv/kernel', [1, 1, 2, 2])]);
    // filter 0 reads channels 0 and 1 with weights 1 and 3; filter 1 reads channels 2 and 3 with 2 and 4
    assert.deepEqual(run(files, [1, 10, 100, 1000]), [31, 4200]);
  });

  it('rescales by channel', () => {
    const files = single('Rescaling', { scale: [2, 3], offset: [0, -1] }, [2]);
    assert.deepEqual(run(files, [10, 10]), [20, 29]);
  });

  it('takes a ReLU with a negative slope for a leaky one', () => {
    assert.deepEqual(run(single('ReLU', { negative_slope: 0.25, max_value: null }, [2]), [-4, 4]), [-1, 4]);
  });

  it('reads the slope of Keras 3, and activations given as objects', () => {
    assert.deepEqual(run(single('LeakyReLU', { negative_slope: 0.5 }, [2]), [-4, 4]), [-2, 4]);
    const activation = { class_name: 'relu6', config: {} };
    assert.deepEqual(run(single('Activation', { activation }, [2]), [-4, 9]), [0, 6]);
    assert.deepEqual(run(single('Activation', { activation: 'leaky_relu' }, [2]), [-5, 5]), [-1, 5]);
  });

  it('passes through regularisation and spatial dropout', () => {
    const files = kerasSequential(
      [1, 1, 2],
      [
        { className: 'SpatialDropout2D', name: 'drop', config: { rate: 0.5 } },
        { className: 'ActivityRegularization', name: 'regularise', config: { l2: 0.1 } },
      ],
    );
    assert.equal(
      printGraph(tfjsToGraph(files)),
      'graph net\n  x: 1x1x2 = input [0, 255] * 0.00392156862745098\noutput x\n',
    );
  });

  it('subtracts two branches', () => {
    const entry = (className: string, name: string, inbound: unknown[], config = {}) => ({
      class_name: className,
      name,
      config: { ...config, name },
      inbound_nodes: inbound,
    });
    const input = { batch_input_shape: [null, 2] };
    const config = {
      name: 'difference',
      layers: [
        entry('InputLayer', 'a', [], input),
        entry('InputLayer', 'b', [], input),
        entry('Subtract', 'sub', [
          [
            ['b', 0, 0, {}],
            ['a', 0, 0, {}],
          ],
        ]),
      ],
      input_layers: [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
      output_layers: ['sub', 0, 0],
    };
    assert.deepEqual(run(kerasFiles({ class_name: 'Functional', config }), [1, 2], [10, 30]), [9, 28]);
  });
});

describe('tfjs-to-graph: dialects', () => {
  const weights: Weight[] = [countingWeight('d/kernel', [2, 1]), countingWeight('d/bias', [1])];
  const expected = [5 * 1 + 7 * 2 + 1];

  it('reads the files of the Keras converter', () => {
    const layers = [
      {
        class_name: 'Dense',
        config: { name: 'd', batch_input_shape: [null, 2], units: 1, activation: 'linear' },
      },
    ];
    const topology = {
      keras_version: '2.1.6',
      backend: 'tensorflow',
      model_config: { class_name: 'Sequential', config: layers },
    };
    assert.deepEqual(run(kerasFiles(topology, weights), [5, 7]), expected);
  });

  it('reads the camelCase of toJSON', () => {
    const layers = [
      { className: 'Dense', config: { name: 'd', batchInputShape: [null, 2], units: 1, useBias: true } },
    ];
    assert.deepEqual(
      run(kerasFiles({ className: 'Sequential', config: { name: 'n', layers } }, weights), [5, 7]),
      expected,
    );
  });

  it('reads the objects of Keras 3', () => {
    const operand = {
      class_name: '__keras_tensor__',
      config: { shape: [null, 2], keras_history: ['x', 0, 0] },
    };
    const config = {
      name: 'n',
      layers: [
        {
          class_name: 'InputLayer',
          name: 'x',
          config: { batch_shape: [null, 2], name: 'x' },
          inbound_nodes: [],
        },
        {
          class_name: 'Dense',
          name: 'd',
          config: { units: 1, name: 'd' },
          inbound_nodes: [{ args: [operand], kwargs: {} }],
        },
      ],
      input_layers: [['x', 0, 0]],
      output_layers: [['d', 0, 0]],
    };
    assert.deepEqual(run(kerasFiles({ class_name: 'Functional', config }, weights), [5, 7]), expected);
  });

  it('reads a model given as an object, and text with a byte order mark', () => {
    const files = kerasSequential([2], [{ className: 'Dense', name: 'd', config: { units: 1 } }], weights);
    const text = String(files.model);
    assert.deepEqual(run({ ...files, model: JSON.parse(text) }, [5, 7]), expected);
    assert.deepEqual(run({ ...files, model: `\uFEFF${text}` }, [5, 7]), expected);
  });

  it('lists the weight files of a model', () => {
    assert.deepEqual(tfjsWeightPaths(kerasSequential([1], []).model), ['w.bin']);
  });

  it('has an importer for every layer of its list', () => {
    for (const name of ['Dense', 'Conv2D', 'SeparableConv2D', 'ZeroPadding1D', 'SpatialDropout1D']) {
      assert.ok(supportedLayers().includes(name), name);
    }
  });
});

describe('tfjs-to-graph: options', () => {
  const softmax = kerasSequential([3], [{ className: 'Softmax', name: 's' }]);

  it('drops a final softmax, keeps it, or replaces it by the label', () => {
    assert.deepEqual(run(softmax, [1, 3, 2]), [1, 3, 2]);
    const kept = tfjsToGraph(softmax, { softmax: 'keep' });
    assert.equal(kept.nodes.at(-1)?.op.kind, 'softmax');
    const label = tfjsToGraph(softmax, { softmax: 'argmax' });
    const [output] = evaluateGraph(label, [{ shape: [3], data: Float32Array.of(1, 3, 2) }]);
    assert.deepEqual(output, { shape: [], data: Float64Array.of(1) });
  });

  const domainOf = (files: TfjsModelFiles, options: Parameters<typeof tfjsToGraph>[1]) => {
    const [input] = tfjsToGraph(files, options).nodes;
    return input?.op.kind === 'input' ? input.op.domain : undefined;
  };

  it('takes bytes scaled to [0, 1] unless told otherwise', () => {
    assert.deepEqual(domainOf(softmax, {}), { min: 0, max: 255, scale: 1 / 255, offset: 0 });
    assert.deepEqual(domainOf(softmax, { input: { max: 16 } }), {
      min: 0,
      max: 16,
      scale: 1 / 16,
      offset: 0,
    });
    const signed = { min: -128, max: 127, scale: 2, offset: -1 };
    assert.deepEqual(domainOf(softmax, { input: { max: 9 }, inputs: { x: signed } }), signed);
  });

  it('takes raw bytes for a network that rescales them itself', () => {
    const rescaled = kerasSequential(
      [3],
      [{ className: 'Rescaling', name: 'r', config: { scale: 1 / 255 } }],
    );
    assert.deepEqual(domainOf(rescaled, {}), { min: 0, max: 255, scale: 1, offset: 0 });
  });

  it('refuses the name of an input that the model does not have', () => {
    assertThrowsCode(
      () => tfjsToGraph(softmax, { inputs: { y: {} } }),
      'USAGE',
      "The option 'inputs' names 'y', which is not an input of the model; its inputs are 'x'.",
    );
  });
});

describe('tfjs-to-graph: unsupported layers and options', () => {
  const cases: [
    what: string,
    files: TfjsModelFiles,
    code: 'UNSUPPORTED_OP' | 'UNSUPPORTED_OPTION',
    text: string,
  ][] = [
    [
      'an unknown layer',
      single('Embedding', {}),
      'UNSUPPORTED_OP',
      `Layer 'layer' is of class Embedding, which is not supported. Supported layers are: ${supportedLayers().join(', ')}.`,
    ],
    [
      'ThresholdedReLU',
      single('ThresholdedReLU', { theta: 1 }),
      'UNSUPPORTED_OP',
      "Layer 'layer' is of class ThresholdedReLU, which is not supported. It jumps at its threshold; train with ReLU instead.",
    ],
    [
      'a model class of another kind',
      kerasFiles({ class_name: 'SubclassedNet', config: {} }),
      'UNSUPPORTED_OP',
      "The model is a 'SubclassedNet'; Sequential and functional models are read. Rebuild it with tf.keras.Model(inputs, outputs).",
    ],
    [
      'a softmax inside the network',
      kerasSequential(
        [3],
        [
          { className: 'Softmax', name: 's' },
          { className: 'ReLU', name: 'r' },
        ],
      ),
      'UNSUPPORTED_OP',
      "Softmax 's' does not stand at the end of the network; only a final softmax can be left out. Replace it by a ReLU, or end the network there.",
    ],
    [
      'a GraphModel',
      { model: { format: 'graph-model', modelTopology: { node: [] } }, weights: new Map() },
      'UNSUPPORTED_OPTION',
      'The model file is a TensorFlow.js GraphModel; only a LayersModel is read. Export with --output_format=tfjs_layers_model, or model.save() of TensorFlow.js.',
    ],
    [
      'a tanh',
      single('Activation', { activation: 'tanh' }),
      'UNSUPPORTED_OPTION',
      "Activation 'layer' has the activation \"tanh\"; 'linear', 'relu', 'relu6', 'leaky_relu' and (at the end) 'softmax' are read. Train with one of these instead.",
    ],
    [
      'a sigmoid',
      single('Activation', { activation: 'sigmoid' }),
      'UNSUPPORTED_OPTION',
      "Activation 'layer' has the activation \"sigmoid\"; 'linear', 'relu', 'relu6', 'leaky_relu' and (at the end) 'softmax' are read. If it ends the network, leave it out: the sigmoid is above 1/2 exactly where its argument is above 0.",
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
      'a negative cap',
      single('ReLU', { max_value: -1 }),
      'UNSUPPORTED_OPTION',
      "ReLU 'layer' has max_value -1; only a positive maximum is read.",
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
      "The model file has [] where the whole file should be an object. Is it a LayersModel's model.json?",
    ],
    [
      'a file without topology',
      files({ weightsManifest: [] }),
      "The model file has nothing where 'modelTopology' should be an object. Is it a LayersModel's model.json?",
    ],
    [
      'a topology without class',
      files({ modelTopology: { config: {} } }),
      "The model file has nothing where the model's 'class_name' should be a string. Is it a LayersModel's model.json?",
    ],
    [
      'a manifest that is not a list',
      files({ modelTopology: { class_name: 'Sequential', config: [] }, weightsManifest: 5 }),
      "The model file has 5 where 'weightsManifest' should be an array. Is it a LayersModel's model.json?",
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
      "Input 'r_input' has the shape [null,null,3]; every size but the batch must be known. Build the model with a fixed input shape.",
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
      "Model 'r' takes 1 tensors and gives 1, but is called on 2; a nested model must give one. Flatten the models into one.",
    ],
  ];
  for (const [what, given, text] of cases) {
    it(`refuses ${what}`, () => {
      assertThrowsCode(() => tfjsToGraph(given), 'MALFORMED_MODEL', text);
    });
  }

  it('refuses extra arguments and second outputs of a layer', () => {
    assertThrowsCode(
      () => tfjsToGraph(functional({ relu: { inbound_nodes: [[['x', 0, 0, { y: 2 }]]] } })),
      'UNSUPPORTED_OPTION',
      'Layer \'r\' is called with extra arguments {"y":2}; only calls on tensors are read. Give constants as layers.',
    );
    assertThrowsCode(
      () => tfjsToGraph(functional({ relu: { inbound_nodes: [[['x', 0, 1, {}]]] } })),
      'UNSUPPORTED_OPTION',
      "The model takes output 1 of layer 'x'; only layers with one output are read. Split the layer.",
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
