/** Comparisons and choices as Noir: all of them in one program. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  buildGraph,
  evaluateGraph,
  type InputOp,
  type NodeSpec,
  toRealInput,
} from '../../src/graph/index.ts';
import {
  dequantizeOutput,
  evaluateQuantGraph,
  type IntTensor,
  type QuantGraph,
  quantize,
} from '../../src/quantize/index.ts';
import { pinCosts } from '../support/ledger.ts';
import {
  acceptedEdits,
  assertEditsRefused,
  assertProves,
  type ProvedNetwork,
  proveNetwork,
} from '../support/proved-network.ts';

const random = seededRandom(5);

/** Integers; and numbers in eighths, which meet them at another scale. */
const WHOLE = { min: -8, max: 7, scale: 1, offset: 0 };
const EIGHTHS = { min: -64, max: 63, scale: 1 / 8, offset: 0 };
const INDEX = { min: 0, max: 5, scale: 1, offset: 0 };

function comparisonsNetwork() {
  const pair = ['x', 'y'];
  const nodes: NodeSpec[] = [
    { name: 'x', op: { kind: 'input', shape: [5], domain: WHOLE } },
    { name: 'y', op: { kind: 'input', shape: [5], domain: EIGHTHS } },
    { name: 'numbers', op: { kind: 'input', shape: [2], domain: INDEX } },
    ...(['greater', 'greater-or-equal', 'less', 'less-or-equal', 'equal'] as const).map(
      (relation): NodeSpec => ({ name: relation, op: { kind: 'compare', relation }, inputs: pair }),
    ),
    { name: 'maximum', op: { kind: 'maximum' }, inputs: pair },
    { name: 'minimum', op: { kind: 'minimum' }, inputs: pair },
    { name: 'abs', op: { kind: 'abs' }, inputs: ['y'] },
    { name: 'sign', op: { kind: 'sign' }, inputs: ['x'] },
    { name: 'where', op: { kind: 'where' }, inputs: ['less', 'x', 'y'] },
    {
      name: 'not less',
      op: { kind: 'affine', scale: new Float32Array(5).fill(-1), shift: new Float32Array(5).fill(1) },
      inputs: ['less'],
    },
    { name: 'where not', op: { kind: 'where' }, inputs: ['not less', 'x', 'y'] },
    { name: 'prelu', op: { kind: 'prelu', slopes: Float32Array.of(0.5, -0.25, 0, 1, 2) }, inputs: ['y'] },
    { name: 'top', op: { kind: 'top-k', k: 3 }, inputs: ['x'] },
    { name: 'one', op: { kind: 'top-k', k: 1 }, inputs: ['y'] },
    {
      name: 'embedding',
      op: { kind: 'embedding', size: 3, table: Float32Array.from({ length: 18 }, () => random.normal()) },
      inputs: ['numbers'],
    },
  ];
  const outputs = nodes.slice(3).map(({ name }) => name);
  return buildGraph({ name: 'comparisons', nodes, outputs });
}

describe('comparisons and choices', () => {
  const graph = comparisonsNetwork();
  const quantised = quantize(graph);
  let network: ProvedNetwork;

  before(async () => {
    network = await proveNetwork(quantised);
  });

  const cases = [
    [
      [-8, 7, 0, 3, 3],
      [-64, 63, 0, 24, 25],
      [0, 5],
    ],
    [
      [7, -8, 1, 2, 3],
      [63, -64, 8, 15, 23],
      [1, 2],
    ],
    [
      [2, 2, 2, 2, 2],
      [16, 17, 15, -16, 16],
      [3, 3],
    ],
    [
      [0, -1, 1, 0, 5],
      [1, -1, 1, -1, 0],
      [4, 0],
    ],
  ];

  it('compute in Noir what the integer interpreter says, and satisfy every row', async () => {
    for (const values of cases) await assertProves(network, tensorsOf(quantised, values));
  });

  it('are the float operators, exactly but for the table', () => {
    for (const values of cases) {
      const inputs = tensorsOf(quantised, values);
      const reals = inputs.map(({ shape, data }, i) => {
        const op = graph.nodes[graph.inputs[i] ?? 0]?.op as InputOp;
        return { shape, data: toRealInput(op.domain, Array.from(data, Number)) };
      });
      const floats = evaluateGraph(graph, reals);
      const integers = dequantizeOutput(quantised, evaluateQuantGraph(quantised, inputs));
      for (const [i, { data }] of integers.entries()) {
        const { name } = graph.nodes[graph.outputs[i] ?? 0] ?? { name: '' };
        const expected = Array.from(floats[i]?.data ?? []);
        if (name !== 'embedding') assert.deepEqual(Array.from(data), expected, name);
        else for (const [j, value] of data.entries()) assert.ok(Math.abs(value - (expected[j] ?? 9)) < 0.001);
      }
    }
  });

  it('refuse a row that the table does not have', async () => {
    const inputs = tensorsOf(quantised, [
      [0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0],
      [6, 0],
    ]);
    assert.throws(() => evaluateQuantGraph(quantised, inputs), {
      code: 'BOUND_EXCEEDED',
      message:
        "Node 'embedding' (embedding) is asked for row 6, but its table has rows 0 to 5. Give whole numbers in this range.",
    });
  });

  it('cost what the ledger says', () => {
    pinCosts('comparisons', { 'all of them, five each': network.lowered.system });
  });

  it('leave a lying prover no wire to edit but the inverses of numbers that are 0', async () => {
    const different = await assertProves(
      network,
      tensorsOf(quantised, [
        [7, -8, 1, 2, 3],
        [63, -63, 9, 15, 23],
        [1, 2],
      ]),
    );
    assertEditsRefused(network, different);
    const equal = await assertProves(network, tensorsOf(quantised, cases[0] ?? []));
    for (const edit of acceptedEdits(network, equal)) assert.match(edit, / instead of 0$/);
  });
});

function tensorsOf(graph: QuantGraph, values: readonly (readonly number[])[]): IntTensor[] {
  return graph.inputs.map((id, i) => ({
    shape: graph.nodes[id]?.shape ?? [],
    data: Float64Array.from(values[i] ?? []),
  }));
}
