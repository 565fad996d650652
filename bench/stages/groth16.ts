/**
 * Set-up, proof and verification by the WebAssembly kernel beside snarkjs, in the same run on the same circuits.
 *
 *   npx tsx bench/stages/groth16.ts [power ...]      (12 14 16 unless given)
 *
 * Wall time says what a user waits; CPU seconds (all threads) are steadier on a shared machine. snarkjs' set-up is
 * `zkey new` and one `zkey contribute` from a forged `.ptau`: what a key takes that is not from a single party.
 */
import * as snarkjs from 'snarkjs';
import { writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { bytesToBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey, setupForDevelopment, verify } from '../../src/groth16/index.ts';
import { wasmKernel } from '../../src/kernel/index.ts';
import { forgePtau } from '../support/forged-ptau.ts';
import { benchCircuit } from './circuit.ts';

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

async function measure<Result>(task: () => Promise<Result>): Promise<[Result, Cost]> {
  const start = performance.now();
  const before = process.cpuUsage();
  const result = await task();
  const { user, system } = process.cpuUsage(before);
  return [result, { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }];
}

function row(power: number, step: string, ours: Cost, theirs: Cost): void {
  const seconds = ({ wall, cpu }: Cost): string => `${wall.toFixed(2)} s (${cpu.toFixed(2)} CPU s)`;
  const ratio = (theirs.cpu / ours.cpu).toFixed(1);
  console.log(`| 2^${power} | ${step} | ${seconds(ours)} | ${seconds(theirs)} | ${ratio} x |`);
}

async function benchPower(power: number): Promise<void> {
  const { r1cs, witness, publicInputs } = benchCircuit(power, 'mixed');
  const ptau = await forgePtau(power);
  const wires = Array.from({ length: witness.length / 32 }, (_, i) =>
    bytesToBigint(witness.subarray(i * 32, i * 32 + 32)),
  );
  const kernel = await wasmKernel();
  const [zkey, setup] = await measure(() => setupForDevelopment(kernel, r1cs));
  const [key, load] = await measure(() => kernel.loadProvingKey(zkey));
  const [proof, proving] = await measure(() => kernel.prove(key, witness));
  const verificationKey = exportVerificationKey(zkey);
  const [valid, verifying] = await measure(() => verify(kernel, verificationKey, publicInputs, proof));
  await kernel.close();

  const initial: snarkjs.MemoryFile = { type: 'mem' };
  const final: snarkjs.MemoryFile = { type: 'mem' };
  const [, theirSetup] = await measure(async () => {
    await snarkjs.zKey.newZKey(r1cs, ptau, initial);
    await snarkjs.zKey.contribute(initial.data as Uint8Array, final, 'bench', 'bench');
  });
  const wtns = writeWtns(r, wires);
  const [theirProof, theirProving] = await measure(() => snarkjs.groth16.prove(zkey, wtns));
  const theirKey = await snarkjs.zKey.exportVerificationKey(zkey);
  const [theirValid, theirVerifying] = await measure(() =>
    snarkjs.groth16.verify(theirKey, theirProof.publicSignals, theirProof.proof),
  );
  if (!valid || !theirValid) throw new Error('a proof does not verify');
  row(power, 'set-up', setup, theirSetup);
  // snarkjs reads the key anew for every proof.
  row(power, 'proof, key loaded before', proving, theirProving);
  row(
    power,
    'proof, key and all',
    { wall: load.wall + proving.wall, cpu: load.cpu + proving.cpu },
    theirProving,
  );
  row(power, 'verification', verifying, theirVerifying);
}

console.log('| rows | step | bionoir, WebAssembly kernel | snarkjs | CPU ratio |');
console.log('|---|---|---|---|---|');
const powers = process.argv.slice(2).map(Number);
for (const power of powers.length > 0 ? powers : [12, 14, 16]) await benchPower(power);
await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
