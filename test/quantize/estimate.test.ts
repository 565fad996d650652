import assert from 'node:assert/strict';
import { constraintEstimate, type NodeEstimate, quantize } from '../../src/quantize/index.ts';
import { chain, denseOf, NO_PADDING, plainDomain } from './support/graphs.ts';

function costOf(estimates: readonly NodeEstimate[], name: string): number[] {
  const node = estimates.find(candidate => candidate.name === name);
  assert.ok(node);
  return [node.gadgetCount, node.rowCount, node.linearCount, node.linearBits];
}

describe('the constraint estimate', () => {
  it('counts bits and a product a ReLU, nothing for linear layers, a row per output', () => {
    const graph = chain(
      [3],
      plainDomain(0, 255),
      denseOf(
        [
          [1, -1],
          [1, 1],
          [-1, 1],
        ],
        [0, 0],
      ),
      { kind: 'relu' },
      denseOf([[1], [1]], [0]),
    );
    const network = quantize(graph, { weightBits: 1, activationBits: 4, freeActivationBits: 4 });
    const estimate = constraintEstimate(network);
    assert.deepEqual(costOf(estimate.nodes, 'x'), [3, 24, 0, 0]);
    assert.deepEqual(costOf(estimate.nodes, 'dense_1'), [0, 0, 0, 0]);
    const relu = network.nodes[2];
    assert.ok(relu?.op.kind === 'relu');
    const bits = relu.op.quotientBits.map(
      quotient => quotient + (relu.op.kind === 'relu' ? relu.op.shiftBits : 0),
    );
    const rows = bits.reduce((sum, width) => sum + width + 1, 0);
    assert.deepEqual(costOf(estimate.nodes, 'relu_2'), [2, rows, 2, rows + 2]);
    assert.equal(estimate.packedLinearCount, 1);
    assert.equal(estimate.total, 24 + rows + 1 + 1);
  });

  it('counts nothing for a channel that holds one number only', () => {
    const relus = (weight: number): number[] => {
      const layers = denseOf(
        [
          [1, weight],
          [-1, -weight],
        ],
        [-1, 3],
      );
      const graph = chain([2], plainDomain(0, 255), layers, { kind: 'relu' }, denseOf([[1], [1]], [0]));
      return costOf(constraintEstimate(quantize(graph)).nodes, 'relu_2');
    };
    const [both = [], one = []] = [relus(1), relus(0)];
    assert.deepEqual(one, [2, (both[1] ?? 0) / 2, 1, (both[3] ?? 0) / 2]);
  });

  it('counts limbs of a lookup table, and the table', () => {
    const layers = denseOf([[1]], [-100]);
    const graph = chain([1], plainDomain(0, 255), layers, { kind: 'relu' }, denseOf([[1]], [0]));
    const network = quantize(graph, {
      weightBits: 4,
      activationBits: 6,
      freeActivationBits: 6,
      freeWeightBits: 4,
    });
    const relu = network.nodes.find(node => node.op.kind === 'relu');
    assert.ok(relu?.op.kind === 'relu');
    const { quotientBits, shiftBits } = relu.op;
    assert.deepEqual([quotientBits, shiftBits], [[6], 5]);
    const estimate = constraintEstimate(network, { lookupWidth: 4 });
    assert.deepEqual(costOf(estimate.nodes, 'x'), [1, 2, 0, 0]);
    assert.deepEqual(costOf(estimate.nodes, 'relu_2'), [1, 3 + 2 + 1, 1, 13]); // limb and 2 bits, limb and bit, product
    assert.equal(estimate.tableCount, 17);
    assert.equal(estimate.total, 2 + 6 + 1 + 1 + 17);
  });

  it('saves what a known sign makes needless', () => {
    const layers = denseOf([[1, -1]], [0, 0]);
    const cutting = constraintEstimate(
      quantize(chain([1], plainDomain(0, 255), layers, { kind: 'relu' }), {
        activationBits: 4,
        freeActivationBits: 4,
        weightBits: 1,
      }),
    );
    assert.deepEqual(costOf(cutting.nodes, 'relu_2'), [2, 9, 1, 11]); // t is in [0, 16]: 5 + 4 bits, no product
    const exact = constraintEstimate(
      quantize(chain([1], plainDomain(0, 255), layers, { kind: 'relu' }), { weightBits: 1 }),
    );
    assert.deepEqual(costOf(exact.nodes, 'relu_2'), [2, 0, 0, 0]);
    const leaky = { kind: 'leaky-relu', slope: 0.5 } as const;
    const bent = constraintEstimate(
      quantize(chain([1], plainDomain(0, 255), layers, leaky), {
        activationBits: 4,
        freeActivationBits: 4,
        weightBits: 1,
      }),
    );
    assert.deepEqual(costOf(bent.nodes, 'leaky-relu_2'), [2, 18, 2, 22]);
  });

  it('counts caps where they can be reached', () => {
    const graph = chain([2], plainDomain(-128, 127), { kind: 'relu', max: 100 });
    const estimate = constraintEstimate(quantize(graph));
    assert.deepEqual(costOf(estimate.nodes, 'relu_1'), [2, 2 * (8 + 1 + 7 + 1), 4, 2 * (10 + 9)]);
  });

  it('counts the comparisons of pools, padding left out, and of argmax', () => {
    const padding = { ...NO_PADDING, right: 1 };
    const pool = { kind: 'max-pool2d', poolSize: [2, 2], strides: [2, 2], padding } as const;
    const graph = chain(
      [2, 3, 1],
      plainDomain(0, 255),
      pool,
      { kind: 'reshape', shape: [2] },
      { kind: 'argmax' },
    );
    const estimate = constraintEstimate(quantize(graph));
    assert.deepEqual(costOf(estimate.nodes, 'max-pool2d_1'), [4, 4 * 9, 4, 40]);
    assert.deepEqual(costOf(estimate.nodes, 'argmax_3'), [1, 9 + 1, 1, 11]);
    const single = chain([1], plainDomain(0, 255), { kind: 'argmax' });
    assert.equal(constraintEstimate(quantize(single)).total, 8 + 1);
  });
});
