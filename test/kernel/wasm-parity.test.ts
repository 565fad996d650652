/** UltraGroth and what ceremonies are made of: WebAssembly gives the addon's bytes. */
import assert from 'node:assert/strict';
import { writeBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  isNativeKernelBuilt,
  type NativeKernel,
  nativeKernel,
  type PreparedPowers,
  type UltraGrothKernel,
  wasmKernel,
} from '../../src/kernel/index.ts';
import type { CeremonyKernel } from '../../src/kernel/types.ts';
import { productCircuit } from '../groth16/circuits.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { lookupCircuit, witnessOf } from '../ultragroth/circuits.ts';
import { numberStream } from './native-support.ts';

const stream = numberStream(77);

function scalars(count: number, bytesEach = 32): Uint8Array {
  const bytes = new Uint8Array(count * bytesEach);
  for (let i = 0; i < count; i++) {
    writeBigint(bytes, i * bytesEach, stream(bytesEach === 32 ? r : 1n << 128n), bytesEach);
  }
  return bytes;
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

describe('WebAssembly beside the addon', () => {
  let native: NativeKernel;
  let wasm: NativeKernel;

  before(async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    native = await nativeKernel();
    wasm = await wasmKernel({ threads: 2 });
  });
  after(async () => {
    await native?.close();
    await wasm?.close();
  });

  /** Runs `use` on both; what it returns must be equal. */
  async function both<T>(use: (kernel: NativeKernel) => Promise<T>): Promise<T> {
    const [expected, actual] = [await use(native), await use(wasm)];
    assert.deepEqual(actual, expected);
    return expected;
  }
  function ceremonyOf(kernel: NativeKernel): CeremonyKernel {
    assert.ok(kernel.ceremony);
    return kernel.ceremony;
  }

  it('sets up, commits, proves and verifies UltraGroth', async () => {
    const circuit = lookupCircuit(40, 16, 2);
    const secrets = {
      tau: stream(r),
      alpha: stream(r),
      beta: stream(r),
      delta1: stream(r),
      delta2: stream(r),
    };
    const [rho, rr, s] = [stream(r), stream(r), stream(r)];
    const zkey = await both(kernel => kernel.ultraGroth.setup(circuit.r1cs, secrets));
    await both(async kernel => {
      const ultra: UltraGrothKernel = kernel.ultraGroth;
      const key = await ultra.loadProvingKey(zkey);
      const witness = witnessOf(
        circuit,
        Array.from({ length: 40 }, (_, i) => BigInt(i % 16)),
      );
      const { roundOneCount, challengeCount, publicCount, wireCount } = key;
      const first = (1 + publicCount + challengeCount) * 32;
      const roundOne = witness.roundOne.slice(first, first + roundOneCount * 32);
      const c1 = await ultra.commit(key, roundOne, rho);
      const points = await ultra.prove(key, await witness.finish([12345n]), { rho, r: rr, s });
      key.release();
      return { c1, points, roundOneCount, challengeCount, publicCount, wireCount };
    });
  });

  it('computes on points', async () => {
    const seed = scalars(1);
    const derived = concat((await both(kernel => ceremonyOf(kernel).deriveKeys(seed, 3))).points);
    const g1 = concat(Array.from({ length: 10 }, () => derived));
    const g2 = await both(kernel => ceremonyOf(kernel).deriveG2(seed));
    const twice = concat([g2, g2]);
    const [factor, full, half, two] = [scalars(1), scalars(30), scalars(30, 16), scalars(2)];
    await both(kernel => ceremonyOf(kernel).scale(g1, factor));
    await both(kernel => ceremonyOf(kernel).multiply('G1', g1.slice(0, 64), factor));
    await both(kernel => ceremonyOf(kernel).multiply('G2', g2, factor));
    await both(kernel => ceremonyOf(kernel).combine('G1', g1, full));
    await both(kernel => ceremonyOf(kernel).combine('G1', g1, half));
    await both(kernel => ceremonyOf(kernel).combine('G2', twice, two));
    await both(kernel => ceremonyOf(kernel).checkSubgroup(twice));
    const valid = await both(kernel => ceremonyOf(kernel).pairingIsOne(g1.slice(0, 128), twice));
    assert.equal(valid, false);
  });

  it('hashes transcripts and beacons', async () => {
    const g1 = concat((await ceremonyOf(native).deriveKeys(scalars(1), 3)).points);
    const text = scalars(9);
    await both(async kernel => {
      const hash = await ceremonyOf(kernel).openHash();
      await hash.update(text);
      await hash.points('G1', g1);
      await hash.repeat(text, 1000);
      return hash.digest();
    });
    await both(kernel => ceremonyOf(kernel).hashBeacon(text, 10));
  });

  it('changes between bases', async () => {
    for (const change of ['lagrangeDual', 'lagrangeOdd'] as const) {
      for (const power of [0, 1, 4, 6, 9]) {
        const values = scalars(2 ** power);
        await both(async kernel => {
          const copy = values.slice();
          await ceremonyOf(kernel)[change](copy);
          return copy;
        });
      }
    }
  });

  it('makes initial keys from powers, and names a point that is none', async () => {
    // One product with one public output: the domain of 4. Any points on the curve will do.
    const { points } = await ceremonyOf(native).deriveKeys(scalars(1), 2);
    const g1 = concat([0, 1, 2, 3].flatMap(() => points));
    const g2 = await ceremonyOf(native).deriveG2(scalars(1));
    const power = 2;
    const four = g1.slice(0, 4 * 64);
    const powers: PreparedPowers = {
      power,
      lagrangeTauG1: four,
      lagrangeTauG2: concat([g2, g2, g2, g2]),
      lagrangeAlphaG1: four,
      lagrangeBetaG1: four,
      lagrangeDouble: g1,
      tauG1: g1,
      alphaG1: g1.slice(0, 64),
      betaG1: g1.slice(64, 128),
      betaG2: g2,
    };
    const { r1cs } = productCircuit();
    await both(kernel => ceremonyOf(kernel).setupFromPowers(r1cs, powers));
    const stray = new Uint8Array(64).fill(1);
    for (const kernel of [native, wasm]) {
      await assertRejectsCode(
        () => ceremonyOf(kernel).setupFromPowers(r1cs, { ...powers, alphaG1: stray }),
        'MALFORMED_KEY',
        /is not on the curve/,
      );
    }
  });
});
