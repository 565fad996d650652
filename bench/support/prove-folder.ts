/**
 * One proof in a process of its own, with nothing loaded but what proves: reads `<system>.bwp` (witness program),
 * `inputs.json` (values of main's parameters) and `<system>.zkey` from a folder, solves, proves, writes `proof.json` and
 * `statement.json`, and prints a {@link Measurement}. The witness is not checked: a proof of a wrong one is false.
 *
 * Run: tsx bench/support/prove-folder.ts groth16|ultragroth native|wasm folder
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printProof, printUltraGrothProof } from '../../converters/keys-to-iden3/index.ts';
import { prove } from '../../src/groth16/index.ts';
import { nativeKernel, wasmKernel } from '../../src/kernel/index.ts';
import { loadProvingKey, prove as proveTwoRounds } from '../../src/ultragroth/index.ts';
import { peakMegabytes } from './memory.ts';

/** Wall time from reading to the written proof; the largest resident set of the process. */
export interface Measurement {
  readonly wallMillis: number;
  readonly peakMegabytes: number;
}

const [system = '', engine = '', folder = ''] = process.argv.slice(2);
const file = (name: string): string => join(folder, name);
const started = performance.now();
const kernel = await (engine === 'wasm' ? wasmKernel() : nativeKernel());
const program = await kernel.witness?.load(readFileSync(file(`${system}.bwp`)));
const inputs = (JSON.parse(readFileSync(file('inputs.json'), 'utf8')) as string[]).map(BigInt);
const found = await program?.solve(inputs);
if (found?.kind !== 'solved') throw new Error(`The program was not solved: ${found?.kind}`);
const statement = await (system === 'groth16' ? proveOneRound() : proveRounds());
const measurement: Measurement = {
  wallMillis: performance.now() - started,
  peakMegabytes: peakMegabytes(),
};
writeFileSync(
  file('statement.json'),
  JSON.stringify(statement, (_key, value) => (typeof value === 'bigint' ? `${value}n` : value)),
);
process.stdout.write(`${JSON.stringify(measurement)}\n`);
process.exit(0);

async function proveOneRound(): Promise<object> {
  const path = file('groth16.zkey');
  const key =
    (await kernel.openProvingKey?.(path, { cache: 'none' })) ??
    (await kernel.loadProvingKey(readFileSync(path)));
  const result = await prove(kernel, key, wires());
  writeFileSync(file('proof.json'), printProof(result.proof));
  return result;
}

async function proveRounds(): Promise<object> {
  const key = await loadProvingKey(kernel, readFileSync(file('ultragroth.zkey')));
  const result = await proveTwoRounds(kernel, key, { roundOne: wires(), finish: solved().finish });
  writeFileSync(file('proof.json'), printUltraGrothProof(result.proof));
  return result;
}

function solved(): Extract<typeof found, { kind: 'solved' }> {
  if (found?.kind !== 'solved') throw new Error('The program was not solved.');
  return found;
}

function wires(): Uint8Array {
  return solved().wires;
}
