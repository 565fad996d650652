/**
 * Dense networks from model to verified proof: time and memory of every stage, and that neither key nor proving time
 * grows with the number of weights at the same activations.
 *
 * Run: npx tsx bench/stages/dense.ts [inputs x units ...]      (default: 256x256 512x256 1024x1024)
 */

import { seededRandom } from '../../fixtures/data/random.ts';
import { openKernel } from '../../src/kernel/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import { lowerArtifact, prove, setup, solve, verify } from '../../src/pipeline/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { DENSE_OUTPUTS, randomDense } from '../support/dense-network.ts';
import { type Measured, measure } from '../support/memory.ts';

const PROOF_RUNS = 5;
const sizes = process.argv.slice(2);

for (const size of sizes.length > 0 ? sizes : ['256x256', '512x256', '1024x1024']) {
  const [inputs, units] = size.split('x').map(Number);
  if (!inputs || !units) throw new Error(`Write a size as inputs x units, such as 256x256, not ${size}.`);
  await benchDense(inputs, units);
}

async function benchDense(inputs: number, units: number): Promise<void> {
  console.log(
    `\ndense ${inputs} -> ${units} ReLU -> ${DENSE_OUTPUTS}: ${inputs * units + units * DENSE_OUTPUTS} weights`,
  );
  const graph = randomDense(inputs, units);
  const quantGraph = await row('quantise', () => quantize(graph));
  const noirPackage = await row('generate Noir', () => generatePackage(quantGraph));
  const artifact = await row('compile', () => noirWasm().compile(noirPackage));
  const circuit = { quantGraph, ...(await row('decode, lower', () => lowerArtifact(artifact))) };
  const { system } = circuit.lowered;
  const kernel = await openKernel();
  const keys = await row('set up', () => setup(kernel, circuit));
  const random = seededRandom(2);
  const sample = Array.from({ length: inputs }, () => random.below(256));
  const witness = await row('witness', () => solve(circuit, [sample]));
  const key = await kernel.loadProvingKey(keys.provingKey);
  const proofs: Measured<Awaited<ReturnType<typeof prove>>>[] = [];
  for (let run = 0; run < PROOF_RUNS; run++) proofs.push(await measure(() => prove(kernel, key, witness)));
  proofs.sort((left, right) => left.millis - right.millis);
  const median = proofs[Math.floor(PROOF_RUNS / 2)];
  if (median === undefined) throw new Error('No proof was made.');
  print(`prove (median of ${PROOF_RUNS})`, median);
  const isValid = await row('verify', () => verify(kernel, keys.verificationKey, median.result));
  const terms = system.a.wires.length + system.b.wires.length;
  console.log(
    `  constraints ${system.constraintCount}, A/B terms ${terms}, C terms ${system.c.wires.length}`,
  );
  console.log(
    `  proving key ${(keys.provingKey.length / 1e6).toFixed(2)} MB, ${kernel.description}, valid: ${isValid}`,
  );
  await kernel.close();
}

async function row<T>(stage: string, action: () => T | Promise<T>): Promise<T> {
  const measured = await measure(action);
  print(stage, measured);
  return measured.result;
}

function print(stage: string, { millis, peakBytes }: Measured<unknown>): void {
  console.log(
    `  ${stage.padEnd(22)} ${(millis / 1000).toFixed(2).padStart(8)} s ${(peakBytes / 1e6).toFixed(0).padStart(6)} MB`,
  );
}
