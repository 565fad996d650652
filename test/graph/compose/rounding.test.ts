/** Rounding made of floors, against its definitions. */
import assert from 'node:assert/strict';
import { buildGraph, compose, evaluateGraph, type NodeSpec } from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const VALUES = Array.from({ length: 97 }, (_, i) => (i - 48) / 8); // eighths: ties among them

function apply(nodes: (site: compose.Site) => NodeSpec[]): number[] {
  const shape = [VALUES.length];
  const domain = { min: -48, max: 48, scale: 1 / 8, offset: 0 };
  const input: NodeSpec = { name: 'x', op: { kind: 'input', shape, domain } };
  const graph = buildGraph({
    name: 'rounding',
    nodes: [input, ...nodes({ name: 'y', input: 'x', shape })],
    outputs: ['y'],
  });
  const [result] = evaluateGraph(graph, [{ shape, data: Float64Array.from(VALUES) }]);
  return Array.from(result?.data ?? [], value => value + 0); // negative zero is zero
}

const expected = (of: (x: number) => number): number[] => VALUES.map(x => of(x) + 0);

function halfToEven(x: number): number {
  const [down, up] = [Math.floor(x), Math.ceil(x)];
  if (x - down !== up - x) return Math.round(x);
  return down % 2 === 0 ? down : up;
}

describe('rounding', () => {
  it('is down, of quotients by whole numbers too', () => {
    assert.deepEqual(
      apply(({ name, input }) => [compose.nodeSpec(name, compose.floorOp(3, -2, 5), input)]),
      expected(x => Math.floor((3 * x - 2) / 5)),
    );
  });

  it('is up', () => assert.deepEqual(apply(compose.ceil), expected(Math.ceil)));

  it('is to the nearest, halves to the even number', () =>
    assert.deepEqual(apply(compose.roundHalfToEven), expected(halfToEven)));

  it('cuts fractions off, of quotients too', () => {
    assert.deepEqual(
      apply(site => compose.truncate(site)),
      expected(Math.trunc),
    );
    assert.deepEqual(
      apply(site => compose.truncate(site, 3)),
      expected(x => Math.trunc(x / 3)),
    );
  });

  it('leaves remainders with the sign of the divisor, or of the dividend', () => {
    assert.deepEqual(
      apply(site => compose.remainder(site, { divisor: 3, mode: 'floor' })),
      expected(x => x - 3 * Math.floor(x / 3)),
    );
    assert.deepEqual(
      apply(site => compose.remainder(site, { divisor: 3, mode: 'truncate' })),
      expected(x => x % 3),
    );
  });

  it('takes whole numbers, and a divisor above 0', () => {
    for (const op of [compose.floorOp(0), compose.floorOp(1, 0.5), compose.floorOp(1, 0, -2)]) {
      assertThrowsCode(
        () => apply(({ name, input }) => [compose.nodeSpec(name, op, input)]),
        'MALFORMED_GRAPH',
        `Node 'y' (floor) has the numbers ${op.numerator}, ${op.shift} and ${op.divisor}; they must be whole, the first not 0, the last positive.`,
      );
    }
  });
});
