/** Proofs of the native kernel under watch: progress is told. That they stop when told to, native.test.ts shows. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { writeBigint } from '../../src/bytes/index.ts';
import type { NativeKernel } from '../../src/kernel/addon-kernel.ts';
import type { LoadedProvingKey } from '../../src/kernel/index.ts';
import { nativeKernel } from '../../src/kernel/native.ts';
import { isNativeKernelBuilt } from '../../src/kernel/native-loader.ts';
import { mixedCircuit } from '../groth16/circuits.ts';

describe('a native proof under watch', () => {
  const circuit = mixedCircuit(700, 3);
  const witness = new Uint8Array(circuit.wires.length * 32);
  circuit.wires.forEach((value, i) => {
    writeBigint(witness, i * 32, value, 32);
  });
  let kernel: NativeKernel;
  let key: LoadedProvingKey;

  before(async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    kernel = await nativeKernel({ threads: 2 });
    key = await kernel.loadProvingKey(
      await kernel.setup(circuit.r1cs, { tau: 12345n ** 9n, alpha: 3n, beta: 5n, delta: 7n }),
    );
  });
  after(async () => {
    key?.release();
    await kernel?.close();
  });

  it('tells of its progress, which only grows, up to 1', async () => {
    const fractions: number[] = [];
    await kernel.prove(key, witness, {
      onProgress: (step, fraction) => {
        assert.equal(step, 'prove');
        fractions.push(fraction);
      },
    });
    // The event loop delivers them: the last may come after the proof.
    while (fractions.at(-1) !== 1) await setImmediate();
    assert.ok(fractions.length > 3, `${fractions.length} reports`);
    assert.deepEqual(
      fractions,
      fractions.toSorted((a, b) => a - b),
    );
    assert.ok(fractions.every(fraction => fraction > 0 && fraction <= 1));
  });
});
