/** Proving from what was lowered before: no lowering where files belong together, and a told reason where they do not. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';

const LOWERING = 'Lower ACIR to R1CS';

describe('a circuit that was lowered before', function () {
  this.timeout(240_000);
  const root = mkdtempSync(join(tmpdir(), 'bionoir-ready-'));
  const folder = (name: string): string => join(root, name);
  const file = (name: string, kind: string): string => join(root, name, 'target', `${name}.${kind}`);
  after(() => rmSync(root, { recursive: true }));

  function writeSource(name: string, result: string): void {
    mkdirSync(join(root, name, 'src'), { recursive: true });
    const manifest = `[package]\nname = "${name}"\ntype = "bin"\nauthors = [""]\n`;
    writeFileSync(join(root, name, 'Nargo.toml'), manifest);
    writeFileSync(
      join(root, name, 'src/main.nr'),
      `fn main(x: Field, y: pub Field) -> pub Field { x.assert_max_bit_size::<3>(); ${result} }\n`,
    );
    writeFileSync(join(root, name, 'Prover.toml'), 'x = 6\ny = 7\n');
  }

  /** Runs a command that succeeds; gives its stages, what was lowered for, and its warnings. */
  async function run(...argv: string[]): Promise<{ stages: string[]; because: unknown; warnings: string }> {
    let [out, warnings] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (warnings += text) };
    assert.equal(await main(['--json', ...argv], { stdout, stderr }), 0, out + warnings);
    const told = JSON.parse(out) as Record<string, Record<string, unknown>>;
    return { stages: Object.keys(told), because: told[LOWERING]?.['lowered because'], warnings };
  }

  before(async () => {
    for (const [name, result] of [
      ['product', 'x * y'],
      ['other', 'x * y + x'],
    ] as const) {
      writeSource(name, result);
      await run('setup', folder(name));
    }
  });

  it('is proved without lowering', async () => {
    const { stages, warnings } = await run('prove', folder('product'));
    assert.deepEqual(stages, ['Solve the witness', 'Prove']);
    assert.equal(warnings, '');
    await run('verify', folder('product'));
  });

  it('is solved without lowering where the constraints are there to check with', async () => {
    const bare = await run('witness', folder('product'));
    assert.equal(
      bare.because,
      'the constraints to check a witness with are not those of the witness program',
    );
    await run('convert', folder('product'));
    const { stages } = await run('witness', folder('product'));
    assert.deepEqual(stages, ['Solve the witness']);
  });

  it('is proved with lookups without lowering', async () => {
    await run('setup', folder('other'), '--proof-system', 'ultragroth');
    const { stages } = await run('prove', folder('other'));
    assert.deepEqual(stages, ['Solve the witness', 'Prove']);
    await run('verify', folder('other'));
    await run('setup', folder('other'), '--proof-system', 'groth16');
  });

  it('is lowered again where files do not belong together, for a reason that is told', async () => {
    const stamp = JSON.parse(readFileSync(file('product', 'stamp.json'), 'utf8'));
    const solver = readFileSync(file('product', 'bwp'));
    const proveWith = async (changed: object, program: Uint8Array = solver): Promise<unknown> => {
      writeFileSync(file('product', 'stamp.json'), JSON.stringify({ ...stamp, ...changed }));
      writeFileSync(file('product', 'bwp'), program);
      return (await run('prove', folder('product'))).because;
    };
    assert.equal(await proveWith({ artifact: '00' }), 'the witness program is of another artifact');
    assert.equal(
      await proveWith({ proofSystem: 'ultragroth' }),
      'the witness program is for ultragroth, the key for groth16',
    );
    assert.equal(
      await proveWith({}, solver.subarray(0, 100)),
      'the witness program is not the one that was written with its stamp',
    );
    assert.equal(await proveWith({ version: 1 }), `${file('product', 'stamp.json')} is of another version`);
    assert.equal(
      await proveWith({ programVersion: 99 }),
      `the witness program is of format 99, and the engines here read ${stamp.programVersion}`,
    );
    rmSync(file('product', 'stamp.json'));
    assert.equal((await run('prove', folder('product'))).because, 'no compiled witness program is there');
    assert.equal((await run('prove', folder('product'))).because, undefined, 'it was kept for this proof');
    await run('convert', folder('product'));
  });

  it('is bundled for pages while its files belong together', async () => {
    const out = join(root, 'bundle');
    await run('bundle', folder('product'), '--out', out);
    assert.deepEqual(readdirSync(out).sort(), ['circuit.bwp', 'circuit.json', 'circuit.zkey']);
    const stamp = readFileSync(file('product', 'stamp.json'), 'utf8');
    rmSync(file('product', 'stamp.json'));
    let told = '';
    const stderr = { write: (text: string) => (told += text) };
    assert.equal(await main(['bundle', folder('product'), '--out', out], { stderr }), 1);
    assert.match(
      told,
      /KEY_MISMATCH: The files of product do not belong together: no compiled witness program is there\. Run 'bionoir setup' for it again\./,
    );
    writeFileSync(file('product', 'stamp.json'), stamp);
  });

  it('never gives a false proof: one of a foreign witness program is dropped, and made anew', async () => {
    const stamp = JSON.parse(readFileSync(file('product', 'stamp.json'), 'utf8'));
    const foreign = JSON.parse(readFileSync(file('other', 'stamp.json'), 'utf8'));
    writeFileSync(file('product', 'bwp'), readFileSync(file('other', 'bwp')));
    writeFileSync(
      file('product', 'stamp.json'),
      JSON.stringify({ ...stamp, witnessProgram: foreign.witnessProgram }),
    );
    const { stages, warnings } = await run('prove', folder('product'));
    assert.ok(stages.includes(LOWERING));
    assert.equal(warnings, 'The proof is false. The program is lowered again, to check its witness.\n');
    await run('verify', folder('product'));
  });

  it('names the assertion that fails as ever', async () => {
    await run('convert', folder('product'));
    let told = '';
    const stream = { write: (text: string) => (told += text) };
    const code = await main(['prove', folder('product'), '--set', 'x=9'], { stdout: stream, stderr: stream });
    assert.equal(code, 1);
    assert.match(told, /! The program is lowered again: the engine stopped \(.+\)\.\n/);
    assert.match(told, /error EXECUTION_FAILED: .*main\.nr:1/s);
  });
});
