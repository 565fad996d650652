/**
 * Hundreds of edited files through the public readers: each is read or refused with a BionoirError, none crashes, hangs or
 * allocates by what a header claims. The slow tier does the same to the C++ readers under sanitizers.
 */
import assert from 'node:assert/strict';
import {
  parseProof,
  parsePublicSignals,
  parseVerificationKey,
  printProof,
  printPublicSignals,
  printVerificationKey,
  readZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { readR1cs, readWtns } from '../../converters/r1cs-to-iden3/index.ts';
import { BionoirError } from '../../src/errors.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  contribute,
  drawToxicWaste,
  exportVerificationKey,
  prove,
  setupForDevelopment,
  setupFromPtau,
  verify,
  verifyPtau,
} from '../../src/groth16/index.ts';
import { isNativeKernelBuilt, type Kernel, nativeKernel } from '../../src/kernel/index.ts';
import { type Circuit, mixedCircuit } from '../groth16/circuits.ts';
import { makePtau } from '../groth16/ptau.ts';
import { numberStream } from './native-support.ts';

const SEED = 20260102;
const CASES = 100;
const NUMBERS = [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 1 << 28, 12, 32];

describe('hostile files', function () {
  this.timeout(120_000);
  let kernel: Kernel;
  let circuit: Circuit;
  let zkey: Uint8Array;
  let ptau: Uint8Array;
  const stream = numberStream(SEED);
  const random = (limit: number): number => Number(stream(BigInt(limit)));

  before(async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    kernel = await nativeKernel();
    circuit = mixedCircuit(5);
    zkey = await setupForDevelopment(kernel, circuit.r1cs);
    ptau = makePtau(4, drawToxicWaste());
  });
  after(() => kernel?.close());

  /** Cuts, flips, doubles a section, or writes a telling number; often near the front, where the headers are. */
  function edited(good: Uint8Array): Uint8Array {
    let out = good.slice();
    if (random(6) === 0) out = out.slice(0, random(out.length + 1));
    if (random(12) === 0) out = Uint8Array.from([...out, ...out.subarray(12)]);
    const view = new DataView(out.buffer);
    for (let k = random(3) + 1; k > 0 && out.length > 8; k--) {
      const range = random(2) === 0 ? Math.min(out.length, 900) : out.length;
      const at = random(range - 4);
      if (random(2) === 0) out[at] = random(256);
      else view.setUint32(at, NUMBERS[random(NUMBERS.length)] as number, true);
    }
    return out;
  }

  /** Runs `read` on edited copies; counts what was accepted. */
  async function attack(
    what: string,
    good: Uint8Array,
    read: (bytes: Uint8Array) => unknown,
    cases = CASES,
  ): Promise<number> {
    let accepted = 0;
    await read(good);
    for (let i = 0; i < cases; i++) {
      const bytes = edited(good);
      try {
        await read(bytes);
        accepted++;
      } catch (error) {
        const known = error instanceof BionoirError && error.code !== 'KERNEL_FAILED';
        assert.ok(known, `${what}, seed ${SEED}, case ${i}: ${String(error)}`);
      }
    }
    return accepted;
  }

  it('proving keys are read or refused by name', async () => {
    const accepted = await attack('zkey', zkey, async bytes => {
      const loaded = await kernel.loadProvingKey(bytes);
      loaded.release();
      readZkey(bytes);
    });
    assert.ok(accepted < CASES, 'no edit was noticed');
    await attack('zkey to contribute', zkey, bytes => contribute(bytes, { name: 'x', kernel }), 50);
    await attack('zkey to export', zkey, bytes => {
      try {
        exportVerificationKey(bytes);
      } catch (error) {
        if (!(error instanceof BionoirError && error.code === 'UNSAFE_KEY')) throw error;
      }
    });
  });

  it('constraint systems are read or refused by name', async () => {
    const accepted = await attack('r1cs', circuit.r1cs, async bytes => {
      readR1cs(bytes, { prime: r });
      await kernel.setup(bytes, drawToxicWaste());
    });
    assert.ok(accepted < CASES, 'no edit was noticed');
    await attack('r1cs, kernel only', circuit.r1cs, bytes => kernel.setup(bytes, drawToxicWaste()));
    await attack('r1cs from powers', circuit.r1cs, bytes => setupFromPtau(bytes, ptau, { kernel }), 60);
  });

  it('powers of tau are read or refused by name', async () => {
    await attack('ptau', ptau, bytes => setupFromPtau(circuit.r1cs, bytes, { kernel }));
    await attack('ptau to verify', ptau, bytes => verifyPtau(bytes, { kernel }), 60);
  });

  it('witnesses are read or refused by name', async () => {
    const accepted = await attack('wtns', circuit.wtns, bytes => readWtns(bytes));
    assert.ok(accepted < CASES, 'no edit was noticed');
    const key = await kernel.loadProvingKey(zkey);
    const witness = circuit.wtns.slice(-32 * circuit.wires.length);
    await attack('witness', witness, bytes => kernel.prove(key, bytes));
    key.release();
  });

  it('keys, proofs and signals in JSON are read or refused by name', async () => {
    const key = exportVerificationKey(zkey);
    const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(zkey), circuit.wires);
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
    const check = async (k: typeof key, p: typeof proof, s: typeof publicSignals): Promise<void> => {
      try {
        await verify(kernel, k, s, p);
      } catch (error) {
        if (!(error instanceof BionoirError && error.code === 'UNSAFE_KEY')) throw error;
      }
    };
    await attack('verification key', encode(printVerificationKey(key)), bytes =>
      check(parseVerificationKey(decode(bytes)), proof, publicSignals),
    );
    await attack('proof', encode(printProof(proof)), bytes =>
      check(key, parseProof(decode(bytes)), publicSignals),
    );
    await attack('public signals', encode(printPublicSignals(publicSignals)), bytes =>
      check(key, proof, parsePublicSignals(decode(bytes))),
    );
  });
});
