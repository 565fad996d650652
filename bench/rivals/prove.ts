/**
 * Whole proofs beside snarkjs, paired in one run: each engine in a process of its own reads the key and the witness from
 * disk, proves, and writes the proof; engines take turns, and medians are printed. "+cache" is a command that finds the
 * cache of an earlier one beside the key. Node's own start is in nobody's time; its memory is in everybody's peak.
 * "command" is out/bionoir-prove (scripts/build-prover.mjs), without Node: its start is in its time, its peak is its own.
 *
 * Run: npx tsx bench/rivals/prove.ts [power = 16] [mixed | random] [rounds = 5] [engines = ifma,ifma+cache,command,adx,...]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printProof } from '../../converters/keys-to-iden3/index.ts';
import { writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { bytesToBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { type Kernel, type NativeKernelOptions, nativeKernel, wasmKernel } from '../../src/kernel/index.ts';
import { benchCircuit, type WitnessKind } from '../stages/circuit.ts';
import { peakMegabytes } from '../support/memory.ts';

/** A .wtns of one field before its values: container, two section headers, the header section. */
const WTNS_HEADER_BYTES = 76;
const ENGINES = 'ifma,ifma+cache,adx,adx+cache,portable,wasm,snarkjs';

const PROVER = join(import.meta.dirname, '../../out/bionoir-prove');

/** One run of one engine. */
interface Measurement {
  /** Reading files, the first proof, writing it. */
  readonly wallMillis: number;
  readonly cpuMillis: number;
  /** A further proof with the same key; snarkjs has no such thing. */
  readonly nextMillis?: number;
  /** Largest resident set of the process, and what it was before the work. */
  readonly peakMegabytes: number;
  readonly idleMegabytes: number;
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--child') await runChild(rest as [string, string]);
else await runParent(process.argv.slice(2));

async function runParent([power = '16', kind = 'mixed', rounds = '5', list]: string[]): Promise<void> {
  const engines = (list ?? ENGINES).split(',');
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-bench-'));
  try {
    await writeFiles(folder, Number(power), kind as WitnessKind);
    for (const engine of engines) if (engine.endsWith('+cache')) measure(engine, folder); // writes the cache
    const results = new Map<string, Measurement[]>(engines.map(engine => [engine, []]));
    for (let round = 0; round < Number(rounds); round++)
      for (const engine of engines) results.get(engine)?.push(measure(engine, folder));
    print(`2^${power} rows, ${kind} witness, ${rounds} rounds`, results);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writeFiles(folder: string, power: number, kind: WitnessKind): Promise<void> {
  const { r1cs, witness } = benchCircuit(power, kind);
  const kernel = await nativeKernel();
  const started = performance.now();
  const cpu = process.cpuUsage();
  const zkey = await kernel.setup(r1cs, drawToxicWaste());
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `set-up (${kernel.description}): ${(performance.now() - started).toFixed(0)} ms wall, ${((user + system) / 1000).toFixed(0)} ms CPU`,
  );
  await kernel.close();
  writeFileSync(join(folder, 'key.zkey'), zkey);
  const wires = Array.from({ length: witness.length / 32 }, (_, i) =>
    bytesToBigint(witness.subarray(i * 32, i * 32 + 32)),
  );
  writeFileSync(join(folder, 'witness.wtns'), writeWtns(r, wires));
}

function measure(engine: string, folder: string): Measurement {
  if (/^command\b/.test(engine)) return measureCommand(engine, folder);
  const child = spawnSync(
    process.execPath,
    ['--import=tsx', import.meta.filename, '--child', engine, folder],
    { encoding: 'utf8' },
  );
  if (child.status !== 0) throw new Error(`${engine}: ${child.stderr}`);
  return JSON.parse(child.stdout.trim().split('\n').at(-1) as string) as Measurement;
}

/** `command`, or `command-adx` and the like. */
function measureCommand(engine: string, folder: string): Measurement {
  const [name = '', cached] = engine.split('+');
  const path = name.split('-')[1];
  const options = [
    ...(path ? ['--engine', path] : []),
    ...(cached ? ['--cache', `key.${path ?? 'best'}.cache`] : []),
    ...['--report', 'report.json', 'key.zkey', 'witness.wtns', 'proof.json', 'public.json'],
  ];
  const started = performance.now();
  const child = spawnSync(PROVER, options, { encoding: 'utf8', cwd: folder });
  const wallMillis = performance.now() - started;
  if (child.status !== 0) {
    throw new Error(
      `${PROVER}: ${child.error?.message ?? child.stderr}. Build it: node scripts/build-prover.mjs`,
    );
  }
  const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  return {
    wallMillis,
    cpuMillis: report.cpuMillis,
    peakMegabytes: report.peakKilobytes / 1024,
    idleMegabytes: 0,
  };
}

async function runChild([engine, folder]: [string, string]): Promise<void> {
  const proveOnce =
    engine === 'snarkjs' ? await proveWithSnarkjs(folder) : await proveOurselves(engine, folder);
  const idleMegabytes = process.memoryUsage().rss / 2 ** 20;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const next = await proveOnce();
  const wallMillis = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const peak = peakMegabytes();
  const nextMillis = await next?.();
  const measurement = {
    wallMillis,
    cpuMillis: (user + system) / 1000,
    nextMillis,
    peakMegabytes: peak,
    idleMegabytes,
  };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
  process.exit(0); // snarkjs leaves workers behind
}

type FirstProof = () => Promise<(() => Promise<number>) | undefined>;

async function openEngine(name: string): Promise<Kernel> {
  if (name === 'wasm') return wasmKernel();
  return nativeKernel({ path: name as NonNullable<NativeKernelOptions['path']> });
}

async function proveOurselves(engine: string, folder: string): Promise<FirstProof> {
  const [name = '', cached] = engine.split('+');
  const kernel = await openEngine(name);
  const file = join(folder, 'key.zkey');
  return async () => {
    const key = kernel.openProvingKey
      ? await kernel.openProvingKey(file, { cache: cached ? 'beside' : 'none' })
      : await kernel.loadProvingKey(readFileSync(file));
    const witness = readFileSync(join(folder, 'witness.wtns')).subarray(WTNS_HEADER_BYTES);
    const proof = await kernel.prove(key, witness);
    writeFileSync(join(folder, 'proof.json'), printProof(proof));
    return async () => {
      const started = performance.now();
      await kernel.prove(key, witness);
      return performance.now() - started;
    };
  };
}

async function proveWithSnarkjs(folder: string): Promise<FirstProof> {
  const { groth16 } = await import('snarkjs');
  return async () => {
    const { proof } = await groth16.prove(join(folder, 'key.zkey'), join(folder, 'witness.wtns'));
    writeFileSync(join(folder, 'proof.json'), JSON.stringify(proof));
    return undefined;
  };
}

function print(title: string, results: ReadonlyMap<string, readonly Measurement[]>): void {
  console.log(
    `${title}\n| engine | first proof, wall ms | CPU ms | next proof, wall ms | peak MB | idle MB | snarkjs / engine |`,
  );
  console.log('|---|---|---|---|---|---|---|');
  const rival = results.get('snarkjs')?.map(({ wallMillis }) => wallMillis);
  for (const [engine, runs] of results) {
    const wall = median(runs.map(({ wallMillis }) => wallMillis));
    const next = runs.flatMap(({ nextMillis }) => nextMillis ?? []);
    const cells = [
      engine,
      wall.toFixed(0),
      median(runs.map(({ cpuMillis }) => cpuMillis)).toFixed(0),
      next.length > 0 ? median(next).toFixed(0) : '-',
      median(runs.map(({ peakMegabytes }) => peakMegabytes)).toFixed(0),
      median(runs.map(({ idleMegabytes }) => idleMegabytes)).toFixed(0),
      rival ? (median(rival) / wall).toFixed(1) : '-',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
