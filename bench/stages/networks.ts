/**
 * The networks of fixtures/networks from model to verified proof, for both proof systems, beside published figures: time and
 * memory of each stage, sizes of keys and proofs, accuracy before and after quantisation.
 *
 * Train first: npx tsx fixtures/train/networks.ts [names]
 * Run:         npx tsx bench/stages/networks.ts [--proofs 5] [--samples 1500] [--again] [names ...]   (all that are trained)
 *
 * --again takes set-up, witness and proofs once more, of networks compiled before: compilations come from the cache that each
 * run writes, and the time of compiling and the accuracies from the results where there are any. --judge takes the accuracies
 * alone. Each network has a process of its own, and is compiled once for both systems; "prover" is one more proof in a process
 * that has only the proving key and the witness program. Results are added to out/networks/bench.jsonl; the table is of all
 * results there, the last one for each network and system. "load" is the machine's while proving, its own work included.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judgeOf } from '../../fixtures/networks/accuracy.ts';
import {
  type CompiledNetwork,
  type CompileOptions,
  compile,
  encodeCall,
  encodeProof,
  encodeUltraGrothCall,
  encodeUltraGrothProof,
  estimateLayers,
  importModel,
  lowerArtifact,
  openKernel,
  printProof,
  printUltraGrothKey,
  printUltraGrothProof,
  printVerificationKey,
  prove,
  proveUltraGroth,
  quantizeFor,
  type StageListener,
  setup,
  setupUltraGroth,
  solve,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { proverInputs } from '../../src/noir/index.ts';
import { witnessProgramOf } from '../../src/solving.ts';
import { encodeInputs, folderCache } from '../../src/toolchain/index.ts';
import { loadProvingKey } from '../../src/ultragroth/index.ts';
import { measure } from '../support/memory.ts';
import { type Accuracies, accuraciesOf } from '../support/network-accuracy.ts';
import { printResults, type Result, type System } from '../support/network-table.ts';
import { type ProvenAlone, proveAlone } from '../support/prove-alone.ts';
import type { Measurement } from '../support/prove-folder.ts';

const FOLDER = new URL('../../out/networks/', import.meta.url);
const RESULTS = new URL('bench.jsonl', FOLDER);
const NAMES = ['mlp1', 'mlp2', 'mlp3', 'mlp4', 'mlp5', 'mlp6', 'liveness', 'bionet', 'bionet-cut'];
const SYSTEMS: readonly System[] = ['groth16', 'ultragroth'];
/** How often each proof is verified: the first times are those of code that is not compiled yet. */
const CHECKS = 8;
const CACHE = fileURLToPath(new URL('cache', FOLDER));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    child: { type: 'string' },
    proofs: { type: 'string', default: '5' },
    again: { type: 'boolean', default: false },
    judge: { type: 'boolean', default: false },
    samples: { type: 'string', default: '1500' },
  },
});
if (values.child === undefined) runParent();
else if (values.judge) judgeNetwork(values.child);
else await runChild(values.child);

function runParent(): void {
  const trained = NAMES.filter(name => existsSync(new URL(`${name}/model.json`, FOLDER)));
  for (const name of positionals.length > 0 ? positionals : trained) {
    const { proofs, samples, again, judge } = values;
    const flags = [...(again ? ['--again'] : []), ...(judge ? ['--judge'] : [])];
    const own = ['--child', name, '--proofs', proofs, '--samples', samples, ...flags];
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

/** A trained network with its data, as fixtures/train/networks.ts saves them. */
function readNetwork(name: string) {
  const read = (file: string): Buffer => readFileSync(new URL(`${name}/${file}`, FOLDER));
  const json = (file: string) => JSON.parse(read(file).toString('utf8'));
  return {
    model: {
      model: read('model.json').toString('utf8'),
      weights: new Map([['weights.bin', read('weights.bin')]]),
    },
    quantize: quantizeOptions(name, json('calibration.json')),
    heldOut: json('heldout.json') as { samples: number[][]; labels: number[] },
    training: json('training.json') as { parameters: number; accuracy: number },
  };
}

/** Takes the accuracies alone, and puts them in place of those of earlier results. */
function judgeNetwork(name: string): void {
  const { model, quantize, heldOut } = readNetwork(name);
  const graph = importModel(model);
  const quantGraph = quantizeFor(graph, { quantize });
  const options = { judge: judgeOf(name), sampleCount: Number(values.samples) };
  const accuracies = accuraciesOf({ graph, quantGraph }, heldOut, options);
  console.log(`${name}: ${JSON.stringify(accuracies)}`);
  const results = readResults().filter(result => result.name === name);
  for (const system of SYSTEMS) {
    const latest = results.findLast(result => result.system === system);
    if (latest !== undefined) appendFileSync(RESULTS, `${JSON.stringify({ ...latest, ...accuracies })}\n`);
  }
}

/** Compiles a network once, lowers it for each proof system, and proves. */
async function runChild(name: string): Promise<void> {
  const { again: isAgain } = values;
  const [proofCount, sampleCount] = [Number(values.proofs), Number(values.samples)];
  const { model, quantize, heldOut, training } = readNetwork(name);
  const earlier = isAgain ? readResults().findLast(result => result.name === name) : undefined;
  const clock = startClock(name);
  const cache = folderCache(CACHE);
  const compiled = await measure(() =>
    compile(model, {
      listener: clock.listener,
      quantize,
      // a run that takes the time of compiling writes the cache only
      compileCache: isAgain ? cache : { ...cache, get: async () => undefined },
    }),
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

function earlierAccuracies(earlier: Result): Accuracies {
  const { floatAccuracy, integerAccuracy, sampleCount, refusedCount } = earlier;
  return { floatAccuracy, integerAccuracy, sampleCount, refusedCount };
}

/** The time of compiling that an earlier run took. */
function compileSeconds(earlier: Result | undefined): Record<string, number> {
  return earlier === undefined ? {} : { compile: earlier.seconds.compile ?? 0 };
}

/** Perceptrons prove every input; the deeper networks prove what calibration saw and some bits more. */
function quantizeOptions(
  name: string,
  { samples }: { samples: number[][] },
): CompileOptions['quantize'] & object {
  const calibration = samples.map(sample => [sample]);
  if (name.startsWith('mlp')) return { calibration };
  return { calibration, widths: 'calibrated' };
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
  | keyof ProofSizes
  | 'keyBytes'
  | 'verificationKeyBytes'
  | 'proofMillis'
  | 'verifyMillis'
  | 'kernel'
  | 'load'
  | 'proverMillis'
  | 'proverMegabytes'
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
    let sizes: ProofSizes = { proofBytes: 0, binaryProofBytes: 0, callBytes: 0 };
    const [load = 0] = loadavg();
    for (let i = 0; i < task.proofCount; i++) {
      const startedAt = performance.now();
      const proven = await proving.prove(witness);
      proofMillis.push(performance.now() - startedAt);
      for (let check = 0; check < CHECKS; check++) {
        const checkedAt = performance.now();
        if (!(await proven.check())) throw new Error(`The proof of ${network.quantGraph.name} is false.`);
        verifyMillis.push(performance.now() - checkedAt);
      }
      sizes = proven.sizes;
    }
    const { keyBytes, verificationKeyBytes } = proving;
    const medians = { proofMillis: median(proofMillis), verifyMillis: median(verifyMillis) };
    const alone = await provenAlone(network, sample, proving);
    return {
      keyBytes,
      verificationKeyBytes,
      ...sizes,
      ...medians,
      load,
      kernel: kernel.description,
      proverMillis: alone.wallMillis,
      proverMegabytes: Math.round(alone.peakMegabytes),
    };
  } finally {
    await kernel.close();
  }
}

/** One proof in a process of its own, which is verified here. */
async function provenAlone(
  network: CompiledNetwork,
  sample: number[],
  { provingKey, system, check }: Proving,
): Promise<Measurement> {
  const { witnessProgram, inputs } = solvableOf(network, sample);
  const { statement, measurement } = proveAlone({ system, provingKey, witnessProgram, inputs });
  if (!(await check(statement))) throw new Error(`A proof of ${network.quantGraph.name} is false.`);
  return measurement;
}

type Kernel = Awaited<ReturnType<typeof openKernel>>;

/** What a witness engine takes: the compiled program, and a sample as values of main's parameters. */
function solvableOf(
  network: CompiledNetwork,
  sample: number[],
): { witnessProgram: Uint8Array; inputs: bigint[] } {
  const made = witnessProgramOf(network);
  if (made.kind !== 'compiled') throw new Error(made.reason);
  const { quantGraph, artifact } = network;
  const inputs = quantGraph.inputs.map(id => {
    const node = quantGraph.nodes[id];
    if (node === undefined) throw new Error(`There is no node ${id}.`);
    return { shape: node.shape, data: Float64Array.from(sample) };
  });
  return {
    witnessProgram: made.bytes,
    inputs: encodeInputs(artifact, proverInputs(quantGraph, inputs)),
  };
}

/** From encoded inputs to all wires on the kernel's engine, the program loaded: the median of nine. */
async function solvingMillis(network: CompiledNetwork, sample: number[]): Promise<number> {
  const { witnessProgram, inputs } = solvableOf(network, sample);
  const kernel = await nativeKernel({ threads: 1 });
  const program = await kernel.witness?.load(witnessProgram);
  if (program === undefined) throw new Error('The native kernel has no witness engine. Build it again.');
  const millis: number[] = [];
  for (let run = 0; run < 9; run++) {
    const startedAt = performance.now();
    const found = await program.solve(inputs);
    if (found.kind !== 'solved') throw new Error(`The program stopped: ${JSON.stringify(found)}`);
    found.release();
    millis.push(performance.now() - startedAt);
  }
  program.release();
  await kernel.close();
  return median(millis);
}

type Witness = Awaited<ReturnType<typeof solve>>;

/** A proof as JSON, as the bytes that a contract takes, and as a whole call of it with the public values. */
type ProofSizes = Pick<Result, 'proofBytes' | 'binaryProofBytes' | 'callBytes'>;

interface Proving {
  readonly system: System;
  readonly provingKey: Uint8Array;
  readonly keyBytes: number;
  readonly verificationKeyBytes: number;
  readonly prove: (witness: Witness) => Promise<{ sizes: ProofSizes; check: () => Promise<boolean> }>;
  readonly check: (statement: ProvenAlone['statement']) => Promise<boolean>;
}

async function groth16(network: CompiledNetwork, kernel: Kernel, { listener }: Task): Promise<Proving> {
  const { provingKey, verificationKey } = await setup(kernel, network, { listener });
  const key = await kernel.loadProvingKey(provingKey);
  return {
    system: 'groth16',
    provingKey,
    keyBytes: provingKey.length,
    verificationKeyBytes: printVerificationKey(verificationKey).length,
    prove: async witness => {
      const result = await prove(kernel, key, witness);
      const sizes = {
        proofBytes: printProof(result.proof).length,
        binaryProofBytes: encodeProof(result.proof).length,
        callBytes: encodeCall(result.proof, result.publicSignals).length,
      };
      return { sizes, check: () => verify(kernel, verificationKey, result) };
    },
    check: statement => verify(kernel, verificationKey, statement),
  };
}

async function ultraGroth(network: CompiledNetwork, kernel: Kernel, { listener }: Task): Promise<Proving> {
  const { provingKey, verificationKey } = await setupUltraGroth(kernel, network, { listener });
  const key = await loadProvingKey(kernel, provingKey);
  return {
    system: 'ultragroth',
    provingKey,
    keyBytes: provingKey.length,
    verificationKeyBytes: printUltraGrothKey(verificationKey).length,
    prove: async witness => {
      const result = await proveUltraGroth(kernel, key, witness);
      const sizes = {
        proofBytes: printUltraGrothProof(result.proof).length,
        binaryProofBytes: encodeUltraGrothProof(result.proof).length,
        callBytes: encodeUltraGrothCall(result.proof, result.publicSignals).length,
      };
      return { sizes, check: () => verifyUltraGroth(kernel, verificationKey, result) };
    },
    check: statement => verifyUltraGroth(kernel, verificationKey, statement),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
