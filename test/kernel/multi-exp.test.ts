import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import { decodeG1, decodeG2, encodeG1, encodeG2 } from '../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { mod, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { type Engine, startEngine } from '../support/ffjavascript-kernel/engine.ts';
import { buildTable, multiplyGenerator } from '../support/ffjavascript-kernel/fixed-base.ts';
import { classifyScalars, multiplySum, sparsePoints } from '../support/ffjavascript-kernel/multi-exp.ts';

const SEED = 20240615;
const LIMB = 2n ** 64n;

/** Values at the borders between classes of scalars, and ordinary ones. */
const scalar = fc.oneof(
  fc.constantFrom(0n, 1n, 2n, r - 1n, r - 2n),
  fc.constantFrom(LIMB - 1n, LIMB, LIMB + 1n, r - LIMB + 1n, r - LIMB, r - LIMB - 1n),
  // r - 1 and below share r's upper limbs until r's lowest limb is used up.
  fc.constantFrom(r - (r % LIMB), r - (r % LIMB) - 1n, r - (r % LIMB) + 1n),
  fc.bigInt(0n, 1000n),
  fc.bigInt(r - 1000n, r - 1n),
  fc.bigInt(0n, r - 1n),
);
/** Multiples of the generator: small ones, so that points repeat, are opposite, and infinite. */
const multiple = fc.oneof(fc.bigInt(0n, 4n), fc.bigInt(r - 4n, r - 1n), fc.bigInt(0n, r - 1n));

const g1Of = (k: bigint): readonly [bigint, bigint] => {
  if (k === 0n) return [0n, 0n];
  const { x, y } = bn254.G1.Point.BASE.multiply(k).toAffine();
  return [x, y];
};
const g2Of = (k: bigint) => {
  if (k === 0n) {
    return [
      [0n, 0n],
      [0n, 0n],
    ] as const;
  }
  const { x, y } = bn254.G2.Point.BASE.multiply(k).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ] as const;
};

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

function scalarBytes(scalars: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(scalars.length * 32);
  scalars.forEach((value, i) => {
    writeBigint(bytes, i * 32, value, 32);
  });
  return bytes;
}

describe('multi-scalar multiplication', () => {
  let engine: Engine;

  before(async () => {
    engine = await startEngine();
  });
  after(() => engine.close());

  const sumG1 = async (multiples: readonly bigint[], scalars: readonly bigint[], offset = 0) => {
    const points = sparsePoints('g1m', concatenate(multiples.map(k => encodeG1(g1Of(k)))), offset);
    const sum = await multiplySum(engine, points, classifyScalars(scalarBytes(scalars)), 'test');
    return decodeG1(engine.curve.G1.toAffine(sum));
  };
  const expected = (multiples: readonly bigint[], scalars: readonly bigint[]): bigint =>
    mod(
      multiples.reduce((sum, k, i) => sum + k * (scalars[i] as bigint), 0n),
      r,
    );

  it('agrees with one multiplication of the generator in G1', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(multiple, scalar), { maxLength: 40 }), async pairs => {
        const multiples = pairs.map(([k]) => k);
        const scalars = pairs.map(([, s]) => s);
        assert.deepEqual(await sumG1(multiples, scalars), g1Of(expected(multiples, scalars)));
      }),
      { seed: SEED, numRuns: 40 },
    );
  });

  it('agrees with one multiplication of the generator in G2', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(multiple, scalar), { maxLength: 12 }), async pairs => {
        const multiples = pairs.map(([k]) => k);
        const scalars = pairs.map(([, s]) => s);
        const points = sparsePoints('g2m', concatenate(multiples.map(k => encodeG2(g2Of(k)))), 0);
        const sum = await multiplySum(engine, points, classifyScalars(scalarBytes(scalars)), 'test');
        assert.deepEqual(decodeG2(engine.curve.G2.toAffine(sum)), g2Of(expected(multiples, scalars)));
      }),
      { seed: SEED, numRuns: 20 },
    );
  });

  it('agrees on thousands of points, over several windows', async () => {
    const multiples = Array.from({ length: 3000 }, (_, i) => BigInt((i % 7) + 1));
    let state = 12345n;
    const scalars = multiples.map(() => {
      state = (state * state + 7n) % r;
      return state;
    });
    const encoded = Array.from({ length: 8 }, (_, k) => encodeG1(g1Of(BigInt(k))));
    const bytes = concatenate(multiples.map(k => encoded[Number(k)] as Uint8Array));
    const points = sparsePoints('g1m', bytes, 0);
    const sum = await multiplySum(engine, points, classifyScalars(scalarBytes(scalars)), 'test');
    assert.deepEqual(decodeG1(engine.curve.G1.toAffine(sum)), g1Of(expected(multiples, scalars)));
  });

  it('takes the scalar at the offset of the first point', async () => {
    assert.deepEqual(await sumG1([1n, 0n, 2n], [9n, 9n, 3n, 5n, 7n], 2), g1Of(17n));
  });

  it('is infinite for no points', async () => {
    assert.deepEqual(await sumG1([], []), [0n, 0n]);
    assert.deepEqual(await sumG1([5n, 5n], [3n, r - 3n]), [0n, 0n]);
  });
});

describe('multiples of the generator', () => {
  let engine: Engine;

  before(async () => {
    engine = await startEngine();
  });
  after(() => engine.close());

  const scalars = [
    0n,
    1n,
    2n,
    15n,
    16n,
    255n,
    256n,
    r - 1n,
    r - 2n,
    2n ** 253n,
    2n ** 253n - 1n,
    0n,
    77n,
    LIMB,
  ];

  it('agree with slow multiplication, for every window size', async () => {
    for (const count of [10, 1000, 10_000, 1 << 17]) {
      const table = await buildTable(engine, 'g1m', count);
      const points = await multiplyGenerator(engine, table, scalars, 'test');
      scalars.forEach((k, i) => {
        assert.deepEqual(decodeG1(points.subarray(i * 64, i * 64 + 64)), g1Of(k), `${k} of ${count}`);
      });
    }
    for (const count of [10, 1000]) {
      const table = await buildTable(engine, 'g2m', count);
      const points = await multiplyGenerator(engine, table, scalars, 'test');
      scalars.forEach((k, i) => {
        assert.deepEqual(decodeG2(points.subarray(i * 128, i * 128 + 128)), g2Of(k), `${k} of ${count}`);
      });
    }
  });

  it('are in order across tasks', async () => {
    const table = await buildTable(engine, 'g1m', 10);
    const many = Array.from({ length: 9000 }, (_, i) => BigInt(i % 5));
    const points = await multiplyGenerator(engine, table, many, 'test');
    for (const i of [0, 1, 4095, 5119, 5120, 8191, 8999]) {
      assert.deepEqual(decodeG1(points.subarray(i * 64, i * 64 + 64)), g1Of(many[i] as bigint), `point ${i}`);
    }
  });
});
