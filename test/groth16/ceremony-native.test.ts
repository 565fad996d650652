/** Our ceremony beside snarkjs': same bytes where nothing is random, and each accepts the other's files. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildBn128, type Curve } from 'ffjavascript';
import type { MemoryFile } from 'snarkjs';
import { readZkey, writeZkey, type Zkey } from '../../converters/keys-to-iden3/index.ts';
import { readSections, writeSections } from '../../src/bytes/index.ts';
import {
  applyBeacon,
  contribute,
  setupFromPtau,
  verifyCeremony,
  verifyFromInitial,
  verifyPtau,
} from '../../src/groth16/index.ts';
import {
  isNativeKernelBuilt,
  type NativeKernel,
  nativeKernel,
  openFileSource,
} from '../../src/kernel/index.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { circuitOf, manySignalsCircuit, mixedCircuit, productCircuit } from './circuits.ts';

const FORMAT = { magic: 'ptau', versionMax: 1, what: 'file', code: 'MALFORMED_PTAU' } as const;
const BEACON = '0badc0de';

/** A copy of a file with one section edited. */
function edited(bytes: Uint8Array, id: number, edit: (payload: Uint8Array) => void): Uint8Array {
  const sections = [...readSections(bytes, FORMAT).sections].map(([section, payload]) => {
    const copy = payload.slice();
    if (section === id) edit(copy);
    return [section, copy] as const;
  });
  return writeSections('ptau', 1, sections);
}

/** Exchanges two neighbours of a list of points. */
function swap(points: Uint8Array, index: number, size: number): void {
  const first = points.slice(index * size, (index + 1) * size);
  points.copyWithin(index * size, (index + 1) * size, (index + 2) * size);
  points.set(first, (index + 1) * size);
}

describe('the native ceremony beside snarkjs', function () {
  this.timeout(120_000);
  const circuit = mixedCircuit(5);
  let snarkjs: typeof import('snarkjs');
  let kernel: NativeKernel;
  let shared: Curve;
  let raw: Uint8Array;
  let ptau: Uint8Array;
  let initial: Uint8Array;

  const memory = (data?: Uint8Array): MemoryFile => ({ type: 'mem', ...(data ? { data } : {}) });
  const bytesOf = (file: MemoryFile): Uint8Array => Uint8Array.from(file.data as Uint8Array);

  before(async function () {
    if (!isNativeKernelBuilt()) return this.skip();
    snarkjs = await import('snarkjs');
    shared = await buildBn128();
    kernel = await nativeKernel();
    const { powersOfTau } = snarkjs;
    const [first, second, third, prepared] = [memory(), memory(), memory(), memory()];
    await powersOfTau.newAccumulator(shared, 4, first);
    await powersOfTau.contribute(first, second, 'one', 'dice');
    await powersOfTau.beacon(second, third, 'two', BEACON, 10);
    await powersOfTau.preparePhase2(third, prepared);
    raw = bytesOf(third);
    ptau = bytesOf(prepared);
    initial = await setupFromPtau(circuit.r1cs, ptau, { kernel });
  });
  after(async () => {
    await kernel?.close();
    await shared?.terminate();
  });

  it('makes the same initial key, byte for byte', async () => {
    const unusedWire = circuitOf([[[[1, 1]], [[2, 1]], [[4, 1]]]], [1n, 5n, 7n, 9n, 35n], 0);
    const noPrivate = circuitOf([[[[1, 1]], [[2, -3]], []]], [1n, 0n, 2n], 2);
    for (const { r1cs } of [circuit, productCircuit(), manySignalsCircuit(9), unusedWire, noPrivate]) {
      const theirs = memory();
      await snarkjs.zKey.newZKey(r1cs, ptau, theirs);
      const mine = await setupFromPtau(r1cs, ptau, { kernel });
      assert.equal(Buffer.compare(mine, bytesOf(theirs)), 0);
    }
  });

  it('makes a contribution that snarkjs verifies, from circuit and from initial key', async () => {
    const mine = await contribute(initial, { name: 'Ada', entropy: 'dice', kernel });
    assert.equal(await snarkjs.zKey.verifyFromR1cs(circuit.r1cs, ptau, mine), true);
    assert.equal(await snarkjs.zKey.verifyFromInit(initial, ptau, mine), true);
  });

  it('verifies snarkjs’ contributions, and goes on from them', async () => {
    const theirs = memory();
    await snarkjs.zKey.contribute(initial, theirs, 'Bob', 'coins');
    assert.equal(await verifyCeremony(circuit.r1cs, ptau, bytesOf(theirs), { kernel }), true);
    const next = await contribute(bytesOf(theirs), { name: '', kernel });
    assert.equal(await verifyFromInitial(initial, ptau, next, { kernel }), true);
    assert.equal(await snarkjs.zKey.verifyFromR1cs(circuit.r1cs, ptau, next), true);
  });

  it('applies a beacon with the same bytes', async () => {
    const theirs = memory();
    await snarkjs.zKey.beacon(initial, theirs, 'block', BEACON, 10);
    const mine = await applyBeacon(initial, {
      name: 'block',
      beacon: BEACON,
      iterationsExponent: 10,
      kernel,
    });
    assert.equal(Buffer.compare(mine, bytesOf(theirs)), 0);
    assert.equal(await verifyCeremony(circuit.r1cs, ptau, mine, { kernel }), true);
  });

  it('verifies no key that was changed anywhere', async () => {
    const beacon = { name: 'b', beacon: BEACON, iterationsExponent: 10, kernel };
    const final = await applyBeacon(await contribute(initial, { name: 'a', kernel }), beacon);
    const key = readZkey(final);
    const other = readZkey(await contribute(initial, { name: 'other', kernel }));
    const changed = (part: 'ic' | 'a' | 'b1' | 'b2' | 'c' | 'h' | 'coefficients' | 'contributions') =>
      ({ ...key, [part]: key[part].slice() }) as Zkey;
    const swapped = (['ic', 'a', 'c', 'h'] as const).map(part => {
      const copy = changed(part);
      swap(copy[part], 3 % (copy[part].length / 64 - 1), 64);
      return copy;
    });
    const flipped = (part: 'coefficients' | 'contributions', at: number): Zkey => {
      const copy = changed(part);
      copy[part][at] = (copy[part][at] as number) ^ 1;
      return copy;
    };
    const wrong: readonly Zkey[] = [
      ...swapped,
      flipped('coefficients', 20),
      flipped('contributions', 3), // the circuit's hash
      flipped('contributions', 68 + 64 * 3 + 128 + 5), // the first transcript
      { ...key, delta1: other.delta1 },
      { ...key, delta2: other.delta2 },
      { ...key, delta1: other.delta1, delta2: other.delta2 },
      { ...key, c: other.c },
      { ...key, h: other.h },
      { ...key, contributions: other.contributions },
      { ...key, contributions: readZkey(initial).contributions },
    ];
    for (const [index, variant] of wrong.entries()) {
      const zkey = writeZkey(variant);
      assert.equal(await verifyFromInitial(initial, ptau, zkey, { kernel }), false, `variant ${index}`);
    }
    assert.equal(await verifyFromInitial(initial, ptau, final, { kernel }), true);
    // An initial key must be initial.
    assert.equal(await verifyFromInitial(final, ptau, final, { kernel }), false);
  });

  it('names points off the curve in a key and in powers of tau', async () => {
    const key = readZkey(initial);
    const h = key.h.slice();
    h[0] = (h[0] as number) ^ 1;
    await assertRejectsCode(
      () => contribute(writeZkey({ ...key, h }), { name: 'x', kernel }),
      'MALFORMED_KEY',
      'The native kernel failed while multiplying points: the points: point 0 is not on the curve. Is the file corrupt?',
    );
    const broken = edited(ptau, 14, payload => payload.fill(255, 64 * 20, 64 * 21));
    await assertRejectsCode(
      () => setupFromPtau(circuit.r1cs, broken, { kernel }),
      'MALFORMED_PTAU',
      /^The Powers of Tau file \(\.ptau\) holds a bad point: a Lagrange point of G1: a coordinate of point \d+ is not below q\. Download it again\.$/,
    );
  });

  it('reads powers of tau from a file in pieces', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bionoir-ptau-'));
    const path = join(folder, 'powers.ptau');
    writeFileSync(path, ptau);
    const source = await openFileSource(path);
    try {
      assert.deepEqual(await setupFromPtau(circuit.r1cs, source, { kernel }), initial);
      assert.equal((await verifyPtau(source, { kernel })).isValid, true);
      truncateSync(path, 200);
      await assertRejectsCode(
        () => setupFromPtau(circuit.r1cs, source, { kernel }),
        'TRUNCATED_INPUT',
        /^The file .* ended at byte \d+ while it was read\. Was it changed meanwhile\?$/,
      );
    } finally {
      await source.close();
      rmSync(folder, { recursive: true });
    }
    await assertRejectsCode(
      () => openFileSource(path),
      'FILE_NOT_FOUND',
      `The file ${path} cannot be read. Check its name.`,
    );
  });

  it('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    await assertRejectsCode(() => contribute(initial, { name: 'x', kernel, signal }), 'ABORTED');
    await assertRejectsCode(() => setupFromPtau(circuit.r1cs, ptau, { kernel, signal }), 'ABORTED');
    await assertRejectsCode(() => verifyPtau(ptau, { kernel, signal }), 'ABORTED');
    const late = new AbortController();
    const beacon = { name: 'b', beacon: BEACON, iterationsExponent: 40, kernel, signal: late.signal };
    const running = applyBeacon(initial, { ...beacon, onProgress: () => late.abort() });
    await assertRejectsCode(
      () => running,
      'ABORTED',
      'Stopped during "hashing the beacon", as asked. Nothing was written.',
    );
  });

  describe('verification of powers of tau', () => {
    it('accepts snarkjs’ files, prepared or not', async () => {
      const report = { isValid: true, power: 4, contributors: ['one', 'two'] };
      assert.deepEqual(await verifyPtau(ptau, { kernel }), { ...report, isPrepared: true });
      assert.deepEqual(await verifyPtau(raw, { kernel }), { ...report, isPrepared: false });
    });

    it('says what is wrong with a changed one', async () => {
      const cases: readonly [number, (payload: Uint8Array) => void, string][] = [
        [2, p => swap(p, 0, 64), 'section 2: its first points are not those of the last contribution'],
        [2, p => swap(p, 20, 64), 'section 2: its points are not the powers of tau'],
        [3, p => swap(p, 9, 128), 'section 3: its points are not the powers of tau'],
        [4, p => swap(p, 14, 64), 'section 4: its points are not the powers of tau'],
        [5, p => swap(p, 3, 64), 'section 5: its points are not the powers of tau'],
        [
          6,
          p => p.set(readSections(ptau, FORMAT).sections.get(3)?.subarray(0, 128) ?? []),
          'section 6: it is not the last contribution’s beta',
        ],
        [7, p => p.fill(0, 0, 4), 'nobody has contributed'],
        [12, p => swap(p, 40, 64), 'section 12: its points for domains of 2^5 are not the Lagrange points'],
        [13, p => swap(p, 15, 128), 'section 13: its points for domains of 2^4 are not the Lagrange points'],
        [14, p => swap(p, 7, 64), 'section 14: its points for domains of 2^3 are not the Lagrange points'],
        [15, p => swap(p, 1, 64), 'section 15: its points for domains of 2^1 are not the Lagrange points'],
      ];
      for (const [id, edit, problem] of cases) {
        const bytes = edited(ptau, id, payload => edit(payload));
        if (id === 7) {
          const none = [...readSections(bytes, FORMAT).sections].map(
            ([section, payload]) => [section, section === 7 ? payload.subarray(0, 4) : payload] as const,
          );
          const report = await verifyPtau(writeSections('ptau', 1, none), { kernel });
          assert.equal(report.problem, problem);
          continue;
        }
        const report = await verifyPtau(bytes, { kernel });
        assert.deepEqual([report.isValid, report.problem], [false, problem]);
      }
    });

    it('checks the proofs of every contribution', async () => {
      // Of the first contribution's record: tau G1 at 0, alpha's s at 448 + 128.
      const first = 4;
      for (const [at, problem] of [
        [first, 'contribution 1: tau in G1 does not follow'],
        [first + 448 + 128, 'contribution 1: the proof of alpha does not follow'],
      ] as const) {
        const bytes = edited(ptau, 7, payload => payload.copyWithin(at, first + 192, first + 256));
        assert.equal((await verifyPtau(bytes, { kernel })).problem, problem);
      }
    });
  });
});
