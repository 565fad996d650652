/** The prover command: its proofs verify, its public inputs are the witness', and it says which file is at fault. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseProof, parsePublicSignals } from '../../converters/keys-to-iden3/index.ts';
import { writeWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey, verify } from '../../src/groth16/index.ts';
import { isNativeKernelBuilt, type NativeKernel, nativeKernel } from '../../src/kernel/index.ts';
import { mixedCircuit } from '../groth16/circuits.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/build-prover.mjs');
const SECRETS = { tau: 98_765n ** 7n, alpha: 3n, beta: 5n, delta: 7n };

describe('the prover command', function () {
  this.timeout(900_000); // everything is compiled where the addon's objects are not there
  const circuit = mixedCircuit(60);
  let folder: string;
  let program: string;
  let kernel: NativeKernel;
  let zkey: Uint8Array;

  before(async function () {
    if (!isNativeKernelBuilt()) {
      process.stderr.write('      no compiled kernel here: the prover command is not tested\n');
      return this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), 'bionoir-command-'));
    program = join(folder, 'bionoir-prove');
    const { status, stderr } = spawnSync(process.execPath, [SCRIPT, program], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    kernel = await nativeKernel({ threads: 2 });
    zkey = await kernel.setup(circuit.r1cs, SECRETS);
    writeFileSync(join(folder, 'key.zkey'), zkey);
    writeFileSync(join(folder, 'witness.wtns'), writeWtns(r, circuit.wires));
  });
  after(async () => {
    await kernel?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  const FILES = ['key.zkey', 'witness.wtns', 'proof.json', 'public.json'];
  const run = (...values: string[]) => spawnSync(program, values, { encoding: 'utf8', cwd: folder });
  const expectRefusal = (values: readonly string[], code: number, message: string): void => {
    const { status, stdout, stderr } = run(...values);
    assert.deepEqual({ status, stdout, stderr }, { status: code, stdout: '', stderr: `${message}\n` });
  };
  /** Runs on a file with one edit in it. */
  const withEdit = (name: string, edit: (bytes: Buffer) => Uint8Array, message: string): void => {
    const edited = edit(readFileSync(join(folder, name)));
    writeFileSync(join(folder, 'edited'), edited);
    expectRefusal(
      FILES.map(file => (file === name ? 'edited' : file)),
      1,
      message,
    );
  };

  for (const engine of ['portable', 'adx', 'ifma']) {
    it(`proves on engine ${engine}, and the proof verifies`, async function () {
      const { status, stderr } = run('--engine', engine, '--threads', '2', ...FILES);
      if (/^bionoir-prove: this processor has not the instructions/.test(stderr)) return this.skip();
      assert.equal(status, 0, stderr);
      const proof = parseProof(readFileSync(join(folder, 'proof.json'), 'utf8'));
      const signals = parsePublicSignals(readFileSync(join(folder, 'public.json'), 'utf8'));
      assert.deepEqual(signals, circuit.wires.slice(1, signals.length + 1));
      assert.ok(signals.length > 0);
      const key = exportVerificationKey(zkey);
      assert.equal(await verify(kernel, key, signals, proof), true);
      const others = [((signals[0] as bigint) + 1n) % r, ...signals.slice(1)];
      assert.equal(await verify(kernel, key, others, proof), false);
    });
  }

  it('proves with a cache of the key', () => {
    for (let i = 0; i < 2; i++) assert.equal(run('--cache', 'key.cache', ...FILES).status, 0);
    assert.ok(readFileSync(join(folder, 'key.cache')).length > 0);
  });

  it('reports processor time and its own memory', () => {
    assert.equal(run('--report', 'report.json', ...FILES).status, 0);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
    assert.deepEqual(Object.keys(report), ['cpuMillis', 'peakKilobytes']);
    assert.ok(report.peakKilobytes > 1000);
  });

  it('refuses a key that is none', () => {
    withEdit('key.zkey', bytes => bytes.fill('x', 0, 1), "edited: the file does not begin with 'zkey'.");
    withEdit(
      'key.zkey',
      bytes => bytes.subarray(0, 5),
      'edited: the file has 5 bytes; even its header needs 12.',
    );
    expectRefusal(['none', ...FILES.slice(1)], 1, 'none: the file none cannot be read.');
  });

  it('refuses a witness that is none', () => {
    withEdit('witness.wtns', bytes => bytes.fill('x', 0, 1), "edited: the file does not begin with 'wtns'.");
    withEdit('witness.wtns', bytes => bytes.subarray(0, 40), 'edited: the file ends early.');
    withEdit('witness.wtns', bytes => bytes.subarray(0, bytes.length - 1), 'edited: the file ends early.');
    withEdit('witness.wtns', bytes => bytes.fill(3, 4, 5), 'edited: its version is above 2.');
    withEdit(
      'witness.wtns',
      bytes => bytes.fill(8, 24, 25),
      'edited: section 1 is not that of a field of 32 bytes.',
    );
    withEdit(
      'witness.wtns',
      bytes => bytes.fill(0, 28, 29),
      "edited: its prime is not that of BN254's scalars.",
    );
    withEdit(
      'witness.wtns',
      bytes => bytes.fill(0xff, 68, 69),
      'edited: section 2 has not the number of values that section 1 tells.',
    );
    withEdit('witness.wtns', bytes => bytes.fill(2, 76, 77), 'edited: wire 0 is not the constant 1.');
    withEdit(
      'witness.wtns',
      bytes => bytes.fill(0xff, bytes.length - 1),
      `edited: the value of wire ${circuit.wires.length - 1} is not below r.`,
    );
    expectRefusal(['key.zkey', 'none', ...FILES.slice(2)], 1, 'none: the file cannot be read.');
  });

  it('says where it cannot write', () => {
    expectRefusal(
      [...FILES.slice(0, 2), 'absent/proof.json', 'public.json'],
      1,
      'absent/proof.json: the file cannot be written.',
    );
  });

  it('refuses arguments that make no sense', () => {
    assert.equal(run().status, 2);
    assert.match(run().stderr, /^Usage: bionoir-prove \[options\] <key\.zkey>/);
    assert.match(run('--speed', 'high', ...FILES).stderr, /^Option --speed is unknown\.\nUsage: /);
    expectRefusal(['--threads', 'x', ...FILES], 2, "--threads takes a number from 1 to 1024, not 'x'.");
    expectRefusal(
      ['--engine', 'gpu', ...FILES],
      2,
      "There is no engine 'gpu'; portable, adx and ifma are known.",
    );
    assert.match(run('--version').stdout, /^bionoir-prove, kernel interface \d+\n$/);
  });
});
