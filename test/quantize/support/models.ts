/**
 * The trained fixtures as float graphs without their softmax, read straight from weights.bin, so that the tests of the
 * quantiser do not depend on an importer. Layers and sizes are those of fixtures/train.
 */
import { readFileSync } from 'node:fs';
import { buildGraph, type Graph, type NodeSpec, PIXEL_DOMAIN } from '../../../src/graph/index.ts';

/** UCI digits: 64 -> 16 ReLU -> 10, input level / 16. */
export function digitsGraph(extra: readonly NodeSpec[] = []): Graph {
  const take = weightReader('digits');
  const domain = { min: 0, max: 16, scale: 1 / 16, offset: 0 };
  return buildGraph({
    name: 'digits',
    nodes: [
      { name: 'pixels', op: { kind: 'input', shape: [64], domain } },
      { name: 'dense_1', op: { kind: 'dense', units: 16, weights: take(64 * 16), bias: take(16) } },
      { name: 'dense_1_relu', op: { kind: 'relu' } },
      { name: 'dense_2', op: { kind: 'dense', units: 10, weights: take(160), bias: take(10) } },
      ...extra,
    ],
  });
}

/** MNIST: conv 3x3x8 stride 2, conv 3x3x16 stride 2, dense 10; ReLU; input byte / 255. */
export function mnistGraph(): Graph {
  const take = weightReader('mnist-cnn');
  const conv = (channels: number, filters: number): NodeSpec['op'] => ({
    kind: 'conv2d',
    filters,
    kernelSize: [3, 3],
    strides: [2, 2],
    dilations: [1, 1],
    padding: { top: 0, bottom: 0, left: 0, right: 0 },
    groups: 1,
    kernel: take(9 * channels * filters),
    bias: take(filters),
  });
  return buildGraph({
    name: 'mnist_cnn',
    nodes: [
      { name: 'pixels', op: { kind: 'input', shape: [28, 28, 1], domain: PIXEL_DOMAIN } },
      { name: 'conv_1', op: conv(1, 8) },
      { name: 'conv_1_relu', op: { kind: 'relu' } },
      { name: 'conv_2', op: conv(8, 16) },
      { name: 'conv_2_relu', op: { kind: 'relu' } },
      { name: 'flatten', op: { kind: 'reshape', shape: [576] } },
      { name: 'dense_3', op: { kind: 'dense', units: 10, weights: take(5760), bias: take(10) } },
    ],
  });
}

function weightReader(model: string): (count: number) => Float32Array {
  const bytes = readFileSync(new URL(`../../../fixtures/models/${model}/weights.bin`, import.meta.url));
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  let at = 0;
  return count => {
    at += count;
    return values.slice(at - count, at);
  };
}
