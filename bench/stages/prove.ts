/**
 * Whole proofs, native kernel against snarkjs, paired in one run: each engine in a process of its own reads the key and
 * the witness from disk and proves; engines take turns, and medians are printed.
 *
 * Run: npx tsx bench/stages/prove.ts [power = 16] [mixed | random] [rounds = 5] [engines = ifma,adx,portable,snarkjs]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { bytesToBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { type NativeKernelOptions, nativeKernel } from '../../src/kernel/index.ts';
import { benchCircuit, type WitnessKind } from './circuit.ts';

/** One run of one engine. */
interface Measurement {
  /** Reading files and the first proof. */
  readonly wallMillis: number;
  readonly cpuMillis: number;
  /** A further proof with the same key; snarkjs has no such thing. */
  readonly nextMillis?: number;
  readonly peakMegabytes: number;
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--child') await runChild(rest as [string, string]);
else await runParent(process.argv.slice(2));

async function runParent([power = '16', kind = 'mixed', rounds = '5', list]: string[]): Promise<void> {
  const engines = (list ?? 'ifma,adx,portable,snarkjs').split(',');
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-bench-'));
  try {
    await writeFiles(folder, Number(power), kind as WitnessKind);
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
  writeFileSync(join(folder, 'witness.bin'), witness);
  const wires = Array.from({ length: witness.length / 32 }, (_, i) =>
    bytesToBigint(witness.subarray(i * 32, i * 32 + 32)),
  );
  writeFileSync(join(folder, 'witness.wtns'), writeWtns(r, wires));
}

function measure(engine: string, folder: string): Measurement {
  const child = spawnSync(
    process.execPath,
    ['--import=tsx', import.meta.filename, '--child', engine, folder],
    { encoding: 'utf8' },
  );
  if (child.status !== 0) throw new Error(`${engine}: ${child.stderr}`);
  return JSON.parse(child.stdout.trim().split('\n').at(-1) as string) as Measurement;
}

async function runChild([engine, folder]: [string, string]): Promise<void> {
  const proveOnce =
    engine === 'snarkjs' ? await proveWithSnarkjs(folder) : await proveNatively(engine, folder);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const next = await proveOnce();
  const wallMillis = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  const nextMillis = await next?.();
  const measurement = { wallMillis, cpuMillis: (user + system) / 1000, nextMillis, peakMegabytes };
  process.stdout.write(`${JSON.stringify(measurement)}\n`);
  process.exit(0); // snarkjs leaves workers behind
}

type FirstProof = () => Promise<(() => Promise<number>) | undefined>;

async function proveNatively(engine: string, folder: string): Promise<FirstProof> {
  const kernel = await nativeKernel({ path: engine as NonNullable<NativeKernelOptions['path']> });
  return async () => {
    const key = await kernel.loadProvingKey(readFileSync(join(folder, 'key.zkey')));
    const witness = readFileSync(join(folder, 'witness.bin'));
    await kernel.prove(key, witness);
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
    await groth16.prove(join(folder, 'key.zkey'), join(folder, 'witness.wtns'));
    return undefined;
  };
}

function print(title: string, results: ReadonlyMap<string, readonly Measurement[]>): void {
  console.log(
    `${title}\n| engine | first proof, wall ms | CPU ms | next proof, wall ms | peak MB | snarkjs / engine |`,
  );
  console.log('|---|---|---|---|---|---|');
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
