/**
 * The MNIST CNN, or a perceptron with random weights, under both proof systems, paired in one run: constraints, size of the proving key, and the time of a proof with
 * the key loaded (solving excluded; UltraGroth's second round of solving included and shown).
 *
 * Run: npx tsx bench/stages/ultragroth.ts [rounds = 5] [threads = 2] [perceptron, such as 784-2000R-60R-4000R-10]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import {
  compile,
  lowerArtifact,
  type ProvableNetwork,
  prove,
  proveUltraGroth,
  setup,
  setupUltraGroth,
  solve,
  verify,
  verifyUltraGroth,
  type Witness,
} from '../../src/pipeline/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { loadProvingKey } from '../../src/ultragroth/index.ts';
import { randomPerceptron } from '../support/dense-network.ts';

const [rounds = '5', threads = '2', perceptron] = process.argv.slice(2);
const kernel = await nativeKernel({ threads: Number(threads) });
const network = perceptron === undefined ? await compile(model()) : await compilePerceptron(perceptron);
const pixels = Array.from(loadMnist().heldOut.images[7] ?? []);

interface Contender {
  readonly rows: number;
  readonly keyBytes: number;
  proveOnce(): Promise<readonly number[]>;
}

const contenders = { groth16: await groth16(network), ultragroth: await ultraGroth(network) };
const times = { groth16: [] as number[], ultragroth: [] as number[] };
const parts: (readonly number[])[] = [];
for (let round = 0; round < Number(rounds) + 1; round++) {
  for (const name of ['groth16', 'ultragroth'] as const) {
    const millis = await contenders[name].proveOnce();
    if (round === 0) continue; // the first fills caches
    times[name].push(millis.reduce((sum, part) => sum + part, 0));
    if (name === 'ultragroth') parts.push(millis);
  }
}
for (const name of ['groth16', 'ultragroth'] as const) {
  const { rows, keyBytes } = contenders[name];
  console.log(
    `${name.padEnd(10)} ${rows} rows, key ${(keyBytes / 1e6).toFixed(2)} MB, proof ${median(times[name]).toFixed(0)} ms`,
  );
}
const [commit, finish, rest] = [0, 1, 2].map(i => median(parts.map(part => part[i] ?? 0)).toFixed(0));
console.log(`ultragroth: commit ${commit} ms, second round of the witness ${finish} ms, rest ${rest} ms`);
console.log(
  `time ${(median(times.groth16) / median(times.ultragroth)).toFixed(2)}x, key ${(contenders.groth16.keyBytes / contenders.ultragroth.keyBytes).toFixed(2)}x, ${kernel.description}`,
);
await kernel.close();

function model(): Parameters<typeof compile>[0] {
  const folder = 'fixtures/models/mnist-cnn';
  return {
    model: readFileSync(join(folder, 'model.json'), 'utf8'),
    weights: new Map([['weights.bin', readFileSync(join(folder, 'weights.bin'))]]),
  };
}

async function compilePerceptron(widths: string): Promise<ProvableNetwork> {
  const quantGraph = quantize(randomPerceptron(widths));
  const startedAt = performance.now();
  const artifact = await noirWasm().compile(generatePackage(quantGraph));
  console.log(`compiled in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  return { quantGraph, ...(await lowerArtifact(artifact)) };
}

async function groth16(circuit: ProvableNetwork): Promise<Contender> {
  const keys = await setup(kernel, circuit);
  const key = await kernel.loadProvingKey(keys.provingKey);
  const witness = await witnessOf(circuit);
  return {
    rows: circuit.lowered.system.constraintCount,
    keyBytes: keys.provingKey.length,
    proveOnce: async () => {
      const started = performance.now();
      const result = await prove(kernel, key, witness);
      const millis = performance.now() - started;
      if (!(await verify(kernel, keys.verificationKey, result))) throw new Error('the proof is false');
      return [millis];
    },
  };
}

async function ultraGroth(plain: ProvableNetwork): Promise<Contender> {
  const circuit = {
    ...plain,
    ...(await lowerArtifact(plain.artifact, { proofSystem: 'ultragroth' })),
  };
  const keys = await setupUltraGroth(kernel, circuit);
  const key = await loadProvingKey(kernel, keys.provingKey);
  const witness = await witnessOf(circuit);
  return {
    rows: circuit.lowered.system.constraintCount,
    keyBytes: keys.provingKey.length,
    proveOnce: async () => {
      const result = await proveUltraGroth(kernel, key, witness);
      if (!(await verifyUltraGroth(kernel, keys.verificationKey, result)))
        throw new Error('the proof is false');
      const { commitMillis, finishMillis, proveMillis } = result.timings;
      return [commitMillis, finishMillis, proveMillis];
    },
  };
}

function witnessOf(circuit: ProvableNetwork): Promise<Witness> {
  return solve(circuit, [pixels]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
