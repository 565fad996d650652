/** Every layer type in Circom and here. What is compared: support/suite.ts; the results: docs/parity.md. */
import { BARE_CASES, LAYER_CASES } from './support/cases.ts';
import { describeParity } from './support/suite.ts';

describe('parity with Circom: layers', () => {
  describeParity([...LAYER_CASES, ...BARE_CASES], { inputCount: 40 });
});
