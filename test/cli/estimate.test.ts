import assert from 'node:assert/strict';
import { main } from '../../src/cli/main.ts';

const MODEL = 'fixtures/models/digits/model.json';

/** Runs a command line and gives its exit code and what it wrote; on a terminal or in a pipe. */
async function bionoir(isTTY: boolean, ...argv: string[]): Promise<{ code: number; out: string }> {
  let out = '';
  const stream = {
    isTTY,
    write: (text: string) => {
      out += text;
    },
  };
  const code = await main(argv, { stdout: stream, stderr: { write: () => {} } });
  return { code, out };
}

describe('bionoir estimate', () => {
  it('prints a table in which expensive layers are marked, and coloured on a terminal only', async () => {
    const piped = await bionoir(false, 'estimate', MODEL, '--range', '0..16');
    assert.equal(piped.code, 0);
    assert.match(piped.out, /dense_1_relu +relu +16 +\d+ +\d+ +!!\n/);
    assert.ok(!piped.out.includes('\u001b['));
    const terminal = await bionoir(true, 'estimate', MODEL, '--range', '0..16');
    const line = terminal.out.split('\n').find(text => text.includes('dense_1_relu'));
    assert.ok(line?.trim().startsWith('\u001b[31m') && line.endsWith('!!\u001b[0m'), line);
  });

  it('gives the same as JSON', async () => {
    const { code, out } = await bionoir(false, 'estimate', MODEL, '--range', '0..16', '--json');
    assert.equal(code, 0);
    const { estimate } = JSON.parse(out).Estimate;
    const relu = estimate.layers.find(({ name }: { name: string }) => name === 'dense_1_relu');
    assert.equal(relu.activationCount, 16);
    assert.equal(relu.weight, 'high');
    assert.ok(estimate.groth16.total > estimate.ultraGroth.total);
  });

  it('counts what an application states', async () => {
    const { code, out } = await bionoir(
      false,
      ...['estimate', 'examples/liveness/model', '--app', 'liveness', '--commit-input'],
    );
    assert.equal(code, 0);
    assert.match(out, /address and nonce +statement +2 +2\n/);
    assert.match(out, /score - threshold +statement +34 +\d+\n/);
    assert.match(out, /input commitment +statement +2 376 +2 376 +!!\n/);
  });
});
