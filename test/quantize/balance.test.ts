import assert from 'node:assert/strict';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { buildGraph, evaluateGraph, type Graph, type NodeSpec } from '../../src/graph/index.ts';
import { balanceChannels } from '../../src/quantize/balance.ts';
import { constraintEstimate, measureFidelity, quantize } from '../../src/quantize/index.ts';
import { digitsGraph, mnistGraph } from './support/models.ts';

function outputs(graph: Graph, seed: number): number[] {
  const inputs = graph.inputs.map(id => {
    const { shape = [] } = graph.nodes[id] ?? {};
    const size = shape.reduce((product, length) => product * length, 1);
    return { shape, data: Float64Array.from({ length: size }, (_, i) => Math.sin(seed + 3 * i)) };
  });
  return evaluateGraph(graph, inputs).flatMap(({ data }) => [...data]);
}

function conv(name: string, inputs: number, filters: number, groups = 1): NodeSpec {
  const length = (4 * inputs * filters) / groups;
  const kernel = Float32Array.from(
    { length },
    (_, i) => Math.sin(i + inputs) * 8 ** -(Math.floor(i / filters) % (inputs / groups)),
  );
  const layout = { kernelSize: [2, 2], strides: [1, 1], dilations: [1, 1], groups } as const;
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const bias = Float32Array.from({ length: filters }, (_, i) => Math.cos(i));
  return { name, op: { kind: 'conv2d', filters, ...layout, padding, kernel, bias } };
}

function network(middle: readonly NodeSpec[], last: NodeSpec): Graph {
  const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
  const input: NodeSpec = { name: 'x', op: { kind: 'input', shape: [6, 6, 2], domain } };
  return buildGraph({ name: 'balanced', nodes: [input, conv('first', 2, 4), ...middle, last] });
}

function dense(inputs: number): NodeSpec {
  const weights = Float32Array.from(
    { length: inputs * 3 },
    (_, i) => Math.sin(i) * 4 ** -(Math.floor(i / 3) % 4),
  );
  return { name: 'last', op: { kind: 'dense', units: 3, weights, bias: new Float32Array(3) } };
}

const POOL = {
  kind: 'max-pool2d',
  poolSize: [2, 2],
  strides: [2, 2],
  padding: { top: 0, bottom: 0, left: 0, right: 0 },
} as const;

const NETWORKS: readonly (readonly [what: string, graph: Graph])[] = [
  ['a ReLU', network([{ name: 'relu', op: { kind: 'relu' } }], conv('last', 4, 6))],
  [
    'a leaky ReLU and groups',
    network([{ name: 'relu', op: { kind: 'leaky-relu', slope: 0.25 } }], conv('last', 4, 6, 2)),
  ],
  [
    'a pool and a reshape',
    network(
      [
        { name: 'relu', op: { kind: 'relu' } },
        { name: 'pool', op: POOL },
        { name: 'flat', op: { kind: 'reshape', shape: [16] } },
      ],
      dense(16),
    ),
  ],
  ['the digits', digitsGraph()],
  ['MNIST', mnistGraph()],
];

describe('balanced channels', () => {
  for (const [what, graph] of NETWORKS) {
    it(`leave every output of ${what} as it is, to the last bit`, () => {
      const balanced = balanceChannels(graph);
      assert.notDeepEqual(balanced, graph);
      for (const seed of [1, 2, 3]) assert.deepEqual(outputs(balanced, seed), outputs(graph, seed));
    });
  }

  it('leave alone what a cap, an output, or a second reader holds', () => {
    const relu = { name: 'relu', op: { kind: 'relu' } } as const;
    const capped = network([{ name: 'relu', op: { kind: 'relu', max: 6 } }], conv('last', 4, 6));
    const linear = network([], conv('last', 4, 6));
    const whole = network([relu], conv('last', 4, 6));
    const seen = { ...whole, outputs: whole.nodes.slice(2).map(({ id }) => id) };
    for (const graph of [capped, linear, seen]) assert.deepEqual(balanceChannels(graph), graph);
  });

  it('cost fewer constraints for the same digits', () => {
    const graph = digitsGraph();
    const { images, labels } = loadDigits().heldOut;
    const samples = images.slice(0, 400).map(image => [image]);
    const [plain, balanced] = [false, true].map(balance => {
      const network = quantize(graph, { balance });
      const [output] = measureFidelity(graph, network, samples, labels.slice(0, 400)).outputs;
      return { count: constraintEstimate(network).total, correct: output?.integerCorrectCount ?? 0 };
    });
    assert.ok(
      plain && balanced && balanced.count <= plain.count - 10,
      `${balanced?.count} of ${plain?.count}`,
    );
    assert.ok(balanced.correct >= plain.correct);
  });
});
