import { checkRandomBrillig } from '../support/random-brillig-runs.ts';

const BATCH = 1000;

describe('ten thousand random unconstrained functions', () => {
  for (let first = 1; first <= 10_000; first += BATCH) {
    it(`give the same on every machine: seeds ${first} to ${first + BATCH - 1}`, async () => {
      await checkRandomBrillig(first, BATCH);
    });
  }
});
