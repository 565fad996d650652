import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { Shape } from '../../src/graph/index.ts';
import {
  boundsAt,
  concatBounds,
  conv2dBounds,
  denseBounds,
  magnitude,
  provenRange,
  reshapeBounds,
  transposeBounds,
} from '../../src/quantize/bounds.ts';
import { type Bounds, evaluateQuantGraph, type QuantConv2dOp, quantize } from '../../src/quantize/index.ts';
import { chain, findNode, integersOf, NO_PADDING, plainDomain, tensor } from './support/graphs.ts';
import { denseOp } from './support/random-graphs.ts';

/** An interval per channel, not too wide. */
const intervals = (channels: number) =>
  fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(40)), {
    minLength: channels,
    maxLength: channels,
  });

function toBounds(pairs: readonly (readonly [number, number])[]): Bounds {
  return {
    min: pairs.map(([min]) => BigInt(min)),
    max: pairs.map(([min, width]) => BigInt(min + width)),
  };
}

describe('bounds', () => {
  it('are attained by a dense layer at the corner that suits each unit, and never passed', () => {
    fc.assert(
      fc.property(intervals(5), fc.integer({ min: 1, max: 9999 }), (pairs, seed) => {
        const random = seededRandom(seed);
        const weights = Int32Array.from({ length: 15 }, () => random.below(21) - 10);
        const input = toBounds(pairs);
        const bounds = denseBounds({ kind: 'dense', units: 3, weights, bias: [4n, -4n, 0n] }, input);
        for (let unit = 0; unit < 3; unit++) {
          const at = (corner: (i: number) => bigint): bigint => {
            let sum = [4n, -4n, 0n][unit] ?? 0n;
            for (let i = 0; i < 5; i++) sum += corner(i) * BigInt(weights[i * 3 + unit] ?? 0);
            return sum;
          };
          const isUp = (i: number): boolean => (weights[i * 3 + unit] ?? 0) > 0;
          const [min, max] = boundsAt(bounds, unit);
          assert.equal(
            at(i => (isUp(i) ? input.max : input.min)[i] ?? 0n),
            max,
          );
          assert.equal(
            at(i => (isUp(i) ? input.min : input.max)[i] ?? 0n),
            min,
          );
          const inside = at(i => (random.below(2) === 0 ? input.min : input.max)[i] ?? 0n);
          assert.ok(inside >= min && inside <= max);
        }
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  it('of a dense layer are the same beyond 2^53', () => {
    const weights = Int32Array.of(2 ** 30, -(2 ** 30));
    const input = { min: [-(1n << 60n), 1n], max: [3n, 1n << 61n] };
    const bounds = denseBounds({ kind: 'dense', units: 1, weights, bias: [7n] }, input);
    const w = 1n << 30n;
    assert.deepEqual(bounds, { min: [7n - w * (1n << 60n) - w * (1n << 61n)], max: [7n + 3n * w - w] });
  });

  it('of a convolution let a padded tap read zero', () => {
    const op: QuantConv2dOp = {
      kind: 'conv2d',
      filters: 2,
      kernelSize: [1, 2],
      strides: [1, 1],
      dilations: [1, 1],
      padding: NO_PADDING,
      groups: 2,
      kernel: Int32Array.of(1, 2, 3, -4),
      bias: [0n, 1n],
    };
    const input = { min: [10n, 5n], max: [20n, 6n] };
    assert.deepEqual(conv2dBounds(op, input, 2), { min: [40n, 1n + 10n - 24n], max: [80n, 1n + 12n - 20n] });
    const padded = { ...op, padding: { ...NO_PADDING, left: 1 } };
    assert.deepEqual(conv2dBounds(padded, input, 2), { min: [0n, 1n - 24n], max: [80n, 1n + 12n] });
  });

  it('follow each element through a flattening and back', () => {
    const input = { min: [1n, 2n, 3n], max: [11n, 12n, 13n] };
    const flat = reshapeBounds(input, [2, 2, 3], [12]);
    assert.deepEqual(flat.min, [1n, 2n, 3n, 1n, 2n, 3n, 1n, 2n, 3n, 1n, 2n, 3n]);
    assert.deepEqual(reshapeBounds(flat, [12], [2, 2, 3]), input);
    assert.deepEqual(reshapeBounds(input, [2, 3], [3, 2]), { min: [1n, 1n], max: [13n, 13n] });
  });

  it('of moved elements hold them, for every shape', () => {
    const shapes: [Shape, Shape][] = [
      [
        [4, 6],
        [6, 4],
      ],
      [
        [4, 6],
        [3, 8],
      ],
      [[2, 2, 6], [24]],
      [[12], [2, 3, 2]],
    ];
    for (const [from, to] of shapes) {
      const channels = from[from.length - 1] ?? 1;
      const input: Bounds = {
        min: Array.from({ length: channels }, (_, c) => BigInt(c)),
        max: Array.from({ length: channels }, (_, c) => BigInt(c)),
      };
      const size = from.reduce((a, b) => a * b, 1);
      const bounds = reshapeBounds(input, from, to);
      for (let i = 0; i < size; i++) {
        const [min, max] = boundsAt(bounds, i % (to[to.length - 1] ?? 1));
        assert.ok(BigInt(i % channels) >= min && BigInt(i % channels) <= max, `${from} to ${to} at ${i}`);
      }
    }
  });

  it('of a transposition keep channels that stay last and join those that move', () => {
    const input = { min: [1n, 2n], max: [3n, 9n] };
    assert.equal(transposeBounds(input, [1, 0, 2]), input);
    assert.deepEqual(transposeBounds(input, [2, 0, 1]), { min: [1n], max: [9n] });
  });

  it('of a concatenation stand side by side on the last axis and join on others', () => {
    const a = { min: [1n], max: [2n] };
    const b = { min: [-3n, 5n], max: [0n, 6n] };
    const last = {
      axis: 1,
      multipliers: [2n, 1n],
      shapes: [
        [1, 2],
        [1, 2],
      ],
    };
    assert.deepEqual(concatBounds(last, [a, b]), { min: [2n, 2n, -3n, 5n], max: [4n, 4n, 0n, 6n] });
    const first = {
      axis: 0,
      multipliers: [1n, 2n],
      shapes: [
        [1, 2],
        [1, 2],
      ],
    };
    assert.deepEqual(concatBounds(first, [a, b]), { min: [-6n, 1n], max: [2n, 12n] });
  });

  it('start from what the range check proves, not from the declared domain', () => {
    assert.deepEqual(provenRange(5, false), [0n, 31n]);
    assert.deepEqual(provenRange(3, true), [-4n, 3n]);
    const bits = (min: number, max: number): unknown => {
      const [node] = quantize(chain([1], plainDomain(min, max), { kind: 'relu' })).nodes;
      assert.ok(node?.op.kind === 'input');
      return [node.op.bits, node.op.signed, node.bounds.min[0], node.bounds.max[0]];
    };
    assert.deepEqual(bits(0, 16), [5, false, 0n, 31n]);
    assert.deepEqual(bits(0, 255), [8, false, 0n, 255n]);
    assert.deepEqual(bits(5, 7), [3, false, 0n, 7n]);
    assert.deepEqual(bits(-128, 127), [8, true, -128n, 127n]);
    assert.deepEqual(bits(-128, 128), [9, true, -256n, 255n]);
    assert.deepEqual(bits(-129, 0), [9, true, -256n, 255n]);
    assert.deepEqual(bits(-1, 0), [1, true, -1n, 0n]);
  });

  it('of logits are attained at corners of the proven range, which the declared domain need not reach', () => {
    const graph = chain([6], plainDomain(0, 16), denseOp(6, 4, seededRandom(3)));
    const quantised = quantize(graph);
    const dense = findNode(quantised, 'dense_1', 'dense');
    for (let unit = 0; unit < 4; unit++) {
      const corner = Array.from({ length: 6 }, (_, i) =>
        (dense.op.weights[i * 4 + unit] ?? 0) > 0 ? 31 : 0,
      );
      const [y] = evaluateQuantGraph(quantised, [tensor([6], corner)]);
      assert.equal(integersOf(y ?? tensor([], []))[unit], dense.bounds.max[unit]);
    }
  });

  it('have the larger end as their magnitude', () => {
    assert.equal(magnitude({ min: [-9n, 2n], max: [3n, 8n] }), 9n);
    assert.equal(magnitude({ min: [-2n], max: [3n] }), 3n);
  });
});
