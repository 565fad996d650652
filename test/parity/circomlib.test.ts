/** Functions of circomlib in Circom and in Noir: equal outputs, no more constraints here. Results: docs/parity.md. */
import assert from 'node:assert/strict';
import { seededRandom } from '../../fixtures/data/random.ts';
import type { ConstraintSystem } from '../../src/r1cs/types.ts';
import { noirWasmSession } from '../../src/toolchain/index.ts';
import { pinCosts } from '../support/ledger.ts';
import { type CircomlibForm, circomForm, noirForm } from './support/circomlib.ts';
import { CIRCOMLIB_CASES } from './support/circomlib-cases.ts';
import { costOf } from './support/implementation.ts';
import { assertInTable } from './support/suite.ts';
import { printRow } from './support/table.ts';

const SEED = 7;
/** Random inputs; fewer where each takes a tenth of a second to check. */
const RUNS = 12;
const RUNS_OF_LARGE = 3;
const LARGE = 10_000;

describe('parity with Circom: circomlib', () => {
  const compiler = noirWasmSession();
  const systems: Record<string, ConstraintSystem> = {};
  after(() => compiler.close());

  for (const parityCase of CIRCOMLIB_CASES) {
    const { name, excess = 0 } = parityCase;
    const most = excess === 0 ? 'no more constraints' : `${excess} constraint more`;
    it(`${name}: equal outputs (seed ${SEED}), ${most}, as docs/parity.md says`, async () => {
      const [ours, o1, o2] = await Promise.all([
        noirForm(parityCase, compiler),
        circomForm(parityCase, 'O1'),
        circomForm(parityCase, 'O2'),
      ]);
      systems[name] = ours.system;
      const random = seededRandom(SEED);
      const runs = ours.system.constraintCount > LARGE ? RUNS_OF_LARGE : RUNS;
      for (let i = 0; i < runs; i++) await assertEqualOutputs([ours, o1, o2], parityCase.draw(random));
      for (const inputs of parityCase.refused ?? []) {
        for (const form of [ours, o1, o2]) assert.equal(await form.run(inputs), undefined, 'refused by all');
      }
      const [costs, costs1, costs2] = [ours, o1, o2].map(({ system }) => costOf(system));
      assert.ok(costs && costs1 && costs2);
      assertInTable(printRow({ name, o1: costs1, o2: costs2, ours: costs }));
      assert.ok(costs.constraints <= costs1.constraints, 'more constraints than Circom with O1');
      const difference = costs.constraints - costs2.constraints;
      if (excess === 0) assert.ok(difference <= 0, 'more constraints than Circom with O2');
      else assert.equal(difference, excess);
    });
  }

  it('costs what the ledger says', function () {
    if (Object.keys(systems).length < CIRCOMLIB_CASES.length) this.skip(); // a selection of tests ran
    pinCosts(
      'circomlib',
      Object.fromEntries(Object.entries(systems).map(([name, system]) => [name.replaceAll(',', ''), system])),
    );
  });
});

async function assertEqualOutputs(
  [ours, ...others]: readonly CircomlibForm[],
  inputs: Readonly<Record<string, readonly bigint[]>>,
): Promise<void> {
  const expected = await ours?.run(inputs);
  assert.ok(expected, 'Noir refuses the inputs');
  for (const form of others) assert.deepEqual((await form.run(inputs))?.slice(0, expected.length), expected);
}
