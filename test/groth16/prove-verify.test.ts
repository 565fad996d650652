import assert from 'node:assert/strict';
import { G2_GENERATOR, readZkey, writeZkey } from '../../converters/keys-to-iden3/index.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  DEVELOPMENT_SETUP_WARNING,
  drawToxicWaste,
  exportVerificationKey,
  prove,
  setupForDevelopment,
  verify,
} from '../../src/groth16/index.ts';
import type {
  Groth16Points,
  Groth16VerificationKey,
  Kernel,
  LoadedProvingKey,
} from '../../src/kernel/types.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { type Circuit, circuitOf, mixedCircuit, productCircuit } from './circuits.ts';

describe('Groth16', () => {
  const circuit = mixedCircuit(20);
  let kernel: Kernel;
  let zkey: Uint8Array;
  let loaded: LoadedProvingKey;
  let key: Groth16VerificationKey;
  let proof: Groth16Points;
  let signals: readonly bigint[];

  before(async () => {
    kernel = await createFfjavascriptKernel();
    zkey = await setupForDevelopment(kernel, circuit.r1cs);
    loaded = await kernel.loadProvingKey(zkey);
    key = exportVerificationKey(zkey);
    ({ proof, publicSignals: signals } = await prove(kernel, loaded, circuit.wires));
  });
  after(() => kernel.close());

  const roundTrip = async ({ r1cs, wires }: Circuit): Promise<boolean> => {
    const bytes = await setupForDevelopment(kernel, r1cs);
    const result = await prove(kernel, await kernel.loadProvingKey(bytes), wires);
    return verify(kernel, exportVerificationKey(bytes), result.publicSignals, result.proof);
  };

  it('proves and verifies', async () => {
    assert.equal(await verify(kernel, key, signals, proof), true);
    assert.deepEqual(signals, circuit.wires.slice(1, 3));
  });

  it('says which engine proved, and how long it took', async () => {
    const result = await prove(kernel, loaded, circuit.wires);
    assert.match(result.kernel, /^ffjavascript \d+\.\d+\.\d+ \(WebAssembly\), \d+ threads?$/);
    assert.ok(result.timings.encodeMillis >= 0 && result.timings.proveMillis > 0);
  });

  it('never gives the same proof twice', async () => {
    const again = await prove(kernel, loaded, circuit.wires);
    assert.notDeepEqual(again.proof, proof);
    assert.equal(await verify(kernel, key, signals, again.proof), true);
  });

  it('is false for other public signals', async () => {
    const [first, second] = signals as [bigint, bigint];
    for (const wrong of [
      [(first + 1n) % r, second],
      [second, first],
      [0n, 0n],
    ]) {
      assert.equal(await verify(kernel, key, wrong, proof), false);
    }
  });

  it('is false for other values of public signals that no row mentions', async () => {
    const { r1cs, wires } = circuitOf([[[[3, 1]], [[4, 1]], [[5, 1]]]], [1n, 9n, 8n, 5n, 7n, 35n], 2);
    const bytes = await setupForDevelopment(kernel, r1cs);
    const result = await prove(kernel, await kernel.loadProvingKey(bytes), wires);
    const own = exportVerificationKey(bytes);
    const claims = [result.publicSignals, [10n, 8n], [8n, 9n], [9n, 0n]];
    assert.deepEqual(await Promise.all(claims.map(claim => verify(kernel, own, claim, result.proof))), [
      true,
      false,
      false,
      false,
    ]);
  });

  it('is false for other points of the groups', async () => {
    const { a, b, c } = proof;
    const infinity1 = [0n, 0n] as const;
    const infinity2 = [infinity1, infinity1] as const;
    const wrong: Groth16Points[] = [
      { a: c, b, c: a },
      { a: [a[0], q - a[1]], b, c },
      { a, b: G2_GENERATOR, c },
      { a, b, c: key.alpha },
      { a: infinity1, b, c },
      { a, b: infinity2, c },
      { a, b, c: infinity1 },
    ];
    for (const points of wrong) assert.equal(await verify(kernel, key, signals, points), false);
  });

  it('is false for a proof from an edited witness', async () => {
    for (const wire of [3, 12, circuit.wires.length - 1]) {
      const wires = circuit.wires.map((value, i) => (i === wire ? (value + 1n) % r : value));
      const lie = await prove(kernel, loaded, wires);
      assert.equal(await verify(kernel, key, lie.publicSignals, lie.proof), false, `wire ${wire}`);
    }
  });

  it('is false for a proof of another circuit or set-up', async () => {
    const other = await prove(
      kernel,
      await kernel.loadProvingKey(await setupForDevelopment(kernel, circuit.r1cs)),
      circuit.wires,
    );
    assert.equal(await verify(kernel, key, other.publicSignals, other.proof), false);
  });

  it('works for the smallest circuits: one row, no public wire, no rows at all', async () => {
    assert.equal(await roundTrip(productCircuit()), true);
    assert.equal(await roundTrip(circuitOf([[[[1, 1]], [[2, 1]], [[3, 1]]]], [1n, 5n, 7n, 35n], 0)), true);
    assert.equal(await roundTrip(circuitOf([], [1n, 9n], 1)), true);
    assert.equal(await roundTrip(circuitOf([], [1n, 9n], 0)), true);
    assert.equal(await roundTrip(circuitOf([], [1n], 0)), true);
  });

  it('works at the borders of the domain', async () => {
    for (const rowCount of [5, 6, 7, 8, 14, 15]) {
      const rows = Array.from({ length: rowCount }, () => [[[1, 1]], [[2, 1]], [[3, 1]]] as const);
      assert.equal(await roundTrip(circuitOf(rows, [1n, 5n, 7n, 35n], 1)), true, `${rowCount} rows`);
    }
  });

  it('works for thousands of rows', async () => {
    assert.equal(await roundTrip(mixedCircuit(3000)), true);
  });

  it('throws for points outside of the groups', async () => {
    const { a, b, c } = proof;
    const text = 'The proof holds a point that is not in the group of order r. Ask for the proof again.';
    const outside = [
      [0n, 1n],
      [
        5857410223677516958241855868975604786906559121396168184066542210254491971240n,
        3499505209057624827709920819629410982529044040404494099368353913743455207650n,
      ],
    ] as const;
    for (const points of [
      { a: [a[0], a[1] + 1n], b, c },
      { a: [a[0] + q, a[1]], b, c },
      { a, b: outside, c },
      { a, b, c: [c[0], -c[1]] },
    ] as Groth16Points[]) {
      await assertRejectsCode(() => verify(kernel, key, signals, points), 'MALFORMED_PROOF', text);
    }
  });

  it('throws for aliases of public signals', async () => {
    const [first, second] = signals as [bigint, bigint];
    for (const alias of [first + r, first - r]) {
      await assertRejectsCode(
        () => verify(kernel, key, [alias, second], proof),
        'MALFORMED_PROOF',
        `Public signal 0 is ${alias}, which is not in [0, r). Reduce it, and refuse it from others: it is an alias of another value.`,
      );
    }
  });

  it('throws for another number of public signals', async () => {
    await assertRejectsCode(
      () => verify(kernel, key, signals.slice(1), proof),
      'KEY_MISMATCH',
      'There are 1 public signals; the verification key takes 2. Use the key of the circuit that made the proof.',
    );
  });

  it('throws for keys that anyone can forge for, or that are not keys', async () => {
    for (const delta of [key.gamma, G2_GENERATOR]) {
      await assertRejectsCode(() => verify(kernel, { ...key, delta }, signals, proof), 'UNSAFE_KEY');
    }
    const infinity = [0n, 0n] as const;
    for (const wrong of [
      { ...key, alpha: infinity },
      { ...key, gamma: [infinity, infinity] as const },
      { ...key, beta: [key.beta[1], key.beta[0]] as const },
      { ...key, ic: [] },
      { ...key, ic: [...key.ic.slice(1), [1n, 3n] as const] },
    ]) {
      await assertRejectsCode(
        () => verify(kernel, wrong, signals, proof),
        'MALFORMED_KEY',
        'The verification key holds a point that is infinite or outside of the group of order r, or has no IC points. Export it again.',
      );
    }
  });

  it('throws for witnesses of another length, or not a witness', async () => {
    const { wires } = circuit;
    await assertRejectsCode(
      () => prove(kernel, loaded, wires.slice(1)),
      'KEY_MISMATCH',
      `The witness has ${wires.length - 1} wires; the proving key is for ${wires.length}. Use the key of this circuit, or set up again.`,
    );
    await assertRejectsCode(
      () => prove(kernel, loaded, [2n, ...wires.slice(1)]),
      'MALFORMED_WITNESS',
      'Wire 0 of the witness is 2; it must be the constant 1. Put the constant in front of the public wires.',
    );
    for (const value of [r, -1n]) {
      await assertRejectsCode(
        () => prove(kernel, loaded, [...wires.slice(0, -1), value]),
        'MALFORMED_WITNESS',
        `Wire ${wires.length - 1} of the witness is ${value}, which is not in [0, r). Reduce it first.`,
      );
    }
  });

  it('throws for a proving key with a public point off the curve', () => {
    const whole = readZkey(zkey);
    const ic = whole.ic.slice();
    ic[64] = (ic[64] as number) ^ 1;
    assertThrowsCode(
      () => exportVerificationKey(writeZkey({ ...whole, ic })),
      'MALFORMED_KEY',
      'Point 1 of section 3 (IC) of the proving key (.zkey) is not on the curve. Is the file corrupt?',
    );
  });
});

describe('secrets of the development set-up', () => {
  it('are in [1, r), all different, and fresh', () => {
    const drawn = Array.from({ length: 50 }, drawToxicWaste).flatMap(
      waste => Object.values(waste) as bigint[],
    );
    assert.equal(new Set(drawn).size, drawn.length);
    assert.ok(drawn.every(value => value > 0n && value < r));
    // Uniform: each of the four quarters of the range is hit (missing one has probability 4 * 0.75^200 < 1e-24).
    assert.deepEqual([...new Set(drawn.map(value => (value * 4n) / r))].sort(), [0n, 1n, 2n, 3n]);
  });

  it('come with a warning that says what they are', () => {
    assert.match(DEVELOPMENT_SETUP_WARNING, /single party.*forge proofs/);
  });
});
