import assert from 'node:assert/strict';
import { costTable, parseSystem, printCostTable } from '../../src/r1cs/index.ts';

const SYSTEM = parseSystem(`private w1..w3
(w1) * (w1) = (w1)  # range, main.nr:3 [0:0 main]
(w1 + w2) * (w3) = (w1)  # layer dense_1, relu, dense_1.nr:10 [1:0 unit]
(w3) * (w3) = (w3 + w2)  # layer dense_1, relu, dense_1.nr:11 [1:1 unit]
(0) * (0) = (w1 + w2 - 1)  # range, main.nr:4 [0:1 main]`);

describe('the cost table', () => {
  it('adds up constraints and coefficients by layer and gadget', () => {
    assert.deepEqual(costTable(SYSTEM), [
      { layer: 'main', gadget: 'range', constraintCount: 2, abTermCount: 2, cTermCount: 4 },
      { layer: 'dense_1', gadget: 'relu', constraintCount: 2, abTermCount: 5, cTermCount: 3 },
    ]);
  });

  it('prints with shares and totals', () => {
    assert.equal(
      printCostTable(costTable(SYSTEM)),
      [
        'layer    gadget  constraints   share  A/B terms  C terms',
        'main     range             2  50.0 %          2        4',
        'dense_1  relu              2  50.0 %          5        3',
        'total                      4                  7        7',
        '',
      ].join('\n'),
    );
  });

  it('prints an empty system', () => {
    assert.equal(
      printCostTable([]),
      'layer  gadget  constraints  share  A/B terms  C terms\ntotal                    0                 0        0\n',
    );
  });
});
