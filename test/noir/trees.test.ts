/** Decision trees as Noir: a forest of three classes, boosted trees of one output, a tree that is a constant. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  buildGraph,
  type DecisionTree,
  evaluateGraph,
  type InputOp,
  type NodeSpec,
  toRealInput,
} from '../../src/graph/index.ts';
import {
  decodeQuantGraph,
  dequantizeOutput,
  encodeQuantGraph,
  evaluateQuantGraph,
  type IntTensor,
  printQuantGraph,
  type QuantGraph,
  quantize,
} from '../../src/quantize/index.ts';
import { pinCosts } from '../support/ledger.ts';
import {
  assertEditsRefused,
  assertProves,
  type ProvedNetwork,
  proveNetwork,
} from '../support/proved-network.ts';
import { randomTree } from '../support/random-trees.ts';

const random = seededRandom(9);
const BYTES = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
const SIGNED = { min: -100, max: 99, scale: 1 / 16, offset: 0.5 };

const constant: DecisionTree = {
  features: Int32Array.of(0, -1, -1),
  thresholds: Float64Array.of(7, 0, 0),
  yes: Int32Array.of(1, 0, 0),
  no: Int32Array.of(2, 0, 0),
  values: Float32Array.of(0, 0.25, 0.5),
};

function treesNetwork() {
  const forest = Array.from({ length: 4 }, () =>
    randomTree(random, { features: 5, outputs: 3, depth: 4, range: [0, 1] }),
  );
  const boosted = Array.from({ length: 6 }, () =>
    randomTree(random, { features: 3, outputs: 1, depth: 3, range: [-6, 7] }),
  );
  const nodes: NodeSpec[] = [
    { name: 'pixels', op: { kind: 'input', shape: [5], domain: BYTES } },
    { name: 'numbers', op: { kind: 'input', shape: [3], domain: SIGNED } },
    {
      name: 'forest',
      op: { kind: 'tree-ensemble', outputs: 3, trees: forest, base: new Float32Array(3) },
      inputs: ['pixels'],
    },
    {
      name: 'boosted',
      op: { kind: 'tree-ensemble', outputs: 1, trees: [...boosted, constant], base: Float32Array.of(0.125) },
      inputs: ['numbers'],
    },
    { name: 'class', op: { kind: 'argmax' }, inputs: ['forest'] },
    {
      name: 'constant',
      op: { kind: 'tree-ensemble', outputs: 1, trees: [constant], base: Float32Array.of(1) },
      inputs: ['pixels'],
    },
  ];
  return buildGraph({ name: 'trees', nodes, outputs: ['forest', 'boosted', 'class', 'constant'] });
}

describe('decision trees', () => {
  const graph = treesNetwork();
  const quantised = quantize(graph);
  let network: ProvedNetwork;

  before(async () => {
    network = await proveNetwork(quantised);
  });

  const sample = (seed: number): IntTensor[] => {
    const draw = seededRandom(seed);
    return graph.inputs.map(id => {
      const { op, shape } = graph.nodes[id] as { op: InputOp; shape: readonly number[] };
      const { min, max } = op.domain;
      const data = Float64Array.from({ length: shape[0] ?? 0 }, () => min + draw.below(max - min + 1));
      return { shape, data };
    });
  };

  it('compute in Noir what the integer interpreter says, and satisfy every row', async () => {
    for (const seed of [1, 2, 3, 4]) await assertProves(network, sample(seed));
  });

  it('take the branches of the float trees, whatever the input', () => {
    for (let seed = 0; seed < 500; seed++) {
      const inputs = sample(seed);
      const reals = inputs.map(({ shape, data }, i) => {
        const op = graph.nodes[graph.inputs[i] ?? 0]?.op as InputOp;
        return { shape, data: toRealInput(op.domain, Array.from(data, Number)) };
      });
      const floats = evaluateGraph(graph, reals);
      const integers = dequantizeOutput(quantised, evaluateQuantGraph(quantised, inputs));
      for (const [i, { data }] of integers.entries())
        for (const [j, value] of data.entries())
          assert.ok(Math.abs(value - (floats[i]?.data[j] ?? 9)) < 0.005, `seed ${seed}, output ${i}`);
    }
  });

  it('are the same after a file, and print how many they are', () => {
    const read = decodeQuantGraph(encodeQuantGraph(quantised));
    assert.deepEqual(evaluateQuantGraph(read, sample(5)), evaluateQuantGraph(quantised, sample(5)));
    assert.match(printQuantGraph(quantised), /forest: 3 = tree-ensemble\(pixels\) 4 trees, \d+ questions/);
  });

  it('leave out what is answered already', () => {
    const node = quantised.nodes.find(({ name }) => name === 'constant');
    assert.equal(node?.op.kind === 'tree-ensemble' && node.op.trees.length, 0);
    assert.deepEqual(
      evaluateQuantGraph(quantised, sample(6))[3]?.data,
      Float64Array.of(...constantOutput(quantised)),
    );
  });

  it('cost what the ledger says', () => {
    pinCosts('trees', { 'a forest of 4 and 6 boosted': network.lowered.system });
  });

  it('leave a lying prover no wire to edit', async () => {
    assertEditsRefused(network, await assertProves(network, sample(7)));
  });

  it('refuse a tree whose nodes do not lead down', () => {
    const circle: DecisionTree = { ...constant, yes: Int32Array.of(0, 0, 0) };
    const nodes: NodeSpec[] = [
      { name: 'x', op: { kind: 'input', shape: [2], domain: BYTES } },
      { name: 'tree', op: { kind: 'tree-ensemble', outputs: 1, trees: [circle], base: Float32Array.of(0) } },
    ];
    assert.throws(() => buildGraph({ name: 'circle', nodes, outputs: ['tree'] }), {
      code: 'SHAPE_MISMATCH',
      message:
        "Node 'tree' has a tree 0 whose node 0 asks for feature 0 of 2 and leads to nodes 0 and 2 of 3; features and thresholds must exist, and children must come after their parent.",
    });
  });
});

/** 1.25 at the scale of its node. */
function constantOutput(graph: QuantGraph): number[] {
  const node = graph.nodes.find(({ name }) => name === 'constant');
  return [1.25 * 2 ** (node?.scaleBits ?? 0)];
}
