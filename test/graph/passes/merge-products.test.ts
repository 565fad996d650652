import assert from 'node:assert/strict';
import {
  buildGraph,
  type Graph,
  mergeProducts,
  type NodeSpec,
  type Op,
  printGraph,
} from '../../../src/graph/index.ts';
import { conv, input, NO_PADDING } from '../support/ops.ts';
import { assertSameFunction, seededFill } from './support/equality.ts';

const fill = seededFill(9);
const relu: Op = { kind: 'relu' };

/** Dense layers of cells side by side. */
function cells(count: number, inputs: number, units: number): Op {
  return conv({ channels: count * inputs, filters: count * units, kernelSize: [1, 1], groups: count }, fill);
}

/**
 * Squeeze and excite: two activations decode to 2x2 pixels of 8 channels, of which the means give three activations, and
 * these a factor for each channel; then a layer of `units`.
 */
function exciting(
  units: number,
  outputs: readonly string[] = ['y'],
  behind: readonly NodeSpec[] = [],
): Graph {
  const spread: Op = {
    kind: 'rearrange',
    shape: [2, 2, 8],
    indices: Int32Array.from({ length: 32 }, (_, i) => i % 8),
    label: 'spread',
  };
  const nodes: NodeSpec[] = [
    { name: 'x', op: input([1, 1, 2]) },
    { name: 'h', op: relu },
    { name: 'd', op: cells(1, 2, 32) },
    { name: 'i', op: { kind: 'reshape', shape: [2, 2, 8] } },
    { name: 'm', op: { kind: 'average-pool2d', poolSize: [2, 2], strides: [2, 2], padding: NO_PADDING } },
    { name: 'e', op: cells(1, 8, 3) },
    { name: 'u', op: relu },
    { name: 'f', op: cells(1, 3, 8) },
    ...behind,
    { name: 's', op: spread },
    { name: 'p', op: { kind: 'multiply' }, inputs: ['i', 's'] },
    { name: 'r', op: { kind: 'reshape', shape: [1, 1, 32] } },
    { name: 'c', op: cells(1, 32, units) },
    ...(outputs.includes('y') ? [{ name: 'y', op: relu }] : []),
  ];
  return buildGraph({ name: 'g', nodes, outputs });
}

describe('mergeProducts', () => {
  it('takes products apart into those of the few activations behind them', () => {
    const before = exciting(4);
    const after = mergeProducts(before);
    assert.deepEqual(
      printGraph(after)
        .trim()
        .split('\n')
        .slice(8)
        .map(line => line.trim()),
      [
        'c_hubs_flat: 2 = reshape(h)',
        'c_values_flat: 3 = reshape(u)',
        'c_hubs: 2 = rearrange(c_hubs_flat) gather for 1 cells',
        'c_read: 1x1x3 = rearrange(c_values_flat) gather for 1 cells',
        'c_values: 3 = reshape(c_read)',
        'c_products: 4 = bilinear(c_hubs, c_values) 1 cells of 4 sums, 32 weights',
        'c_row: 1x1x4 = reshape(c_products)',
        'c_rest: 1x1x4 = conv2d(c_read) 1x1x4, 16 weights',
        'c: 1x1x4 = add(c_row, c_rest)',
        'y: 1x1x4 = relu(c)',
        'output y',
      ],
    );
    assertSameFunction(before, after, 7);
  });

  it('takes products apart where activations share them, though they are as many', () => {
    const before = exciting(16); // 2 products for each of 16 sums instead of 32, four sums at a time
    const after = mergeProducts(before);
    assert.ok(after.nodes.some(({ op }) => op.kind === 'bilinear'));
    assertSameFunction(before, after, 7);
  });

  it('leaves products that are as few', () => {
    const wide = exciting(64);
    assert.equal(mergeProducts(wide), wide);
    const unproved = exciting(16, ['c']);
    assert.equal(mergeProducts(unproved), unproved);
  });

  it('multiplies out what lies behind the last layer of a factor', () => {
    const before = exciting(
      4,
      ['y'],
      [
        { name: 'w', op: cells(1, 8, 8) },
        { name: 'v', op: cells(1, 8, 8) },
      ],
    );
    const after = mergeProducts(before);
    assert.equal(after.nodes.filter(({ op }) => op.kind === 'bilinear').length, 1);
    assertSameFunction(before, after, 7);
  });

  it('leaves products that something else reads', () => {
    const read = exciting(4, ['y', 'p']);
    assert.equal(mergeProducts(read), read);
  });

  it('leaves products of activations themselves', () => {
    const nodes: NodeSpec[] = [
      { name: 'x', op: input([1, 1, 8]) },
      { name: 'a', op: relu },
      { name: 'b', op: { kind: 'leaky-relu', slope: 0.5 }, inputs: ['x'] },
      { name: 'p', op: { kind: 'multiply' }, inputs: ['a', 'b'] },
      { name: 'c', op: cells(1, 8, 2) },
    ];
    const graph = buildGraph({ name: 'g', nodes });
    assert.equal(mergeProducts(graph), graph);
  });
});
