/**
 * Keys for domains above 2^14, where snarkjs hashes one point too many: with a file of just the circuit's power that point is
 * made of bytes of the next section, and the circuit's hash must come out the same all the same.
 */
import assert from 'node:assert/strict';
import type { MemoryFile } from 'snarkjs';
import { forgePtau } from '../../bench/support/forged-ptau.ts';
import { setupFromPtau } from '../../src/groth16/index.ts';
import { isNativeKernelBuilt, nativeKernel } from '../../src/kernel/index.ts';
import { endSnarkjs } from '../support/snarkjs.ts';
import { circuitOf } from './circuits.ts';

describe('initial keys of large circuits', function () {
  this.timeout(600_000);

  it('are those of snarkjs, byte for byte', async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    const snarkjs = await import('snarkjs');
    const kernel = await nativeKernel();
    const { r1cs } = circuitOf(
      Array.from({ length: 17_000 }, () => [[[1, 1]], [[2, 1]], [[3, 1]]] as const),
      [1n, 5n, 7n, 35n],
      1,
    );
    for (const power of [15, 16]) {
      const ptau = await forgePtau(power);
      const theirs: MemoryFile = { type: 'mem' };
      await snarkjs.zKey.newZKey(r1cs, ptau, theirs);
      const mine = await setupFromPtau(r1cs, ptau, { kernel });
      assert.equal(Buffer.compare(mine, theirs.data as Uint8Array), 0, `power ${power}`);
    }
    await kernel.close();
    await endSnarkjs();
  });
});
