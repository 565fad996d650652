import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { compileNoir } from '../../src/pipeline/index.ts';
import { assertRejectsCode } from '../support/errors.ts';

describe('a stage', () => {
  it('does not begin when it was interrupted while the program did not pause', async () => {
    const controller = new AbortController();
    process.once('SIGUSR2', () => controller.abort());
    execFileSync('kill', ['-USR2', String(process.pid)]); // heard only when the event loop turns
    assert.equal(controller.signal.aborted, false);
    await assertRejectsCode(
      () => compileNoir('nowhere', { signal: controller.signal }),
      'ABORTED',
      "Stopped before the stage 'compile'. Nothing was changed; start again when ready.",
    );
  });
});
