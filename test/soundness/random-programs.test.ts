import { checkRandomPrograms } from '../support/random-runs.ts';

/** random-programs.slow.test.ts goes on. */
const COUNT = 150;

describe('random ACIR programs', () => {
  it("are solved as by Noir's machine, and satisfy their constraints with bits and with lookups", async () => {
    await checkRandomPrograms(1, COUNT);
  });
});
