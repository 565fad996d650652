import assert from 'node:assert/strict';
import {
  buildGraph,
  type Graph,
  mergeLinear,
  type NodeSpec,
  type Op,
  printGraph,
  type Shape,
} from '../../../src/graph/index.ts';
import { conv, dense, filled, input, pool } from '../support/ops.ts';
import { assertSameFunction, seededFill } from './support/equality.ts';

const fill = seededFill(8);
const relu: Op = { kind: 'relu' };

function graph(shape: Shape, nodes: NodeSpec[], outputs?: string[]): Graph {
  const all = [{ name: 'x', op: input(shape) }, ...nodes];
  return buildGraph({ name: 'g', nodes: all, ...(outputs === undefined ? {} : { outputs }) });
}

function check(before: Graph, listing: string): void {
  const after = mergeLinear(before);
  const actual = printGraph(after).trim().split('\n').slice(2);
  assert.deepEqual(
    actual.map(line => line.trim()),
    listing.split('\n').map(line => line.trim()),
  );
  assertSameFunction(before, after, 7);
}

/** Dense layers of cells side by side. */
function cells(count: number, inputs: number, units: number): Op {
  return conv({ channels: count * inputs, filters: count * units, kernelSize: [1, 1], groups: count }, fill);
}

/** Cuts an image of 4x4x2 into four patches, one after the other. */
const PATCHES: Op = {
  kind: 'rearrange',
  shape: [1, 1, 32],
  indices: Int32Array.from({ length: 32 }, (_, i) => {
    const [patch, pixel, channel] = [Math.floor(i / 8), Math.floor(i / 2) % 4, i % 2];
    const [y, x] = [2 * Math.floor(patch / 2) + Math.floor(pixel / 2), 2 * (patch % 2) + (pixel % 2)];
    return (4 * y + x) * 2 + channel;
  }),
  label: 'patches 2x2',
};

describe('mergeLinear', () => {
  it('multiplies dense layers out where that takes no more weights', () => {
    const wide = graph(
      [6],
      [
        { name: 'wide', op: dense(6, 40, fill) },
        { name: 'y', op: dense(40, 3, fill) },
        { name: 'z', op: relu },
      ],
    );
    check(wide, 'y_flat: 6 = reshape(x)\ny: 3 = dense(y_flat) 3 units, 21 weights\nz: 3 = relu(y)\noutput z');
  });

  it('keeps a narrow layer between two wide ones', () => {
    const narrow = graph(
      [20],
      [
        { name: 'narrow', op: dense(20, 2, fill) },
        { name: 'y', op: dense(2, 20, fill) },
      ],
    );
    assert.equal(mergeLinear(narrow), narrow);
  });

  it('makes a padded convolution and the cells behind it one layer a cell; zeros stand beyond the border', () => {
    const padding = { top: 0, bottom: 1, left: 0, right: 1 };
    const encoder = graph(
      [8, 8, 1],
      [
        { name: 'c', op: conv({ channels: 1, filters: 2, strides: [2, 2], padding }, fill) },
        { name: 'p', op: PATCHES },
        { name: 'y', op: cells(4, 8, 100) },
        { name: 'z', op: relu },
      ],
    );
    check(
      encoder,
      'y_flat: 64 = reshape(x)\ny_gathered: 1x1x100 = rearrange(y_flat) gather for 4 cells\ny: 1x1x400 = conv2d(y_gathered) 1x1x400, groups 4, 10400 weights\nz: 1x1x400 = relu(y)\noutput z',
    );
    const decoded = graph(
      [1, 1, 12],
      [
        { name: 'h', op: relu },
        { name: 'd', op: cells(4, 3, 8) },
        { name: 'i', op: { kind: 'reshape', shape: [4, 4, 2] } },
        { name: 'c', op: conv({ channels: 2, filters: 2, kernelSize: [2, 2], padding }, fill) },
        { name: 'f', op: { kind: 'reshape', shape: [1, 1, 32] } },
        { name: 'y', op: cells(4, 8, 8) },
        { name: 'z', op: relu },
      ],
    );
    check(
      decoded,
      'h: 1x1x12 = relu(x)\ny_flat: 12 = reshape(h)\ny_gathered: 1x1x24 = rearrange(y_flat) gather for 4 cells\ny: 1x1x32 = conv2d(y_gathered) 1x1x32, groups 4, 224 weights\nz: 1x1x32 = relu(y)\noutput z',
    );
  });

  it('joins the sources of a residual, through every linear operator', () => {
    const before = graph(
      [4, 4, 2],
      [
        { name: 'a', op: relu },
        { name: 'b', op: { kind: 'leaky-relu', slope: 0.5 }, inputs: ['x'] },
        { name: 'm', op: pool('average-pool2d', [2, 2]), inputs: ['a'] },
        { name: 's', op: { kind: 'scale', factor: filled(8, fill), shift: 0.5 } },
        { name: 'n', op: { kind: 'affine', scale: filled(2, fill), shift: filled(2, fill) } },
        { name: 'pa', op: { kind: 'pad', padding: { top: 1, bottom: 1, left: 1, right: 1 } } },
        { name: 't', op: { kind: 'transpose', permutation: [1, 0, 2] }, inputs: ['b'] },
        { name: 'su', op: { kind: 'subtract' }, inputs: ['pa', 't'] },
        { name: 'j', op: { kind: 'concat', axis: 2 }, inputs: ['su', 't'] },
        { name: 'r', op: { kind: 'add' }, inputs: ['j', 'j'] },
        { name: 'f', op: { kind: 'reshape', shape: [64] } },
        { name: 'w', op: dense(64, 60, fill) },
        { name: 'y', op: dense(60, 4, fill) },
      ],
    );
    check(
      before,
      'a: 4x4x2 = relu(x)\nb: 4x4x2 = leaky-relu(x) slope 0.5\ny_flat_1: 32 = reshape(a)\ny_flat_2: 32 = reshape(b)\ny_joined: 64 = concat(y_flat_1, y_flat_2) axis 0\ny: 4 = dense(y_joined) 4 units, 260 weights\noutput y',
    );
  });

  it('counts only what can be dropped, unless activations behind are worth more weights', () => {
    const layers: NodeSpec[] = [
      { name: 'wide', op: dense(20, 7, fill) },
      { name: 'y', op: dense(7, 8, fill) },
    ];
    const shared = graph([20], [...layers, { name: 'z', op: relu, inputs: ['wide'] }], ['y', 'z']);
    assert.equal(mergeLinear(shared), shared);
    const own = graph([20], layers);
    check(own, 'y_flat: 20 = reshape(x)\ny: 8 = dense(y_flat) 8 units, 168 weights\noutput y');
    const activated = graph(
      [20],
      [...layers, { name: 'a', op: relu }, { name: 'z', op: relu, inputs: ['wide'] }],
      ['a', 'z'],
    );
    check(
      activated,
      'wide: 7 = dense(x) 7 units, 147 weights\ny_flat: 20 = reshape(x)\ny: 8 = dense(y_flat) 8 units, 168 weights\na: 8 = relu(y)\nz: 7 = relu(wide)\noutput a, z',
    );
  });
});
