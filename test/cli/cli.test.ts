import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { main } from '../../src/cli/main.ts';

const MAIN = 'src/cli/main.ts';
const MODEL = 'fixtures/models/digits';

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

function finish(child: ChildProcess): Promise<Finished> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', data => {
    out += data;
  });
  child.stderr?.on('data', data => {
    err += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', code => resolve({ code, out, err }));
  });
}

/** Runs a command line in this process: as a process of its own it would say the same, some seconds later. */
async function bionoir(...args: string[]): Promise<Finished> {
  let [out, err] = ['', ''];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  return { code: await main(args, { stdout, stderr }), out, err };
}

describe('the command line', function () {
  this.timeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-cli-'));
  const build = join(folder, 'build');
  const input = join(folder, 'digit.json');
  const { heldOut } = loadDigits();
  const compileArgs = [MODEL, '--range', '0..16', '--out', build];
  before(() => writeFileSync(input, JSON.stringify(Array.from(heldOut.images[0] ?? []))));
  after(() => rmSync(folder, { recursive: true }));

  it('runs the whole chain and leaves every artefact', async () => {
    const { code, out, err } = await finish(start(['run', ...compileArgs, '--input', input]));
    assert.equal(code, 0, err);
    assert.match(out, /proof {2,}valid/);
    assert.match(out, /dense_1/);
    assert.match(err, /DEVELOPMENT SET-UP/);
    assert.equal(err.includes('\r'), false, 'no progress bar in a pipe');
    const expected = [
      'artifact.json',
      'calldata.txt',
      'circuit.bwp',
      'circuit.r1cs',
      'circuit.stamp.json',
      'circuit.sym',
      'costs.txt',
      'graph.txt',
    ];
    expected.push('network.json', 'noir', 'proof.json', 'proving_key.zkey', 'public.json', 'quantized.txt');
    expected.push('Verifier.sol', 'verification_key.json', 'witness.wtns');
    assert.deepEqual(readdirSync(build).sort(), expected.sort());
    assert.ok(existsSync(join(build, 'noir/src/main.nr')));
  });

  it('proves and verifies from the folder, in JSON, and says false to another statement', async () => {
    const proved = await bionoir('--json', 'prove', build, '--input', input);
    assert.equal(proved.code, 0, proved.out);
    assert.equal(JSON.parse(proved.out).Prove['public signals'], 10);
    assert.equal((await bionoir('verify', build)).code, 0);
    const other = join(folder, 'public.json');
    const signals: string[] = JSON.parse(readFileSync(join(build, 'public.json'), 'utf8'));
    writeFileSync(other, JSON.stringify(['1', ...signals.slice(1)]));
    const refused = await bionoir('verify', build, '--public', other);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /error MALFORMED_PROOF: The proof is well-formed but false/);
  });

  it('converts the artifact of any Noir program', async () => {
    const converted = join(folder, 'converted');
    const { code, out } = await bionoir('convert', join(build, 'artifact.json'), '--out', converted);
    assert.equal(code, 0);
    assert.match(out, /constraints {2,}573/);
    assert.deepEqual(
      readFileSync(join(converted, 'circuit.r1cs')),
      readFileSync(join(build, 'circuit.r1cs')),
    );
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, readFileSync(join(build, 'artifact.json'), 'utf8').slice(0, 500));
    const refused = await bionoir('convert', broken, '--out', converted);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /error MALFORMED_FILE: The Noir artifact .*broken\.json is not JSON/);
  });

  it('stops where --emit says', async () => {
    const short = join(folder, 'short');
    const { code } = await bionoir(
      'compile',
      MODEL,
      '--range',
      '0..16',
      '--out',
      short,
      '--emit',
      'generate',
    );
    assert.equal(code, 0);
    assert.deepEqual(readdirSync(short).sort(), ['graph.txt', 'noir', 'quantized.txt']);
    const unfinished = await bionoir('setup', short);
    assert.equal(unfinished.code, 1);
    assert.match(
      unfinished.err,
      /error FILE_NOT_FOUND: .* has no artifact.json\. Run 'bionoir compile' for this folder first\./,
    );
  });

  it('explains wrong usage and wrong files with exit codes', async () => {
    const cases: readonly [string[], number, RegExp][] = [
      [['run', MODEL], 2, /required option '-i, --input/],
      [['run', MODEL, '--input', input, '--emit', 'dance'], 2, /error USAGE: The option --emit is 'dance'/],
      [
        ['run', 'nowhere/model.json', '--input', input],
        1,
        /error FILE_NOT_FOUND: Cannot read the model nowhere/,
      ],
      [['inspect', input], 1, /error MALFORMED_MODEL/],
      [['inspect', MODEL, '--range', 'wide'], 2, /min\.\.max/],
      [['verify', folder], 1, /error FILE_NOT_FOUND/],
    ];
    for (const [args, expected, text] of cases) {
      const { code, err } = await bionoir(...args);
      assert.equal(code, expected, `${args.join(' ')}: ${err}`);
      assert.match(err, text);
    }
  });

  it('says that a build folder is not complete', async () => {
    const partial = join(folder, 'partial');
    mkdirSync(partial);
    for (const name of ['graph.txt', 'artifact.json'])
      writeFileSync(join(partial, name), readFileSync(join(build, name)));
    const { code, err } = await bionoir('witness', partial, '--input', input);
    assert.equal(code, 1);
    assert.ok(
      err.includes(`${partial} has no network.json. Run 'bionoir compile' for this folder first.`),
      err,
    );
  });

  it('lists a model for people and for programs', async () => {
    const { code, out } = await bionoir('inspect', MODEL, '--range', '0..16');
    assert.equal(code, 0);
    assert.match(out, /graph digits[\s\S]*operators +\d+\n +parameters +[\d ]+[\s\S]*constraints, estimated/);
    const listing = JSON.parse((await bionoir('inspect', MODEL, '--json')).out);
    const [first] = listing.Graph.nodes;
    assert.deepEqual(first, { name: first.name, operator: 'input', inputs: [], shape: [64], parameters: 0 });
    assert.equal(listing.Graph.operators, listing.Graph.nodes.length);
  });

  it('goes on with the same commands after main.nr was edited by hand', async () => {
    const main = join(build, 'noir/src/main.nr');
    const source = readFileSync(main, 'utf8');
    const edited = source
      .replace('-> pub', ', nonce: pub Field -> pub') // inside the parentheses after the next step
      .replace(') , nonce: pub Field', ', nonce: pub Field)')
      .replace(/\n\s*dense_2\n\}/, '\n    assert(nonce != 0, "a nonce is missing");\n    dense_2\n}');
    writeFileSync(main, edited);
    assert.equal((await bionoir('recompile', build)).code, 0);
    assert.equal((await bionoir('setup', build)).code, 0);
    const refused = await bionoir('prove', build, '--input', input, '--set', 'nonce=0');
    assert.equal(refused.code, 1);
    assert.match(refused.err, /error EXECUTION_FAILED: .*a nonce is missing/);
    const { code, err } = await bionoir('prove', build, '--input', input, '--set', 'nonce=7');
    assert.equal(code, 0, err);
    assert.equal(JSON.parse(readFileSync(join(build, 'public.json'), 'utf8'))[0], '7');
    assert.equal((await bionoir('verify', build)).code, 0);
  });

  it('leaves a good key alone when it is interrupted', async () => {
    const key = join(build, 'proving_key.zkey');
    const before = statSync(key).mtimeMs;
    const child = start(['setup', build]);
    const finished = finish(child);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code } = await finished;
    assert.equal(code, 130);
    assert.equal(statSync(key).mtimeMs, before);
    assert.deepEqual(
      readdirSync(build).filter(name => name.endsWith('.part')),
      [],
    );
  });
});
