/** Whole models against ONNX Runtime, before and after the graph's simplifying passes. */
import assert from 'node:assert/strict';
import { onnxToGraph } from '../../../converters/onnx-to-graph/index.ts';
import { evaluateGraph, type Graph, nodeOf, simplifyGraph } from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import { encodeModel } from './support/encode.ts';
import { mobileNet, perceptron, randomNumbers, sequenceClassifier, transformer } from './support/models.ts';
import { type RuntimeTensor, runModel } from './support/runtime.ts';

function image(dims: readonly number[], seed: number): RuntimeTensor {
  const random = randomNumbers(seed);
  const count = dims.reduce((product, size) => product * size, 1);
  return { dims, data: Float32Array.from({ length: count }, random) };
}

function evaluate(graph: Graph, inputs: Readonly<Record<string, RuntimeTensor>>): number[] {
  const tensors = graph.inputs.map(id => {
    const node = nodeOf(graph, id);
    return { shape: node.shape, data: Float64Array.from(inputs[node.name]?.data ?? []) };
  });
  return [...(evaluateGraph(graph, tensors)[0]?.data ?? [])];
}

async function checkModel(
  model: Uint8Array,
  inputs: Readonly<Record<string, RuntimeTensor>>,
): Promise<Graph> {
  const expected = [...((await runModel(model, inputs)).output ?? [])];
  const graph = onnxToGraph({ model }, { softmax: 'keep' });
  const simple = simplifyGraph(graph);
  for (const candidate of [graph, simple]) {
    const actual = evaluate(candidate, inputs);
    assert.equal(actual.length, expected.length);
    for (const [i, value] of expected.entries()) {
      assert.ok(Math.abs((actual[i] ?? 0) - value) < 1e-4, `output ${i}: ${actual[i]} is not ${value}`);
    }
  }
  return simple;
}

function kindsOf(graph: Graph): string[] {
  return graph.nodes.map(node => node.op.kind);
}

describe('onnx-to-graph: whole models agree with ONNX Runtime', () => {
  it('imports a mobile network with one transposition, at its input', async () => {
    const graph = await checkModel(mobileNet(1), { image: image([1, 3, 16, 16], 2) });
    const squeezeExcite = [
      'average-pool2d',
      'conv2d',
      'relu',
      'conv2d',
      'relu',
      'reshape',
      'rearrange',
      'multiply',
    ];
    const stem = ['input', 'transpose', 'conv2d', 'affine', 'relu', 'multiply', 'affine'];
    const end = ['add', 'max-pool2d', 'reshape', 'dense', 'softmax'];
    assert.deepEqual(kindsOf(graph), [...stem, 'conv2d', 'relu', ...squeezeExcite, ...end]);
  });

  it('imports the same network for pictures without any transposition', () => {
    const graph = simplifyGraph(onnxToGraph({ model: mobileNet(1) }, { imageLayout: 'channels-last' }));
    assert.deepEqual(graph.nodes[0]?.shape, [16, 16, 3]);
    assert.equal(kindsOf(graph).includes('transpose'), false);
  });

  it('imports LayerNorm, GELU and L2 normalisation by parts as one operator each', async () => {
    const graph = await checkModel(perceptron(3), { x: image([1, 12], 4) });
    assert.deepEqual(kindsOf(graph), ['input', 'dense', 'layer-norm', 'function', 'dense', 'l2-normalize']);
  });

  it('imports a block of a transformer, with a causal mask', async () => {
    const tokens: RuntimeTensor = { type: 'int64', dims: [1, 6], data: [3, 1, 4, 1, 31, 0] };
    const graph = await checkModel(transformer(5), { tokens });
    const free = ['input', 'reshape', 'transpose', 'rearrange', 'dense', 'affine', 'scale', 'add', 'concat'];
    const costly = kindsOf(graph).filter(kind => !free.includes(kind));
    // a softmax for the rows that see 1, 2 ... 6 positions
    const attention = ['matmul', ...new Array<string>(6).fill('softmax'), 'matmul'];
    assert.deepEqual(costly, ['embedding', ...attention, 'layer-norm', 'function', 'layer-norm']);
    assert.deepEqual(graph.nodes[0]?.op.kind === 'input' && graph.nodes[0].op.domain, {
      min: 0,
      max: 31,
      scale: 1,
      offset: 0,
    });
  });

  it('takes inputs that the caller fixes as constants: a mask of a whole sequence folds away', () => {
    const model = encodeModel({
      nodes: [
        { op: 'Cast', inputs: ['mask'], outputs: ['m'], attributes: { to: { int: 1 } } },
        { op: 'Sub', inputs: ['one', 'm'], outputs: ['hidden'] },
        { op: 'Mul', inputs: ['hidden', 'least'], outputs: ['added'] },
        { op: 'Add', inputs: ['x', 'added'], outputs: ['scores'] },
        { op: 'Softmax', inputs: ['scores'], outputs: ['y'], attributes: { axis: { int: -1 } } },
      ],
      inputs: [
        { name: 'x', dims: ['batch', 3] },
        { name: 'mask', type: 'int64', dims: ['batch', 3] },
      ],
      outputs: [{ name: 'y', dims: ['batch', 3] }],
      weights: { one: { dims: [], data: [1] }, least: { dims: [], data: [-3.4e38] } },
    });
    const kinds = (mask: number | readonly number[]): string[] =>
      kindsOf(simplifyGraph(onnxToGraph({ model }, { softmax: 'keep', constants: { mask } })));
    assert.deepEqual(kinds(1), ['input', 'softmax']);
    assert.deepEqual(kinds([1, 1, 0]), ['input', 'rearrange', 'softmax', 'reshape', 'rearrange']);
    assertThrowsCode(
      () => kinds([1, 0]),
      'USAGE',
      "The option 'constants' gives 'mask' 2 numbers; its shape [1, 3] asks for 3, or for one number for all.",
    );
  });

  it('imports a classifier of sequences with LSTM and GRU', async () => {
    const graph = await checkModel(sequenceClassifier(6), { x: image([1, 5, 3], 7) });
    const count = (kind: string): number => kindsOf(graph).filter(other => other === kind).length;
    // LSTM: 4 gates (3 in the first step) and the cell, in 2 directions of 5 steps; GRU: both gates at once and the candidate.
    assert.equal(count('function'), 2 * (5 * 5 - 1) + 5 * 2 + 1);
  });

  it('leaves a softmax, or its logarithm, out at the end', () => {
    for (const model of [mobileNet(1), sequenceClassifier(6)]) {
      const logits = onnxToGraph({ model });
      assert.equal(nodeOf(logits, logits.outputs[0] ?? (0 as never)).op.kind, 'dense');
      const label = onnxToGraph({ model }, { softmax: 'argmax' });
      assert.equal(nodeOf(label, label.outputs[0] ?? (0 as never)).op.kind, 'argmax');
    }
  });
});
