/** Oracle: ONNX's own test cases, each imported and evaluated in floats. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCases } from './support/cases.ts';
import { formatList, formatTables, runCases } from './support/table.ts';

const LIST = join(import.meta.dirname, 'cases.csv');
const DOCS = join(import.meta.dirname, '../../../docs/onnx.md');
const [BEGIN, END] = ['<!-- generated: cases -->', '<!-- end of generated part -->'];

describe("onnx-to-graph: ONNX's own test cases", () => {
  it('pass, or are refused, as the pinned list says', function () {
    this.timeout(300_000);
    const found = findCases();
    if ('missing' in found) {
      process.stdout.write(`    LOUD SKIP: ${found.missing}\n`);
      return this.skip();
    }
    const results = runCases(found.folder);
    const list = formatList(results);
    const docs = readFileSync(DOCS, 'utf8');
    const [before = ''] = docs.split(BEGIN);
    const after = docs.split(END)[1] ?? '';
    const generated = `${before}${BEGIN}\n\n${formatTables(results)}\n${END}${after}`;
    if (process.env.UPDATE_GOLDEN === '1') {
      writeFileSync(LIST, list);
      writeFileSync(DOCS, generated);
    }
    assert.deepEqual(list.split('\n'), readFileSync(LIST, 'utf8').split('\n'));
    assert.equal(generated, readFileSync(DOCS, 'utf8'));
  });
});
