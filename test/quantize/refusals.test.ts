/** What functions, comparisons and tables refuse: values that no circuit of theirs proves. */
import assert from 'node:assert/strict';
import { buildGraph, type NodeSpec, type Op } from '../../src/graph/index.ts';
import { evaluateQuantGraph, quantize } from '../../src/quantize/index.ts';

const WIDE = { min: -2048, max: 2047, scale: 1 / 16, offset: 0 };

/** A network of one operator over one vector, or over the two halves of one. */
function network(op: Op, operands: 1 | 2) {
  const inputs = operands === 1 ? ['x'] : ['x', 'y'];
  const nodes: NodeSpec[] = [
    ...inputs.map((name): NodeSpec => ({ name, op: { kind: 'input', shape: [2], domain: WIDE } })),
    { name: 'node', op, inputs },
  ];
  return buildGraph({ name: 'network', nodes, outputs: ['node'] });
}

const tensor = (values: readonly number[]) => ({ shape: [2], data: Float64Array.from(values) });

describe('calibrated widths', () => {
  const seen = [10, -20];
  const cases: readonly (readonly [string, Op, 1 | 2])[] = [
    ['sigmoid', { kind: 'function', name: 'sigmoid' }, 1],
    ['gelu', { kind: 'function', name: 'gelu' }, 1],
    ['compare', { kind: 'compare', relation: 'less' }, 2],
    ['maximum', { kind: 'maximum' }, 2],
    ['abs', { kind: 'abs' }, 1],
    ['sign', { kind: 'sign' }, 1],
    ['top-k', { kind: 'top-k', k: 1 }, 1],
  ];
  for (const [name, op, operands] of cases) {
    it(`of ${name} refuse what is far from all that was seen`, () => {
      const graph = network(op, operands);
      const sample = Array.from({ length: operands }, () => seen);
      const options = { widths: 'calibrated', marginBits: 0, calibration: [sample] } as const;
      const calibrated = quantize(graph, options);
      const near = Array.from({ length: operands }, () => tensor([5, -7]));
      assert.equal(evaluateQuantGraph(calibrated, near).length, 1);
      const far = Array.from({ length: operands }, (_, i) => tensor(i === 0 ? [2047, -2048] : [-2048, 2047]));
      assert.throws(() => evaluateQuantGraph(calibrated, far), {
        code: 'BOUND_EXCEEDED',
        message: /^Node 'node' /,
      });
      assert.equal(evaluateQuantGraph(quantize(graph), far).length, 1);
    });
  }
});

describe('exp', () => {
  it('refuses numbers of which it is beyond all numbers', () => {
    const times: Op = { kind: 'scale', factor: 1e6, shift: 0 };
    const nodes: NodeSpec[] = [
      { name: 'x', op: { kind: 'input', shape: [2], domain: WIDE } },
      { name: 'large', op: times },
      { name: 'node', op: { kind: 'function', name: 'exp' } },
    ];
    assert.throws(() => quantize(buildGraph({ name: 'network', nodes })), {
      code: 'BOUND_TOO_WIDE',
      message:
        "Node 'node' (exp) takes numbers up to 1.28e+8, of which it is beyond all numbers. Normalise its operand.",
    });
  });
});

describe('an embedding', () => {
  it('refuses numbers that are scaled', () => {
    const op: Op = { kind: 'embedding', size: 1, table: Float32Array.of(1, 2) };
    assert.throws(() => quantize(network(op, 1)), {
      code: 'UNSUPPORTED_OPTION',
      message:
        "Node 'node' (embedding) chooses rows by numbers that are scaled. Give it an input whose domain has scale 1 and offset 0.",
    });
  });
});
