/** The native kernel: the same keys and proofs as the WebAssembly kernel, on every instruction set; hostile inputs. */
import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import { printProof, printVerificationKey } from '../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey } from '../../src/groth16/index.ts';
import type { NativeKernel } from '../../src/kernel/addon-kernel.ts';
import type { G2Point, Groth16Points, Kernel, ToxicWaste } from '../../src/kernel/index.ts';
import { nativeKernel } from '../../src/kernel/native.ts';
import { isNativeKernelBuilt } from '../../src/kernel/native-loader.ts';
import {
  type Circuit,
  circuitOf,
  manySignalsCircuit,
  mixedCircuit,
  productCircuit,
} from '../groth16/circuits.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { numberStream } from './native-support.ts';

const SECRETS: ToxicWaste = {
  tau: 0x1234567890abcdefn ** 3n,
  alpha: r - 5n,
  beta: 77n ** 20n,
  delta: 3n ** 150n,
};
const BLINDING = { r: 5n ** 100n, s: r - 1n };

/** 5 * 5 = 25, nothing public. */
function privateCircuit(): Circuit {
  return circuitOf([[[[1, 1]], [[1, 1]], [[2, 1]]]], [1n, 5n, 25n], 0);
}

const CIRCUITS: readonly (readonly [name: string, circuit: Circuit])[] = [
  ['one product', productCircuit()],
  ['nothing public', privateCircuit()],
  ['a small network', mixedCircuit(40)],
  ['a larger network', mixedCircuit(700, 3)],
  ['many public signals', manySignalsCircuit(90)],
];

function witnessOf({ wires }: Circuit): Uint8Array {
  const bytes = new Uint8Array(wires.length * 32);
  wires.forEach((value, i) => {
    writeBigint(bytes, i * 32, value, 32);
  });
  return bytes;
}

function publicsOf({ wires, system }: Circuit): bigint[] {
  return wires.slice(1, 1 + system.publicCount);
}

describe('nativeKernel', () => {
  let reference: Kernel;
  let native: NativeKernel;
  const keys = new Map<string, Uint8Array>();
  const proofs = new Map<string, Groth16Points>();

  before(async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    reference = await createFfjavascriptKernel();
    native = await nativeKernel({ threads: 2 });
    for (const [name, circuit] of CIRCUITS) {
      const zkey = await reference.setup(circuit.r1cs, SECRETS);
      keys.set(name, zkey);
      const key = await reference.loadProvingKey(zkey);
      proofs.set(name, await reference.prove(key, witnessOf(circuit), { blinding: BLINDING }));
      key.release();
    }
  });
  after(async () => {
    await reference?.close();
    await native?.close();
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
  });
  const keyOf = (name: string): Uint8Array => keys.get(name) as Uint8Array;
  const proofOf = (name: string): Groth16Points => proofs.get(name) as Groth16Points;

  for (const path of ['portable', 'adx', 'ifma'] as const) {
    describe(`on path ${path}`, () => {
      let kernel: NativeKernel;
      before(async function () {
        try {
          kernel = await nativeKernel({ path, threads: 3 });
        } catch (error) {
          if ((error as { code?: string }).code !== 'MISSING_KERNEL') throw error;
          this.skip(); // this processor lacks the instructions
        }
      });
      after(() => kernel?.close());

      it('says which engine it is', () => {
        assert.equal(kernel.name, 'native');
        assert.equal(kernel.description, `native (C++, ${path}), 3 threads`);
      });

      for (const [name, circuit] of CIRCUITS) {
        it(`makes the keys and the proof of the WebAssembly kernel: ${name}`, async () => {
          const zkey = await kernel.setup(circuit.r1cs, SECRETS);
          assert.equal(Buffer.compare(zkey, keyOf(name)), 0);
          const key = await kernel.loadProvingKey(zkey);
          assert.equal(key.wireCount, circuit.wires.length);
          assert.equal(key.publicCount, circuit.system.publicCount);
          const proof = await kernel.prove(key, witnessOf(circuit), { blinding: BLINDING });
          assert.deepEqual(proof, proofOf(name));
          key.release();
        });
      }

      it('verifies true proofs and rejects a false input or proof', async () => {
        for (const [name, circuit] of CIRCUITS) {
          const key = exportVerificationKey(keyOf(name));
          const publics = publicsOf(circuit);
          assert.equal(await kernel.verify(key, publics, proofOf(name)), true, name);
          assert.equal(
            await kernel.verify(key, publics, { ...proofOf(name), c: proofOf(name).a }),
            false,
            name,
          );
          if (publics.length === 0) continue;
          const wrong = [...publics.slice(1), ((publics[0] as bigint) + 1n) % r];
          assert.equal(await kernel.verify(key, wrong, proofOf(name)), false, name);
        }
      });

      it('verifies a batch, and rejects one with a false proof', async () => {
        const circuit = mixedCircuit(40);
        const verificationKey = exportVerificationKey(keyOf('a small network'));
        const key = await kernel.loadProvingKey(keyOf('a small network'));
        const publicInputs = publicsOf(circuit);
        const batch = [];
        for (let i = 0; i < 5; i++)
          batch.push({ publicInputs, proof: await kernel.prove(key, witnessOf(circuit)) });
        assert.equal(await kernel.verifyBatch(verificationKey, batch), true);
        const [first, ...rest] = batch as [(typeof batch)[0], ...typeof batch];
        const forged = { publicInputs, proof: { ...first.proof, a: (rest[0] as typeof first).proof.a } };
        assert.equal(await kernel.verifyBatch(verificationKey, [forged, ...rest]), false);
        assert.equal(await kernel.verifyBatch(verificationKey, []), true);
        key.release();
      });
    });
  }

  it('blinds every proof anew, and snarkjs accepts it', async () => {
    const circuit = mixedCircuit(40);
    const zkey = keyOf('a small network');
    const key = await native.loadProvingKey(zkey);
    const [one, two] = [
      await native.prove(key, witnessOf(circuit)),
      await native.prove(key, witnessOf(circuit)),
    ];
    assert.notDeepEqual(one, two);
    const { groth16 } = await import('snarkjs');
    for (const proof of [one, two]) {
      const ok = await groth16.verify(
        JSON.parse(printVerificationKey(exportVerificationKey(zkey))),
        publicsOf(circuit).map(String),
        JSON.parse(printProof(proof)),
      );
      assert.equal(ok, true);
    }
    key.release();
  });

  it('serves several proofs of several keys at once', async () => {
    const made = await Promise.all(
      [...CIRCUITS, ...CIRCUITS].map(async ([name, circuit]) => {
        const key = await native.loadProvingKey(keyOf(name));
        const proof = await native.prove(key, witnessOf(circuit), { blinding: BLINDING });
        key.release();
        return [name, proof] as const;
      }),
    );
    for (const [name, proof] of made) assert.deepEqual(proof, proofOf(name));
  });

  it('finishes a proof whose key is released meanwhile', async () => {
    const key = await native.loadProvingKey(keyOf('a larger network'));
    const proving = native.prove(key, witnessOf(mixedCircuit(700, 3)), { blinding: BLINDING });
    key.release();
    key.release();
    assert.deepEqual(await proving, proofOf('a larger network'));
  });

  it('reports progress up to the end', async () => {
    const seen: [string, number][] = [];
    const key = await native.loadProvingKey(keyOf('a larger network'));
    await native.prove(key, witnessOf(mixedCircuit(700, 3)), {
      onProgress: (step, fraction) => seen.push([step, fraction]),
    });
    await new Promise(resolve => setImmediate(resolve)); // reports are delivered as events of their own
    assert.deepEqual(seen.at(-1), ['prove', 1]);
    assert.ok(seen.every(([, fraction]) => fraction >= 0 && fraction <= 1));
    key.release();
  });

  it('stops when asked', async () => {
    const key = await native.loadProvingKey(keyOf('a larger network'));
    const witness = witnessOf(mixedCircuit(700, 3));
    const early = AbortSignal.abort('no');
    await assertRejectsCode(
      () => native.prove(key, witness, { signal: early }),
      'ABORTED',
      'Stopped during "proving", as asked. Nothing was written.',
    );
    // More proofs than can be done before the signal arrives: the last ones wait in a queue.
    const controller = new AbortController();
    const proving = Array.from({ length: 64 }, () =>
      native.prove(key, witness, { signal: controller.signal }),
    );
    controller.abort('later');
    const settled = await Promise.allSettled(proving);
    const last = settled.at(-1) as PromiseRejectedResult;
    await assertRejectsCode(
      () => Promise.reject(last.reason),
      'ABORTED',
      'Stopped during "proving", as asked. Nothing was written.',
    );
    key.release();
  });

  it('refuses keys of other kernels, and all calls after close', async () => {
    const theirs = await reference.loadProvingKey(keyOf('one product'));
    await assertRejectsCode(
      () => native.prove(theirs, witnessOf(productCircuit())),
      'KERNEL_FAILED',
      'This proving key was loaded by another kernel. Load it with the kernel that proves.',
    );
    const closed = await nativeKernel({ threads: 1 });
    assert.match(closed.description, /, 1 thread$/);
    await closed.close();
    await closed.close();
    await assertRejectsCode(
      () => closed.loadProvingKey(keyOf('one product')),
      'KERNEL_FAILED',
      'The native kernel is closed. Open another with nativeKernel().',
    );
  });

  it('refuses a thread count that makes no sense', async () => {
    await assertRejectsCode(
      () => nativeKernel({ threads: 1.5 }),
      'USAGE',
      'The native kernel cannot have 1.5 threads. Give a whole number from 1 to 1024, or none for one a processor.',
    );
  });

  it('refuses unsafe set-up secrets', async () => {
    const { r1cs } = productCircuit();
    for (const [name, value] of [
      ['tau', 0n],
      ['alpha', r],
      ['beta', -1n],
      ['delta', 1n],
    ] as const) {
      await assertRejectsCode(
        () => native.setup(r1cs, { ...SECRETS, [name]: value }),
        'UNSAFE_KEY',
        `The set-up secret ${name} is not in [1, r), or delta is 1. Draw it with drawToxicWaste().`,
      );
    }
    await assertRejectsCode(
      () => native.setup(r1cs, { ...SECRETS, tau: 1n }),
      'UNSAFE_KEY',
      'The native kernel failed while setting up: tau is a root of unity of the domain; draw another. Draw the secrets with drawToxicWaste().',
    );
  });

  describe('with hostile bytes', () => {
    const load = async (zkey: Uint8Array, text: string): Promise<void> => {
      const advice = 'Is the file corrupt, or not a BN254 Groth16 key?';
      await assertRejectsCode(
        () => native.loadProvingKey(zkey),
        'MALFORMED_KEY',
        `The native kernel failed while reading the proving key: ${text}. ${advice}`,
      );
    };
    const edited = (edit: (bytes: Uint8Array, view: DataView) => void, name = 'one product'): Uint8Array => {
      const bytes = keyOf(name).slice();
      edit(bytes, new DataView(bytes.buffer));
      return bytes;
    };

    it('names what is wrong with a proving key', async () => {
      await load(new Uint8Array(0), 'the file has 0 bytes; even its header needs 12');
      await load(new Uint8Array(20), "the file does not begin with 'zkey'");
      await load(
        edited((_, view) => view.setUint32(4, 9, true)),
        'file version 9; only version 1 is known',
      );
      await load(
        edited((_, view) => view.setUint32(24, 2, true)),
        'protocol 2; only Groth16 (1) is supported',
      );
      await load(
        edited((_, view) => view.setUint32(12, 2, true)),
        'section id 2 occurs twice',
      );
      await load(
        edited(bytes => bytes.fill(7, 44, 60)),
        "the header's prime q is not BN254's; only BN254 is supported",
      );
      await load(
        edited((_, view) => view.setUint32(8, 0xffffffff, true)),
        `section 11 of 4294967295: its header runs past the end at byte ${keyOf('one product').length}`,
      );
      await load(keyOf('one product').slice(0, 100), 'section id 2 at byte 40 claims 660 bytes; 60 are left');
      // Header: n8q 40, q 44, n8r 76, r 80, wires 112, publics 116, domain 120.
      await load(
        edited((_, view) => view.setUint32(116, 4, true)),
        'the header has 4 public wires of 4; the constant one must be left',
      );
      await load(
        edited((_, view) => view.setUint32(120, 3, true)),
        'domain size 3 is not a power of two from 2 to 2^27',
      );
      await load(
        edited((_, view) => view.setUint32(112, 0xfffffff0, true)),
        "section 5 has 256 bytes; the header's counts need 274877905920",
      );
      await load(
        edited(bytes => bytes.fill(0xff, 124, 156)),
        "the header's alpha: a coordinate is not below q",
      );
      await load(
        edited(bytes => bytes.fill(1, 124, 156)),
        "the header's alpha is not on the curve",
      );
    });

    it('names what is wrong with coefficients and points', async () => {
      const zkey = keyOf('one product');
      const at = sectionOffsets(zkey);
      await load(
        edited((_, view) => view.setUint32(at(4), 0xffffffff, true)),
        "section 4 has 180 bytes; the header's counts need 188978560984",
      );
      for (const field of [0, 4, 8]) {
        const place = at(4) + 4 + field;
        const expected = [0, 0, 2].map((value, i) => (4 * i === field ? 0xfffffff0 : value));
        await load(
          edited((_, view) => view.setUint32(place, 0xfffffff0, true)),
          `section 4: coefficient 0 is in matrix ${expected[0]}, row ${expected[1]}, wire ${expected[2]}, which do not exist`,
        );
      }
      await load(
        edited(bytes => bytes.fill(0xff, at(4) + 16, at(4) + 48)),
        'section 4: the value of coefficient 0 is not below r',
      );
      const sections = [
        [5, 'section 5 (A)', 2 * 64],
        [6, 'section 6 (B in G1)', 3 * 64],
        [7, 'section 7 (B in G2)', 3 * 128],
        [8, 'section 8 (C)', 0],
        [9, 'section 9 (H)', 64],
      ] as const;
      for (const [id, what, offset] of sections) {
        const point = offset / (id === 7 ? 128 : 64);
        await load(
          edited(bytes => bytes.fill(0xff, at(id) + offset, at(id) + offset + 32)),
          `${what}: a coordinate of point ${point} is not below q`,
        );
        await load(
          edited(bytes => bytes.fill(1, at(id) + offset, at(id) + offset + 32)),
          `${what}: point ${point} is not on the curve`,
        );
      }
    });

    it('survives thousands of random edits and cuts of a proving key', async () => {
      const stream = numberStream(2026);
      const zkey = keyOf('one product');
      const witness = witnessOf(productCircuit());
      let refused = 0;
      for (let i = 0; i < 2000; i++) {
        const length = i % 4 === 0 ? Number(stream(BigInt(zkey.length))) : zkey.length;
        const bytes = zkey.slice(0, length);
        for (let k = 0; k < 1 + (i % 3) && length > 0; k++) {
          bytes[Number(stream(BigInt(Math.min(length, i % 2 ? 800 : length))))] = Number(stream(256n));
        }
        try {
          const key = await native.loadProvingKey(bytes);
          if (key.wireCount === 4) await native.prove(key, witness);
          key.release();
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MALFORMED_KEY', String(error));
          refused++;
        }
      }
      assert.ok(refused > 1000, `only ${refused} were refused`);
    });

    it('names what is wrong with a witness', async () => {
      const key = await native.loadProvingKey(keyOf('one product'));
      const good = witnessOf(productCircuit());
      const advice = 'Solve the witness for the circuit of this key.';
      const cases: [Uint8Array, string][] = [
        [good.slice(0, 100), 'the witness has 100 bytes; 4 wires need 128'],
        [new Uint8Array(128), 'wire 0 is not the constant 1'],
        [good.slice().fill(0xff, 64, 96), 'the value of wire 2 is not below r'],
      ];
      for (const [witness, text] of cases) {
        await assertRejectsCode(
          () => native.prove(key, witness),
          'MALFORMED_WITNESS',
          `The native kernel failed while proving: ${text}. ${advice}`,
        );
      }
      await assertRejectsCode(
        () => native.prove(key, good, { blinding: { r, s: 0n } }),
        'KERNEL_FAILED',
        'The native kernel failed while proving: a blinding scalar is not below r. Try another kernel, and report this.',
      );
      key.release();
    });

    it('names what is wrong with a constraint system', async () => {
      const { r1cs } = productCircuit();
      const refuse = (bytes: Uint8Array, text: string | RegExp): Promise<unknown> =>
        assertRejectsCode(
          () => native.setup(bytes, SECRETS),
          'MALFORMED_R1CS',
          typeof text === 'string'
            ? `The native kernel failed while setting up: ${text}. Write the constraint system (.r1cs) again.`
            : text,
        );
      await refuse(new Uint8Array(3), 'the file has 3 bytes; even its header needs 12');
      await refuse(keyOf('one product'), "the file does not begin with 'r1cs'");
      const huge = (place: number): Uint8Array => {
        const bytes = r1cs.slice();
        new DataView(bytes.buffer).setUint32(sectionOffsets(r1cs)(1) + place, 0x7fffffff, true);
        return bytes;
      };
      await refuse(huge(36), "section 3 has 32 bytes; the header's counts need 17179869176");
      await refuse(huge(60), 'section 2 has 120 bytes; 2147483647 constraints need 12 each at least');
      const stream = numberStream(6);
      for (let i = 0; i < 500; i++) {
        const bytes = r1cs.slice(0, i % 3 ? r1cs.length : Number(stream(BigInt(r1cs.length))));
        if (bytes.length === 0) continue;
        bytes[Number(stream(BigInt(bytes.length)))] = Number(stream(256n));
        try {
          await native.setup(bytes, SECRETS);
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MALFORMED_R1CS', String(error));
        }
      }
    });

    it('refuses proofs and verification keys with points off the curve or outside the subgroup', async () => {
      const circuit = productCircuit();
      const key = exportVerificationKey(keyOf('one product'));
      const publics = publicsOf(circuit);
      const proof = proofOf('one product');
      const refuse = (
        k: typeof key,
        p: Groth16Points,
        code: 'MALFORMED_KEY' | 'MALFORMED_PROOF',
        text: string,
      ) =>
        assertRejectsCode(
          () => native.verify(k, publics, p),
          code,
          new RegExp(`while verifying: ${text}\\.`),
        );
      const stray = strayTwistPoint();
      await refuse(key, { ...proof, a: [1n, 1n] }, 'MALFORMED_PROOF', "a proof's A is not on the curve");
      await refuse(
        key,
        { ...proof, c: [q, 2n] },
        'MALFORMED_PROOF',
        "a proof's C: a coordinate is not below q",
      );
      await refuse(
        key,
        { ...proof, b: stray },
        'MALFORMED_PROOF',
        "a proof's B is not in the subgroup of order r",
      );
      await refuse(
        { ...key, delta: stray },
        proof,
        'MALFORMED_KEY',
        "the key's delta is not in the subgroup of order r",
      );
      await refuse(
        { ...key, alpha: [3n, 3n] },
        proof,
        'MALFORMED_KEY',
        "the key's alpha is not on the curve",
      );
      await assertRejectsCode(
        () => native.verify(key, [], proof),
        'KEY_MISMATCH',
        "The proof has 0 public inputs; the key has 1. Verify with the key of the proof's circuit.",
      );
      await assertRejectsCode(
        () => native.verify(key, [-1n], proof),
        'KERNEL_FAILED',
        'Value 0 handed to the kernel is negative or above 256 bits. Reduce it first.',
      );
    });
  });
});

/** Offsets of a container's sections by id. */
function sectionOffsets(file: Uint8Array): (id: number) => number {
  const view = new DataView(file.buffer, file.byteOffset);
  const offsets = new Map<number, number>();
  for (let at = 12; at < file.length; ) {
    offsets.set(view.getUint32(at, true), at + 12);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  return id => offsets.get(id) as number;
}

/** A point of the twist whose order is not r. */
function strayTwistPoint(): G2Point {
  const { Fp2 } = bn254.fields;
  const b = Fp2.div(Fp2.fromBigTuple([3n, 0n]), Fp2.fromBigTuple([9n, 1n]));
  for (let k = 1n; ; k++) {
    const x = Fp2.fromBigTuple([k, 1n]);
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b));
      return [
        [x.c0, x.c1],
        [y.c0, y.c1],
      ];
    } catch {
      // No square: the next x.
    }
  }
}
