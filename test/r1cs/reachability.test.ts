import assert from 'node:assert/strict';
import { assertConnected, findUnconnected, parseSystem } from '../../src/r1cs/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const SYSTEM = parseSystem(`public w1
private w2..w5
(w2) * (w3) = (w1)
(w4) * (w4) = (w5)`);

describe('the search for unconnected wires', () => {
  it('finds wires that no chain of constraints ties to a public one', () => {
    assert.deepEqual(findUnconnected(SYSTEM), [4, 5]);
  });

  it('leaves out wires that are allowed', () => {
    assert.deepEqual(findUnconnected(SYSTEM, { allowed: wire => wire === 5 }), [4]);
  });

  it('is silent where nothing is public, and where everything is connected', () => {
    assert.deepEqual(findUnconnected(parseSystem('private w1\n(w1) * (w1) = (4)')), []);
    assertConnected(parseSystem('public w1\nprivate w2 w3\n(w2) * (w3) = (0)\n(0) * (0) = (w3 - w1)'));
  });

  it('does not connect wires through the constant', () => {
    assert.deepEqual(
      findUnconnected(parseSystem('public w1\nprivate w2\n(0) * (0) = (w1 - 1)\n(w2) * (w2) = (1)')),
      [2],
    );
  });

  it('names the wires it refuses', () => {
    assertThrowsCode(
      () => assertConnected(SYSTEM, { name: wire => `main.w${wire}` }),
      'UNDER_CONSTRAINED',
      '2 private wires have no connection to a public one: main.w4, main.w5. Constrain them, or allow them if the proof is meant to say only that they exist.',
    );
    const many = parseSystem(
      `public w1\nprivate w2..w9\n${[2, 3, 4, 5, 6, 7, 8, 9].map(w => `(w${w}) * (w${w}) = (1)`).join('\n')}`,
    );
    assertThrowsCode(
      () => assertConnected(many),
      'UNDER_CONSTRAINED',
      '8 private wires have no connection to a public one: w2, w3, w4, w5, w6 .... Constrain them, or allow them if the proof is meant to say only that they exist.',
    );
  });
});
