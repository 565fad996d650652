/** The two-round ceremony: what it makes verifies; whatever is tampered with does not. */
import assert from 'node:assert/strict';
import {
  decodeG1,
  encodeG1,
  encodeG2,
  G1_BYTES,
  G1_GENERATOR,
  G2_GENERATOR,
  parseUltraGrothContributions,
  printUltraGrothContributions,
  readUltraGrothZkey,
  type UltraGrothContributions,
  type UltraGrothZkey,
  writeUltraGrothZkey,
} from '../../converters/keys-to-iden3/index.ts';
import { writeR1cs } from '../../converters/r1cs-to-iden3/index.ts';
import type { NativeKernel } from '../../src/kernel/index.ts';
import type { G1Point } from '../../src/kernel/types.ts';
import {
  applyBeacon,
  contribute,
  exportVerificationKey,
  loadProvingKey,
  prove,
  readContributions,
  setupFromPtau,
  verify,
  verifyCeremony,
} from '../../src/ultragroth/index.ts';
import { makePtau } from '../groth16/ptau.ts';
import { assertRejectsCode, assertThrowsCode } from '../support/errors.ts';
import { createFfjavascriptKernel } from '../support/ffjavascript-kernel/index.ts';
import { lookupCircuit, systemOf, witnessOf } from './circuits.ts';
import { openTestKernel } from './kernel.ts';

const KEYS = [3n, 0n, 7n, 7n, 5n, 1n];
const BEACON = '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20';

describe('UltraGroth ceremony', () => {
  const circuit = lookupCircuit(KEYS.length, 8, 2);
  let kernel: NativeKernel;
  let ptau: Uint8Array;
  let initial: Uint8Array;
  let final: Uint8Array;

  const problemOf = async (zkey: Uint8Array, r1cs = circuit.r1cs): Promise<string | undefined> => {
    let problem: string | undefined;
    const files = { r1cs, ptau, zkey };
    const isRight = await verifyCeremony(kernel, files, {
      onProblem: text => {
        problem = text;
      },
    });
    assert.equal(isRight, problem === undefined);
    return problem;
  };
  const tampered = (change: (key: UltraGrothZkey) => Partial<UltraGrothZkey>): Uint8Array => {
    const key = readUltraGrothZkey(final);
    return writeUltraGrothZkey({ ...key, ...change(key) });
  };
  const withContributions = (change: (of: UltraGrothContributions) => UltraGrothContributions): Uint8Array =>
    tampered(({ contributions }) => ({
      contributions: printUltraGrothContributions(change(parseUltraGrothContributions(contributions))),
    }));

  before(async () => {
    kernel = await openTestKernel();
    ptau = makePtau(5, { tau: 1234567n, alpha: 2345678n, beta: 3456789n });
    initial = await setupFromPtau(kernel, circuit.r1cs, ptau);
    const first = await contribute(kernel, initial, { name: 'Ada', entropy: 'dice' });
    const second = await contribute(kernel, first, { name: 'Grace' });
    final = await applyBeacon(kernel, second, { name: 'block', beacon: BEACON, iterationsExponent: 10 });
  });
  after(() => kernel?.close());

  it('makes a key that proves, and lists who made it', async () => {
    assert.equal(await problemOf(final), undefined);
    const names = readContributions(final).map(({ kind, name }) => `${kind} ${name}`);
    assert.deepEqual(names, ['person Ada', 'person Grace', 'beacon block']);
    const provingKey = await loadProvingKey(kernel, final);
    const { proof, publicSignals } = await prove(kernel, provingKey, witnessOf(circuit, KEYS));
    assert.equal(await verify(kernel, exportVerificationKey(final), publicSignals, proof), true);
    provingKey.release();
  });

  it('refuses to use or to accept the key that nobody has contributed to', async () => {
    assertThrowsCode(() => exportVerificationKey(initial), 'UNSAFE_KEY');
    await assertRejectsCode(() => loadProvingKey(kernel, initial), 'UNSAFE_KEY');
    assert.equal(await problemOf(initial), 'nobody has contributed');
  });

  it('finds a key of another circuit, even if only the border between the rounds has moved', async () => {
    const other = lookupCircuit(KEYS.length, 8, 1);
    assert.equal(await problemOf(final, other.r1cs), "the header's wireCount is 32; the circuit's is 31");
    const changed = circuit.rows.map((row, i) => (i === 0 ? ([[], [], [[1, 1]]] as const) : row));
    const { wireCount, rounds } = circuit.system;
    const system = systemOf(changed, wireCount, 2, rounds as NonNullable<typeof rounds>);
    assert.match((await problemOf(final, writeR1cs(system))) ?? '', /^section \w+ is not the circuit's$/);
    const moved = tampered(({ roundOneCount }) => ({ roundOneCount: roundOneCount - 1 }));
    assert.equal(await problemOf(moved), "the header's roundOneCount is 13; the circuit's is 14");
  });

  it('finds what was changed in the fixed parts', async () => {
    const swapFirst = (points: Uint8Array): Uint8Array => {
      const out = points.slice();
      out.copyWithin(0, G1_BYTES, 2 * G1_BYTES);
      return out;
    };
    assert.equal(
      await problemOf(tampered(({ ic }) => ({ ic: swapFirst(ic) }))),
      "section ic is not the circuit's",
    );
    assert.equal(
      await problemOf(tampered(() => ({ alpha1: G1_GENERATOR }))),
      'alpha, beta or gamma are not those of the Powers of Tau file',
    );
    assert.equal(
      await problemOf(withContributions(of => ({ ...of, circuitHash: new Uint8Array(64) }))),
      "the circuit hash is not the circuit's",
    );
  });

  it('finds points that are not over their delta', async () => {
    const { roundOneCount } = readUltraGrothZkey(final);
    const exchange = (at: number): Uint8Array =>
      tampered(({ c }) => {
        const out = c.slice();
        out.set(c.subarray((at + 1) * G1_BYTES, (at + 2) * G1_BYTES), at * G1_BYTES);
        return { c: out };
      });
    assert.equal(await problemOf(exchange(2)), "the points of round 1 are not the circuit's over delta 1");
    assert.equal(
      await problemOf(exchange(roundOneCount + 1)),
      "the points of round 2, or of the quotient, are not the circuit's over delta 2",
    );
    assert.equal(
      await problemOf(tampered(({ h }) => ({ h: h.slice().fill(0, 0, G1_BYTES) }))),
      "the points of round 2, or of the quotient, are not the circuit's over delta 2",
    );
  });

  it('finds deltas that the contributions do not give, that are unset, or equal', async () => {
    const key = readUltraGrothZkey(final);
    assert.equal(
      await problemOf(tampered(() => ({ roundOneDelta1: key.delta1, roundOneDelta2: key.delta2 }))),
      'delta 1 is not what the contributions give',
    );
    assert.equal(
      await problemOf(tampered(() => ({ delta2: G2_GENERATOR }))),
      'delta 2 is not what the contributions give',
    );
  });

  it('finds contributions that are missing, reordered, changed, or prove another secret', async () => {
    const without = withContributions(of => ({ ...of, list: of.list.slice(1) }));
    assert.equal(await problemOf(without), 'contribution 0 does not prove what it did to delta 1');
    const reordered = withContributions(of => ({
      ...of,
      list: [of.list[1], of.list[0], of.list[2]] as never,
    }));
    assert.equal(await problemOf(reordered), 'contribution 0 does not prove what it did to delta 1');
    const swapped = withContributions(of => ({
      ...of,
      list: of.list.map((each, i) =>
        i === 1 ? { ...each, deltas: [each.deltas[1], each.deltas[0]] } : each,
      ),
    }));
    assert.equal(await problemOf(swapped), 'contribution 1 does not prove what it did to delta 1');
    const secondOnly = withContributions(of => ({
      ...of,
      list: of.list.map((each, i) =>
        i === 1
          ? {
              ...each,
              deltas: [each.deltas[0], { ...each.deltas[1], deltaAfter: each.deltas[0].deltaAfter }],
            }
          : each,
      ),
    }));
    assert.equal(await problemOf(secondOnly), 'contribution 1 does not prove what it did to delta 2');
  });

  it('finds a beacon that was not applied', async () => {
    const other = withContributions(of => ({
      ...of,
      list: of.list.map((each, i) => (i === 2 ? { ...each, beacon: new Uint8Array(32) } : each)),
    }));
    assert.equal(await problemOf(other), 'contribution 2 is not what its beacon gives');
    const person = await contribute(kernel, initial, { name: 'Eve' });
    const claimed = ((): Uint8Array => {
      const key = readUltraGrothZkey(person);
      const parsed = parseUltraGrothContributions(key.contributions);
      const list = parsed.list.map(each => ({
        ...each,
        kind: 'beacon' as const,
        beacon: new Uint8Array(32),
        iterationsExponent: 10,
      }));
      return writeUltraGrothZkey({
        ...key,
        contributions: printUltraGrothContributions({ ...parsed, list }),
      });
    })();
    assert.equal(await problemOf(claimed), 'contribution 0 is not what its beacon gives');
  });

  it('multiplies both deltas by different secrets', () => {
    const { roundOneDelta1, delta1, c, roundOneCount } = readUltraGrothZkey(final);
    assert.notDeepEqual(roundOneDelta1, delta1);
    const last = decodeG1(c.subarray((roundOneCount - 1) * G1_BYTES, roundOneCount * G1_BYTES)) as G1Point;
    assert.notDeepEqual(encodeG1(last), readUltraGrothZkey(initial).c.subarray(0, G1_BYTES));
    assert.equal(encodeG2(readUltraGrothZkey(initial).delta2).length, 128);
  });

  it('refuses names and beacons that do not fit, and kernels without ceremony functions', async () => {
    for (const name of ['', 'x'.repeat(65)]) {
      await assertRejectsCode(
        () => contribute(kernel, initial, { name }),
        'USAGE',
        `The contributor's name takes ${name.length} bytes; 1 to 64 are expected. Give one that fits.`,
      );
    }
    await assertRejectsCode(
      () => applyBeacon(kernel, initial, { name: 'b', beacon: 'xyz', iterationsExponent: 10 }),
      'USAGE',
      'The beacon is "xyz"; up to 255 bytes in hexadecimal are expected.',
    );
    await assertRejectsCode(
      () => applyBeacon(kernel, initial, { name: 'b', beacon: BEACON, iterationsExponent: 9 }),
      'USAGE',
      "The beacon's exponent is 9; 10 to 63 is expected.",
    );
    const wasm = await createFfjavascriptKernel({ threads: 1 });
    await assertRejectsCode(() => contribute(wasm, initial, { name: 'Ada' }), 'MISSING_KERNEL');
    await assertRejectsCode(() => loadProvingKey(wasm, final), 'MISSING_KERNEL');
    await wasm.close();
  });

  it('sets up only what passes the static check', async () => {
    const { wireCount, rounds } = circuit.system;
    const { challenge, keys } = circuit.at;
    const rows = [...circuit.rows, [[[challenge, 1]], [[keys, 1]], [[keys + 1, 1]]]] as typeof circuit.rows;
    const unsound = writeR1cs(systemOf(rows, wireCount, 2, rounds as NonNullable<typeof rounds>));
    await assertRejectsCode(() => setupFromPtau(kernel, unsound, ptau), 'UNDER_CONSTRAINED');
  });
});
