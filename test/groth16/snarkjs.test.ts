import assert from 'node:assert/strict';
import { buildBn128 } from 'ffjavascript';
import { memoryFile, withSnarkjs, writtenBytes } from '../../src/groth16/snarkjs.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { mixedCircuit } from './circuits.ts';

const globals = globalThis as { curve_bn128?: unknown };

describe('snarkjs as a guest', () => {
  it('is left by its workers when done', async () => {
    const { r1cs, wtns } = mixedCircuit(4);
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    let during: unknown;
    const checked = await withSnarkjs('check', async snarkjs => {
      const result = await snarkjs.wtns.check(r1cs, wtns, logger);
      during = globals.curve_bn128;
      return result;
    });
    assert.equal(checked, true);
    assert.ok(during);
    assert.equal(globals.curve_bn128 ?? null, null);
  });

  it('uses a curve that was there before, and leaves it alone', async () => {
    const { r1cs, wtns } = mixedCircuit(4);
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const shared = await buildBn128();
    try {
      assert.equal(globals.curve_bn128, shared);
      await withSnarkjs('check', snarkjs => snarkjs.wtns.check(r1cs, wtns, logger));
      assert.equal(globals.curve_bn128, shared);
    } finally {
      await shared.terminate();
    }
  });

  it('runs one call after another, also after a failed one', async () => {
    const order: string[] = [];
    const call = (name: string, fails: boolean) =>
      withSnarkjs(name, async () => {
        order.push(`${name} starts`);
        await Promise.resolve();
        order.push(`${name} ends`);
        if (fails) throw new Error('no');
        return name;
      });
    const results = await Promise.allSettled([call('a', true), call('b', false)]);
    assert.deepEqual(order, ['a starts', 'a ends', 'b starts', 'b ends']);
    assert.deepEqual(
      results.map(result => result.status),
      ['rejected', 'fulfilled'],
    );
  });

  it('has its errors wrapped', async () => {
    const cause = new Error('Invalid section size reading');
    const error = await assertRejectsCode(
      () =>
        withSnarkjs('contribute', async () => {
          throw cause;
        }),
      'KERNEL_FAILED',
      'snarkjs could not contribute: Error: Invalid section size reading. Check that the files are complete.',
    );
    assert.equal(error.cause, cause);
  });

  it('is expected to write its files', () => {
    assertThrowsCode(
      () => writtenBytes(memoryFile()),
      'KERNEL_FAILED',
      'snarkjs wrote nothing. Check that the files are complete.',
    );
  });
});
