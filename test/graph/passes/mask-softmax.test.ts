/** Softmax with masks: what the pass makes computes the same, and has no masked element in any range. */
import assert from 'node:assert/strict';
import { buildGraph, compose, evaluateGraph, type Graph, maskSoftmax } from '../../../src/graph/index.ts';
import { input } from '../support/ops.ts';

const SIZE = 4;
const SHAPE = [2, SIZE, SIZE];
const COUNT = 2 * SIZE * SIZE;

function masked(mask: (row: number, column: number) => number, factor = 0.5): Graph {
  const shift = Float32Array.from({ length: COUNT }, (_, i) => mask(Math.floor(i / SIZE) % SIZE, i % SIZE));
  return buildGraph({
    name: 'masked',
    nodes: [
      { name: 'x', op: input([COUNT]) },
      { name: 'scaled', op: { kind: 'scale', factor, shift: 1 } },
      { name: 'shaped', op: { kind: 'reshape', shape: SHAPE } },
      { name: 'added', op: { kind: 'scale', factor: 1, shift } },
      { name: 'weights', op: { kind: 'softmax' } },
    ],
  });
}

function evaluate(graph: Graph): number[] {
  const data = Float64Array.from({ length: COUNT }, (_, i) => Math.sin(3 * i));
  return [...(evaluateGraph(graph, [{ shape: [COUNT], data }])[0]?.data ?? [])];
}

function softmaxRows(graph: Graph): number[][] {
  return graph.nodes.filter(node => node.op.kind === 'softmax').map(node => [...node.shape]);
}

describe('graph passes: masks before softmax', () => {
  for (const [what, depth] of [
    ["BERT's -10000", -1e4],
    ["Swin's -100", -100],
    ["float32's least", -3.4e38],
  ] as const) {
    it(`takes a causal mask of ${what} away`, () => {
      const graph = masked((row, column) => (column > row ? depth : 0.25 * column));
      const simple = maskSoftmax(graph);
      assert.deepEqual(softmaxRows(simple), [
        [2, 1],
        [2, 2],
        [2, 3],
        [2, 4],
      ]);
      const [expected, actual] = [evaluate(graph), evaluate(simple)];
      for (const [i, value] of expected.entries()) assert.ok(Math.abs((actual[i] ?? 9) - value) < 1e-12);
      const scale = simple.nodes.find(node => node.name === 'weights_unmasked')?.op;
      assert.equal(scale?.kind === 'scale' && scale.factor, 0.5);
      assert.ok(
        scale?.kind === 'scale' && typeof scale.shift !== 'number' && scale.shift.every(item => item >= 0),
      );
      assert.equal(maskSoftmax(simple), simple);
    });
  }

  it('keeps one softmax where every row leaves out as many', () => {
    const graph = masked((_, column) => (column === 2 ? -1e9 : 0));
    const simple = maskSoftmax(graph);
    assert.deepEqual(softmaxRows(simple), [[8, 3]]);
    assert.deepEqual(
      evaluate(simple).map(value => value.toFixed(12)),
      evaluate(graph).map(value => value.toFixed(12)),
    );
  });

  it('leaves constants alone that are no masks, and rows that are masked as a whole', () => {
    for (const graph of [
      masked((_, column) => -20 * column),
      masked(row => (row === 1 ? -1e4 : 0)),
      masked(() => 0),
    ]) {
      assert.equal(maskSoftmax(graph), graph);
    }
  });

  it('counts a factor of an element in: what it makes of a constant before it', () => {
    const shift = Float32Array.of(0, -200, 0, -200);
    const graph = (factor: number): Graph =>
      buildGraph({
        name: 'masked',
        nodes: [
          { name: 'x', op: input([SIZE]) },
          { name: 'added', op: { kind: 'scale', factor: 1, shift } },
          { name: 'scaled', op: { kind: 'scale', factor, shift: 0 } },
          { name: 'weights', op: { kind: 'softmax' } },
        ],
      });
    assert.deepEqual(softmaxRows(maskSoftmax(graph(0.5))), [[1, 2]]);
    assert.deepEqual(softmaxRows(maskSoftmax(graph(0.25))), [[4]]);
  });

  it('lets no row that is masked as a whole stretch the range of the others', () => {
    const graph = masked((row, column) => (row === 1 || column > row ? -3.4e38 : 0));
    const simple = maskSoftmax(graph);
    assert.deepEqual(softmaxRows(simple), [
      [2, 1],
      [2, 3],
      [4, 4],
    ]);
    const scale = simple.nodes.find(node => node.name === 'weights_unmasked')?.op;
    assert.ok(scale?.kind === 'scale' && scale.shift instanceof Float32Array);
    assert.deepEqual([...new Set(scale.shift)], [1, 0]);
  });

  it('takes no normalisation by channel for a mask, though it shifts by hundreds', () => {
    for (const [scale, shift] of [
      [Float32Array.of(1000, 1, 1, 1), Float32Array.of(-500, 0, 0, 0)],
      [Float32Array.of(1000, 1000, 1000, 1000), Float32Array.of(-500, 0, 0, 0)],
    ] as const) {
      const graph = buildGraph({
        name: 'normalised',
        nodes: [
          { name: 'x', op: input([SIZE]) },
          { name: 'norm', op: { kind: 'affine', scale, shift } },
          { name: 'weights', op: { kind: 'softmax' } },
        ],
      });
      assert.equal(maskSoftmax(graph), graph);
    }
  });

  it('refuses masks that do not fit, or keep nothing of a row', () => {
    const site = { name: 's', input: 'x', shape: [2, 2] };
    assert.throws(() => compose.maskedSoftmax(site, Uint8Array.of(1, 1)), /a mask of 2 elements/);
    assert.throws(() => compose.maskedSoftmax(site, Uint8Array.of(1, 1, 0, 0)), /nothing is kept/);
  });

  it('knows what a position sees in causal attention', () => {
    assert.deepEqual([...compose.causalMask(2, 3)], [1, 0, 0, 1, 1, 0]);
    assert.deepEqual([...compose.causalMask(2, 3, 1)], [1, 1, 0, 1, 1, 1]);
  });
});
