/** Proving keys from files: the same proofs as from bytes, and a cache that serves only its own key. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBigint } from '../../src/bytes/index.ts';
import type { NativeKernel } from '../../src/kernel/addon-kernel.ts';
import type { Groth16Points, OpenedProvingKey, OpenProvingKeyOptions } from '../../src/kernel/index.ts';
import { nativeKernel } from '../../src/kernel/native.ts';
import { isNativeKernelBuilt } from '../../src/kernel/native-loader.ts';
import { mixedCircuit } from '../groth16/circuits.ts';
import { assertRejectsCode } from '../support/errors.ts';

const BLINDING = { r: 5n ** 100n, s: 11n };
const SECRETS = { tau: 12345n ** 9n, alpha: 3n, beta: 5n, delta: 7n };

for (const path of ['portable', 'adx', 'ifma'] as const) {
  describe(`proving keys from files, ${path}`, () => {
    const circuit = mixedCircuit(120);
    const witness = new Uint8Array(circuit.wires.length * 32);
    circuit.wires.forEach((value, i) => {
      writeBigint(witness, i * 32, value, 32);
    });
    let folder: string;
    let file: string;
    let cache: string;
    let kernel: NativeKernel;
    let zkey: Uint8Array;
    let expected: Groth16Points;

    before(async function () {
      if (!isNativeKernelBuilt()) return this.skip();
      try {
        kernel = await nativeKernel({ path, threads: 2 });
      } catch {
        return this.skip(); // not on this processor
      }
      zkey = await kernel.setup(circuit.r1cs, SECRETS);
      const key = await kernel.loadProvingKey(zkey);
      expected = await kernel.prove(key, witness, { blinding: BLINDING });
      key.release();
    });
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'bionoir-keyfile-'));
      file = join(folder, 'key.zkey');
      cache = `${file}.bionoir-${path}.cache`;
      writeFileSync(file, zkey);
    });
    afterEach(() => rmSync(folder, { recursive: true }));
    after(() => kernel?.close());

    const open = (name: string, options?: OpenProvingKeyOptions): Promise<OpenedProvingKey> => {
      assert.ok(kernel.openProvingKey);
      return kernel.openProvingKey(name, options);
    };
    /** Opens the file and proves; where the key came from. */
    const source = async (options?: OpenProvingKeyOptions): Promise<string> => {
      const key = await open(file, options);
      assert.deepEqual(await kernel.prove(key, witness, { blinding: BLINDING }), expected);
      key.release();
      return key.source;
    };

    it('proves as from bytes, the second time from the cache beside the key', async () => {
      assert.equal(await source(), 'cached');
      assert.equal(await source(), 'cache');
      assert.deepEqual(readdirSync(folder).sort(), ['key.zkey', `key.zkey.bionoir-${path}.cache`]);
    });

    it('neither reads nor writes a cache that is not wanted', async () => {
      assert.equal(await source({ cache: 'none' }), 'file');
      assert.equal(existsSync(cache), false);
    });

    it('writes a cache anew that is damaged, cut short or of another version', async () => {
      await source();
      const sound = readFileSync(cache);
      for (const edit of [
        (bytes: Buffer) => bytes.subarray(0, bytes.length - 1),
        (bytes: Buffer) => bytes.subarray(0, 40),
        (bytes: Buffer) => bytes.fill(bytes.readUInt8(sound.length - 1) ^ 1, sound.length - 1),
        (bytes: Buffer) =>
          bytes.fill(bytes.readUInt8(sound.length >> 1) ^ 128, sound.length >> 1, (sound.length >> 1) + 1),
        (bytes: Buffer) => bytes.fill(9, 8, 9),
        (bytes: Buffer) => bytes.fill(255, 104, 200),
      ]) {
        writeFileSync(cache, edit(Buffer.from(sound)));
        assert.equal(await source(), 'cached');
        assert.deepEqual(readFileSync(cache), sound);
      }
    });

    it('does not take the cache of a key that was there before', async () => {
      await source();
      zkey = await kernel.setup(circuit.r1cs, { ...SECRETS, delta: 9n });
      writeFileSync(file, zkey);
      const key = await kernel.loadProvingKey(zkey);
      expected = await kernel.prove(key, witness, { blinding: BLINDING });
      assert.equal(await source(), 'cached');
      utimesSync(file, 1, 1);
      assert.equal(await source(), 'cached');
    });

    it('does without a cache where none can be written', async () => {
      mkdirSync(cache);
      assert.equal(await source(), 'file');
      assert.deepEqual(readdirSync(folder).sort(), ['key.zkey', `key.zkey.bionoir-${path}.cache`]);
      const key = await open(file, { cache: 'none' });
      assert.equal(key.wireCount, circuit.wires.length);
      assert.equal(key.publicCount, circuit.system.publicCount);
    });

    it('names a file that is not there and one that is no key', async () => {
      await assertRejectsCode(
        () => open(join(folder, 'absent.zkey')),
        'FILE_NOT_FOUND',
        `The native kernel failed while reading the proving key: the file ${join(folder, 'absent.zkey')} cannot be read. Check its name, and that it may be read.`,
      );
      writeFileSync(file, zkey.subarray(0, 1000));
      await assert.rejects(open(file), { code: 'MALFORMED_KEY' });
      writeFileSync(file, '');
      await assert.rejects(open(file), { code: 'MALFORMED_KEY' });
    });

    it('stops when told to', async () => {
      const stop = new AbortController();
      stop.abort();
      await assert.rejects(open(file, { signal: stop.signal }), { code: 'ABORTED' });
    });
  });
}
