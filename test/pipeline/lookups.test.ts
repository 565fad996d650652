import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { loadDigits } from '../../fixtures/data/digits.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { type CompiledNetwork, type CompileOptions, compile, solve } from '../../src/index.ts';
import { layerCosts } from '../../src/layer-costs.ts';
import { assertRoundsSound } from '../../src/ultragroth/index.ts';
import { pinCosts } from '../support/ledger.ts';

function compileFixture(name: string, options: CompileOptions): Promise<CompiledNetwork> {
  const folder = `fixtures/models/${name}`;
  const weights = new Map([['weights.bin', new Uint8Array(readFileSync(`${folder}/weights.bin`))]]);
  return compile({ model: JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')), weights }, options);
}

/** The trained networks with lookups: what they cost, and that their witnesses are solved in two rounds. */
describe('networks for UltraGroth', () => {
  let mnist: CompiledNetwork;
  let digits: CompiledNetwork;

  before(async () => {
    mnist = await compileFixture('mnist-cnn', { proofSystem: 'ultragroth' });
    digits = await compileFixture('digits', {
      input: { max: 16 },
      output: 'label',
      proofSystem: 'ultragroth',
    });
  });

  it('cost a fifth of what bits cost', () => {
    pinCosts('fixtures with lookups', {
      'mnist-cnn logits': mnist.lowered.system,
      'digits label': digits.lowered.system,
    });
    const { constraintCount, publicCount } = mnist.lowered.system;
    assert.ok(constraintCount + publicCount < 8192, 'the domain is 2^13');
  });

  it('name the tables in the cost table of layers', () => {
    const costs = layerCosts(mnist.quantGraph, mnist.lowered.system);
    const tables = costs.find(({ layer }) => layer === 'lookups');
    assert.equal(tables?.constraintCount, mnist.lowered.lookups?.tableRowCount);
    assert.equal(
      costs.reduce((sum, { constraintCount }) => sum + constraintCount, 0),
      mnist.lowered.system.constraintCount,
    );
  });

  it('pass the static check of rounds, with soundness to spare', () => {
    for (const { lowered } of [mnist, digits]) {
      const report = assertRoundsSound(lowered.system);
      const lookups = report.arguments.reduce((sum, { lookupCount }) => sum + lookupCount, 0);
      assert.equal(lookups, lowered.lookups?.lookupCount);
      assert.ok(report.soundnessBits > 230);
    }
  });

  it('answer as the integer network does, checked for a challenge', async () => {
    const { heldOut } = loadDigits();
    const pixels = Array.from(heldOut.images[3] ?? []);
    const { publicSignals, finish, outputs } = await solve(digits, [pixels]);
    assert.equal(publicSignals[0], BigInt(outputs[0]?.data[0] ?? -1));
    assert.equal(publicSignals[0], BigInt(heldOut.labels[3] ?? -1));
    assert.equal(finish?.([5n])[2], 5n, 'the challenge stands after the public signal');
    const digit = await solve(mnist, [Array.from(loadMnist().heldOut.images[0] ?? [])]);
    assert.equal(digit.publicSignals.length, 10);
  });
});
