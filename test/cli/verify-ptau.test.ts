import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBn128 } from 'ffjavascript';
import type { MemoryFile } from 'snarkjs';
import { main } from '../../src/cli/main.ts';
import { drawToxicWaste } from '../../src/groth16/index.ts';
import { makePtau } from '../groth16/ptau.ts';

describe('bionoir verify-ptau', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-ptau-'));
  const file = join(folder, 'powers.ptau');
  after(() => rmSync(folder, { recursive: true }));

  async function verify(bytes: Uint8Array): Promise<{ code: number; out: string; err: string }> {
    writeFileSync(file, bytes);
    let [out, err] = ['', ''];
    const stdout = { write: (text: string) => (out += text) };
    const stderr = { write: (text: string) => (err += text) };
    return { code: await main(['verify-ptau', file], { stdout, stderr }), out, err };
  }

  it('accepts what snarkjs made, and names the contributors', async () => {
    const { powersOfTau } = await import('snarkjs');
    const curve = await buildBn128();
    const [first, second]: MemoryFile[] = [{ type: 'mem' }, { type: 'mem' }];
    await powersOfTau.newAccumulator(curve, 3, first as MemoryFile);
    await powersOfTau.contribute(first as MemoryFile, second as MemoryFile, 'Ada', 'dice');
    await curve.terminate();
    const { code, out } = await verify(second?.data as Uint8Array);
    assert.equal(code, 0);
    assert.match(out, /for up to 2\^3 constraints/);
    assert.match(out, /Ada/);
    assert.match(out, /valid/);
  });

  it('fails for powers that nobody contributed to, and for what is no file of powers', async () => {
    const unsafe = await verify(makePtau(2, drawToxicWaste()));
    assert.equal(unsafe.code, 1);
    assert.match(unsafe.err, /are not valid: nobody has contributed/);
    const wrong = await verify(new TextEncoder().encode('not powers of tau'));
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Powers of Tau file/);
  });
});
