import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { main } from '../../src/cli/main.ts';
import type { SearchReport } from '../../src/index.ts';

const MODEL = new URL('../../fixtures/models/digits', import.meta.url).pathname;

async function run(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  let [out, error] = ['', ''];
  const code = await main(argv, {
    stdout: {
      write: text => {
        out += text;
      },
    },
    stderr: {
      write: text => {
        error += text;
      },
    },
  });
  return { code, out, error };
}

describe('bionoir fidelity', () => {
  let folder = '';
  let data = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'bionoir-fidelity-'));
    data = join(folder, 'held.json');
    const { images, labels } = loadDigits().heldOut;
    writeFileSync(
      data,
      JSON.stringify({
        samples: images.slice(0, 100).map(image => [...image]),
        labels: [...labels.slice(0, 100)],
      }),
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it('compares a network as it is', async () => {
    const { code, out } = await run('fidelity', MODEL, '--range', '0..16', '--data', data);
    assert.equal(code, 0);
    assert.match(out, /fidelity of digits on 100 samples/);
    assert.doesNotMatch(out, /without a search/);
  });

  it('searches for a target and writes a page', async () => {
    const page = join(folder, 'page.html');
    const argv = [
      'fidelity',
      MODEL,
      '--range',
      '0..16',
      '--data',
      data,
      '--max-drop',
      '1pp',
      '--report',
      page,
    ];
    const { code, out } = await run(...argv);
    assert.equal(code, 0);
    assert.match(out, /constraints, estimated +\d+ \(574 without a search\)/);
    assert.match(out, /bits +dense_1 \d+, dense_1_relu 16, dense_2 12/);
    assert.match(readFileSync(page, 'utf8'), /^<!doctype html>/);
  });

  it('gives the whole search as JSON', async () => {
    const argv = ['fidelity', MODEL, '--range', '0..16', '--data', data, '--max-drop', '1pp', '--json'];
    const { Fidelity } = JSON.parse((await run(...argv)).out) as {
      Fidelity: { search: SearchReport; 'constraints, estimated': number };
    };
    assert.equal(Fidelity.search.chosen.constraintCount, Fidelity['constraints, estimated']);
    assert.ok(Fidelity.search.points.length > 3);
  });

  it('compiles with the bits that meet a target', async () => {
    const out = join(folder, 'build');
    const argv = ['compile', MODEL, '--range', '0..16', '--data', data, '--max-constraints', '540'];
    const { code } = await run(...argv, '--emit', 'quantize', '--out', out);
    assert.equal(code, 0);
    const report = JSON.parse(readFileSync(join(out, 'fidelity.json'), 'utf8')) as SearchReport;
    assert.ok(report.chosen.constraintCount <= 540);
    assert.deepEqual(report.target, { maxConstraints: 540 });
    assert.ok(existsSync(join(out, 'fidelity.html')));
  });

  it('takes a drop in percentage points, per cent or as a share', async () => {
    const chosen = async (drop: string): Promise<string | undefined> => {
      const { out } = await run('fidelity', MODEL, '--range', '0..16', '--data', data, '--max-drop', drop);
      return /bits +(.*)/.exec(out)?.[1];
    };
    const bits = await chosen('1pp');
    assert.ok(bits);
    assert.equal(await chosen('1%'), bits);
    assert.equal(await chosen('0.01'), bits);
  });

  it('says what is missing or cannot be read', async () => {
    const withoutData = await run('compile', MODEL, '--max-drop', '1pp');
    assert.match(
      withoutData.error,
      /USAGE: The options --max-drop and --max-constraints need data that the network was not trained on\. Give it with --data\./,
    );
    const nothing = await run('fidelity', MODEL);
    assert.match(
      nothing.error,
      /USAGE: The fidelity of a network is measured on data that it was not trained on\. Give it with --data\./,
    );
    const drop = await run('fidelity', MODEL, '--data', data, '--max-drop', '101%');
    assert.match(drop.error, /Write percentage points, for example 0\.2pp, or a share such as 0\.002\./);
    assert.deepEqual([withoutData.code, nothing.code, drop.code], [2, 2, 2]);
  });
});
