/**
 * The networks of fixtures/networks from model to verified proof, for both proof systems, beside published figures: time and
 * memory of each stage, sizes of keys and proofs, accuracy before and after quantisation.
 *
 * Train first: npx tsx fixtures/train/networks.ts [names]
 * Run:         npx tsx bench/stages/networks.ts [--proofs 5] [--samples 1500] [--again] [names ...]   (all that are trained)
 *
 * --again takes set-up, witness and proofs once more, of networks compiled before: compilations come from the cache that each
 * run writes, and the time of compiling and the accuracies from the results where there are any. Each network has a process of its own, and is
 * compiled once for both systems. Results are added to out/networks/bench.jsonl; the table is of all results there, the
 * last one for each network and system. "load" is the machine's while proving, its own work included.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Judge, judgeOf } from '../../fixtures/networks/accuracy.ts';
import {
  type CompiledNetwork,
  type CompileOptions,
  compile,
  estimateLayers,
  evaluateGraph,
  type Graph,
  lowerArtifact,
  openKernel,
  printProof,
  printUltraGrothKey,
  printUltraGrothProof,
  printVerificationKey,
  prove,
  proveUltraGroth,
  type QuantGraph,
  type StageListener,
  setup,
  setupUltraGroth,
  solve,
  toRealInput,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { proverInputs } from '../../src/noir/index.ts';
import { evaluateQuantGraph, planEvaluation } from '../../src/quantize/index.ts';
import { witnessProgramOf } from '../../src/solving.ts';
import { encodeInputs, folderCache } from '../../src/toolchain/index.ts';
import { loadProvingKey } from '../../src/ultragroth/index.ts';
import { measure } from '../support/memory.ts';
import { printResults, type Result, type System } from '../support/network-table.ts';

const FOLDER = new URL('../../out/networks/', import.meta.url);
const RESULTS = new URL('bench.jsonl', FOLDER);
const NAMES = ['mlp1', 'mlp2', 'mlp3', 'mlp4', 'mlp5', 'mlp6', 'liveness', 'bionet', 'bionet-cut'];
const SYSTEMS: readonly System[] = ['groth16', 'ultragroth'];
const CACHE = fileURLToPath(new URL('cache', FOLDER));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    child: { type: 'string' },
    proofs: { type: 'string', default: '5' },
    again: { type: 'boolean', default: false },
    samples: { type: 'string', default: '1500' },
  },
});
if (values.child !== undefined) await runChild(values.child);
else runParent();

function runParent(): void {
  const trained = NAMES.filter(name => existsSync(new URL(`${name}/model.json`, FOLDER)));
  for (const name of positionals.length > 0 ? positionals : trained) {
    const { proofs, samples, again } = values;
    const own = ['--child', name, '--proofs', proofs, '--samples', samples, ...(again ? ['--again'] : [])];
    spawnSync(process.execPath, ['--max-old-space-size=8192', '--import=tsx', import.meta.filename, ...own], {
      stdio: 'inherit',
    });
  }
  console.log(printResults(readResults()));
}

function readResults(): Result[] {
  const lines = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').trim().split('\n') : [];
  return lines.map(line => JSON.parse(line) as Result);
}

/** Seconds by stage, told as they pass. */
interface Clock {
  readonly seconds: Record<string, number>;
  readonly listener: StageListener;
}

function startClock(title: string): Clock {
  const seconds: Record<string, number> = {};
  const onEnd: StageListener['onEnd'] = (stage, millis) => {
    seconds[stage] = (seconds[stage] ?? 0) + millis / 1000;
    console.log(`${title}: ${stage} ${(millis / 1000).toFixed(1)} s`);
  };
  return { seconds, listener: { onEnd } };
}

/** Compiles a network once, lowers it for each proof system, and proves. */
async function runChild(name: string): Promise<void> {
  const { again: isAgain } = values;
  const [proofCount, sampleCount] = [Number(values.proofs), Number(values.samples)];
  const read = (file: string): Buffer => readFileSync(new URL(`${name}/${file}`, FOLDER));
  const json = (file: string) => JSON.parse(read(file).toString('utf8'));
  const heldOut = json('heldout.json') as { samples: number[][]; labels: number[] };
  const training = json('training.json') as { parameters: number; accuracy: number };
  const earlier = isAgain ? readResults().findLast(result => result.name === name) : undefined;
  const clock = startClock(name);
  const cache = folderCache(CACHE);
  const compiled = await measure(() =>
    compile(
      {
        model: read('model.json').toString('utf8'),
        weights: new Map([['weights.bin', read('weights.bin')]]),
      },
      {
        listener: clock.listener,
        quantize: quantizeOptions(name, json('calibration.json')),
        // a run that takes the time of compiling writes the cache only
        compileCache: isAgain ? cache : { ...cache, get: async () => undefined },
      },
    ),
  );
  const accuracies =
    earlier === undefined
      ? accuraciesOf(compiled.result, heldOut, { judge: judgeOf(name), sampleCount })
      : earlierAccuracies(earlier);
  for (const system of SYSTEMS) {
    const own = startClock(`${name} ${system}`);
    const { result, peakBytes } = await measure(async () => {
      const { artifact } = compiled.result;
      const { listener } = own;
      const network =
        system === 'groth16'
          ? compiled.result
          : { ...compiled.result, ...(await lowerArtifact(artifact, { proofSystem: system, listener })) };
      const { system: rows } = network.lowered;
      console.log(`${name} ${system}: ${rows.constraintCount} constraints`);
      const sizes = await proofsOf(network, heldOut.samples[0] ?? [], { system, listener, proofCount });
      return {
        ...sizes,
        constraints: rows.constraintCount,
        abTerms: rows.a.wires.length + rows.b.wires.length,
        cTerms: rows.c.wires.length,
      };
    });
    const line: Result = {
      name,
      system,
      ...result,
      ...countsOf(compiled.result),
      ...accuracies,
      trainedParameters: training.parameters,
      trainedAccuracy: training.accuracy,
      seconds: { ...clock.seconds, ...own.seconds, ...compileSeconds(earlier) },
      peakMegabytes: Math.max(
        Math.round(Math.max(compiled.peakBytes, peakBytes) / 1e6),
        earlier?.peakMegabytes ?? 0,
      ),
    };
    appendFileSync(RESULTS, `${JSON.stringify(line)}\n`);
  }
}

type Accuracies = Pick<Result, 'floatAccuracy' | 'integerAccuracy' | 'sampleCount'>;

function earlierAccuracies({ floatAccuracy, integerAccuracy, sampleCount }: Result): Accuracies {
  return { floatAccuracy, integerAccuracy, sampleCount };
}

/** The time of compiling that an earlier run took. */
function compileSeconds(earlier: Result | undefined): Record<string, number> {
  return earlier === undefined ? {} : { compile: earlier.seconds.compile ?? 0 };
}

/**
 * Perceptrons prove every input; the deeper networks prove what calibration saw and some bits more. The embeddings, whose
 * constraints have a goal, get a bit less for weights, activations and margin.
 */
function quantizeOptions(
  name: string,
  { samples }: { samples: number[][] },
): CompileOptions['quantize'] & object {
  const calibration = samples.map(sample => [sample]);
  if (name.startsWith('mlp')) return { calibration };
  const fewerBits = { weightBits: 6, activationBits: 6, marginBits: 1 };
  return { calibration, widths: 'calibrated', ...(name.startsWith('bionet') ? fewerBits : {}) };
}

function countsOf({ quantGraph }: CompiledNetwork): Pick<Result, 'estimated' | 'activations' | 'products'> {
  const { layers, groth16, ultraGroth } = estimateLayers({ quantGraph });
  const sum = (of: (layer: (typeof layers)[number]) => number): number =>
    layers.reduce((all, layer) => all + of(layer), 0);
  return {
    estimated: { groth16: groth16.total, ultragroth: ultraGroth.total },
    activations: sum(layer => layer.activationCount),
    products: sum(layer => layer.productCount),
  };
}

interface Task {
  readonly system: System;
  readonly listener: StageListener;
  readonly proofCount: number;
}

type Sizes = Pick<
  Result,
  'keyBytes' | 'verificationKeyBytes' | 'proofBytes' | 'proofMillis' | 'verifyMillis' | 'kernel' | 'load'
>;

async function proofsOf(network: CompiledNetwork, sample: number[], task: Task): Promise<Sizes> {
  const kernel = await openKernel();
  try {
    const proving = await (task.system === 'groth16'
      ? groth16(network, kernel, task)
      : ultraGroth(network, kernel, task));
    const witness = await solve(network, [sample], { listener: task.listener, kernel });
    console.log(`  solving alone, one thread: ${(await solvingMillis(network, sample)).toFixed(1)} ms`);
    const proofMillis: number[] = [];
    const verifyMillis: number[] = [];
    let proofBytes = 0;
    const [load = 0] = loadavg();
    for (let i = 0; i < task.proofCount; i++) {
      const startedAt = performance.now();
      const { bytes, check } = await proving.prove(witness);
      proofMillis.push(performance.now() - startedAt);
      const checkedAt = performance.now();
      if (!(await check())) throw new Error(`The proof of ${network.quantGraph.name} is false.`);
      verifyMillis.push(performance.now() - checkedAt);
      proofBytes = bytes;
    }
    const { keyBytes, verificationKeyBytes } = proving;
    const medians = { proofMillis: median(proofMillis), verifyMillis: median(verifyMillis) };
    return { keyBytes, verificationKeyBytes, proofBytes, ...medians, load, kernel: kernel.description };
  } finally {
    await kernel.close();
  }
}

type Kernel = Awaited<ReturnType<typeof openKernel>>;
/** From encoded inputs to all wires on the kernel's engine, the program loaded: the median of nine. */
async function solvingMillis(network: CompiledNetwork, sample: number[]): Promise<number> {
  const made = witnessProgramOf(network);
  if (made.kind !== 'compiled') throw new Error(made.reason);
  const { quantGraph, artifact } = network;
  const inputs = quantGraph.inputs.map(id => {
    const node = quantGraph.nodes[id];
    if (node === undefined) throw new Error(`There is no node ${id}.`);
    return { shape: node.shape, data: Float64Array.from(sample) };
  });
  const values = encodeInputs(artifact, proverInputs(quantGraph, inputs));
  const kernel = await nativeKernel({ threads: 1 });
  const program = await kernel.witness?.load(made.bytes);
  if (program === undefined) throw new Error('The native kernel has no witness engine. Build it again.');
  const millis: number[] = [];
  for (let run = 0; run < 9; run++) {
    const startedAt = performance.now();
    const found = await program.solve(values);
    if (found.kind !== 'solved') throw new Error(`The program stopped: ${JSON.stringify(found)}`);
    found.release();
    millis.push(performance.now() - startedAt);
  }
  program.release();
  await kernel.close();
  return median(millis);
}

type Witness = Awaited<ReturnType<typeof solve>>;

interface Proving {
  readonly keyBytes: number;
  readonly verificationKeyBytes: number;
  readonly prove: (witness: Witness) => Promise<{ bytes: number; check: () => Promise<boolean> }>;
}

async function groth16(network: CompiledNetwork, kernel: Kernel, { listener }: Task): Promise<Proving> {
  const keys = await setup(kernel, network, { listener });
  const key = await kernel.loadProvingKey(keys.provingKey);
  return {
    keyBytes: keys.provingKey.length,
    verificationKeyBytes: printVerificationKey(keys.verificationKey).length,
    prove: async witness => {
      const result = await prove(kernel, key, witness);
      return {
        bytes: printProof(result.proof).length,
        check: () => verify(kernel, keys.verificationKey, result),
      };
    },
  };
}

async function ultraGroth(network: CompiledNetwork, kernel: Kernel, { listener }: Task): Promise<Proving> {
  const keys = await setupUltraGroth(kernel, network, { listener });
  const key = await loadProvingKey(kernel, keys.provingKey);
  return {
    keyBytes: keys.provingKey.length,
    verificationKeyBytes: printUltraGrothKey(keys.verificationKey).length,
    prove: async witness => {
      const result = await proveUltraGroth(kernel, key, witness);
      return {
        bytes: printUltraGrothProof(result.proof).length,
        check: () => verifyUltraGroth(kernel, keys.verificationKey, result),
      };
    },
  };
}

/** Accuracy of the float and of the integer network on the held-out samples; what is refused counts as wrong. */
function accuraciesOf(
  { graph, quantGraph }: CompiledNetwork,
  { samples: all, labels }: { samples: number[][]; labels: number[] },
  { judge, sampleCount }: { judge: Judge; sampleCount: number },
): Accuracies {
  const samples = all.slice(0, sampleCount);
  return {
    floatAccuracy: judge(samples.map(realNetwork(graph)), labels),
    integerAccuracy: judge(samples.map(integerNetwork(quantGraph)), labels),
    sampleCount: samples.length,
  };
}

function realNetwork(graph: Graph): (sample: number[]) => ArrayLike<number> {
  const input = graph.nodes[graph.inputs[0] ?? 0];
  if (input?.op.kind !== 'input') throw new Error('The network has no input.');
  const { domain } = input.op;
  return sample =>
    evaluateGraph(graph, [{ shape: input.shape, data: toRealInput(domain, sample) }])[0]?.data ?? [];
}

function integerNetwork(quantGraph: QuantGraph): (sample: number[]) => ArrayLike<number> {
  const plan = planEvaluation(quantGraph);
  const shape = quantGraph.nodes[quantGraph.inputs[0] ?? 0]?.shape ?? [];
  return sample => {
    try {
      const [output] = evaluateQuantGraph(plan, [{ shape, data: Float64Array.from(sample) }]);
      return Array.from<number | bigint, number>(output?.data ?? [], Number);
    } catch {
      return []; // beyond what calibration saw
    }
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
