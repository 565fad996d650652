/** Random unconstrained functions on our machine and Noir's: the same values, or both stop. */
import { checkRandomBrillig } from '../support/random-brillig-runs.ts';

describe('random unconstrained functions', () => {
  it("give what they give on Noir's machine and on the kernel's engine, or stop on all: 300 programs", async () => {
    await checkRandomBrillig(1, 300);
  });
});
