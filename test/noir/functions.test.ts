/** Functions by tables as Noir: all of them in one program, inside their tables and in their tails. */
import assert from 'node:assert/strict';
import {
  buildGraph,
  evaluateGraph,
  type FunctionName,
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
import { acceptedEdits, assertProves, type ProvedNetwork, proveNetwork } from '../support/proved-network.ts';

/** x from -32 to 32, and from -1 to 1; positive ones for the functions that want them. */
const WIDE = { min: -512, max: 511, scale: 1 / 16, offset: 0 };
const NARROW = { min: -64, max: 63, scale: 1 / 64, offset: 0 };
const POSITIVE = { min: 0, max: 255, scale: 1 / 32, offset: 0 };

const NAMES: readonly FunctionName[] = [
  'sigmoid',
  'tanh',
  'gelu',
  'elu',
  'selu',
  'softplus',
  'silu',
  'mish',
  'erf',
];

function functionsNetwork() {
  const nodes: NodeSpec[] = [
    { name: 'wide', op: { kind: 'input', shape: [2], domain: WIDE } },
    { name: 'narrow', op: { kind: 'input', shape: [2], domain: NARROW } },
    { name: 'positive', op: { kind: 'input', shape: [1, 2, 1], domain: POSITIVE } },
    ...NAMES.map((name): NodeSpec => ({ name, op: { kind: 'function', name }, inputs: ['wide'] })),
    { name: 'tanh_narrow', op: { kind: 'function', name: 'tanh' }, inputs: ['narrow'] },
    { name: 'exp', op: { kind: 'function', name: 'exp' }, inputs: ['narrow'] },
    { name: 'softsign', op: { kind: 'function', name: 'softsign' }, inputs: ['narrow'] },
    { name: 'gelu-tanh', op: { kind: 'function', name: 'gelu-tanh' }, inputs: ['narrow'] },
    { name: 'sqrt', op: { kind: 'function', name: 'sqrt' }, inputs: ['positive'] },
    { name: 'log', op: { kind: 'function', name: 'log' }, inputs: ['positive'] },
    { name: 'half_elu', op: { kind: 'function', name: 'elu', alpha: 0.5 }, inputs: ['narrow'] },
  ];
  const outputs = [...NAMES, 'tanh_narrow', 'exp', 'softsign', 'gelu-tanh', 'sqrt', 'log', 'half_elu'];
  return buildGraph({ name: 'functions', nodes, outputs });
}

describe('functions by tables', () => {
  const graph = functionsNetwork();
  const quantised = quantize(graph);
  let network: ProvedNetwork;

  before(async () => {
    network = await proveNetwork(quantised);
  });

  it('compute in Noir what the integer interpreter says, and satisfy every row', async () => {
    for (const inputs of [
      [
        [-512, 511],
        [-64, 63],
        [0, 255],
      ],
      [
        [0, -1],
        [0, 1],
        [1, 128],
      ],
      [
        [100, -60],
        [31, -32],
        [3, 77],
      ],
      [
        [-20, 130],
        [5, -5],
        [20, 200],
      ],
    ])
      await assertProves(network, tensorsOf(quantised, inputs));
  });

  it('stay near the float functions', () => {
    for (let k = 0; k < 256; k++) {
      const values = [
        [4 * k - 512, 3 * k - 300],
        [(k % 128) - 64, 63 - (k % 128)],
        [k, 255 - k],
      ];
      const inputs = tensorsOf(quantised, values);
      const reals = inputs.map(({ shape, data }, i) => {
        const op = graph.nodes[graph.inputs[i] ?? 0]?.op as InputOp;
        return { shape, data: toRealInput(op.domain, Array.from(data, Number)) };
      });
      const floats = evaluateGraph(graph, reals);
      const integers = dequantizeOutput(quantised, evaluateQuantGraph(quantised, inputs));
      for (const [i, { data }] of integers.entries())
        for (const [j, value] of data.entries()) {
          const expected = floats[i]?.data[j] ?? Number.NaN;
          const isSteep = i === NAMES.length + 5 && (values[2]?.[j] ?? 0) < 16; // log near 0
          if (isSteep) continue;
          const limit = 1.3 * 2 ** -8 * largest(i);
          assert.ok(
            Math.abs(value - expected) < limit,
            `output ${i} at ${j} of ${values.join(' ')}: ${value} against ${expected}`,
          );
        }
    }
  });

  it('cost what the ledger says', () => {
    pinCosts('functions', { 'all of them, two each': network.lowered.system });
  });

  it('leave a lying prover no wire to edit but quotients by numbers that are 0', async () => {
    const wires = await assertProves(
      network,
      tensorsOf(quantised, [
        [24, -500],
        [31, -32],
        [3, 77],
      ]),
    );
    const accepted = acceptedEdits(network, wires);
    assert.equal(new Set(accepted.map(edit => edit.split(' ')[0])).size, 5, accepted.join('; '));
    for (const edit of accepted) assert.match(edit, / instead of 0$/);
  });
});

/** The largest magnitude of an output, as a power of two: it keeps eight bits. */
function largest(output: number): number {
  const name = NAMES[output];
  if (name === undefined) return 4;
  return name === 'sigmoid' || name === 'tanh' || name === 'erf' ? 1 : 64;
}

function tensorsOf(graph: QuantGraph, values: readonly (readonly number[])[]): IntTensor[] {
  return graph.inputs.map((id, i) => ({
    shape: graph.nodes[id]?.shape ?? [],
    data: Float64Array.from(values[i] ?? []),
  }));
}
