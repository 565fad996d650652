/** The examples as a newcomer runs them: from a picture to what a contract says. */
import assert from 'node:assert/strict';
import { runProximity } from '../../examples/biometric-proximity/run.ts';
import { runClassification } from '../../examples/classification/run.ts';
import { runLiveness } from '../../examples/liveness/run.ts';

const silent = (): void => undefined;

describe('the example of', () => {
  it('classification records the label of a picture, whose commitment opens', async () => {
    assert.deepEqual(await runClassification(silent), { label: 3n, opens: true, changed: 'FalseProof()' });
  });

  it('liveness accepts a live picture once, and no photograph of a screen', async () => {
    const [stolen, accepted, replayed, recaptured] = await runLiveness(silent);
    assert.match(stolen ?? '', /^NotTheSender/);
    assert.equal(accepted, undefined);
    assert.match(replayed ?? '', /^WrongNonce/);
    assert.match(recaptured ?? '', /^The score is [\d.e-]+, below the threshold 0\.8;/);
  });

  it('biometric proximity logs in who enrolled, once, and no stranger', async () => {
    const [stolen, accepted, replayed, stranger] = await runProximity(silent);
    assert.match(stolen ?? '', /^NotTheSender/);
    assert.equal(accepted, undefined);
    assert.match(replayed ?? '', /^WrongNonce/);
    assert.match(
      stranger ?? '',
      /^The squared distance to the enrolled features is [\d.]+, above the threshold 20;/,
    );
  });
});
