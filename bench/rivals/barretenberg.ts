/**
 * The same Noir programs beside barretenberg (UltraHonk for the EVM, with zero knowledge), paired in one run. Each prover is
 * a process of its own that reads what it keeps on disk and writes a proof; they take turns, and medians are printed.
 *
 * - barretenberg: its native command `bb prove`, with the verification key made before, from the witness that Noir's machine
 *   has solved before: solving is not in its time. It proves in no other process than a new one, whose start is in its time.
 * - bionoir: reads the key, the witness program and the inputs, solves, checks, proves. Node's own start is not in its
 *   time; solving is. Its memory is Node's and all.
 *
 * barretenberg takes no folded functions, so its networks are compiled without them (and those that need them to compile
 * in finite time are left out). Its reference string is forged: the work is the same, but its verifier accepts the
 * ceremony's only, so its proofs are counted and not verified. Its WebAssembly refuses a forged one altogether.
 *
 * Run: npx tsx bench/rivals/barretenberg.ts [rounds = 5] [programs = sha256,keccak,merkle,mnist,mlp]
 * Fetches @aztec/bb.js 5.0.0 from npm into .cache/rivals (150 MB).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as Acvm from '@noir-lang/acvm_js';
import {
  type Circuit,
  type Groth16VerificationKey,
  lowerArtifact,
  setup,
  setupUltraGroth,
  type UltraGrothVerificationKey,
  verify,
  verifyUltraGroth,
} from '../../src/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { generatePackage, proverInputs } from '../../src/noir/index.ts';
import { type QuantGraph, quantize } from '../../src/quantize/index.ts';
import { witnessProgramOf } from '../../src/solving.ts';
import { encodeInputs, type NoirArtifact, noirWasm, type ProgramInputs } from '../../src/toolchain/index.ts';
import { MNIST_CASE } from '../../test/parity/support/cases.ts';
import { programPackage } from '../../test/support/noir-package.ts';
import { randomPerceptron } from '../support/dense-network.ts';
import { proveInFolder } from '../support/prove-alone.ts';
import type { Measurement } from '../support/prove-folder.ts';
import { randomInputs } from '../support/random-inputs.ts';
import { forgeReferenceString } from '../support/structured-reference.ts';

const RIVAL = '@aztec/bb.js@5.0.0';
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'rivals');
const BB = join(CACHE, 'node_modules', '@aztec', 'bb.js', 'build', 'amd64-linux', 'bb');
const REFERENCE = join(CACHE, 'reference');
/** More points than the largest circuit here has gates. */
const REFERENCE_POINTS = 2 ** 19 + 1;
const OURS = ['groth16', 'ultragroth'];
const ENGINES = ['barretenberg', ...OURS];

/** Time and largest resident set of a command. */
const PEAK_OF_CHILD = `
import json, resource, subprocess, sys, time
started = time.time()
subprocess.run(sys.argv[1:], check=True, capture_output=True)
wall = (time.time() - started) * 1000
print(json.dumps({"wallMillis": wall, "peakMegabytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}))
`;

/** Programs as Noir developers write them, for the hashes that both have gadgets for. */
const SOURCES: Readonly<Record<string, { readonly text: string; readonly inputs: ProgramInputs }>> = {
  sha256: {
    text: `fn main(block: [u32; 16], state: [u32; 8]) -> pub [u32; 8] {
      let mut result = state;
      for _ in 0..8 { result = std::hash::sha256_compression(block, result); }
      result
    }`,
    inputs: {
      block: Array.from({ length: 16 }, (_, i) => i * 77),
      state: Array.from({ length: 8 }, (_, i) => i),
    },
  },
  keccak: {
    text: `fn main(state: [u64; 25]) -> pub [u64; 25] {
      let mut result = state;
      for _ in 0..4 { result = std::hash::keccakf1600(result); }
      result
    }`,
    inputs: { state: Array.from({ length: 25 }, (_, i) => i * 1001) },
  },
  merkle: {
    text: `fn main(leaf: Field, path: [Field; 32], turns: [bool; 32]) -> pub Field {
      let mut node = leaf;
      for i in 0..32 {
        let (left, right) = if turns[i] { (path[i], node) } else { (node, path[i]) };
        node = std::hash::poseidon2_permutation([left, right, 0, 0])[0];
      }
      node
    }`,
    inputs: {
      leaf: 5,
      path: Array.from({ length: 32 }, (_, i) => i + 9),
      turns: Array.from({ length: 32 }, (_, i) => i % 3 === 0),
    },
  },
};

/** A program with its inputs, as both provers take it. */
interface Job {
  readonly ours: NoirArtifact;
  readonly theirs: NoirArtifact;
  readonly inputs: ProgramInputs;
}

const [rounds = '5', list] = process.argv.slice(2);
await benchAll(Number(rounds), list?.split(','));

async function benchAll(
  rounds: number,
  names = ['sha256', 'keccak', 'merkle', 'mnist', 'mlp'],
): Promise<void> {
  await fetchRival();
  console.log(
    '| program | prover | rows or gates | proof, ms | peak MB | proof, bytes | barretenberg / prover |',
  );
  console.log('|---|---|---:|---:|---:|---:|---:|');
  for (const name of names) await benchProgram(name, await jobOf(name), rounds);
}

async function benchProgram(name: string, job: Job, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-rival-'));
  try {
    const gates = await prepareTheirs(folder, job);
    const rows = await prepareOurs(folder, job);
    const results = new Map<string, Measurement[]>(ENGINES.map(engine => [engine, []]));
    for (let round = 0; round < rounds; round++)
      for (const engine of ENGINES)
        results
          .get(engine)
          ?.push(engine === 'barretenberg' ? proveTheirs(folder) : proveInFolder(engine, folder).measurement);
    const rival = median((results.get('barretenberg') ?? []).map(({ wallMillis }) => wallMillis));
    for (const [engine, runs] of results) {
      const wall = median(runs.map(({ wallMillis }) => wallMillis));
      const cells = [
        name,
        engine,
        engine === 'barretenberg' ? gates : (rows.get(engine) ?? ''),
        wall.toFixed(0),
        median(runs.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0),
        engine === 'barretenberg'
          ? statSync(join(folder, 'bb', 'proof')).size
          : engine.startsWith('ultra')
            ? 320
            : 256,
        (rival / wall).toFixed(1),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function fetchRival(): Promise<void> {
  if (!existsSync(BB)) {
    mkdirSync(CACHE, { recursive: true });
    const { status, stderr } = spawnSync(
      'npm',
      ['install', '--prefix', CACHE, '--no-save', '--ignore-scripts', '--silent', RIVAL],
      { encoding: 'utf8' },
    );
    if (status !== 0 || !existsSync(BB)) throw new Error(`Cannot fetch ${RIVAL} from npm: ${stderr}`);
  }
  if (!existsSync(join(REFERENCE, 'bn254_g2.dat'))) await forgeReferenceString(REFERENCE, REFERENCE_POINTS);
}

async function prepareTheirs(folder: string, { theirs, inputs }: Job): Promise<string> {
  const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;
  const values = encodeInputs(theirs, inputs);
  const initial = new Map(values.map((value, k) => [k, `0x${value.toString(16).padStart(64, '0')}`]));
  const stack = await acvm.executeProgram(Buffer.from(theirs.bytecode, 'base64'), initial, async () => []);
  writeFileSync(join(folder, 'bb.json'), JSON.stringify(theirs));
  writeFileSync(join(folder, 'bb.gz'), acvm.compressWitnessStack(stack));
  barretenberg([
    'write_vk',
    '-t',
    'evm',
    '-b',
    join(folder, 'bb.json'),
    '-o',
    join(folder, 'bb'),
    '-c',
    REFERENCE,
  ]);
  const gates = barretenberg(['gates', '-b', join(folder, 'bb.json'), '-t', 'evm']);
  return /"circuit_size": (\d+)/.exec(gates)?.[1] ?? '?';
}

function barretenberg(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(BB, [...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`bb ${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

/** `bb` says how much memory it had at the end of each step. */
function proveTheirs(folder: string): Measurement {
  const file = (name: string): string => join(folder, name);
  const args = [
    'prove',
    '-t',
    'evm',
    '-b',
    file('bb.json'),
    '-w',
    file('bb.gz'),
    '-k',
    file('bb/vk'),
    '-o',
    file('bb'),
  ];
  const timed = spawnSync('python3', ['-c', PEAK_OF_CHILD, BB, ...args, '-c', REFERENCE], {
    encoding: 'utf8',
  });
  if (timed.status !== 0) throw new Error(timed.stderr);
  return JSON.parse(timed.stdout.trim().split('\n').at(-1) as string) as Measurement;
}

async function prepareOurs(folder: string, { ours, inputs }: Job): Promise<Map<string, string>> {
  const kernel = await nativeKernel();
  writeFileSync(join(folder, 'inputs.json'), JSON.stringify(encodeInputs(ours, inputs).map(String)));
  const rows = new Map<string, string>();
  for (const system of ['groth16', 'ultragroth'] as const) {
    const circuit = await lowerArtifact(ours, { proofSystem: system });
    rows.set(system, String(circuit.lowered.system.constraintCount));
    const keys = await (system === 'groth16' ? setup : setupUltraGroth)(kernel, circuit);
    writeFileSync(join(folder, `${system}.zkey`), keys.provingKey);
    writeFileSync(join(folder, `${system}.bwp`), programOf(circuit));
    // every prover's first proof is verified
    for (const engine of OURS.filter(name => name === system)) {
      const { statement } = proveInFolder(engine, folder);
      const isValid =
        system === 'groth16'
          ? await verify(kernel, keys.verificationKey as Groth16VerificationKey, statement)
          : await verifyUltraGroth(kernel, keys.verificationKey as UltraGrothVerificationKey, statement);
      if (!isValid) throw new Error(`${engine}: the proof is false`);
    }
  }
  await kernel.close();
  return rows;
}

function programOf(circuit: Circuit): Uint8Array {
  const made = witnessProgramOf(circuit);
  if (made.kind !== 'compiled') throw new Error(made.reason);
  return made.bytes;
}

async function jobOf(name: string): Promise<Job> {
  if (name === 'mnist' && MNIST_CASE) return networkJob(MNIST_CASE.graph());
  if (name === 'mlp') return networkJob(quantize(randomPerceptron('784-100R-10')));
  const source = SOURCES[name];
  if (source === undefined)
    throw new Error(
      `There is no program '${name}'; there are mnist, mlp, ${Object.keys(SOURCES).join(', ')}.`,
    );
  const artifact = await noirWasm().compile(programPackage(source.text));
  return { ours: artifact, theirs: artifact, inputs: source.inputs };
}

async function networkJob(graph: QuantGraph): Promise<Job> {
  const source = generatePackage(graph);
  const unfolded = new Map([...source.files].map(([path, text]) => [path, text.replaceAll('#[fold]', '')]));
  const inputs = randomInputs(graph);
  return {
    ours: await noirWasm().compile(source),
    theirs: await noirWasm().compile({ ...source, files: unfolded }),
    inputs: proverInputs(graph, inputs),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? Number.NaN;
}
