/** What ceremonies are made of, on every instruction set, against @noble/curves, @noble/hashes and ffjavascript. */
import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { buildBn128, ChaCha, type Curve } from 'ffjavascript';
import { encodeG1, encodeG2, printForHash } from '../../converters/keys-to-iden3/index.ts';
import { writeBigint } from '../../src/bytes/index.ts';
import { power as powerOf, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  type CeremonyKernel,
  isNativeKernelBuilt,
  type NativeKernel,
  nativeKernel,
  randomBytes,
} from '../../src/kernel/index.ts';
import type { NativePath } from '../../src/kernel/native-addon.ts';
import { assertRejectsCode } from '../support/errors.ts';
import { numberStream } from './native-support.ts';

const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
const INFINITY = new Uint8Array(64);
/** A point of order 10069 of the twist has the subgroup check's hardest order; this is the cofactor's least prime. */
const LEAST_PRIME = 10069n;
const COFACTOR = 21888242871839275222246405745257275088844257914179612981679871602714643921549n;

function scalarBytes(...values: bigint[]): Uint8Array {
  const out = new Uint8Array(32 * values.length);
  values.forEach((value, i) => {
    writeBigint(out, 32 * i, value, 32);
  });
  return out;
}
function fileG1(point: InstanceType<typeof G1>): Uint8Array {
  if (point.is0()) return INFINITY;
  const { x, y } = point.toAffine();
  return encodeG1([x, y]);
}
function fileG2(point: InstanceType<typeof G2>): Uint8Array {
  if (point.is0()) return new Uint8Array(128);
  const { x, y } = point.toAffine();
  return encodeG2([
    [x.c0, x.c1],
    [y.c0, y.c1],
  ]);
}
function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

for (const path of ['portable', 'adx', 'ifma'] as const satisfies readonly NativePath[]) {
  describe(`ceremony functions on path ${path}`, function () {
    this.timeout(60_000);
    let native: NativeKernel;
    let kernel: CeremonyKernel;
    const random = numberStream(path.length + 40);

    before(async function () {
      if (!isNativeKernelBuilt()) return this.skip();
      try {
        native = await nativeKernel({ path, threads: 2 });
      } catch {
        return this.skip(); // not on this processor
      }
      kernel = native.ceremony as CeremonyKernel;
    });
    after(() => native?.close());

    /** Generator, equal and opposite neighbours, infinity, and others. */
    const logs = (count: number): bigint[] =>
      Array.from({ length: count }, (_, i) =>
        i % 7 === 0 ? 0n : i % 7 === 1 ? 1n : i % 7 === 2 ? 1n : i % 7 === 3 ? r - 1n : random(r - 1n) + 1n,
      );

    it('multiplies many points by one scalar', async () => {
      const few = logs(20);
      const points = concat(few.map(log => fileG1(G1.BASE.multiplyUnsafe(log))));
      const edges = [1n, 2n, 3n, 15n, 16n, 17n, 63n, 64n, 65n, r - 1n, r - 2n, r - 6n, r - 30n, r - 66n];
      for (const scalar of [...edges, random(r - 1n) + 1n, (r - 1n) / 2n]) {
        const expected = concat(few.map(log => fileG1(G1.BASE.multiplyUnsafe((log * scalar) % r))));
        assert.deepEqual(await kernel.scale(points, scalarBytes(scalar)), expected, `scalar ${scalar}`);
      }
      assert.equal((await kernel.scale(new Uint8Array(), scalarBytes(5n))).length, 0);
    });

    it('works across the borders of its pieces', async () => {
      const cycle = logs(50).map(log => fileG1(G1.BASE.multiplyUnsafe(log)));
      const scalar = random(r - 1n) + 1n;
      const products = await kernel.scale(concat(cycle), scalarBytes(scalar));
      for (const count of [1, 8, 1023, 1024, 1025, 2500]) {
        const points = concat(Array.from({ length: count }, (_, i) => cycle[i % 50] as Uint8Array));
        const scaled = await kernel.scale(points, scalarBytes(scalar));
        for (let i = 0; i < count; i++) {
          const at = (i % 50) * 64;
          assert.ok(
            Buffer.compare(scaled.subarray(64 * i, 64 * i + 64), products.subarray(at, at + 64)) === 0,
          );
        }
      }
    });

    it('multiplies single points and combines lists', async () => {
      for (const count of [0, 1, 2, 13, 100]) {
        const own = logs(count);
        const scalars = own.map((_, i) => (i % 5 === 0 ? 0n : i % 5 === 1 ? r - 1n : random(r)));
        const short = own.map((_, i) => (i % 5 === 0 ? 2n ** 128n - 1n : random(2n ** 128n)));
        const points1 = concat(own.map(log => fileG1(G1.BASE.multiplyUnsafe(log))));
        const points2 = concat(own.map(log => fileG2(G2.BASE.multiplyUnsafe(log))));
        const dot = (weights: readonly bigint[]): bigint =>
          own.reduce((sum, log, i) => (sum + log * (weights[i] as bigint)) % r, 0n);
        assert.deepEqual(
          await kernel.combine('G1', points1, scalarBytes(...scalars)),
          fileG1(G1.BASE.multiplyUnsafe(dot(scalars))),
        );
        assert.deepEqual(
          await kernel.combine('G2', points2, scalarBytes(...scalars)),
          fileG2(G2.BASE.multiplyUnsafe(dot(scalars))),
        );
        if (count === 0) continue;
        const halves = concat(short.map(value => scalarBytes(value).subarray(0, 16)));
        assert.deepEqual(
          await kernel.combine('G1', points1, halves),
          fileG1(G1.BASE.multiplyUnsafe(dot(short))),
        );
      }
      for (const scalar of [0n, 1n, r - 1n, random(r)]) {
        assert.deepEqual(
          await kernel.multiply('G2', fileG2(G2.BASE.multiply(3n)), scalarBytes(scalar)),
          fileG2(G2.BASE.multiplyUnsafe((3n * scalar) % r)),
        );
      }
    });

    it('carries weights from one basis to the other', async () => {
      const n = 64;
      const tau = random(r);
      const root = powerOf(5n, (r - 1n) / 64n, r);
      const wide = powerOf(5n, (r - 1n) / 128n, r);
      const weights = Array.from({ length: n }, () => random(r));
      const read = (bytes: Uint8Array, i: number): bigint =>
        BigInt(
          `0x${Buffer.from(bytes.subarray(32 * i, 32 * i + 32))
            .reverse()
            .toString('hex')}`,
        );
      const sum = (terms: readonly bigint[]): bigint => terms.reduce((total, term) => (total + term) % r, 0n);
      const lagrange = (x: bigint, size: number): bigint =>
        ((((powerOf(tau, BigInt(size), r) - 1n + r) * x) % r) *
          powerOf((BigInt(size) * ((tau - x + r) % r)) % r, r - 2n, r)) %
        r;
      const dual = scalarBytes(...weights);
      await kernel.lagrangeDual(dual);
      assert.equal(
        sum(weights.map((w, j) => w * lagrange(powerOf(root, BigInt(j), r), n))),
        sum(weights.map((_, i) => read(dual, i) * powerOf(tau, BigInt(i), r))),
      );
      const odd = scalarBytes(...weights);
      await kernel.lagrangeOdd(odd);
      assert.equal(
        sum(
          weights.map((w, i) => w * ((powerOf(tau, BigInt(i + n), r) - powerOf(tau, BigInt(i), r) + r) % r)),
        ),
        sum(weights.map((_, j) => read(odd, j) * lagrange(powerOf(wide, BigInt(2 * j + 1), r), 2 * n))),
      );
    });

    it('hashes as the standards say, in any pieces', async () => {
      for (const size of [0, 1, 127, 128, 129, 256, 1000]) {
        const bytes = randomBytes(size);
        const hash = await kernel.openHash();
        await hash.update(bytes.subarray(0, size >> 1));
        await hash.repeat(bytes.subarray(size >> 1), 3);
        const tail = bytes.subarray(size >> 1);
        const expected = blake2b(concat([bytes.subarray(0, size >> 1), tail, tail, tail]), { dkLen: 64 });
        assert.deepEqual(await hash.digest(), expected);
      }
      let beacon: Uint8Array = randomBytes(200);
      const once = beacon;
      for (let i = 0; i < 16; i++) beacon = sha256(beacon);
      assert.deepEqual(await kernel.hashBeacon(once, 4), beacon);
      const points = [fileG2(G2.BASE), new Uint8Array(128), fileG2(G2.BASE.multiply(9n))];
      const hash = await kernel.openHash();
      await hash.points('G2', concat(points));
      assert.deepEqual(await hash.digest(), blake2b(concat(points.map(printForHash)), { dkLen: 64 }));
    });

    it('draws points and keys as snarkjs does', async () => {
      const shared = globalThis as { curve_bn128?: Curve };
      const curve = await buildBn128();
      const seed = randomBytes(32);
      const view = new DataView(seed.buffer);
      const words = Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i));
      assert.deepEqual(await kernel.deriveG2(seed), curve.G2.toAffine(curve.G2.fromRng(new ChaCha(words))));
      const stream = new ChaCha(words);
      const scalars = [curve.Fr.fromRng(stream), curve.Fr.fromRng(stream)].map(x =>
        curve.Fr.fromMontgomery(x),
      );
      const points = [curve.G1.fromRng(stream), curve.G1.fromRng(stream)];
      assert.deepEqual(await kernel.deriveKeys(seed, 2), { scalars, points });
      await curve.terminate();
      delete shared.curve_bn128;
    });

    it('finds points outside of the subgroup, alone and among many', async () => {
      const point = twistPoint();
      assert.ok(!timesOrder(point).is0());
      const ofLeastOrder = timesOrder(point).multiplyUnsafe(COFACTOR / LEAST_PRIME);
      assert.ok(!ofLeastOrder.is0() && ofLeastOrder.multiplyUnsafe(LEAST_PRIME).is0());
      const few = Array.from({ length: 9 }, (_, i) => fileG2(G2.BASE.multiply(BigInt(i + 1))));
      const good = concat(Array.from({ length: 400 }, (_, i) => few[i % 9] as Uint8Array));
      await kernel.checkSubgroup(good);
      await kernel.checkSubgroup(good.subarray(0, 128));
      for (const bad of [point, ofLeastOrder])
        for (const count of [3, 400]) {
          const points = good.slice(0, 128 * count);
          points.set(fileG2(bad), 256);
          await assertRejectsCode(
            () => kernel.checkSubgroup(points),
            'MALFORMED_KEY',
            /^The native kernel failed while checking points: (point 2|a point) is not in the subgroup of order r\. Is the file corrupt\?$/,
          );
        }
    });

    it('pairs', async () => {
      const g1 = (log: bigint): Uint8Array => fileG1(G1.BASE.multiplyUnsafe(((log % r) + r) % r));
      const g2 = (log: bigint): Uint8Array => fileG2(G2.BASE.multiplyUnsafe(log));
      assert.equal(await kernel.pairingIsOne(concat([g1(6n), g1(-15n)]), concat([g2(5n), g2(2n)])), true);
      assert.equal(await kernel.pairingIsOne(concat([g1(6n), g1(-15n)]), concat([g2(5n), g2(3n)])), false);
      assert.equal(await kernel.pairingIsOne(INFINITY, g2(3n)), true);
      assert.equal(await kernel.pairingIsOne(new Uint8Array(), new Uint8Array()), true);
    });

    it('refuses scalars and points out of range', async () => {
      const one = fileG1(G1.BASE);
      const text = (what: string): RegExp => new RegExp(`^The native kernel failed while ${what}`);
      await assertRejectsCode(
        () => kernel.scale(one, scalarBytes(r)),
        'KERNEL_FAILED',
        text('multiplying points: scalar 0 is not below r'),
      );
      await assertRejectsCode(
        () => kernel.scale(one, scalarBytes(0n)),
        'KERNEL_FAILED',
        text('multiplying points: the scalar is 0'),
      );
      await assertRejectsCode(
        () => kernel.combine('G1', one, scalarBytes(r)),
        'KERNEL_FAILED',
        text('combining points: scalar 0 is not below r'),
      );
      await assertRejectsCode(
        () => kernel.combine('G1', one, new Uint8Array(7)),
        'KERNEL_FAILED',
        '1 points came with 7 bytes of scalars; 16 or 32 for each are expected. Cut both alike.',
      );
      const wide = new Uint8Array(64).fill(255);
      await assertRejectsCode(
        () => kernel.combine('G1', wide, scalarBytes(1n)),
        'MALFORMED_KEY',
        /coordinate of point 0 is not below q/,
      );
      await assertRejectsCode(
        () => kernel.multiply('G1', new Uint8Array(64).fill(1), scalarBytes(1n)),
        'MALFORMED_KEY',
        /the point is not on the curve/,
      );
      const hash = await kernel.openHash(new Uint8Array(216).fill(200));
      await assertRejectsCode(
        () => hash.update(one),
        'KERNEL_FAILED',
        text('hashing: the state of the hash has more than a block waiting'),
      );
    });
  });
}

/** r P; noble refuses the scalar r itself. */
function timesOrder(point: InstanceType<typeof G2>): InstanceType<typeof G2> {
  return point.multiplyUnsafe(r - 1n).add(point);
}

/** A point of the twist outside of the subgroup of order r: the first one with a small x. */
function twistPoint(): InstanceType<typeof G2> {
  const { Fp2 } = bn254.fields;
  const { b } = G2.CURVE();
  for (let x = 1n; x < 100n; x++) {
    const c = Fp2.fromBigTuple([x, 0n]);
    const square = Fp2.add(Fp2.mul(Fp2.sqr(c), c), b);
    let y: ReturnType<typeof Fp2.sqrt>;
    try {
      y = Fp2.sqrt(square);
    } catch {
      continue; // not a square
    }
    return G2.fromAffine({ x: c, y });
  }
  throw new Error('no point with a small x');
}
