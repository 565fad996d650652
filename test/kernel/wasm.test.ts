/** The WebAssembly kernel: the same keys and proofs as the other kernels, with and without shared memory; hostile inputs. */
import assert from 'node:assert/strict';
import { printProof, printVerificationKey } from '../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { exportVerificationKey } from '../../src/groth16/index.ts';
import {
  type Groth16Points,
  isNativeKernelBuilt,
  type NativeKernel,
  nativeKernel,
  type ToxicWaste,
  wasmKernel,
} from '../../src/kernel/index.ts';
import type { LoadedProvingKey } from '../../src/kernel/types.ts';
import type { KernelWorker, WasmHost } from '../../src/kernel/wasm/host.ts';
import { withoutSharing } from '../../src/kernel/wasm/module.ts';
import { NODE_HOST } from '../../src/kernel/wasm/node-host.ts';
import { wasmKernelOn } from '../../src/kernel/wasm.ts';
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

const CIRCUITS: readonly (readonly [name: string, circuit: Circuit])[] = [
  ['one product', productCircuit()],
  ['nothing public', circuitOf([[[[1, 1]], [[1, 1]], [[2, 1]]]], [1n, 5n, 25n], 0)],
  ['a small network', mixedCircuit(40)],
  ['a larger network', mixedCircuit(700, 3)],
  ['many public signals', manySignalsCircuit(90)],
];

const LACK_OF_MEMORY =
  /^The WebAssembly kernel failed while [a-z ]+: not enough memory(: \d+ bytes more are needed)?\. Release keys that are not needed, or set memoryMax above \d+\.$/;

/** Node without shared memory. */
const UNSHARED: WasmHost = { ...NODE_HOST, shares: false };

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

describe('wasmKernel', () => {
  let wasm: NativeKernel;
  const keys = new Map<string, Uint8Array>();
  const proofs = new Map<string, Groth16Points>();
  const keyOf = (name: string): Uint8Array => keys.get(name) as Uint8Array;
  const proofOf = (name: string): Groth16Points => proofs.get(name) as Groth16Points;

  before(async () => {
    wasm = await wasmKernel({ threads: 2 });
    const reference = isNativeKernelBuilt() ? await nativeKernel() : await createFfjavascriptKernel();
    for (const [name, circuit] of CIRCUITS) {
      const zkey = await reference.setup(circuit.r1cs, SECRETS);
      keys.set(name, zkey);
      const key = await reference.loadProvingKey(zkey);
      proofs.set(name, await reference.prove(key, witnessOf(circuit), { blinding: BLINDING }));
      key.release();
    }
    await reference.close();
  });
  after(async () => {
    await wasm.close();
    await (globalThis as { curve_bn128?: { terminate(): Promise<void> } }).curve_bn128?.terminate();
  });

  const ways: Readonly<Record<string, readonly [threads: string, start: () => Promise<NativeKernel>]>> = {
    'portable, one thread': ['1 thread', () => wasmKernel({ path: 'portable', threads: 1 })],
    'simd128, three threads': ['3 threads', () => wasmKernel({ threads: 3 })],
    'simd128, no shared memory': [
      '1 thread',
      () => wasmKernelOn(UNSHARED, { threads: 3, memoryMax: 2 ** 28 }),
    ],
  };
  for (const [way, [threads, start]] of Object.entries(ways)) {
    describe(way, () => {
      let kernel: NativeKernel;
      before(async () => {
        kernel = await start();
      });
      after(() => kernel.close());

      it('says which engine it is', () => {
        assert.equal(kernel.name, 'wasm');
        assert.equal(kernel.description, `WebAssembly (C++, ${way.split(',')[0]}), ${threads}`);
      });

      for (const [name, circuit] of CIRCUITS) {
        it(`makes the key and the proof of the other kernels: ${name}`, async () => {
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

      it('verifies true proofs and rejects false ones, alone and in a batch', async () => {
        const publicInputs = publicsOf(mixedCircuit(40));
        const key = exportVerificationKey(keyOf('a small network'));
        const proof = proofOf('a small network');
        assert.equal(await kernel.verify(key, publicInputs, proof), true);
        assert.equal(await kernel.verify(key, publicInputs, { ...proof, c: proof.a }), false);
        const good = { publicInputs, proof };
        const bad = { publicInputs, proof: { ...proof, c: proof.a } };
        assert.equal(await kernel.verifyBatch(key, [good, good, good]), true);
        assert.equal(await kernel.verifyBatch(key, [good, bad, good]), false);
      });
    });
  }

  it('blinds every proof anew, and snarkjs accepts it', async () => {
    const circuit = mixedCircuit(40);
    const zkey = keyOf('a small network');
    const key = await wasm.loadProvingKey(zkey);
    const made = [await wasm.prove(key, witnessOf(circuit)), await wasm.prove(key, witnessOf(circuit))];
    assert.notDeepEqual(made[0], made[1]);
    const { groth16 } = await import('snarkjs');
    for (const proof of made) {
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
        const key = await wasm.loadProvingKey(keyOf(name));
        const proof = await wasm.prove(key, witnessOf(circuit), { blinding: BLINDING });
        key.release();
        return [name, proof] as const;
      }),
    );
    for (const [name, proof] of made) assert.deepEqual(proof, proofOf(name));
  });

  it('reports progress up to the end', async () => {
    const seen: [string, number][] = [];
    const key = await wasm.loadProvingKey(keyOf('a larger network'));
    await wasm.prove(key, witnessOf(mixedCircuit(700, 3)), {
      onProgress: (step, fraction) => seen.push([step, fraction]),
    });
    assert.deepEqual(seen.at(-1), ['prove', 1]);
    assert.ok(seen.every(([, fraction]) => fraction >= 0 && fraction <= 1));
    key.release();
  });

  it('stops when asked: before a call, in the midst of calls, and in the queue', async () => {
    const key = await wasm.loadProvingKey(keyOf('a larger network'));
    const witness = witnessOf(mixedCircuit(700, 3));
    const stopped = 'Stopped during "proving", as asked. Nothing was written.';
    await assertRejectsCode(
      () => wasm.prove(key, witness, { signal: AbortSignal.abort('no') }),
      'ABORTED',
      stopped,
    );
    const controller = new AbortController();
    const proving = Array.from({ length: 8 }, () => wasm.prove(key, witness, { signal: controller.signal }));
    controller.abort('later');
    const last = (await Promise.allSettled(proving)).at(-1) as PromiseRejectedResult;
    await assertRejectsCode(() => Promise.reject(last.reason), 'ABORTED', stopped);
    const after = await wasm.prove(key, witness, { blinding: BLINDING });
    assert.deepEqual(after, proofOf('a larger network'));
    key.release();
  });

  it('refuses keys of other kernels, and all calls after close', async () => {
    const other = await wasmKernel({ threads: 1 });
    const theirs = await other.loadProvingKey(keyOf('one product'));
    await assertRejectsCode(
      () => wasm.prove(theirs, witnessOf(productCircuit())),
      'KERNEL_FAILED',
      'This proving key was loaded by another kernel. Load it with the kernel that proves.',
    );
    await other.close();
    await other.close();
    await assertRejectsCode(
      () => other.loadProvingKey(keyOf('one product')),
      'KERNEL_FAILED',
      'The WebAssembly kernel is closed. Open another with wasmKernel().',
    );
  });

  it('refuses options that make no sense', async () => {
    await assertRejectsCode(
      () => wasmKernel({ threads: 0 }),
      'USAGE',
      "The WebAssembly kernel's option threads cannot be 0. Give a whole number from 1 to 64.",
    );
    await assertRejectsCode(
      () => wasmKernel({ memoryMax: 1.5 }),
      'USAGE',
      "The WebAssembly kernel's option memoryMax cannot be 1.5. Give a whole number from 16777216 to 4294967296.",
    );
  });

  it('names a lack of memory, and goes on', async () => {
    const small = await wasmKernel({ threads: 2, memoryMax: 2 ** 24 });
    await assertRejectsCode(
      () => small.loadProvingKey(new Uint8Array(2 ** 25)),
      'KERNEL_FAILED',
      'The WebAssembly kernel failed while reading the proving key: not enough memory: 33554432 bytes more are needed. Release keys that are not needed, or set memoryMax above 16777216.',
    );
    // Here the input fits and the work does not: the library itself runs out.
    await assertRejectsCode(
      () => small.setup(mixedCircuit(6000, 3).r1cs, SECRETS),
      'KERNEL_FAILED',
      LACK_OF_MEMORY,
    );
    const zkey = await small.setup(productCircuit().r1cs, SECRETS);
    assert.equal(Buffer.compare(zkey, keyOf('one product')), 0);
    await small.close();
  });

  it('names a lack of memory wherever it comes, and proves when keys have been released', async () => {
    const circuit = mixedCircuit(3000, 3);
    const [zkey, witness] = [await wasm.setup(circuit.r1cs, SECRETS), witnessOf(circuit)];
    for (const host of [NODE_HOST, UNSHARED])
      for (let pages = 256; pages < 288; pages += 8) {
        const small = await wasmKernelOn(host, { threads: 2, memoryMax: pages * 65536 });
        const keys: LoadedProvingKey[] = [];
        await assertRejectsCode(
          async () => {
            for (;;) {
              assert.ok(keys.length < 20, 'these keys need more than there is');
              keys.push(await small.loadProvingKey(zkey));
            }
          },
          'KERNEL_FAILED',
          LACK_OF_MEMORY,
        );
        const [first, ...others] = keys as [LoadedProvingKey, ...LoadedProvingKey[]];
        for (const key of others) key.release();
        await small.prove(first, witness);
        await small.close();
      }
  });

  it('says when there is no memory for its threads', async () => {
    await assertRejectsCode(
      () => wasmKernel({ threads: 64, memoryMax: 2 ** 24 }),
      'KERNEL_FAILED',
      LACK_OF_MEMORY,
    );
  });

  it('says when a worker has died, and that nothing more can be called', async () => {
    const workers: KernelWorker[] = [];
    const host: WasmHost = {
      ...NODE_HOST,
      startWorker: (onReply, onEnd) => {
        const worker = NODE_HOST.startWorker(onReply, onEnd);
        workers.push(worker);
        return worker;
      },
    };
    const kernel = await wasmKernelOn(host, { threads: 2 });
    const pending = kernel.setup(mixedCircuit(700, 3).r1cs, SECRETS);
    await workers[1]?.end();
    const died = 'a worker of the kernel failed: it ended. Try another kernel, and report this.';
    await assertRejectsCode(
      () => pending,
      'KERNEL_FAILED',
      `The WebAssembly kernel failed while setting up: ${died}`,
    );
    await assertRejectsCode(
      () => kernel.loadProvingKey(keyOf('one product')),
      'KERNEL_FAILED',
      `The WebAssembly kernel failed while reading the proving key: ${died}`,
    );
    await kernel.close();
  });

  it('says when a host cannot run the module', async () => {
    const host: WasmHost = { ...NODE_HOST, load: async () => new Uint8Array([0, 97, 115, 109, 9, 9, 9, 9]) };
    await assertRejectsCode(
      () => wasmKernelOn(host),
      'MISSING_KERNEL',
      'This host cannot run the WebAssembly kernel: it needs 128-bit vectors, atomics and exceptions. Use a newer one.',
    );
  });

  it('declares the memory unshared by one bit', async () => {
    const module = await NODE_HOST.load();
    const changed = withoutSharing(module);
    const places = [...module.keys()].filter(i => module[i] !== changed[i]);
    assert.equal(places.length, 1);
    assert.equal(module[places[0] as number], 3);
    assert.equal(changed[places[0] as number], 1);
  });

  it('survives random edits and cuts of a proving key, naming each', async () => {
    const stream = numberStream(2027);
    const zkey = keyOf('one product');
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const length = i % 4 === 0 ? Number(stream(BigInt(zkey.length))) : zkey.length;
      const bytes = zkey.slice(0, length);
      for (let k = 0; k < 1 + (i % 3) && length > 0; k++) {
        bytes[Number(stream(BigInt(Math.min(length, i % 2 ? 800 : length))))] = Number(stream(256n));
      }
      try {
        const key = await wasm.loadProvingKey(bytes);
        if (key.wireCount === 4) await wasm.prove(key, witnessOf(productCircuit()));
        key.release();
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MALFORMED_KEY', String(error));
        refused++;
      }
    }
    assert.ok(refused > 150, `only ${refused} were refused`);
  });

  it('names what is wrong with a witness and a constraint system', async () => {
    const key = await wasm.loadProvingKey(keyOf('one product'));
    await assertRejectsCode(
      () => wasm.prove(key, new Uint8Array(128)),
      'MALFORMED_WITNESS',
      'The WebAssembly kernel failed while proving: wire 0 is not the constant 1. Solve the witness for the circuit of this key.',
    );
    key.release();
    await assertRejectsCode(
      () => wasm.setup(new Uint8Array(3), SECRETS),
      'MALFORMED_R1CS',
      'The WebAssembly kernel failed while setting up: the file has 3 bytes; even its header needs 12. Write the constraint system (.r1cs) again.',
    );
  });
});
