import { checkRandomPrograms } from '../support/random-runs.ts';

const BATCH = 500;

describe('ten thousand random ACIR programs', () => {
  for (let first = 1; first <= 10_000; first += BATCH) {
    it(`are solved as by Noir's machine, and satisfy their constraints: seeds ${first} to ${first + BATCH - 1}`, async () => {
      await checkRandomPrograms(first, BATCH);
    });
  }
});
