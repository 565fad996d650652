/** Bilinear layers as Noir: sums that an activation reads share their products. */
import assert from 'node:assert/strict';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type Graph, type NodeSpec } from '../../src/graph/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import {
  constraintEstimate,
  decodeQuantGraph,
  encodeQuantGraph,
  evaluateQuantGraph,
  measureFidelity,
  planEvaluation,
  type QuantGraph,
  type QuantNode,
  quantize,
} from '../../src/quantize/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { pinCosts } from '../support/ledger.ts';
import {
  acceptedEdits,
  assertProves,
  type ProvedNetwork,
  proveNetwork,
  randomInputs,
} from '../support/proved-network.ts';

const CELLS = 2;
const UNITS = 5;
const HUBS = 3;
const VALUES = 4;

const random = seededRandom(31);
const weights = (count: number): Float32Array =>
  Float32Array.from({ length: count }, () => (random.below(2001) - 1000) / 1000);

/** Two activated vectors, a bilinear layer of both, a layer of the second beside it, an activation of the sum. */
function network(last: readonly NodeSpec[]): Graph {
  const forms = CELLS * UNITS * HUBS;
  const dense = (inputs: number, units: number): NodeSpec['op'] => ({
    kind: 'dense',
    units,
    weights: weights(inputs * units),
    bias: weights(units),
  });
  return buildGraph({
    name: 'bilinear',
    nodes: [
      {
        name: 'x',
        op: { kind: 'input', shape: [6], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
      },
      { name: 'a', op: dense(6, CELLS * HUBS) },
      { name: 'hubs', op: { kind: 'relu' } },
      { name: 'b', op: dense(6, CELLS * VALUES), inputs: ['x'] },
      { name: 'values', op: { kind: 'leaky-relu', slope: 0.125 } },
      {
        name: 'products',
        op: {
          kind: 'bilinear',
          cells: CELLS,
          units: UNITS,
          kernel: weights(VALUES * forms),
          bias: weights(forms),
        },
        inputs: ['hubs', 'values'],
      },
      { name: 'row', op: { kind: 'reshape', shape: [1, 1, CELLS * UNITS] } },
      { name: 'flat', op: { kind: 'reshape', shape: [CELLS * UNITS] } },
      { name: 'rest', op: dense(CELLS * VALUES, CELLS * UNITS), inputs: ['values'] },
      { name: 'total', op: { kind: 'add' }, inputs: ['flat', 'rest'] },
      ...last,
    ],
  });
}

const graph = network([{ name: 'y', op: { kind: 'relu' } }]);

function lanesOf({ nodes }: QuantGraph): number {
  const op = nodes.find(({ name }) => name === 'products')?.op;
  return op?.kind === 'bilinear' ? op.lanes.count : 0;
}

describe('a bilinear layer that an activation reads', () => {
  const quantised = quantize(graph);
  let proved: ProvedNetwork;

  before(async () => {
    proved = await proveNetwork(quantised);
  });

  it('computes in Noir what the integer interpreter says, and satisfies every row', async () => {
    for (const seed of [1, 2]) await assertProves(proved, randomInputs(quantised, seed));
  });

  it('leaves a lying prover no wire to edit but the quotients by numbers that are 0', async () => {
    const accepted = acceptedEdits(proved, await assertProves(proved, randomInputs(quantised, 3)));
    for (const edit of accepted) assert.match(edit, / instead of 0$/);
  });

  it('costs what the ledger says, and about what is estimated', () => {
    assert.ok(lanesOf(quantised) > 2);
    pinCosts('bilinear layer of 2 x 5 sums', { all: proved.lowered.system });
    const ratio = proved.lowered.system.constraintCount / constraintEstimate(quantised).total;
    assert.ok(ratio > 0.97 && ratio < 1.03, `${ratio}`);
  });

  it('means the same in doubles and in bigints, and as a file', () => {
    for (const seed of [4, 5]) {
      const inputs = randomInputs(quantised, seed);
      const exact = evaluateQuantGraph(planEvaluation(quantised, 'bigint'), inputs);
      assert.deepEqual(evaluateQuantGraph(quantised, inputs), exact);
    }
    assert.deepEqual(decodeQuantGraph(encodeQuantGraph(quantised)), quantised);
  });

  it('is as divided among modules as undivided', async () => {
    const divided = generatePackage(quantised, { division: { from: 8, size: 8 } });
    assert.ok(divided.files.has('src/products/cell_1_sums_0_to_4.nr'));
    const { program } = decodeArtifact(await noirWasm().compile(divided));
    assert.deepEqual(lowerProgram(program).system.constraintCount, proved.lowered.system.constraintCount);
  });

  it('stays within two percent of the range of its outputs', () => {
    const samples = [0, 1].map(seed => [Array.from(randomInputs(quantised, seed)[0]?.data ?? [], Number)]);
    for (const { maxError, range } of measureFidelity(graph, quantised, samples).outputs)
      assert.ok(maxError < 0.02 * range, `${maxError} of ${range}`);
  });
});

describe('lanes of a bilinear layer', () => {
  const quantised = quantize(graph);

  it('are a single one where nothing proves the range of its sums', () => {
    assert.equal(lanesOf(quantize(network([]))), 1);
    assert.equal(lanesOf(quantize(network([{ name: 'y', op: { kind: 'abs' } }]))), 1);
  });

  it('are a single one where it is added to itself, or to what stands on it', () => {
    const twice = network([
      { name: 'sum', op: { kind: 'add' }, inputs: ['flat', 'flat'] },
      { name: 'y', op: { kind: 'relu' } },
    ]);
    assert.equal(lanesOf(quantize(twice)), 1);
    const square: NodeSpec['op'] = {
      kind: 'dense',
      units: CELLS * UNITS,
      weights: weights((CELLS * UNITS) ** 2),
      bias: weights(CELLS * UNITS),
    };
    const circular = network([
      { name: 'behind', op: square, inputs: ['flat'] },
      { name: 'sum', op: { kind: 'add' }, inputs: ['flat', 'behind'] },
      { name: 'y', op: { kind: 'relu' } },
    ]);
    assert.equal(lanesOf(quantize(circular)), 1);
  });

  it('are refused in a file where nothing proves the range of its sums', () => {
    const edited = (change: (node: QuantNode) => QuantNode): QuantGraph => ({
      ...quantised,
      nodes: quantised.nodes.map(change),
    });
    const refusal = (bits: number): string =>
      `The quantised network cannot be proved: the results of node 'products' stand ${lanesOf(quantised)} in a number of ${bits} bits each, but no node that reads them proves that they fit. Compile the model again.`;
    const bitsOf = (): number => {
      const op = quantised.nodes.find(({ name }) => name === 'products')?.op;
      return op?.kind === 'bilinear' ? op.lanes.bits : 0;
    };
    const unproved = edited(node =>
      node.op.kind === 'relu' && node.name === 'y'
        ? { ...node, op: { ...node.op, sign: node.op.sign.map(() => 'non-positive' as const) } }
        : node,
    );
    assertThrowsCode(() => generatePackage(unproved), 'MALFORMED_FILE', refusal(bitsOf()));
    const dropped = edited(node =>
      node.op.kind === 'sum' ? { ...node, op: { ...node.op, multipliers: [0n, 1n] } } : node,
    );
    assertThrowsCode(() => generatePackage(dropped), 'MALFORMED_FILE', refusal(bitsOf()));
    const narrow = edited(node =>
      node.op.kind === 'bilinear'
        ? { ...node, op: { ...node.op, lanes: { ...node.op.lanes, bits: bitsOf() - 1 } } }
        : node,
    );
    assertThrowsCode(() => generatePackage(narrow), 'MALFORMED_FILE', refusal(bitsOf() - 1));
    const wider = edited(node =>
      node.op.kind === 'relu' && node.name === 'y'
        ? { ...node, op: { ...node.op, quotientBits: node.op.quotientBits.map(bits => bits + 8) } }
        : node,
    );
    assertThrowsCode(() => generatePackage(wider), 'MALFORMED_FILE', refusal(bitsOf()));
  });
});
