/**
 * Weights are free: two networks with the same inputs and activations, where one dense layer reads twice as many values
 * in the second. Constraints, proving key and proving time must not grow with it.
 *
 * Run: npx tsx bench/stages/wide.ts [units]      (default: 128)
 */
import { seededRandom } from '../../fixtures/data/random.ts';
import { buildGraph, type NodeSpec } from '../../src/graph/index.ts';
import { openKernel } from '../../src/kernel/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import { lowerArtifact, prove, setup, solve } from '../../src/pipeline/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';

const PROOF_RUNS = 7;
const INPUTS = 64;
const units = Number(process.argv[2] ?? 128);

for (const isWide of [false, true]) await benchNetwork(isWide);

async function benchNetwork(isWide: boolean): Promise<void> {
  const quantGraph = quantize(network(isWide));
  const circuit = {
    quantGraph,
    ...(await lowerArtifact(await noirWasm().compile(generatePackage(quantGraph)))),
  };
  const { system } = circuit.lowered;
  const kernel = await openKernel();
  const { provingKey } = await setup(kernel, circuit);
  const random = seededRandom(3);
  const witness = await solve(circuit, [Array.from({ length: INPUTS }, () => random.below(256))]);
  const key = await kernel.loadProvingKey(provingKey);
  const times: number[] = [];
  for (let run = 0; run < PROOF_RUNS; run++) {
    const startedAt = performance.now();
    await prove(kernel, key, witness);
    times.push(performance.now() - startedAt);
  }
  times.sort((left, right) => left - right);
  const median = times[Math.floor(PROOF_RUNS / 2)] ?? 0;
  await kernel.close();
  console.log(`dense layer of ${units} units reads ${isWide ? 2 * units : units} values`);
  console.log(
    `  constraints ${system.constraintCount}, A/B terms ${system.a.wires.length + system.b.wires.length}`,
  );
  console.log(`  C terms ${system.c.wires.length} (the weights; free to prove)`);
  console.log(`  proving key ${(provingKey.length / 1e6).toFixed(2)} MB`);
  console.log(`  prove ${median.toFixed(0)} ms, median of ${PROOF_RUNS}, ${kernel.description}`);
}

/** left and right: ReLUs of the input. middle reads left, or both with half the weights, so that its sums stay as wide. */
function network(isWide: boolean) {
  const random = seededRandom(1);
  const dense = (
    name: string,
    inputCount: number,
    outputs: number,
    inputs: string[],
    factor = 1,
  ): NodeSpec => ({
    name,
    op: {
      kind: 'dense',
      units: outputs,
      weights: Float32Array.from(
        { length: inputCount * outputs },
        () => (random.uniform() < 0.5 ? -1 : 1) * 0.125 * factor,
      ),
      bias: new Float32Array(outputs),
    },
    inputs,
  });
  const relu = (name: string): NodeSpec => ({ name, op: { kind: 'relu' } });
  return buildGraph({
    name: isWide ? 'wide' : 'narrow',
    nodes: [
      {
        name: 'x',
        op: { kind: 'input', shape: [INPUTS], domain: { min: 0, max: 255, scale: 1 / 255, offset: 0 } },
      },
      dense('left', INPUTS, units, ['x']),
      relu('left_relu'),
      dense('right', INPUTS, units, ['x']),
      relu('right_relu'),
      { name: 'both', op: { kind: 'concat', axis: 0 }, inputs: ['left_relu', 'right_relu'] },
      isWide
        ? dense('middle', 2 * units, units, ['both'], 0.5)
        : dense('middle', units, units, ['left_relu']),
      relu('middle_relu'),
      { name: 'last', op: { kind: 'concat', axis: 0 }, inputs: ['middle_relu', 'right_relu'] },
      dense('logits', 2 * units, 10, ['last']),
    ],
  });
}
