import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import fc from 'fast-check';
import {
  decodeG1,
  decodeG2,
  encodeG1,
  encodeG2,
  equalG2,
  G1_GENERATOR,
  G2_GENERATOR,
  isInfinityG1,
  isInfinityG2,
  isValidG1,
  isValidG2,
} from '../../../converters/keys-to-iden3/index.ts';
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { G1Point, G2Point } from '../../../src/kernel/types.ts';
import { OUTSIDE_G2 } from '../../ultragroth/points.ts';

const SEED = 20240613;
const scalar = fc.oneof(fc.bigInt(1n, 5n), fc.bigInt(r - 5n, r - 1n), fc.bigInt(1n, r - 1n));

function g1(k: bigint): G1Point {
  const { x, y } = bn254.G1.Point.BASE.multiply(k).toAffine();
  return [x, y];
}

function g2(k: bigint): G2Point {
  const { x, y } = bn254.G2.Point.BASE.multiply(k).toAffine();
  return [
    [x.c0, x.c1],
    [y.c0, y.c1],
  ];
}

/** The twist has r times this many points. */
const COFACTOR = 2n * q - r;
/** Two of its prime factors; the first is the least. */
const [LEAST_PRIME, NEXT_PRIME] = [10069n, 5864401n];

describe('BN254 membership', () => {
  it('has the generators of EIP-197', () => {
    assert.deepEqual(G1_GENERATOR, g1(1n));
    assert.deepEqual(G2_GENERATOR, g2(1n));
  });

  it('accepts the multiples of the generators, and infinity', () => {
    fc.assert(
      fc.property(scalar, k => isValidG1(g1(k)) && isValidG2(g2(k))),
      { seed: SEED, numRuns: 30 },
    );
    assert.ok(isValidG1([0n, 0n]) && isInfinityG1([0n, 0n]) && !isInfinityG1([0n, 1n]));
    const infinity: G2Point = [
      [0n, 0n],
      [0n, 0n],
    ];
    assert.ok(isValidG2(infinity) && isInfinityG2(infinity) && !isInfinityG2(G2_GENERATOR));
  });

  it('rejects points beside the curve', () => {
    fc.assert(
      fc.property(scalar, fc.nat(1), fc.bigInt(1n, q - 1n), (k, which, offset) => {
        const point = [...g1(k)] as [bigint, bigint];
        point[which] = ((point[which] as bigint) + offset) % q;
        // Only -P and the two other cube roots of x^3 are on the curve too.
        const onCurve = (point[1] ** 2n - point[0] ** 3n - 3n) % q === 0n;
        return isValidG1(point) === onCurve;
      }),
      { seed: SEED },
    );
    const [x, [y0, y1]] = G2_GENERATOR;
    assert.equal(isValidG2([x, [y0 + 1n, y1]]), false);
    assert.equal(isValidG2([x, [y1, y0]]), false);
  });

  it('rejects coordinates that are not canonical', () => {
    assert.equal(isValidG1([1n + q, 2n]), false);
    assert.equal(isValidG1([1n, 2n - q]), false);
    const [[x0, x1], y] = G2_GENERATOR;
    assert.equal(isValidG2([[x0, x1 + q], y]), false);
  });

  it('rejects points of the twist outside of the subgroup', () => {
    const [[x0, x1], [y0, y1]] = OUTSIDE_G2;
    const outside = bn254.G2.Point.fromAffine({ x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } });
    // Of the cofactor's order and of the orders of its small factors, alone and with a part of order r.
    const alone = outside.multiplyUnsafe(r - 1n).add(outside);
    const bad = [LEAST_PRIME, NEXT_PRIME, LEAST_PRIME * NEXT_PRIME].map(order => {
      const point = alone.multiplyUnsafe(COFACTOR / order);
      assert.ok(!point.is0() && point.multiplyUnsafe(order).is0());
      return point;
    });
    for (const point of [outside, alone, ...bad]) {
      for (const sum of [point, point.negate(), point.add(bn254.G2.Point.BASE)]) {
        assert.equal(sum.isTorsionFree(), false);
        const { x, y } = sum.toAffine();
        assert.equal(
          isValidG2([
            [x.c0, x.c1],
            [y.c0, y.c1],
          ]),
          false,
        );
      }
    }
  });

  it('compares points by value', () => {
    assert.ok(equalG2(g2(3n), g2(3n)));
    assert.ok(!equalG2(g2(3n), g2(r - 3n)));
    assert.ok(!equalG2(g2(3n), g2(4n)));
  });
});

describe('point bytes', () => {
  it('are little-endian Montgomery coordinates', () => {
    const one = (1n << 256n) % q;
    const hex = (value: bigint): string =>
      value.toString(16).padStart(64, '0').match(/../g)?.reverse().join('') ?? '';
    assert.equal(Buffer.from(encodeG1([1n, 2n])).toString('hex'), hex(one) + hex((2n * one) % q));
  });

  it('read back what was written', () => {
    fc.assert(
      fc.property(scalar, k => {
        assert.deepEqual(decodeG1(encodeG1(g1(k))), g1(k));
        assert.deepEqual(decodeG2(encodeG2(g2(k))), g2(k));
      }),
      { seed: SEED, numRuns: 30 },
    );
    assert.deepEqual(decodeG1(new Uint8Array(64)), [0n, 0n]);
  });

  it('are not read when a coordinate is not canonical', () => {
    const bytes = new Uint8Array(128);
    bytes.fill(0xff, 96);
    assert.equal(decodeG2(bytes), undefined);
    assert.equal(decodeG1(bytes.subarray(64)), undefined);
  });
});
