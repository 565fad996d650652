/**
 * Parts of the kernels side by side: field, sums of points, multiples of a generator, transform, verification, on each
 * instruction set, in ffjavascript and (smaller sizes) in @noble/curves. Medians; one thread unless said.
 *
 * Run: npx tsx bench/micro/kernel-parts.ts [rounds = 5]
 */
import { bn254 } from '@noble/curves/bn254.js';
import { buildBn128 } from 'ffjavascript';
import { writeBigint } from '../../src/bytes/index.ts';
import { BN254_SCALAR_PRIME as r } from '../../src/field/index.ts';
import { drawToxicWaste, exportVerificationKey } from '../../src/groth16/index.ts';
import { nativeKernel } from '../../src/kernel/index.ts';
import { FIELD, GROUP, NATIVE_PATHS, OPERATION } from '../../src/kernel/native-addon.ts';
import { loadAddon } from '../../src/kernel/native-loader.ts';
import { benchCircuit } from '../stages/circuit.ts';

const POWER = 14;
const SIZE = 2 ** POWER;
const rounds = Number(process.argv[2] ?? 5);

const rows: string[][] = [];
const scalars = new Uint8Array(SIZE * 32);
for (let i = 0; i < SIZE; i++) writeBigint(scalars, i * 32, (BigInt(i) + 3n) ** 171n % r, 32);

await benchNative();
await benchFfjavascript();
await benchNoble();
console.log(
  `| engine | part | time |\n|---|---|---|\n${rows.map(row => `| ${row.join(' | ')} |`).join('\n')}`,
);
process.exit(0); // ffjavascript leaves workers behind

async function benchNative(): Promise<void> {
  const addon = loadAddon();
  for (const path of ['portable', 'adx', 'ifma'] as const) {
    let handle: ReturnType<typeof addon.open>;
    try {
      handle = addon.open(NATIVE_PATHS.indexOf(path), 1);
    } catch {
      rows.push([path, 'not on this processor', '-']);
      continue;
    }
    const points1 = await addon.multiplyGenerator(handle, GROUP.g1, scalars);
    const points2 = await addon.multiplyGenerator(handle, GROUP.g2, scalars);
    await add(path, 'field product, with conversions', SIZE, () =>
      addon.fieldMap(handle, FIELD.fq, OPERATION.mul, scalars, scalars),
    );
    await add(path, `G1 sum of 2^${POWER}, a point`, SIZE, () =>
      addon.msm(handle, GROUP.g1, points1, scalars),
    );
    await add(path, `G2 sum of 2^${POWER}, a point`, SIZE, () =>
      addon.msm(handle, GROUP.g2, points2, scalars),
    );
    await add(path, 'multiple of the G1 generator', SIZE, () =>
      addon.multiplyGenerator(handle, GROUP.g1, scalars),
    );
    await add(path, 'multiple of the G2 generator', SIZE, () =>
      addon.multiplyGenerator(handle, GROUP.g2, scalars),
    );
    await add(path, `transform of 2^${POWER}, with conversions`, 1, () => addon.transform(handle, scalars));
    addon.close(handle);
    await benchVerification(path);
  }
}

async function benchVerification(path: 'portable' | 'adx' | 'ifma'): Promise<void> {
  const kernel = await nativeKernel({ path, threads: 1 });
  const { r1cs, witness, publicInputs } = benchCircuit(6, 'mixed');
  const zkey = await kernel.setup(r1cs, drawToxicWaste());
  const key = await kernel.loadProvingKey(zkey);
  const verificationKey = exportVerificationKey(zkey);
  const proof = await kernel.prove(key, witness);
  const batch = Array.from({ length: 100 }, () => ({ publicInputs, proof }));
  await add(path, 'verification of one proof', 1, () => kernel.verify(verificationKey, publicInputs, proof));
  await add(path, 'verification in a batch of 100, a proof', 100, () =>
    kernel.verifyBatch(verificationKey, batch),
  );
  await kernel.close();
}

/** What is used of ffjavascript here and not declared for the rest of the project. */
interface BulkGroup {
  readonly g: Uint8Array;
  batchApplyKey(points: Uint8Array, first: Uint8Array, factor: Uint8Array): Promise<Uint8Array>;
  batchToAffine(points: Uint8Array): Promise<Uint8Array>;
  multiExpAffine(points: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>;
}
interface BulkCurve {
  readonly G1: BulkGroup;
  readonly G2: BulkGroup;
  readonly Fr: { e(value: bigint): Uint8Array; fft(values: Uint8Array): Promise<Uint8Array> };
}

async function benchFfjavascript(): Promise<void> {
  const curve = (await buildBn128(true)) as unknown as BulkCurve;
  const { G1, G2, Fr } = curve;
  const points1 = await G1.batchToAffine(await G1.batchApplyKey(repeated(G1.g, SIZE), Fr.e(3n), Fr.e(5n)));
  const points2 = await G2.batchToAffine(await G2.batchApplyKey(repeated(G2.g, 2 ** 10), Fr.e(3n), Fr.e(5n)));
  await add('ffjavascript', `G1 sum of 2^${POWER}, a point`, SIZE, () => G1.multiExpAffine(points1, scalars));
  await add('ffjavascript', 'G2 sum of 2^10, a point', 2 ** 10, () =>
    G2.multiExpAffine(points2, scalars.subarray(0, 32 * 2 ** 10)),
  );
  await add('ffjavascript', `transform of 2^${POWER}`, 1, () => Fr.fft(scalars));
}

function repeated(point: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(point.length * count);
  for (let i = 0; i < count; i++) bytes.set(point, i * point.length);
  return bytes;
}

async function benchNoble(): Promise<void> {
  const { Point } = bn254.G1;
  const point = Point.BASE.multiply(5n);
  await add('noble', 'G1 point times a scalar', 1, () => point.multiplyUnsafe(3n ** 150n % r));
}

/** Median over the rounds, divided by `count`. */
async function add(engine: string, part: string, count: number, body: () => unknown): Promise<void> {
  const times: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const started = performance.now();
    await body();
    times.push((performance.now() - started) / count);
  }
  rows.push([engine, part, time(times.toSorted((a, b) => a - b)[rounds >> 1] as number)]);
}

function time(millis: number): string {
  if (millis < 0.001) return `${(millis * 1e6).toFixed(1)} ns`;
  return millis < 1 ? `${(millis * 1e3).toFixed(2)} us` : `${millis.toFixed(2)} ms`;
}
