/**
 * The witness engine under sanitizers, without Node: thousands of edited programs under AddressSanitizer and UBSan, calls on
 * several threads under ThreadSanitizer. Needs g++ or clang++; some minutes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lowerProgram } from '../../converters/acir-to-r1cs/index.ts';
import { decodeArtifact } from '../../converters/nargo-to-acir/index.ts';
import type { Program } from '../../src/acir/types.ts';
import { compile } from '../../src/index.ts';
import { artifactNames, readArtifact } from '../support/artifacts.ts';
import { compileFor } from '../support/witness-engine.ts';

const NATIVE = join(import.meta.dirname, '../../native');
const SOURCES = readdirSync(join(NATIVE, 'src'))
  .filter(name => name.endsWith('.cpp'))
  .map(name => join(NATIVE, 'src', name));
const PROGRAMS = ['fold', 'brillig26', 'radle', 'poseidon2', 'sha256c', 'cmp', 'div'];

describe('the witness engine under sanitizers', function () {
  this.timeout(900_000);
  const compiler = ['g++', 'clang++'].find(name => spawnSync(name, ['--version']).status === 0);
  let folder: string;
  const files: string[] = [];

  before(function () {
    if (compiler === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'bionoir-witness-sanitizers-'));
    const add = (program: Program, lookups: object): void => {
      const made = compileFor(program, lowerProgram(program, lookups));
      if (made.kind === 'uncompilable') return;
      files.push(join(folder, `${files.length}.bwp`));
      writeFileSync(files.at(-1) as string, made.bytes);
    };
    for (const name of PROGRAMS) {
      const artifact = artifactNames().find(
        found => found.startsWith(`${name}.`) && found.includes('beta.26'),
      );
      if (artifact === undefined) continue;
      const { program } = decodeArtifact(readArtifact(artifact));
      add(program, {});
      if (name !== 'sha256c') add(program, { lookups: {} });
    }
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  const run = (sanitizer: string, ...options: string[]): string => {
    const program = join(folder, `fuzz-${sanitizer.replace(/\W/g, '-')}`);
    const flags = [
      '-std=c++20',
      '-O1',
      '-w',
      `-fsanitize=${sanitizer}`,
      '-fno-sanitize-recover=all',
      '-DBIONOIR_PORTABLE_ONLY',
    ];
    const built = spawnSync(
      compiler as string,
      [...flags, join(NATIVE, 'fuzz_witness.cpp'), ...SOURCES, '-lpthread', '-o', program],
      { encoding: 'utf8' },
    );
    assert.equal(built.status, 0, built.stderr);
    const { status, stdout, stderr } = spawnSync(program, options, { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  };

  it('reads and runs thousands of edited programs without a fault', () => {
    const output = run('address,undefined', '1', '400', '20261122', ...files);
    assert.match(output, /^[1-9]\d* solved, [1-9]\d* stopped, [1-9]\d* refused\n$/);
  });

  it('has no data race between calls', async () => {
    const path = 'fixtures/models/mnist-cnn';
    const weights = new Map([['weights.bin', new Uint8Array(readFileSync(`${path}/weights.bin`))]]);
    const { program, lowered } = await compile({
      model: JSON.parse(readFileSync(`${path}/model.json`, 'utf8')),
      weights,
    });
    const made = compileFor(program, lowered);
    assert.ok(made.kind === 'compiled');
    const file = join(folder, 'mnist.bwp');
    writeFileSync(file, made.bytes);
    assert.equal(run('thread', '4', '1', '7', file), '1 solved, 0 stopped, 0 refused\n');
  });
});
