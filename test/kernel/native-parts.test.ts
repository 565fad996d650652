/** The engines' parts against @noble/curves and plain bigints: native on every instruction set that this processor has, and WebAssembly. */
import assert from 'node:assert/strict';
import { bn254 } from '@noble/curves/bn254.js';
import { bytesToBigint, writeBigint } from '../../src/bytes/index.ts';
import { invertOrZero, BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import {
  FIELD,
  GROUP,
  type KernelHandle,
  NATIVE_PATHS,
  type NativeAddon,
  OPERATION,
} from '../../src/kernel/native-addon.ts';
import { isNativeKernelBuilt, loadAddon } from '../../src/kernel/native-loader.ts';
import { openAddon } from '../../src/kernel/wasm/addon.ts';
import { NODE_HOST } from '../../src/kernel/wasm/node-host.ts';
import { startTeam } from '../../src/kernel/wasm/team.ts';
import { numberStream, remembered } from './native-support.ts';

const G1 = bn254.G1.Point;
const G2 = bn254.G2.Point;
type PointG1 = InstanceType<typeof G1>;
type PointG2 = InstanceType<typeof G2>;

function pack(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 32);
  values.forEach((value, i) => {
    writeBigint(bytes, i * 32, value, 32);
  });
  return bytes;
}

function unpack(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    bytesToBigint(bytes.subarray(i * 32, i * 32 + 32)),
  );
}

function packG1(points: readonly PointG1[]): Uint8Array {
  return pack(points.flatMap(point => (point.is0() ? [0n, 0n] : [point.toAffine().x, point.toAffine().y])));
}

function packG2(points: readonly PointG2[]): Uint8Array {
  return pack(
    points.flatMap(point => {
      if (point.is0()) return [0n, 0n, 0n, 0n];
      const { x, y } = point.toAffine();
      return [x.c0, x.c1, y.c0, y.c1];
    }),
  );
}

/** sum of scalars[i] points[i], one at a time. */
function slowSumG1(points: readonly PointG1[], scalars: readonly bigint[]): PointG1 {
  return points.reduce((sum, point, i) => sum.add(point.multiplyUnsafe(scalars[i] as bigint)), G1.ZERO);
}

function slowSumG2(points: readonly PointG2[], scalars: readonly bigint[]): PointG2 {
  return points.reduce((sum, point, i) => sum.add(point.multiplyUnsafe(scalars[i] as bigint)), G2.ZERO);
}

const EDGE_SCALARS = [
  0n,
  1n,
  2n,
  r - 1n,
  r - 2n,
  (r - 1n) / 2n,
  (r + 1n) / 2n,
  1n << 128n,
  (1n << 253n) - 1n,
];

/** Points and scalars by name, `one` a small multiple and `other` another. */
function sumCases<P>(zero: P, one: P, other: P, opposite: P): [string, readonly P[], readonly bigint[]][] {
  const stream = numberStream(5);
  const repeat = <T>(count: number, make: (i: number) => T): T[] =>
    Array.from({ length: count }, (_, i) => make(i));
  return [
    ['no element', [], []],
    ['one element', [one], [stream(r)]],
    ['infinity alone', [zero], [stream(r)]],
    ['edge scalars', EDGE_SCALARS.map((_, i) => (i % 2 ? one : other)), EDGE_SCALARS],
    ['equal points', repeat(9, () => one), repeat(9, i => BigInt(i))],
    ['opposite points', [one, opposite], [7n, 7n]],
    ['opposite points with opposite scalars', [one, opposite], [7n, r - 7n]],
    ['repeated bases and equal scalars', repeat(70, i => (i % 3 ? one : other)), repeat(70, () => r - 3n)],
    [
      'a size that is no power of two, with infinities',
      repeat(37, i => (i % 4 ? other : zero)),
      repeat(37, () => stream(r)),
    ],
    ['bits', repeat(41, i => (i % 2 ? one : other)), repeat(41, i => BigInt(i % 2))],
    [
      'small numbers of both signs',
      repeat(20, () => one),
      repeat(20, i => (i % 2 ? BigInt(i) : r - BigInt(i + 1))),
    ],
  ];
}

/** Noble's sums by case. */
const sums = new Map<string, Uint8Array>();

interface Engine {
  readonly addon: NativeAddon;
  readonly kernel: KernelHandle;
  close(): void;
}

/** `undefined` where the addon is not built or the processor lacks the instructions. */
function openNative(path: 'portable' | 'adx' | 'ifma'): Engine | undefined {
  if (!isNativeKernelBuilt()) return undefined;
  const addon = loadAddon();
  try {
    const kernel = addon.open(NATIVE_PATHS.indexOf(path), 2);
    return { addon, kernel, close: () => addon.close(kernel) };
  } catch (error) {
    assert.equal((error as { status?: number }).status, 7, String(error));
    return undefined;
  }
}

async function openWasm(path: 'portable' | 'simd128'): Promise<Engine> {
  const team = await startTeam(NODE_HOST, { threads: 2, memoryMax: 2 ** 30 });
  const { addon, handle } = await openAddon(team, NATIVE_PATHS.indexOf(path));
  return { addon, kernel: handle, close: () => addon.close(handle) };
}

const ENGINES: Readonly<Record<string, () => Engine | undefined | Promise<Engine>>> = {
  'native portable': () => openNative('portable'),
  'native adx': () => openNative('adx'),
  'native ifma': () => openNative('ifma'),
  'WebAssembly portable': () => openWasm('portable'),
  'WebAssembly simd128': () => openWasm('simd128'),
};

for (const [name, open] of Object.entries(ENGINES)) {
  describe(`parts of ${name}`, () => {
    let engine: Engine | undefined;
    let addon: NativeAddon;
    let kernel: KernelHandle;

    before(async function () {
      engine = await open();
      if (engine === undefined) return this.skip();
      ({ addon, kernel } = engine);
    });
    after(() => engine?.close());

    for (const [name, field, p] of [
      ['coordinates', FIELD.fq, q],
      ['scalars', FIELD.fr, r],
    ] as const) {
      it(`computes on ${name} as bigints do`, async () => {
        const stream = numberStream(1);
        const edges = [
          0n,
          1n,
          2n,
          p - 1n,
          p - 2n,
          (p - 1n) / 2n,
          1n << 52n,
          (1n << 253n) - 1n,
          (1n << 64n) - 1n,
        ];
        const pairs = edges.flatMap(a => edges.map(b => [a, b] as const));
        for (let i = 0; i < 200; i++) pairs.push([stream(p), stream(p)]);
        const [left, right] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const expected = {
          add: pairs.map(([a, b]) => (a + b) % p),
          sub: pairs.map(([a, b]) => (p + a - b) % p),
          mul: pairs.map(([a, b]) => (a * b) % p),
          sqr: left.map(a => (a * a) % p),
          inverse: left.map(a => invertOrZero(a, p)),
        };
        for (const operation of ['add', 'sub', 'mul', 'sqr', 'inverse'] as const) {
          const out = await addon.fieldMap(kernel, field, OPERATION[operation], pack(left), pack(right));
          assert.deepEqual(unpack(out), expected[operation], operation);
        }
      });
    }

    it('refuses an element that is not below its prime', async () => {
      await assert.rejects(
        async () => await addon.fieldMap(kernel, FIELD.fr, OPERATION.mul, pack([1n, r]), pack([1n, 1n])),
        /^Error: element 1 is not below the prime$/,
      );
    });

    it('sums in G1 as noble does', async () => {
      const [one, other] = [G1.BASE.multiply(5n), G1.BASE.multiply(1234567n)];
      for (const [name, points, scalars] of sumCases(G1.ZERO, one, other, one.negate())) {
        const sum = await addon.msm(kernel, GROUP.g1, packG1(points), pack(scalars));
        const expected = remembered(sums, `G1 ${name}`, () => packG1([slowSumG1(points, scalars)]));
        assert.deepEqual(sum, expected, name);
      }
    });

    it('sums in G2 as noble does', async () => {
      const [one, other] = [G2.BASE.multiply(5n), G2.BASE.multiply(1234567n)];
      for (const [name, points, scalars] of sumCases(G2.ZERO, one, other, one.negate())) {
        const sum = await addon.msm(kernel, GROUP.g2, packG2(points), pack(scalars));
        const expected = remembered(sums, `G2 ${name}`, () => packG2([slowSumG2(points, scalars)]));
        assert.deepEqual(sum, expected, name);
      }
    });

    it('sums thousands of points: sum s_i (k_i G) = (sum s_i k_i) G', async () => {
      const stream = numberStream(9);
      const logs = Array.from({ length: 5000 }, (_, i) => (i % 7 === 0 ? 0n : stream(r)));
      const scalars = logs.map((_, i) => (i % 2 ? stream(r) : BigInt(i % 5)));
      const total = scalars.reduce((sum, s, i) => (sum + s * (logs[i] as bigint)) % r, 0n);
      for (const group of [GROUP.g1, GROUP.g2]) {
        const points = await addon.multiplyGenerator(kernel, group, pack(logs));
        const sum = await addon.msm(kernel, group, points, pack(scalars));
        assert.deepEqual(sum, await addon.multiplyGenerator(kernel, group, pack([total])));
      }
    });

    it('multiplies the generators as noble does', async () => {
      const scalars = [...EDGE_SCALARS, 3n, 1n << 200n];
      assert.deepEqual(
        await addon.multiplyGenerator(kernel, GROUP.g1, pack(scalars)),
        packG1(scalars.map(k => G1.BASE.multiplyUnsafe(k))),
      );
      assert.deepEqual(
        await addon.multiplyGenerator(kernel, GROUP.g2, pack(scalars)),
        packG2(scalars.map(k => G2.BASE.multiplyUnsafe(k))),
      );
    });

    it('transforms as the definition says', async () => {
      const stream = numberStream(3);
      for (const power of [0, 1, 2, 5, 6, 7]) {
        const size = 2 ** power;
        const values = Array.from({ length: size }, (_, i) => (i % 9 === 8 ? r - 1n : stream(r)));
        const root = powerMod(5n, (r - 1n) / BigInt(size));
        const expected = values.map((_, j) => evaluate(values, powerMod(root, BigInt(j))));
        assert.deepEqual(unpack(await addon.transform(kernel, pack(values))), expected, `2^${power}`);
      }
    });

    it('transforms thousands of values linearly and invertibly', async () => {
      const size = 2 ** 11;
      const stream = numberStream(4);
      const values = Array.from({ length: size }, () => stream(r));
      const twice = unpack(await addon.transform(kernel, await addon.transform(kernel, pack(values))));
      // Twice the transform: size * values[-j].
      assert.deepEqual(
        twice,
        values.map((_, j) => ((values[(size - j) % size] as bigint) * BigInt(size)) % r),
      );
    });
  });
}

function powerMod(base: bigint, exponent: bigint): bigint {
  let [out, square] = [1n, base];
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) out = (out * square) % r;
    square = (square * square) % r;
  }
  return out;
}

function evaluate(coefficients: readonly bigint[], x: bigint): bigint {
  return coefficients.reduceRight((sum, c) => (sum * x + c) % r, 0n);
}
