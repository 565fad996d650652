import assert from 'node:assert/strict';
import { supportedLayers, tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { evaluateGraph, nodeOf, printGraph, toNodeId } from '../../../src/graph/index.ts';
import { type TfjsModelFiles, tfjsWeightPaths } from '../../../src/tensorflow/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import {
  countingWeight,
  kerasFiles,
  kerasSequential,
  type Layer,
  single,
  type Weight,
} from './support/keras.ts';

/** Imports a chain of layers and evaluates it. */
function run(files: TfjsModelFiles, ...inputs: number[][]): number[] {
  const graph = tfjsToGraph(files);
  const tensors = graph.inputs.map((id, i) => ({
    shape: nodeOf(graph, id).shape,
    data: Float64Array.from(inputs[i] ?? []),
  }));
  return evaluateGraph(graph, tensors).flatMap(output => [...output.data]);
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
    const asFunction = { class_name: 'function', config: 'relu', registered_name: 'relu' };
    assert.deepEqual(run(single('Activation', { activation: asFunction }, [2]), [-4, 9]), [0, 9]);
    const asLayer = { class_name: 'LeakyReLU', config: { negative_slope: 0.5 } };
    assert.deepEqual(run(single('Activation', { activation: asLayer }, [2]), [-4, 9]), [-2, 9]);
    const capped = { class_name: 'ReLU', config: { max_value: 2 } };
    assert.deepEqual(run(single('Activation', { activation: capped }, [2]), [-4, 9]), [0, 2]);
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

  it('takes the sizes that a model leaves open, with the batch or without, and keeps those it states', () => {
    const files = kerasFiles({
      class_name: 'Sequential',
      config: [{ class_name: 'ReLU', config: { name: 'r', batch_input_shape: [null, null, 3] } }],
    });
    for (const shape of [
      [5, 3],
      [1, 5, 3],
      [5, 9],
    ]) {
      const graph = tfjsToGraph(files, { inputShapes: { r_input: shape } });
      assert.deepEqual(nodeOf(graph, toNodeId(0)).shape, [5, 3]);
    }
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
