/** Rounding down in integers: exact on every number, whatever divides it, and however wide it is. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  buildGraph,
  compose,
  type Graph,
  type InputDomain,
  type NodeSpec,
} from '../../../src/graph/index.ts';
import { evaluateQuantGraph, quantize } from '../../../src/quantize/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const WHOLE: InputDomain = { min: -4096, max: 4095, scale: 1, offset: 0 };

function network(domain: InputDomain, ...nodes: readonly NodeSpec[]): Graph {
  return buildGraph({
    name: 'floor',
    nodes: [{ name: 'x', op: { kind: 'input', shape: [1], domain } }, ...nodes],
  });
}

function valueAt(graph: Graph, x: number): number {
  const inputs = [{ shape: [1], data: Float64Array.of(x) }];
  const quantised = quantize(graph);
  const [result] = evaluateQuantGraph(quantised, inputs);
  return Number(result?.data[0]) / 2 ** (quantised.nodes.at(-1)?.scaleBits ?? 0);
}

describe('rounding down in integers', () => {
  it('is the division, for any whole numbers', () => {
    const factor = fc.integer({ min: -300, max: 300 }).filter(n => n !== 0);
    const triple = fc.tuple(factor, fc.integer({ min: -999, max: 999 }), fc.integer({ min: 1, max: 3000 }));
    fc.assert(
      fc.property(triple, fc.integer({ min: -4096, max: 4095 }), ([numerator, shift, divisor], x) => {
        const graph = network(WHOLE, { name: 'y', op: compose.floorOp(numerator, shift, divisor) });
        assert.equal(valueAt(graph, x), Math.floor((numerator * x + shift) / divisor));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it('sees bytes as the fractions that they stand for', () => {
    const domain: InputDomain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
    const graph = network(domain, { name: 'y', op: compose.floorOp(3) });
    for (const x of [0, 84, 85, 86, 169, 170, 254, 255])
      assert.equal(valueAt(graph, x), Math.floor((3 * x) / 255));
  });

  it('takes steps of several units, and an offset', () => {
    const domain: InputDomain = { min: 0, max: 100, scale: 4, offset: -6 };
    const graph = network(domain, { name: 'y', op: compose.floorOp(1, 0, 8) });
    for (const x of [0, 1, 2, 3, 100]) assert.equal(valueAt(graph, x), Math.floor((4 * x - 6) / 8));
  });

  it('goes on from a rounded factor where the scale is no fraction', () => {
    const domain: InputDomain = { min: 0, max: 100, scale: 0.3, offset: 0 };
    assert.equal(valueAt(network(domain, { name: 'y', op: compose.floorOp() }), 50.0 * 0.7), 10);
  });

  it('cuts more bits than one cut takes in two', () => {
    const domain: InputDomain = { min: -128, max: 127, scale: 2 ** -140, offset: 0 };
    const graph = network(domain, { name: 'y', op: compose.floorOp() });
    assert.deepEqual(
      [-128, -1, 0, 127].map(x => valueAt(graph, x)),
      [-1, -1, 0, 0],
    );
  });

  it('refuses a division that takes too long a cut, by name', () => {
    const domain: InputDomain = { min: 0, max: 2 ** 40, scale: 1, offset: 0 };
    const powers = ['p', 'q'].map(
      (name, i): NodeSpec => ({ name, op: { kind: 'multiply' }, inputs: i === 0 ? ['x', 'x'] : ['p', 'p'] }),
    );
    const graph = network(domain, ...powers, { name: 'y', op: compose.floorOp(1, 0, 3) });
    assertThrowsCode(
      () => quantize(graph),
      'BOUND_TOO_WIDE',
      /^Node 'y' \(floor\) divides numbers of \d+ bits by 3; that takes a cut of more than 126 bits\. Put an activation before it, where the scale is cut\.$/,
    );
  });
});
