/**
 * Resident memory over many proofs of the native kernel with one key: it must not grow with their number.
 *
 * Run: npx tsx bench/stages/leak.ts [proofs = 1000] [power = 10]
 */
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { benchCircuit } from './circuit.ts';

const [proofs = 1000, power = 10] = process.argv.slice(2).map(Number);
const { r1cs, witness } = benchCircuit(power, 'mixed');
const kernel = await nativeKernel();
const key = await kernel.loadProvingKey(await kernel.setup(r1cs, drawToxicWaste()));
console.log(`${kernel.description}, 2^${power} rows\n| proofs | resident MB |\n|---|---|`);
const step = Math.max(1, Math.round(proofs / 10));
for (let done = 0; done <= proofs; done++) {
  if (done % step === 0) console.log(`| ${done} | ${(process.memoryUsage().rss / 2 ** 20).toFixed(1)} |`);
  await kernel.prove(key, witness);
}
key.release();
await kernel.close();
