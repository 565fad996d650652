import { checkRandomNetworks } from '../support/hold-networks.ts';

const BATCH = 500;

describe('five thousand random networks', () => {
  for (let first = 1; first <= 5000; first += BATCH) {
    it(`keep their function and their bounds: seeds ${first} to ${first + BATCH - 1}`, () => {
      checkRandomNetworks(first, BATCH);
    });
  }
});
