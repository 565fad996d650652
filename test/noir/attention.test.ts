/** Attention as Noir: products that share constraints, softmax over hinted maxima, normalised rows. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../fixtures/data/random.ts';
import { SMALL_TRANSFORMER, transformerNetwork } from '../../fixtures/networks/transformer.ts';
import { buildGraph, simplifyGraph } from '../../src/graph/index.ts';
import { estimateLayers } from '../../src/layer-costs.ts';
import { generatePackage } from '../../src/noir/index.ts';
import {
  constraintEstimate,
  measureFidelity,
  type QuantGraph,
  type QuantNode,
  quantize,
} from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { pinCosts } from '../support/ledger.ts';
import {
  acceptedEdits,
  assertProves,
  type ProvedNetwork,
  proveNetwork,
  randomInputs,
} from '../support/proved-network.ts';

const TINY = { tokens: 6, inputs: 4, features: 8, heads: 2, hidden: 4, blocks: 1, outputs: 3 };

describe('a transformer', () => {
  const tiny = quantize(simplifyGraph(transformerNetwork(TINY)));
  let network: ProvedNetwork;

  before(async () => {
    network = await proveNetwork(tiny);
  });

  it('computes in Noir what the integer interpreter says, and satisfies every row', async () => {
    for (const seed of [1, 2]) await assertProves(network, randomInputs(tiny, seed));
  });

  it('leaves a lying prover no wire to edit but the quotients by numbers that are 0', async () => {
    const accepted = acceptedEdits(network, await assertProves(network, randomInputs(tiny, 3)));
    for (const edit of accepted) assert.match(edit, / instead of 0$/);
  });

  it('costs what the ledger says, and about what is estimated', () => {
    pinCosts('transformer of 6 tokens', { all: network.lowered.system });
    const estimate = constraintEstimate(tiny).total;
    const ratio = network.lowered.system.constraintCount / estimate;
    assert.ok(ratio > 0.97 && ratio < 1.03, `${ratio}`);
  });

  it('shares constraints between products whose range is proved', () => {
    const lanes = (name: string): number => {
      const { op } = tiny.nodes.find(node => node.name === name) as QuantNode;
      return op.kind === 'matmul' || op.kind === 'scale-rows' ? op.lanes.count : 0;
    };
    assert.ok(lanes('b1_att_heads_scores') > 2);
    assert.ok(lanes('b1_att_heads') > 2);
    assert.ok(lanes('b1_norm1') > 2);
    assert.equal(lanes('b1_att_heads_weights'), 1);
  });

  it('is refused when nobody proves that products fit together', () => {
    const withNode = (name: string, change: (node: QuantNode) => QuantNode): QuantGraph => ({
      ...tiny,
      nodes: tiny.nodes.map(node => (node.name === name ? change(node) : node)),
    });
    const unread = (name: string, lanes: { count: number; bits: number; alone: number }): QuantGraph =>
      withNode(name, node => ({ ...node, op: { kind: 'scale-rows', lanes } }));
    const text = (name: string, count: number, bits: number): string =>
      `The quantised network cannot be proved: the results of node '${name}' stand ${count} in a number of ${bits} bits each, but no node that reads them proves that they fit. Compile the model again.`;
    const weights = 'b1_att_heads_weights';
    assertThrowsCode(
      () => generatePackage(unread(weights, { count: 2, bits: 100, alone: 0 })),
      'MALFORMED_FILE',
      text(weights, 2, 100),
    );
    assertThrowsCode(
      () => generatePackage(unread('b1_norm1', { count: 8, bits: 10, alone: 0 })),
      'MALFORMED_FILE',
      text('b1_norm1', 8, 10),
    );
    assertThrowsCode(
      () =>
        generatePackage(
          withNode('b1_att_heads_scores', node => ({
            ...node,
            op: { kind: 'matmul', lanes: { count: 2, bits: 100, alone: 0 } },
          })),
        ),
      'MALFORMED_FILE',
      text('b1_att_heads_scores', 2, 100),
    );
  });
});

describe('a softmax of a softmax', () => {
  it('reads rows each by itself, since no first number of theirs is exact', () => {
    const domain = { min: 0, max: 255, scale: 1 / 255, offset: 0 };
    const graph = buildGraph({
      name: 'twice',
      nodes: [
        { name: 'x', op: { kind: 'input', shape: [4], domain } },
        { name: 'first', op: { kind: 'softmax' } },
        { name: 'second', op: { kind: 'softmax' } },
      ],
    });
    const quantised = quantize(graph);
    assert.deepEqual(quantised.nodes.find(({ name }) => name === 'first')?.op, {
      kind: 'scale-rows',
      lanes: { count: 1, bits: 0, alone: 0 },
    });
    assert.ok(generatePackage(quantised));
  });
});

describe('the transformer of docs/operators.md', () => {
  const graph = simplifyGraph(transformerNetwork());
  const quantised = quantize(graph);

  it('is estimated at fewer than 235 000 rows, and 62 000 with lookups', () => {
    const forLookups = quantize(graph, { weightBits: 8 });
    const { groth16, ultraGroth } = estimateLayers({ quantGraph: quantised }, { quantGraph: forLookups });
    assert.ok(groth16.total < 235_000, `${groth16.total}`);
    assert.ok(ultraGroth.total < 62_000, `${ultraGroth.total}`);
  });

  it('stays within two percent of the range of its outputs', () => {
    const random = seededRandom(9);
    const count = SMALL_TRANSFORMER.tokens * SMALL_TRANSFORMER.inputs;
    const samples = Array.from({ length: 6 }, () => [Array.from({ length: count }, () => random.below(256))]);
    const { outputs } = measureFidelity(graph, quantised, samples);
    for (const { maxError, range } of outputs) assert.ok(maxError < 0.02 * range, `${maxError} of ${range}`);
  });
});
