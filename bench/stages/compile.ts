/**
 * Perceptrons from weights to keys: time and memory of compiling in parts, of compiling again after one layer changed, of
 * lowering and of set-up.
 *
 * Run: npx tsx bench/stages/compile.ts [perceptron ...]      (default: 784-2000R-60R-4000R-10)
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openKernel } from '../../src/kernel/index.ts';
import { generatePackage, type NoirPackage } from '../../src/noir/index.ts';
import { compileNoir, lowerArtifact, setup } from '../../src/pipeline/index.ts';
import { quantize } from '../../src/quantize/index.ts';
import { type CompileCache, folderCache, type NoirArtifact } from '../../src/toolchain/index.ts';
import { randomPerceptron } from '../support/dense-network.ts';
import { measure } from '../support/memory.ts';

const networks = process.argv.slice(2);

for (const text of networks.length > 0 ? networks : ['784-2000R-60R-4000R-10']) {
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-bench-'));
  try {
    await benchCompile(text, folderCache(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function benchCompile(text: string, cache: CompileCache): Promise<void> {
  console.log(`\n${text}`);
  const source = await row('quantise, generate', () => generatePackage(quantize(randomPerceptron(text))));
  const artifact = await compiled('compile', source, cache);
  await compiled('compile, one layer changed', withChangedWeight(source), cache);
  await compiled('compile, nothing changed', source, cache);
  const circuit = await row('decode, lower', () => lowerArtifact(artifact));
  const kernel = await openKernel();
  const { provingKey } = await row('set up', () => setup(kernel, circuit));
  const megabytes = (provingKey.length / 1e6).toFixed(1);
  console.log(
    `  constraints ${circuit.lowered.system.constraintCount}, proving key ${megabytes} MB, ${kernel.description}`,
  );
  await kernel.close();
}

async function compiled(
  stage: string,
  source: NoirPackage,
  compileCache: CompileCache,
): Promise<NoirArtifact> {
  let parts = 0;
  const listener = {
    onProgress: (_: unknown, step: string) => {
      if (/ compiled /.test(step)) parts++;
    },
  };
  const artifact = await row(stage, () => compileNoir(source, { listener, compileCache }));
  console.log(`    ${parts} parts compiled`);
  return artifact;
}

/** The same package with one weight of the smallest weights file turned positive. */
function withChangedWeight({ name, files }: NoirPackage): NoirPackage {
  const weights = [...files].filter(([path]) => path.endsWith('/weights.nr'));
  const [path, text] = weights.reduce((left, right) => (right[1].length < left[1].length ? right : left));
  const at = text.lastIndexOf('-');
  return { name, files: new Map([...files, [path, text.slice(0, at) + text.slice(at + 1)]]) };
}

async function row<T>(stage: string, action: () => T | Promise<T>): Promise<T> {
  const { result, millis, peakBytes } = await measure(action);
  const seconds = (millis / 1000).toFixed(1).padStart(8);
  console.log(`  ${stage.padEnd(28)} ${seconds} s ${(peakBytes / 1e6).toFixed(0).padStart(6)} MB`);
  return result;
}
