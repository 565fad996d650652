import assert from 'node:assert/strict';
import {
  buildGraph,
  compose,
  evaluateGraph,
  type RearrangeOp,
  type Shape,
} from '../../../src/graph/index.ts';
import { input } from '../support/ops.ts';

const {
  borderOp,
  broadcastShape,
  clip,
  depthToSpaceOp,
  expand,
  expandOperand,
  gatherOp,
  groupNorm,
  hardSigmoid,
  hardSwish,
  padOp,
  reduceKeepingAxes,
  repeatOp,
  reverseOp,
  rmsNorm,
  sliceOp,
  spaceToDepthOp,
  tileOp,
} = compose;

const site = (shape: Shape) => ({ name: 'y', input: 'x', shape });

function run(nodes: readonly compose.ComposedNode[], shape: Shape, data: readonly number[]) {
  const graph = buildGraph({ name: 'g', nodes: [{ name: 'x', op: input(shape) }, ...nodes], outputs: ['y'] });
  const [output] = evaluateGraph(graph, [{ shape, data: Float64Array.from(data) }]);
  return { shape: output?.shape ?? [], data: Array.from(output?.data ?? []) };
}

function rearranged(op: RearrangeOp, shape: Shape, data: readonly number[]) {
  return { ...run([{ name: 'y', op, inputs: ['x'] }], shape, data), label: op.label };
}

describe('compositions', () => {
  const points = [-4, -1, 0, 1, 2, 5];
  const values = (nodes: readonly compose.ComposedNode[]): number[] => run(nodes, [6], points).data;

  it('clip between bounds, above and below', () => {
    assert.deepEqual(values(clip(site([6]), -1, 2)), [-1, -1, 0, 1, 2, 2]);
    assert.deepEqual(values(clip(site([6]), 0, 1)), [0, 0, 0, 1, 1, 1]);
    assert.deepEqual(values(clip(site([6]), 1, Number.POSITIVE_INFINITY)), [1, 1, 1, 1, 2, 5]);
    assert.deepEqual(values(clip(site([6]), Number.NEGATIVE_INFINITY, 1)), [-4, -1, 0, 1, 1, 1]);
    assert.throws(() => clip(site([6]), 1, 1), /Clip 'y' has the bounds 1 and 1/);
  });

  it('give hard sigmoid and hard swish', () => {
    assert.deepEqual(values(hardSigmoid(site([6]), { alpha: 0.25, beta: 0.5 })), [0, 0.25, 0.5, 0.75, 1, 1]);
    const swish = values(hardSwish(site([6])));
    const expected = points.map(x => x * Math.min(Math.max(x / 6 + 0.5, 0), 1));
    for (const [i, value] of swish.entries()) assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-12);
  });

  it('expand, by a reshape where no element is repeated', () => {
    assert.deepEqual(run(expand(site([2, 1]), [2, 2, 2]), [2, 1], [1, 2]).data, [1, 1, 2, 2, 1, 1, 2, 2]);
    assert.deepEqual(expand(site([2]), [1, 2]), [
      { name: 'y', op: { kind: 'reshape', shape: [1, 2] }, inputs: ['x'] },
    ]);
    assert.throws(() => expand(site([3]), [2, 2]), /Shape 3 does not expand to 2x2/);
    assert.deepEqual(expandOperand(site([2]), [2]), { nodes: [], name: 'x' });
    assert.equal(expandOperand(site([2]), [3, 2]).name, 'y');
  });

  it('find the shape of a broadcast', () => {
    assert.deepEqual(broadcastShape([[3, 1], [4], []]), [3, 4]);
    assert.equal(broadcastShape([[3], [4]]), undefined);
  });

  it('normalise groups of channels over all positions', () => {
    const [scale, shift] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(0, 0, 1, 1)];
    const data = [1, 3, 10, 20, 5, 7, 30, 40]; // two positions of four channels
    const norm = run(groupNorm(site([1, 2, 4]), { groups: 2, epsilon: 0, scale, shift }), [1, 2, 4], data);
    const unit = (values: number[]): number[] => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
      return values.map(v => (v - mean) / deviation);
    };
    const [a = [], b = []] = [unit([1, 3, 5, 7]), unit([10, 20, 30, 40])];
    const normal = [a[0], a[1], b[0], b[1], a[2], a[3], b[2], b[3]];
    const expected = normal.map((v = 0, i) => v * (scale[i % 4] ?? 0) + (shift[i % 4] ?? 0));
    for (const [i, value] of norm.data.entries()) assert.ok(Math.abs(value - (expected[i] ?? 0)) < 1e-12);
    assert.throws(
      () => groupNorm(site([4]), { groups: 3, epsilon: 0, scale, shift }),
      /Norm 'y' splits 4 channels into 3 groups/,
    );
  });

  it('normalise by the root of the mean square', () => {
    const { data } = run(rmsNorm(site([2]), 1, Float32Array.of(1, 2)), [2], [1, 5]);
    const root = Math.sqrt(13 + 1);
    for (const [i, value] of [1 / root, 10 / root].entries())
      assert.ok(Math.abs((data[i] ?? 0) - value) < 1e-6);
  });

  it('reduce and keep the axes', () => {
    const { shape, data } = run(reduceKeepingAxes(site([2, 3]), 'mean', [1]), [2, 3], points);
    assert.deepEqual(shape, [2, 1]);
    assert.deepEqual(data, [-5 / 3, 8 / 3]);
  });
});

describe('rearrangements', () => {
  const x = [1, 2, 3, 4, 5, 6];

  it('slice, with steps and backwards', () => {
    const op = sliceOp([2, 3], [undefined, { begin: 0, count: 2, step: 2 }]);
    assert.deepEqual(rearranged(op, [2, 3], x), {
      shape: [2, 2],
      data: [1, 3, 4, 6],
      label: 'slice [:, 0:3:2]',
    });
    const back = sliceOp([6], [{ begin: 5, count: 3, step: -2 }]);
    assert.deepEqual(rearranged(back, [6], x), {
      shape: [3],
      data: [6, 4, 2],
      label: 'slice [5 down to 1 by 2]',
    });
  });

  it('gather, tile, repeat and reverse', () => {
    assert.deepEqual(rearranged(gatherOp([2, 3], 1, [2, 2]), [2, 3], x).data, [3, 3, 6, 6]);
    assert.deepEqual(rearranged(tileOp([2], [2]), [2], [1, 2]).data, [1, 2, 1, 2]);
    assert.deepEqual(rearranged(repeatOp([2], [2]), [2], [1, 2]).data, [1, 1, 2, 2]);
    assert.deepEqual(rearranged(reverseOp([2, 3], [1]), [2, 3], x).data, [3, 2, 1, 6, 5, 4]);
  });

  it('pad with zeros around and between, with mirrors, with edges', () => {
    assert.deepEqual(rearranged(padOp([2], [1], [2], [1]), [2], [7, 8]), {
      shape: [6],
      data: [0, 7, 0, 8, 0, 0],
      label: 'zeros 1 before, 2 after, 1 between',
    });
    assert.deepEqual(rearranged(borderOp([3], [2], [1], 'reflect'), [3], [1, 2, 3]).data, [3, 2, 1, 2, 3, 2]);
    assert.deepEqual(rearranged(borderOp([2], [2], [1], 'edge'), [2], [1, 2]).data, [1, 1, 1, 2, 2]);
  });

  it('move channels to positions and back', () => {
    const data = [0, 1, 2, 3, 4, 5, 6, 7];
    const spread = rearranged(depthToSpaceOp([1, 2, 4], 2), [1, 2, 4], data);
    assert.deepEqual(spread.shape, [2, 4, 1]);
    assert.deepEqual(spread.data, [0, 1, 4, 5, 2, 3, 6, 7]);
    assert.deepEqual(rearranged(spaceToDepthOp([2, 4, 1], 2), [2, 4, 1], spread.data).data, data);
  });
});
