/** How pictures and scores are fitted to the float graph: normalisation before it, its last function behind it. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../../fixtures/data/random.ts';
import {
  buildGraph,
  evaluateGraph,
  type Graph,
  type NodeSpec,
  normalizeInput,
  type Op,
  scoreOutput,
  simplifyGraph,
  toRealInput,
} from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';

const random = seededRandom(4);
const weights = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

function imageNetwork(padding: number): Graph {
  const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
  const around = { top: padding, bottom: padding, left: padding, right: padding };
  const nodes: NodeSpec[] = [
    { name: 'normalize', op: { kind: 'input', shape: [4, 4, 3], domain } }, // the pass's own name is taken
    {
      name: 'conv',
      op: {
        kind: 'conv2d',
        filters: 2,
        kernelSize: [3, 3],
        strides: [1, 1],
        dilations: [1, 1],
        padding: around,
        groups: 1,
        kernel: weights(54),
        bias: weights(2),
      },
    },
  ];
  return buildGraph({ name: 'image', nodes });
}

function output(graph: Graph, pixels: readonly number[]): ArrayLike<number> {
  const input = graph.nodes[graph.inputs[0] ?? -1];
  assert.ok(input?.op.kind === 'input');
  const data = toRealInput(input.op.domain, pixels);
  return evaluateGraph(graph, [{ shape: input.shape, data }])[0]?.data ?? [];
}

function assertClose(found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length);
  for (let i = 0; i < found.length; i++)
    assert.ok(Math.abs((found[i] ?? 0) - (expected[i] ?? 0)) < 1e-4, `${found[i]} for ${expected[i]}`);
}

describe('normalising pixels', () => {
  const pixels = Array.from({ length: 48 }, () => random.below(256));
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];

  for (const padding of [0, 1]) {
    it(`by channel is exact before a convolution with padding ${padding}`, () => {
      const graph = imageNetwork(padding);
      const normalized = pixels.map(
        (value, index) => (value / 255 - (mean[index % 3] ?? 0)) / (deviation[index % 3] ?? 1),
      );
      const [expected] = evaluateGraph(graph, [{ shape: [4, 4, 3], data: Float64Array.from(normalized) }]);
      const changed = normalizeInput(graph, { mean, deviation });
      assertClose(output(changed, pixels), expected?.data ?? []);
      assertClose(output(simplifyGraph(changed), pixels), expected?.data ?? []);
    });
  }

  it('by channel is exact where channels come first, as in PyTorch', () => {
    const last = imageNetwork(1);
    const nodes = last.nodes.map(({ name, op }) => ({ name, op }));
    const first = buildGraph({
      name: 'first',
      nodes: nodes.flatMap(({ name, op }): NodeSpec[] =>
        op.kind === 'input'
          ? [
              { name, op: { ...op, shape: [3, 4, 4] } },
              { name: 'last', op: { kind: 'transpose', permutation: [1, 2, 0] } },
            ]
          : [{ name, op }],
      ),
    });
    const planes = Array.from({ length: 48 }, (_, at) => pixels[3 * (at % 16) + Math.floor(at / 16)] ?? 0);
    const expected = output(normalizeInput(last, { mean, deviation }), pixels);
    const changed = normalizeInput(first, { mean, deviation });
    assertClose(output(changed, planes), expected);
    const simple = simplifyGraph(changed);
    assertClose(output(simple, planes), expected);
    assert.equal(simple.nodes.filter(({ op }) => op.kind === 'transpose').length, 1);
  });

  it('by one number for all channels changes the domain only', () => {
    const graph = imageNetwork(0);
    const changed = normalizeInput(graph, { mean: [0.5], deviation: [0.25] });
    assert.equal(changed.nodes.length, graph.nodes.length);
    const { op } = changed.nodes[0] ?? {};
    assert.ok(op?.kind === 'input');
    assert.deepEqual(op.domain, { min: 0, max: 255, scale: 1 / (255 * 0.25), offset: -2 });
  });

  it('is refused where it cannot be', () => {
    assertThrowsCode(
      () => normalizeInput(imageNetwork(0), { mean: [0, 0], deviation: [1, 1] }),
      'UNSUPPORTED_OPTION',
      "Pixels cannot be normalised here: there are 2 means, and no channels of that number in input 'normalize' of shape 4x4x3.",
    );
    const usage =
      'Pixels are normalised with 1 means and the deviations 0; give as many of both, and no deviation of 0.';
    assertThrowsCode(() => normalizeInput(imageNetwork(0), { mean: [0], deviation: [0] }), 'USAGE', usage);
    const input: Op = { kind: 'input', shape: [2], domain: { min: 0, max: 1, scale: 1, offset: 0 } };
    const nodes: NodeSpec[] = [
      { name: 'a', op: input },
      { name: 'b', op: input, inputs: [] },
      { name: 'sum', op: { kind: 'add' }, inputs: ['a', 'b'] },
    ];
    assertThrowsCode(
      () => normalizeInput(buildGraph({ name: 'two', nodes }), { mean: [0], deviation: [1] }),
      'UNSUPPORTED_OPTION',
      'Pixels cannot be normalised here: the network has 2 inputs; normalise pixels before the model, or in it.',
    );
  });
});

describe('the score of a network', () => {
  const scoreNetwork = (units: number, last: Op): Graph => {
    const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
    const nodes: NodeSpec[] = [
      { name: 'x', op: { kind: 'input', shape: [3], domain } },
      { name: 'score', op: { kind: 'dense', units, weights: weights(3 * units), bias: weights(units) } },
      { name: 'last', op: last },
    ];
    return buildGraph({ name: 'score', nodes });
  };
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const sample = [10, 200, 90];

  it('is the argument of the last sigmoid', () => {
    const graph = scoreNetwork(1, { kind: 'function', name: 'sigmoid' });
    const scored = scoreOutput(graph, undefined);
    assert.deepEqual([scored.isLogit, scored.scoreIndex], [true, undefined]);
    assertClose([sigmoid(output(scored.graph, sample)[0] ?? 0)], output(graph, sample));
  });

  for (const index of [0, 1]) {
    it(`is a difference before a softmax over two, of number ${index}`, () => {
      const graph = scoreNetwork(2, { kind: 'softmax' });
      const scored = scoreOutput(graph, index);
      assert.deepEqual([scored.isLogit, scored.scoreIndex], [true, 0]);
      const expected = output(graph, sample)[index] ?? 0;
      assertClose([sigmoid(output(simplifyGraph(scored.graph), sample)[0] ?? 0)], [expected]);
    });
  }

  it('is left to the caller in every other case', () => {
    const pair = scoreOutput(scoreNetwork(2, { kind: 'softmax' }), undefined);
    const three = scoreOutput(scoreNetwork(3, { kind: 'softmax' }), 2);
    const relu = scoreOutput(scoreNetwork(1, { kind: 'relu' }), 0);
    for (const { graph, isLogit } of [pair, three]) {
      assert.equal(isLogit, false);
      assert.equal(graph.nodes.at(-1)?.name, 'score');
    }
    assert.deepEqual([three.scoreIndex, relu.graph.nodes.at(-1)?.name, relu.isLogit], [2, 'last', false]);
  });
});
