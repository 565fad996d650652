import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.ts';
import { makePtau } from '../groth16/ptau.ts';

describe('the command line with UltraGroth', function () {
  this.timeout(240_000);
  const root = mkdtempSync(join(tmpdir(), 'bionoir-ultragroth-'));
  const target = join(root, 'target');
  const ptau = join(root, 'powers.ptau');
  before(() => {
    mkdirSync(join(root, 'src'));
    writeFileSync(join(root, 'Nargo.toml'), '[package]\nname = "nibbles"\ntype = "bin"\nauthors = [""]\n');
    // Nibbles, so that the tables fit the smallest powers of tau.
    writeFileSync(
      join(root, 'src/main.nr'),
      'fn main(x: Field, y: pub Field) -> pub Field { x.assert_max_bit_size::<3>(); x * y }\n',
    );
    writeFileSync(join(root, 'Prover.toml'), 'x = 6\ny = 7\n');
    writeFileSync(ptau, makePtau(5, { tau: 1234567n, alpha: 2345678n, beta: 3456789n }));
  });
  after(() => rmSync(root, { recursive: true }));

  async function bionoir(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let [out, err] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    const code = await main(args, { stdout, stderr });
    return { code, out, err };
  }
  async function succeeds(...args: string[]): Promise<string> {
    const { code, out, err } = await bionoir(...args);
    assert.equal(code, 0, err);
    return out;
  }

  it('sets up when asked to; then every command knows from the key which system it is', async () => {
    await succeeds('setup', root, '--proof-system', 'ultragroth', '--ptau', ptau, '--name', 'Ada');
    await succeeds('contribute', root, '--name', 'Grace');
    await succeeds('beacon', root, '--beacon', '0011223344556677');
    const checked = await succeeds('verify-key', root, '--ptau', ptau);
    assert.match(checked, /contribution 1 +Ada\n/);
    assert.match(checked, /contribution 2 +Grace\n/);
    assert.match(checked, /key +valid/);
    assert.match(await succeeds('prove', root), /proof bytes +320 B on chain/);
    assert.match(await succeeds('verify', root), /proof +valid/);
    assert.match(await succeeds('solidity', root), /bytes32 private constant KEY_DIGEST/);
  });

  it('writes the protocol into every file', () => {
    const protocolOf = (file: string): string =>
      (JSON.parse(readFileSync(join(target, file), 'utf8')) as { protocol: string }).protocol;
    assert.deepEqual(
      [protocolOf('nibbles.proof.json'), protocolOf('nibbles.vkey.json')],
      ['bionoir-ultragroth', 'bionoir-ultragroth'],
    );
  });

  it('says false to a proof of the other system', async () => {
    const key = join(root, 'ultragroth.json');
    writeFileSync(key, readFileSync(join(target, 'nibbles.vkey.json')));
    await succeeds('setup', root);
    assert.match(await succeeds('prove', root), /proof bytes +256 B on chain/);
    const { code, err } = await bionoir('verify', root, '--key', key);
    assert.equal(code, 1);
    assert.match(err, /error MALFORMED_PROOF: The proof is well-formed but false/);
  });

  it('sets up and recompiles a network for the system that it was compiled for', async () => {
    const build = join(root, 'digits');
    const protocol = (): string =>
      (JSON.parse(readFileSync(join(build, 'verification_key.json'), 'utf8')) as { protocol: string })
        .protocol;
    const model = ['fixtures/models/digits', '--range', '0..16', '--out', build];
    await succeeds('compile', ...model, '--proof-system', 'ultragroth');
    await succeeds('setup', build);
    assert.equal(protocol(), 'bionoir-ultragroth');
    assert.match(await succeeds('recompile', build), /proof system +ultragroth/);
    assert.match(await succeeds('compile', build), /proof system +ultragroth/);
    await succeeds('setup', build, '--proof-system', 'groth16');
    assert.equal(protocol(), 'groth16');
    assert.doesNotMatch(
      await succeeds('compile', build, '--proof-system', 'groth16'),
      /proof system +ultragroth/,
    );
  });

  it('chooses by itself, and says why', async () => {
    const out = await succeeds('compile', root, '--proof-system', 'auto');
    assert.match(out, /why +about \d+ constraints with bits, \d+ with lookups: small enough/);
  });
});
