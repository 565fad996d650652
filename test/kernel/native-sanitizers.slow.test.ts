/**
 * The native kernel under sanitizers, without Node: thousands of edited files under AddressSanitizer and UBSan, every
 * allocation refused and the self-test under AddressSanitizer, proofs under ThreadSanitizer. Needs g++ or clang++; some minutes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBigint } from '../../src/bytes/index.ts';
import { mixedCircuit } from '../groth16/circuits.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { lookupCircuit, witnessOf } from '../ultragroth/circuits.ts';

const NATIVE = join(import.meta.dirname, '../../native');
const KERNEL = readdirSync(join(NATIVE, 'src'))
  .filter(name => name.endsWith('.cpp'))
  .map(name => join(NATIVE, 'src', name));
/** The readers are the same code on every path; the wide one takes minutes to compile with UBSan. */
const PORTABLE_ONLY = '-DBIONOIR_PORTABLE_ONLY';
const SEED = '20260101';

describe('the native kernel under sanitizers', function () {
  this.timeout(900_000);
  const compiler = ['g++', 'clang++'].find(name => spawnSync(name, ['--version']).status === 0);
  let folder: string;

  before(async function () {
    if (compiler === undefined) return this.skip();
    folder = mkdtempSync(join(tmpdir(), 'bionoir-sanitizers-'));
    const circuit = mixedCircuit(40);
    const witness = new Uint8Array(circuit.wires.length * 32);
    circuit.wires.forEach((value, i) => {
      writeBigint(witness, i * 32, value, 32);
    });
    const kernel = await createFfjavascriptKernel();
    const zkey = await kernel.setup(circuit.r1cs, { tau: 1234567n, alpha: 3n, beta: 5n, delta: 7n });
    await kernel.close();
    writeFileSync(join(folder, 'key.zkey'), zkey);
    writeFileSync(join(folder, 'system.r1cs'), circuit.r1cs);
    writeFileSync(join(folder, 'witness.bin'), witness);
    const lookups = lookupCircuit(6, 8, 2);
    writeFileSync(join(folder, 'rounds.r1cs'), lookups.r1cs);
    writeFileSync(
      join(folder, 'rounds.bin'),
      await witnessOf(lookups, [3n, 0n, 7n, 7n, 5n, 1n]).finish([12_345n]),
    );
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  const build = (main: string, sanitizer: string, ...more: string[]): string => {
    const program = join(folder, `${main}-${sanitizer.replace(/\W/g, '-')}`);
    const flags = [
      '-std=c++20',
      '-O1',
      '-w',
      `-fsanitize=${sanitizer}`,
      '-fno-sanitize-recover=all',
      ...more,
    ];
    const { status, stderr } = spawnSync(
      compiler as string,
      [...flags, join(NATIVE, `${main}.cpp`), ...KERNEL, '-lpthread', '-o', program],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    return program;
  };
  const run = (program: string, ...options: string[]): string => {
    const { status, stdout, stderr } = spawnSync(program, options, { encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    return stdout;
  };
  const files = (): string[] =>
    ['key.zkey', 'system.r1cs', 'witness.bin', 'rounds.r1cs', 'rounds.bin'].map(name => join(folder, name));

  it('reads thousands of edited files without a fault', () => {
    const output = run(build('fuzz', 'address,undefined', PORTABLE_ONLY), ...files(), '2000', SEED);
    assert.match(
      output,
      /^2000 cases: [1-9]\d* keys loaded, [1-9]\d* proofs, [1-9]\d* set-ups, [1-9]\d* from powers; with rounds [1-9]\d* set-ups, [1-9]\d* keys, [1-9]\d* proofs\n$/,
    );
  });

  it('names a lack of memory at every allocation, leaks nothing and goes on', () => {
    const program = build('fuzz_memory', 'address', PORTABLE_ONLY);
    for (const threads of ['1', '2'])
      assert.match(run(program, threads, ...files()), /^[1-9]\d* refusals, [1-9]\d* named\n$/);
  });

  it('passes its self-test on every path without a memory fault', () => {
    assert.match(run(build('selftest', 'address')), / checks, 0 failures\n$/);
  });

  it('has no data race', () => {
    assert.match(
      run(build('fuzz', 'thread', PORTABLE_ONLY), ...files(), '50', SEED),
      /^50 cases: [1-9]\d* keys loaded, [1-9]\d* proofs/,
    );
  });
});
