/** The operators beyond plain networks as Noir: one program of many operators, several inputs and several outputs. */
import assert from 'node:assert/strict';
import { BN254_SCALAR_PRIME, toSigned } from '../../src/field/index.ts';
import {
  evaluateGraph,
  type Graph,
  type InputDomain,
  type InputOp,
  nodeOf,
  toRealInput,
} from '../../src/graph/index.ts';
import {
  generatePackage,
  lowerArtifact,
  noirWasm,
  openKernel,
  prove,
  setup,
  solve,
  verify,
} from '../../src/index.ts';
import {
  dequantizeOutput,
  evaluateQuantGraph,
  type IntTensor,
  printQuantGraph,
  type QuantGraph,
  quantize,
} from '../../src/quantize/index.ts';
import { pinCosts } from '../support/ledger.ts';
import {
  combiningNetwork,
  composingNetwork,
  deepNetwork,
  movingNetwork,
  normalisingNetwork,
  roundingNetwork,
} from '../support/operator-networks.ts';
import {
  acceptedEdits,
  assertProves,
  movableTogether,
  type ProvedNetwork,
  proveNetwork,
  randomInputs,
} from '../support/proved-network.ts';

for (const [graph, tolerance] of [
  [movingNetwork(), 0.03],
  [combiningNetwork(), 0.05],
  [normalisingNetwork(), 0.05],
  [deepNetwork(), 0.05],
  [composingNetwork(), 0.05],
  [roundingNetwork(), 1e-6],
] as const) {
  describe(`operators beyond plain networks: ${graph.name}`, () => {
    const quantised = quantize(graph);
    let network: ProvedNetwork;

    before(async () => {
      network = await proveNetwork(quantised);
    });

    it('compute in Noir what the integer interpreter says, and satisfy every row', async () => {
      for (const seed of [1, 2]) await assertProves(network, randomInputs(quantised, seed));
    });

    it('stay near the float graph', () => assertNear(graph, quantised, tolerance));

    it('cost what the ledger says', () => {
      pinCosts(`networks of ${graph.name} operators`, { all: network.lowered.system });
    });

    it('leave a lying prover no wire to edit but the inverses of numbers that are 0', async () => {
      const accepted = acceptedEdits(network, await assertProves(network, randomInputs(quantised, 4)));
      // tables that saturate ask whether a number is 0, with an inverse that is anything if it is
      if (!printQuantGraph(quantised).includes('saturating')) assert.deepEqual(accepted, []);
      for (const edit of accepted) assert.match(edit, / instead of 0$/);
    });

    it('leave a lying prover no wires to move together but these', async () => {
      const moving = movableTogether(network, await assertProves(network, randomInputs(quantised, 4)));
      if (!printQuantGraph(quantised).includes('saturating')) assert.deepEqual(moving, []);
      for (const wire of moving) assert.match(wire, / = 0$/);
    });
  });
}

describe('a network of several inputs and outputs', () => {
  const quantGraph = quantize(normalisingNetwork());
  const sample = randomInputs(quantGraph, 5).map(({ data }, i) =>
    Array.from<number | bigint, number>(data, value =>
      Math.max(i === 1 ? -100 : 0, Math.min(100, Number(value))),
    ),
  );

  it('is proved, and its public signals are the outputs in order', async () => {
    const circuit = await lowerArtifact(await noirWasm().compile(generatePackage(quantGraph)));
    const network = { ...circuit, quantGraph };
    const witness = await solve(network, sample);
    const outputs = witness.outputs.flatMap(({ data }) => Array.from<number | bigint, bigint>(data, BigInt));
    assert.deepEqual(
      witness.publicSignals.map(value => toSigned(value, BN254_SCALAR_PRIME)),
      outputs,
    );
    const kernel = await openKernel();
    try {
      const keys = await setup(kernel, circuit);
      const key = await kernel.loadProvingKey(keys.provingKey);
      assert.equal(await verify(kernel, keys.verificationKey, await prove(kernel, key, witness)), true);
    } finally {
      await kernel.close();
    }
    const byLookups = await lowerArtifact(circuit.artifact, { proofSystem: 'ultragroth' });
    const again = await solve({ ...byLookups, quantGraph }, sample);
    assert.deepEqual(again.publicSignals, witness.publicSignals);
  });
});

/** Every output differs from the float graph's by at most so much of its largest value. */
function assertNear(graph: Graph, quantised: QuantGraph, tolerance: number): void {
  const domains = graph.inputs.map(id => (nodeOf(graph, id).op as InputOp).domain);
  const inputs = randomInputs(quantised, 3).map((tensor, i) => clamp(tensor, domains[i]?.max ?? 0));
  const reals = inputs.map(({ shape, data }, i) => {
    const integers = Array.from<number | bigint, number>(data, Number);
    return { shape, data: toRealInput(domains[i] as InputDomain, integers) };
  });
  const floats = evaluateGraph(graph, reals);
  const integers = dequantizeOutput(quantised, evaluateQuantGraph(quantised, inputs));
  for (const [i, { data }] of integers.entries()) {
    const expected = Array.from(floats[i]?.data ?? []);
    const size = Math.max(...expected.map(Math.abs)) || 1;
    for (const [j, value] of data.entries()) {
      const error = Math.abs(value - (expected[j] ?? Number.NaN)) / size;
      assert.ok(error < tolerance, `output ${i} at ${j}: ${value} against ${expected[j]}`);
    }
  }
}

function clamp({ shape, data }: IntTensor, limit: number): IntTensor {
  return {
    shape,
    data: Float64Array.from<number | bigint>(data, value => Math.min(limit, Math.max(-limit, Number(value)))),
  };
}
