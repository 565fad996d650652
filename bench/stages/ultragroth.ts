/**
 * The MNIST CNN under both proof systems, paired in one run: constraints, size of the proving key, and the time of a proof with
 * the key loaded (solving excluded; UltraGroth's second round of solving included and shown).
 *
 * Run: npx tsx bench/stages/ultragroth.ts [rounds = 5] [threads = 2]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import {
  type CompiledNetwork,
  compile,
  lowerArtifact,
  prove,
  proveUltraGroth,
  setup,
  setupUltraGroth,
  solve,
  verify,
  verifyUltraGroth,
  type Witness,
} from '../../src/pipeline.ts';
import { loadProvingKey } from '../../src/ultragroth/index.ts';

const [rounds = '5', threads = '2'] = process.argv.slice(2);
const kernel = await nativeKernel({ threads: Number(threads) });
const network = await compile(model());
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

async function groth16(circuit: CompiledNetwork): Promise<Contender> {
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

async function ultraGroth(plain: CompiledNetwork): Promise<Contender> {
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

function witnessOf(circuit: CompiledNetwork): Promise<Witness> {
  return solve(circuit, [pixels]);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
