/**
 * Solving ACIR witnesses: our machine beside Noir's (npm @noir-lang/acvm_js), on dense networks. Both get encoded
 * inputs. Noir's decodes the artifact in every run, as its interface has it; our decoding is shown apart.
 *
 * Run: npx tsx bench/stages/witness.ts [inputs x units ...]      (default: 256x256 1024x1024)
 */
import { createRequire } from 'node:module';
import type * as Acvm from '@noir-lang/acvm_js';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { executeProgram } from '../../src/acvm/index.ts';
import { generatePackage } from '../../src/noir/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import { noirWasm } from '../../src/toolchain/index.ts';
import { randomDense } from '../support/dense-network.ts';

const RUNS = 5;
const acvm = createRequire(import.meta.url)('@noir-lang/acvm_js') as typeof Acvm;
const sizes = process.argv.slice(2);

for (const size of sizes.length > 0 ? sizes : ['256x256', '1024x1024']) {
  const [inputs, units] = size.split('x').map(Number);
  if (!inputs || !units) throw new Error(`Write a size as inputs x units, such as 256x256, not ${size}.`);
  await benchDense(inputs, units);
}

async function benchDense(inputs: number, units: number): Promise<void> {
  const artifact = await noirWasm().compile(generatePackage(quantize(randomDense(inputs, units))));
  const random = seededRandom(2);
  const pixels = Array.from({ length: inputs }, () => random.below(256));
  const [decodeMillis, { program }] = await timed(() => decodeArtifact(artifact));
  const bytecode = Buffer.from(artifact.bytecode, 'base64');
  const texts = new Map(pixels.map((pixel, k) => [k, `0x${pixel.toString(16).padStart(64, '0')}`]));
  const values = new Map(pixels.map((pixel, k) => [k, BigInt(pixel)]));
  const theirs: number[] = [];
  const ours: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    theirs.push((await timed(() => acvm.executeProgram(bytecode, texts, async () => [])))[0]);
    ours.push((await timed(() => executeProgram(program, values)))[0]);
  }
  const [noir, machine] = [median(theirs), median(ours)];
  console.log(`dense ${inputs} -> ${units}: acvm_js ${noir.toFixed(0)} ms, ours ${machine.toFixed(0)} ms`);
  console.log(
    `  ${(noir / machine).toFixed(1)}x; decoding once ${decodeMillis.toFixed(0)} ms; medians of ${RUNS}`,
  );
}

function median(times: readonly number[]): number {
  return [...times].sort((left, right) => left - right)[Math.floor(times.length / 2)] ?? 0;
}

async function timed<T>(action: () => T | Promise<T>): Promise<[millis: number, result: T]> {
  const startedAt = performance.now();
  const result = await action();
  return [performance.now() - startedAt, result];
}
