import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { io } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import type { LabelledImages } from '../../../fixtures/data/dataset.ts';
import { loadDigits } from '../../../fixtures/data/digits.ts';
import { loadMnist } from '../../../fixtures/data/mnist.ts';
import {
  evaluateGraph,
  type FloatTensor,
  type Graph,
  type InputDomain,
  printGraph,
  simplifyGraph,
  toRealInput,
} from '../../../src/graph/index.ts';
import { assertClose, predict } from './support/oracle.ts';

interface Fixture {
  readonly text: string;
  readonly weights: Uint8Array;
}

function readFixture(name: string): Fixture {
  const folder = new URL(`../../../fixtures/models/${name}/`, import.meta.url);
  return {
    text: readFileSync(new URL('model.json', folder), 'utf8'),
    weights: new Uint8Array(readFileSync(new URL('weights.bin', folder))),
  };
}

function importFixture(
  { text, weights }: Fixture,
  input: Partial<InputDomain>,
  softmax: 'drop' | 'keep',
): Graph {
  return tfjsToGraph({ model: text, weights: new Map([['weights.bin', weights]]) }, { input, softmax });
}

function toInput(graph: Graph, image: Uint8Array): FloatTensor {
  const [input] = graph.nodes;
  assert.ok(input?.op.kind === 'input');
  return { shape: input.shape, data: toRealInput(input.op.domain, image) };
}

function accuracy(graph: Graph, data: LabelledImages): number {
  const hits = data.images.filter((image, i) => {
    const [logits] = evaluateGraph(graph, [toInput(graph, image)]);
    assert.ok(logits);
    return logits.data.indexOf(Math.max(...logits.data)) === data.labels[i];
  });
  return hits.length / data.images.length;
}

async function checkFixture(
  fixture: Fixture,
  input: Partial<InputDomain>,
  images: readonly Uint8Array[],
): Promise<void> {
  const artifacts = JSON.parse(fixture.text);
  const model = await loadLayersModel(
    io.fromMemory({
      modelTopology: artifacts.modelTopology,
      weightSpecs: artifacts.weightsManifest[0].weights,
      weightData: fixture.weights.slice().buffer,
    }),
  );
  const graph = importFixture(fixture, input, 'keep');
  for (const image of images) {
    const tensor = toInput(graph, image);
    assertClose(evaluateGraph(graph, [tensor]), predict(model, [tensor]), 'fixture');
  }
}

describe('tfjs-to-graph: the trained fixtures', () => {
  it('imports the digits network as TensorFlow.js runs it', async () => {
    await checkFixture(readFixture('digits'), { max: 16 }, loadDigits().heldOut.images.slice(0, 20));
  });

  it('reaches the stated accuracy with the digits network', () => {
    const graph = importFixture(readFixture('digits'), { max: 16 }, 'drop');
    assert.equal(accuracy(graph, loadDigits().heldOut), 0.9625);
  });

  it('imports the MNIST network as TensorFlow.js runs it', async () => {
    await checkFixture(readFixture('mnist-cnn'), {}, loadMnist().heldOut.images.slice(0, 5));
  });

  it('reaches the stated accuracy with the MNIST network', () => {
    const graph = simplifyGraph(importFixture(readFixture('mnist-cnn'), {}, 'drop'));
    const { images, labels } = loadMnist().heldOut;
    assert.equal(images.length, 1500);
    assert.equal(Math.round(accuracy(graph, { images, labels }) * 1500), 1469);
  });

  it('prints the MNIST network as its author describes it', () => {
    const graph = simplifyGraph(importFixture(readFixture('mnist-cnn'), {}, 'drop'));
    assert.equal(
      printGraph(graph),
      `graph mnist_cnn
  pixels: 28x28x1 = input [0, 255] * 0.00392156862745098
  conv_1: 13x13x8 = conv2d(pixels) 3x3x8, stride 2x2, 80 weights
  conv_1_relu: 13x13x8 = relu(conv_1)
  conv_2: 6x6x16 = conv2d(conv_1_relu) 3x3x16, stride 2x2, 1168 weights
  conv_2_relu: 6x6x16 = relu(conv_2)
  flatten: 576 = reshape(conv_2_relu)
  dense_3: 10 = dense(flatten) 10 units, 5770 weights
output dense_3
`,
    );
  });
});
