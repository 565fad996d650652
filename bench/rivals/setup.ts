/**
 * Set-up, ceremony and verification beside snarkjs 0.7.6, paired in one run: each round does ours, then theirs, on the same
 * files. Medians of wall clock and of CPU time over all threads (worker threads included), and their ratios.
 *
 * Run: npx tsx bench/rivals/setup.ts [power = 16] [rounds = 5] [mixed|random]
 * The forged `.ptau` takes a minute at 2^16 and is made once a run; snarkjs needs about 1.5 CPU minutes a round there.
 */
import { buildBn128 } from 'ffjavascript';
import type { MemoryFile } from 'snarkjs';
import {
  printProof,
  printPublicSignals,
  printVerificationKey,
} from '../../converters/keys-to-iden3/index.ts';
import {
  contribute,
  drawToxicWaste,
  exportVerificationKey,
  setupFromPtau,
  verify,
  verifyBatch,
  verifyCeremony,
} from '../../src/groth16/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { benchCircuit, type WitnessKind } from '../stages/circuit.ts';
import { forgePtau } from '../support/forged-ptau.ts';

const power = Number(process.argv[2] ?? 16);
const rounds = Number(process.argv[3] ?? 5);
const kind = (process.argv[4] ?? 'mixed') as WitnessKind;
const BATCH = 100;
/** A verification takes milliseconds: it is measured so many times in each round. */
const VERIFICATIONS = 20;

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

interface Row {
  readonly name: string;
  readonly ours: Sample[];
  readonly theirs: Sample[];
}

const rows = new Map<string, Row>();
const snarkjs = await import('snarkjs');
// snarkjs finds this curve and its workers, and does not start its own for each call.
(globalThis as { curve_bn128?: unknown }).curve_bn128 = await buildBn128();
const kernel = await nativeKernel();
const { r1cs, witness, publicInputs } = benchCircuit(power, kind);
const ptau = await forgePtau(power);

for (let round = 0; round < rounds; round++) {
  await measure('development set-up', 'ours', () => kernel.setup(r1cs, drawToxicWaste()));
  const initial = await measure('key from .ptau (zkey new)', 'ours', () =>
    setupFromPtau(r1cs, ptau, { kernel }),
  );
  const theirInitial = memory();
  await measure('key from .ptau (zkey new)', 'theirs', () => snarkjs.zKey.newZKey(r1cs, ptau, theirInitial));
  if (Buffer.compare(initial, theirInitial.data as Uint8Array) !== 0) throw new Error('The keys differ.');
  const key = await measure('contribute', 'ours', () => contribute(initial, { name: 'bench', kernel }));
  await measure('contribute', 'theirs', () =>
    snarkjs.zKey.contribute(theirInitial, memory(), 'bench', 'dice'),
  );
  await measure('verify the key', 'ours', () => verifyCeremony(r1cs, ptau, key, { kernel }));
  await measure('verify the key', 'theirs', () => snarkjs.zKey.verifyFromR1cs(r1cs, ptau, key));
  await benchVerify(key);
}
print();
process.exit(0); // ffjavascript leaves workers behind

async function benchVerify(zkey: Uint8Array): Promise<void> {
  const key = exportVerificationKey(zkey);
  const loaded = await kernel.loadProvingKey(zkey);
  const proof = await kernel.prove(loaded, witness);
  loaded.release();
  const claim = { publicSignals: publicInputs, proof };
  const json = [printVerificationKey(key), printPublicSignals(publicInputs), printProof(proof)].map(text =>
    JSON.parse(text),
  );
  await verify(kernel, key, publicInputs, proof); // once, so that neither side pays for compiling
  for (let i = 0; i < VERIFICATIONS; i++) {
    await measure('verify a proof', 'ours', () => verify(kernel, key, publicInputs, proof));
    await measure('verify a proof', 'theirs', () => snarkjs.groth16.verify(json[0], json[1], json[2]));
  }
  const claims = Array.from({ length: BATCH }, () => claim);
  await measure(`verify ${BATCH} proofs, each`, 'ours', () => verifyBatch(kernel, key, claims), BATCH);
}

async function measure<T>(
  name: string,
  who: 'ours' | 'theirs',
  action: () => Promise<T>,
  count = 1,
): Promise<T> {
  const before = process.cpuUsage();
  const start = performance.now();
  const result = await action();
  const wall = (performance.now() - start) / count;
  const { user, system } = process.cpuUsage(before);
  const row = rows.get(name) ?? { name, ours: [], theirs: [] };
  row[who].push({ wall, cpu: (user + system) / 1000 / count });
  rows.set(name, row);
  return result;
}

function memory(): MemoryFile {
  return { type: 'mem' };
}

function median(samples: readonly Sample[], what: keyof Sample): number {
  const sorted = samples.map(sample => sample[what]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] as number;
}

function print(): void {
  console.log(`${kernel.description}; 2^${power} rows, ${kind}, ${rounds} rounds`);
  console.log('| step | wall ms | CPU ms | snarkjs wall ms | snarkjs CPU ms | ratio wall | ratio CPU |');
  console.log('|---|---|---|---|---|---|---|');
  for (const { name, ours, theirs } of rows.values()) {
    const own = [median(ours, 'wall'), median(ours, 'cpu')] as const;
    const other =
      theirs.length === 0 ? undefined : ([median(theirs, 'wall'), median(theirs, 'cpu')] as const);
    const cells = [
      ...own.map(format),
      ...(other?.map(format) ?? ['-', '-']),
      ...own.map((value, i) => (other ? `${((other[i] as number) / value).toFixed(1)}x` : '-')),
    ];
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

function format(millis: number): string {
  return millis.toFixed(millis < 10 ? 2 : 0);
}
