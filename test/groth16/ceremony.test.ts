import assert from 'node:assert/strict';
import { buildBn128, type Curve } from 'ffjavascript';
import { readZkey, writeZkey } from '../../converters/keys-to-iden3/index.ts';
import { readSections, writeSections } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  applyBeacon,
  checkKeyMatches,
  contribute,
  drawToxicWaste,
  exportVerificationKey,
  prove,
  readContributions,
  setupFromPtau,
  verify,
  verifyCeremony,
} from '../../src/groth16/index.ts';
import type { Kernel } from '../../src/kernel/types.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { circuitOf, manySignalsCircuit, mixedCircuit, productCircuit } from './circuits.ts';
import { makePtau } from './ptau.ts';

const PTAU_FORMAT = { magic: 'ptau', versionMax: 1, what: 'file', code: 'MALFORMED_PTAU' } as const;

function editedPtau(
  bytes: Uint8Array,
  id: number,
  edit: (payload: Uint8Array) => Uint8Array | undefined,
): Uint8Array {
  const sections: [number, Uint8Array][] = [];
  for (const [section, payload] of readSections(bytes, PTAU_FORMAT).sections) {
    const next = section === id ? edit(payload.slice()) : payload;
    if (next) sections.push([section, next]);
  }
  return writeSections('ptau', 1, sections);
}

describe('ceremony', () => {
  const circuit = mixedCircuit(8);
  let kernel: Kernel;
  let ptau: Uint8Array;
  let initial: Uint8Array;
  let first: Uint8Array;
  let final: Uint8Array;

  let shared: Curve;

  before(async () => {
    // snarkjs finds this curve, and we leave it alone then: its calls start no workers of their own. Loading snarkjs
    // would make it forget the curve, so that comes first.
    await import('snarkjs');
    shared = await buildBn128();
    kernel = await createFfjavascriptKernel();
    ptau = makePtau(5, drawToxicWaste());
    initial = await setupFromPtau(circuit.r1cs, ptau);
    first = await contribute(initial, { name: 'Ada', entropy: 'dice' });
    final = await applyBeacon(first, { name: 'block', beacon: '0badc0de', iterationsExponent: 10 });
  });
  after(async () => {
    await kernel.close();
    await shared.terminate();
  });

  it('makes keys that prove and verify', async () => {
    const { proof, publicSignals } = await prove(kernel, await kernel.loadProvingKey(final), circuit.wires);
    assert.equal(await verify(kernel, exportVerificationKey(final), publicSignals, proof), true);
    // The proof is for this key only: every contribution changes delta.
    assert.equal(await verify(kernel, exportVerificationKey(first), publicSignals, proof), false);
  });

  it('lists who contributed', () => {
    assert.deepEqual(readContributions(initial), []);
    const list = readContributions(final);
    assert.deepEqual(
      list.map(({ kind, name, iterationsExponent }) => ({ kind, name, iterationsExponent })),
      [
        { kind: 'person', name: 'Ada', iterationsExponent: undefined },
        { kind: 'beacon', name: 'block', iterationsExponent: 10 },
      ],
    );
    assert.equal(Buffer.from(list[1]?.beacon ?? []).toString('hex'), '0badc0de');
  });

  it('draws a fresh secret each time', async () => {
    const again = await contribute(initial, { name: 'Ada', entropy: 'dice' });
    assert.notDeepEqual(readZkey(again).delta1, readZkey(first).delta1);
  });

  it('is verified from circuit, .ptau and key', async () => {
    assert.equal(await verifyCeremony(circuit.r1cs, ptau, first), true);
    assert.equal(await verifyCeremony(circuit.r1cs, ptau, final), true);
  });

  it('is not verified with a changed point of C, H or a changed coefficient', async () => {
    const key = readZkey(final);
    const swapped = (bytes: Uint8Array): Uint8Array => {
      const copy = bytes.slice();
      copy.set(bytes.subarray(0, 64), 64);
      copy.set(bytes.subarray(64, 128), 0);
      return copy;
    };
    for (const change of [{ c: swapped(key.c) }, { h: swapped(key.h) }, { a: swapped(key.a) }]) {
      assert.equal(await verifyCeremony(circuit.r1cs, ptau, writeZkey({ ...key, ...change })), false);
    }
  });

  it('refuses to export the verification key before the first contribution', () => {
    assertThrowsCode(
      () => exportVerificationKey(initial),
      'UNSAFE_KEY',
      'The verification key has delta equal to gamma or to the generator, so anyone can forge proofs for it. It comes from a set-up without contributions: contribute to the proving key and export again.',
    );
  });

  it('names the power that a larger circuit needs', async () => {
    await assertRejectsCode(
      () => setupFromPtau(manySignalsCircuit(31).r1cs, ptau),
      'PTAU_TOO_SMALL',
      'The Powers of Tau file has power 5; a circuit of 1 constraints and 31 public wires needs power 6. Download a file of power 6 or more.',
    );
    // 2^5 - 1 constraints and public wires still fit.
    await setupFromPtau(manySignalsCircuit(30).r1cs, ptau);
  });

  it('refuses a key for another circuit', async () => {
    const text =
      'The circuit has 4 wires, 1 of them public, and 1 constraints; the proving key is for 16 wires, 2 public, and a domain of 32. Set up again after changing the circuit.';
    await assertRejectsCode(() => verifyCeremony(productCircuit().r1cs, ptau, final), 'KEY_MISMATCH', text);
    assertThrowsCode(() => checkKeyMatches(productCircuit().r1cs, final), 'KEY_MISMATCH', text);
    checkKeyMatches(circuit.r1cs, final);
    const { wires } = circuit;
    const fewRows = circuitOf([[[], [], []]], wires, 2);
    assertThrowsCode(() => checkKeyMatches(fewRows.r1cs, final), 'KEY_MISMATCH');
  });

  it('refuses names and beacons that the format cannot hold', async () => {
    await assertRejectsCode(
      () => contribute(initial, { name: 'é'.repeat(33) }),
      'USAGE',
      "The contributor's name takes 66 bytes; at most 64 are expected. Shorten it.",
    );
    const options = { name: 'b', beacon: 'ab', iterationsExponent: 10 };
    await assertRejectsCode(
      () => applyBeacon(first, { ...options, beacon: '0xab' }),
      'USAGE',
      'The beacon is "0xab"; up to 255 bytes in hexadecimal are expected.',
    );
    await assertRejectsCode(() => applyBeacon(first, { ...options, beacon: 'ab'.repeat(256) }), 'USAGE');
    for (const iterationsExponent of [9, 64, 10.5]) {
      await assertRejectsCode(
        () => applyBeacon(first, { ...options, iterationsExponent }),
        'USAGE',
        `The beacon's exponent is ${iterationsExponent}; 10 to 63 is expected.`,
      );
    }
  });

  it('refuses corrupt keys before snarkjs sees them', async () => {
    for (const zkey of [final.subarray(0, 1000), new Uint8Array(), circuit.r1cs]) {
      await assertRejectsCode(() => contribute(zkey, { name: 'x' }), 'MALFORMED_KEY');
      await assertRejectsCode(() => verifyCeremony(circuit.r1cs, ptau, zkey), 'MALFORMED_KEY');
    }
  });

  it('refuses a key whose list of contributions is cut', async () => {
    const key = readZkey(initial);
    const broken = writeZkey({
      ...key,
      contributions: Uint8Array.of(...key.contributions.subarray(0, 64), 9, 0, 0, 0),
    });
    await assertRejectsCode(() => contribute(broken, { name: 'x' }), 'MALFORMED_KEY', /ends too early/);
  });

  it('refuses corrupt .ptau files', async () => {
    const cases: [Uint8Array, string | RegExp][] = [
      [ptau.subarray(0, ptau.length - 1), /^The Powers of Tau file \(\.ptau\) ends too early/],
      [new Uint8Array(), /^The Powers of Tau file \(\.ptau\) ends too early/],
      [
        circuit.r1cs,
        'The Powers of Tau file (.ptau) starts with "r1cs" instead of "ptau". Is this the right file?',
      ],
      [
        editedPtau(ptau, 12, () => undefined),
        'The Powers of Tau file (.ptau) is not prepared for phase 2 (no section 12). Run "snarkjs powersoftau prepare phase2", or download a file named "...final...".',
      ],
      [
        editedPtau(ptau, 15, payload => payload.subarray(64)),
        'Section 15 of the Powers of Tau file (.ptau) has 3968 bytes; its header promises 4032.',
      ],
      [
        editedPtau(ptau, 3, () => undefined),
        'The Powers of Tau file (.ptau) has no section 3. Is the file complete?',
      ],
      [
        editedPtau(ptau, 4, payload => payload.fill(1, 0, 64)),
        'The first point of section 4 of the Powers of Tau file (.ptau) is not a finite point of the group of order r. Is the file corrupt?',
      ],
      [
        editedPtau(ptau, 13, payload => payload.fill(0, 0, 128)),
        'The first point of section 13 of the Powers of Tau file (.ptau) is not a finite point of the group of order r. Is the file corrupt?',
      ],
      [
        editedPtau(ptau, 1, payload => payload.fill(7, 4, 5)),
        /^The Powers of Tau file \(\.ptau\) is over a field of order \d+; BN254 with \d+ is expected\. Take one for bn128\.$/,
      ],
      [
        editedPtau(ptau, 1, payload => payload.fill(29, 36, 37)),
        'The Powers of Tau file (.ptau) has power 29 from a ceremony of power 5; 1 to 28 is expected.',
      ],
    ];
    for (const [bytes, text] of cases) {
      await assertRejectsCode(() => setupFromPtau(circuit.r1cs, bytes), 'MALFORMED_PTAU', text);
    }
  });

  it('refuses corrupt circuits', async () => {
    await assertRejectsCode(
      () => setupFromPtau(circuit.r1cs.subarray(0, 200), ptau),
      'MALFORMED_R1CS',
      /ends too early/,
    );
    const { system, wires } = productCircuit();
    const tiny = circuitOf([], wires, 0).r1cs.slice();
    tiny[28] = 2; // Another prime.
    await assertRejectsCode(() => setupFromPtau(tiny, ptau), 'MALFORMED_R1CS', /over the field of order \d+/);
    assert.equal(system.prime, r);
  });
});
