/** The operators beyond plain networks as Noir: one program of many operators, several inputs and several outputs. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  buildGraph,
  compose,
  evaluateGraph,
  type InputOp,
  type NodeSpec,
  type Shape,
  toRealInput,
} from '../../src/graph/index.ts';
import { dequantizeOutput, evaluateQuantGraph, type IntTensor, quantize } from '../../src/quantize/index.ts';
import {
  assertEditsRefused,
  assertProves,
  type ProvedNetwork,
  proveNetwork,
  randomInputs,
} from '../support/proved-network.ts';

const random = seededRandom(7);
const weights = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => random.normal() / 2);
const bytes = (shape: Shape): InputOp => ({
  kind: 'input',
  shape,
  domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 },
});
const signed = (shape: Shape): InputOp => ({
  kind: 'input',
  shape,
  domain: { min: -100, max: 100, scale: 1 / 64, offset: 0 },
});

/** Squeeze-excite over an image, element-wise scales, and rearrangements of all kinds; inputs of different types. */
function movingNetwork() {
  const nodes: NodeSpec[] = [
    { name: 'image', op: bytes([2, 3, 4]) },
    { name: 'vector', op: signed([4]) },
    {
      name: 'squeeze',
      op: {
        kind: 'average-pool2d',
        poolSize: [2, 3],
        strides: [1, 1],
        padding: { top: 0, bottom: 0, left: 0, right: 0 },
      },
      inputs: ['image'],
    },
    { name: 'excite', op: { kind: 'dense', units: 4, weights: weights(16), bias: weights(4) } },
    ...compose.expand({ name: 'spread', input: 'excite', shape: [1, 1, 4] }, [2, 3, 4]),
    { name: 'scaled', op: { kind: 'multiply' }, inputs: ['image', 'spread'] },
    {
      name: 'slice',
      op: compose.sliceOp([2, 3, 4], [undefined, { begin: 2, count: 2, step: -2 }, { begin: 1, count: 3 }]),
      inputs: ['scaled'],
    },
    { name: 'pad', op: compose.padOp([4], [1], [2], [1]), inputs: ['vector'] },
    { name: 'tiled', op: compose.tileOp([4], [2]), inputs: ['vector'] },
    { name: 'repeated', op: compose.repeatOp([2, 3, 4], [2, 1, 1]), inputs: ['image'] },
    { name: 'deep', op: compose.depthToSpaceOp([2, 3, 4], 2), inputs: ['image'] },
    { name: 'gathered', op: compose.gatherOp([4], 0, [3, 0, 2, 2, 1]), inputs: ['vector'] },
    {
      name: 'mixed',
      op: { kind: 'rearrange', shape: [2, 3], indices: Int32Array.of(2, -1, 0, 1, 3, 3), label: 'mix' },
      inputs: ['vector'],
    },
    { name: 'elements', op: { kind: 'scale', factor: weights(6), shift: weights(6) } },
    { name: 'square', op: { kind: 'multiply' }, inputs: ['vector', 'vector'] },
    { name: 'rows', op: { kind: 'reshape', shape: [2, 2, 2, 3] }, inputs: ['image'] },
    { name: 'rank four', op: { kind: 'dense', units: 2, weights: weights(6), bias: weights(2) } },
    { name: 'activated', op: { kind: 'relu' } },
    { name: 'flat', op: { kind: 'reshape', shape: [16] } },
  ];
  const outputs = ['slice', 'pad', 'tiled', 'repeated', 'deep', 'gathered', 'elements', 'square', 'flat'];
  return buildGraph({ name: 'moving', nodes, outputs });
}

describe('operators beyond plain networks', () => {
  const graph = movingNetwork();
  const quantised = quantize(graph);
  let network: ProvedNetwork;

  before(async () => {
    network = await proveNetwork(quantised);
  });

  it('compute in Noir what the integer interpreter says, and satisfy every row', async () => {
    for (const seed of [1, 2]) await assertProves(network, randomInputs(quantised, seed));
  });

  it('stay near the float graph', () => {
    const inputs = randomInputs(quantised, 3).map((tensor, i) => clamp(tensor, i === 1 ? 100 : 255));
    const reals = inputs.map(({ shape, data }, i) => {
      const op = graph.nodes[graph.inputs[i] ?? 0]?.op as InputOp;
      return { shape, data: toRealInput(op.domain, Array.from(data, Number)) };
    });
    const floats = evaluateGraph(graph, reals);
    const integers = dequantizeOutput(quantised, evaluateQuantGraph(quantised, inputs));
    for (const [i, { data }] of integers.entries()) {
      for (const [j, value] of data.entries()) {
        const expected = floats[i]?.data[j] ?? Number.NaN;
        assert.ok(Math.abs(value - expected) < 0.03, `output ${i} at ${j}: ${value} against ${expected}`);
      }
    }
  });

  it('leave a lying prover no wire to edit', async () => {
    assertEditsRefused(network, await assertProves(network, randomInputs(quantised, 4)));
  });
});

function clamp({ shape, data }: IntTensor, limit: number): IntTensor {
  return {
    shape,
    data: Float64Array.from<number | bigint>(data, value => Math.min(limit, Math.max(-limit, Number(value)))),
  };
}
