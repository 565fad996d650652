import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readInput } from '../../src/cli/inputs.ts';
import type { Project } from '../../src/cli/project.ts';
import { quantize } from '../../src/quantize/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { normalisingNetwork } from '../support/operator-networks.ts';

describe('an input file', () => {
  const quantGraph = quantize(normalisingNetwork());
  const folder = mkdtempSync(join(tmpdir(), 'bionoir-inputs-'));
  after(() => rmSync(folder, { recursive: true }));

  function read(value: unknown): unknown {
    const path = join(folder, 'input.json');
    writeFileSync(path, JSON.stringify(value));
    return readInput(path, {} as Project)({ quantGraph }); // JSON asks nothing of the project
  }

  it('gives the arrays of several inputs by name or in order, nested or flat', () => {
    const [a, b] = [
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 6],
    ];
    const rows = [a.slice(0, 4), a.slice(4)];
    assert.deepEqual(read({ b, a: rows }), [a, b]);
    assert.deepEqual(read({ inputs: [rows, b] }), [a, b]);
    assert.deepEqual(read(rows), [a]);
  });

  it('is refused when its keys are not the inputs', () => {
    assertThrowsCode(
      () => read({ a: [1], c: [2] }),
      'MALFORMED_INPUT',
      `The input ${join(folder, 'input.json')} is not usable: its keys are "a", "c", the network's inputs "a", "b". Give a JSON array of numbers, nested as the tensor or flat.`,
    );
  });
});
