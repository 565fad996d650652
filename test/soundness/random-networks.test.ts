import assert from 'node:assert/strict';
import { checkRandomNetworks } from '../support/hold-networks.ts';

/** random-networks.slow.test.ts goes on. */
const COUNT = 150;

describe('random networks', () => {
  it('keep their function when simplified, and their bounds at every input, near the floats', () => {
    const laned = checkRandomNetworks(1, COUNT);
    assert.ok(laned > 5, `only ${laned} networks multiply in lanes`);
  });
});
