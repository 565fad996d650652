/**
 * Multi-scalar multiplication sum_i s_i * P_i, by Pippenger's method with signed windows and affine buckets, after sorting
 * the scalars by size: a network's witness is mostly bits and small integers of either sign.
 *
 * Zeros cost nothing, ones an addition, scalars below 2^64 in absolute value a quarter of a full one.
 */
import { BN254_SCALAR_PRIME as r } from '../../../src/field/index.ts';
import type { KernelCallOptions } from '../../../src/kernel/types.ts';
import { at, type Engine, type Task, TaskBuilder } from './engine.ts';
import {
  AFFINE_BYTES,
  batchInversionBytes,
  COORDINATE_BYTES,
  type Group,
  JACOBIAN_BYTES,
  POINT_FUNCTIONS,
} from './wasm-points.ts';
import { orderByBucket, planWindows, signedDigits, type WindowPlan } from './windows.ts';

const SCALAR_BYTES = 32;
const SCALAR_BITS = 254;
const SMALL_BYTES = 8;
const SMALL_BITS = 64;
const POINTS_PER_TASK_MAX = 1 << 17;
const SUM_POINTS_PER_TASK = 1 << 15;

/** Points with the index of the scalar that multiplies each; infinite points left out. */
export interface SparsePoints {
  readonly group: Group;
  readonly indices: Uint32Array;
  readonly points: Uint8Array;
}

/** How a scalar is treated. */
const ZERO = 0;
const ONE = 1;
const SMALL = 2;
const SMALL_NEGATIVE = 3;
const FULL = 4;

/** Scalars with the class of each. */
export interface ClassifiedScalars {
  readonly limbs: BigUint64Array;
  readonly classes: Uint8Array;
}

/** Drops the infinite points (all zero bytes). The scalar of point i has index `offset` + i. */
export function sparsePoints(group: Group, points: Uint8Array, offset: number): SparsePoints {
  const size = AFFINE_BYTES[group];
  const words = new Uint32Array(
    points.byteOffset % 4 === 0 ? points.buffer : points.slice().buffer,
    points.byteOffset % 4 === 0 ? points.byteOffset : 0,
    points.length >>> 2,
  );
  const finite: number[] = [];
  for (let i = 0; i < points.length / size; i++) {
    if (!isZero(words, (i * size) >>> 2, size >>> 2)) finite.push(i);
  }
  const indices = Uint32Array.from(finite, i => i + offset);
  if (finite.length * size === points.length) return { group, indices, points };
  return { group, indices, points: gather(points, Uint32Array.from(finite), size) };
}

function isZero(words: Uint32Array, from: number, count: number): boolean {
  for (let i = from; i < from + count; i++) if (words[i] !== 0) return false;
  return true;
}

/** Sorts canonical 32-byte scalars into classes. */
export function classifyScalars(bytes: Uint8Array): ClassifiedScalars {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const limbs = new BigUint64Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 3);
  const classes = new Uint8Array(bytes.length / SCALAR_BYTES);
  for (let i = 0; i < classes.length; i++) classes[i] = classOf(limbs, i * 4);
  return { limbs, classes };
}

const R_LIMBS = Array.from({ length: 4 }, (_, i) => BigInt.asUintN(64, r >> BigInt(64 * i))) as [
  bigint,
  bigint,
  bigint,
  bigint,
];

function classOf(limbs: BigUint64Array, at: number): number {
  const high = limbs[at + 3] as bigint;
  if (high !== 0n && high !== R_LIMBS[3]) return FULL;
  const [low, l1, l2] = [limbs[at] as bigint, limbs[at + 1], limbs[at + 2]];
  if (high === 0n) {
    if (l1 !== 0n || l2 !== 0n) return FULL;
    return low === 0n ? ZERO : low === 1n ? ONE : SMALL;
  }
  return l2 === R_LIMBS[2] && l1 === R_LIMBS[1] && low < R_LIMBS[0] ? SMALL_NEGATIVE : FULL;
}

/** sum over the points of scalar[index] * point, Jacobian. */
export async function multiplySum(
  engine: Engine,
  { group, indices, points }: SparsePoints,
  scalars: ClassifiedScalars,
  step: string,
  options?: KernelCallOptions,
): Promise<Uint8Array> {
  const members: number[][] = [[], [], [], [], []];
  indices.forEach((index, i) => {
    members[scalars.classes[index] as number]?.push(i);
  });
  const small = Uint32Array.from([...(members[SMALL] as number[]), ...(members[SMALL_NEGATIVE] as number[])]);
  const context = { engine, group, indices, points, limbs: scalars.limbs };
  const partials = [
    ...windowTasks(context, Uint32Array.from(members[FULL] as number[]), fullScalars),
    ...windowTasks(context, small, smallScalars),
    ...sumTasks(context, Uint32Array.from(members[ONE] as number[])),
  ];
  const results = await engine.run(partials, step, options);
  const curveGroup = group === 'g1m' ? engine.curve.G1 : engine.curve.G2;
  return results.reduce(
    (sum, [bytes], i) =>
      curveGroup.add(sum, combineWindows(curveGroup, bytes as Uint8Array, partials[i] as Partial)),
    curveGroup.zero,
  );
}

interface Context extends SparsePoints {
  readonly engine: Engine;
  readonly limbs: BigUint64Array;
}

/** A task whose output is one point per window, the lowest of which starts at `startBit`. */
interface Partial extends Task {
  readonly group: Group;
  readonly windowBits: number;
  readonly startBit: number;
}

/** Scalars as 32-bit words, with which members are to be negated. */
interface Scalars {
  readonly bits: number;
  readonly words: Uint32Array;
  readonly negative?: (i: number) => boolean;
}

function fullScalars({ indices, limbs }: Context, members: Uint32Array): Scalars {
  const out = new BigUint64Array(members.length * (SCALAR_BYTES / 8));
  members.forEach((member, i) => {
    const from = (indices[member] as number) * 4;
    for (let limb = 0; limb < 4; limb++) out[i * 4 + limb] = limbs[from + limb] as bigint;
  });
  return { bits: SCALAR_BITS, words: new Uint32Array(out.buffer) };
}

/** Scalars below 2^64, and those above r - 2^64 as what is missing to r, for the opposite point. */
function smallScalars({ indices, limbs }: Context, members: Uint32Array): Scalars {
  const out = new BigUint64Array(members.length * (SMALL_BYTES / 8));
  const isNegative = new Uint8Array(members.length);
  members.forEach((member, i) => {
    const from = (indices[member] as number) * 4;
    const low = limbs[from] as bigint;
    isNegative[i] = limbs[from + 3] === 0n ? 0 : 1;
    out[i] = isNegative[i] === 1 ? R_LIMBS[0] - low : low;
  });
  return { bits: SMALL_BITS, words: new Uint32Array(out.buffer), negative: i => isNegative[i] === 1 };
}

/** Splits a multiplication into tasks of some points and some windows each. */
function windowTasks(
  context: Context,
  members: Uint32Array,
  scalarsOf: (context: Context, members: Uint32Array) => Scalars,
): Partial[] {
  const { engine, group, points } = context;
  const chunkCount = Math.ceil(members.length / POINTS_PER_TASK_MAX);
  const tasks: Partial[] = [];
  for (let i = 0; i < chunkCount; i++) {
    const from = Math.floor((members.length * i) / chunkCount);
    const chunk = members.subarray(from, Math.floor((members.length * (i + 1)) / chunkCount));
    const scalars = scalarsOf(context, chunk);
    const plan = planWindows(chunk.length, scalars.bits);
    const digits = signedDigits(scalars.words, scalars.words.length / chunk.length, plan);
    if (scalars.negative) negateDigits(digits, chunk.length, scalars.negative);
    // One task a thread and chunk would leave threads idle at the end; three keep them busy and cost two more copies.
    const groups = Math.min(plan.windowCount, engine.threads * 3);
    for (let j = 0; j < groups; j++) {
      const first = Math.floor((j * plan.windowCount) / groups);
      const end = Math.floor(((j + 1) * plan.windowCount) / groups);
      tasks.push({
        group,
        windowBits: plan.windowBits,
        startBit: first * plan.windowBits,
        weight: (chunk.length * (end - first)) / plan.windowCount,
        build: () =>
          windowTask(group, gather(points, chunk, AFFINE_BYTES[group]), plan, (window: number) =>
            digits.subarray((first + window) * chunk.length, (first + window + 1) * chunk.length),
          )(end - first),
      });
    }
  }
  return tasks;
}

function negateDigits(digits: Int32Array, count: number, negative: (i: number) => boolean): void {
  for (let i = 0; i < digits.length; i++) if (negative(i % count)) digits[i] = -(digits[i] as number);
}

/** A task that adds up some windows of the same points. */
function windowTask(
  group: Group,
  points: Uint8Array,
  plan: WindowPlan,
  digitsOf: (window: number) => Int32Array,
): (windowCount: number) => TaskBuilder {
  return windowCount => {
    const size = JACOBIAN_BYTES[group];
    const count = points.length / AFFINE_BYTES[group];
    const task = new TaskBuilder();
    const pointVariable = task.input(points);
    const orders = Array.from({ length: windowCount }, (_, window) => {
      const { order, counts } = orderByBucket(digitsOf(window), plan.bucketCount);
      return { order: task.input(bytesOf(order)), counts: task.input(bytesOf(counts)), n: order.length };
    });
    const out = task.reserve(windowCount * size);
    const room = task.reserve(points.length);
    const pairCountMax = Math.floor(count / 2);
    const differences = task.reserve(pairCountMax * COORDINATE_BYTES[group]);
    task.scratch(batchInversionBytes(group, pairCountMax));
    orders.forEach(({ order, counts, n }, window) => {
      task.call(
        POINT_FUNCTIONS.buckets(group),
        ...[at(pointVariable), at(order), n, at(counts), plan.bucketCount],
        ...[at(room), at(differences), at(out, window * size)],
      );
    });
    task.output(out, windowCount * size);
    return task;
  };
}

function sumTasks({ group, points }: Context, members: Uint32Array): Partial[] {
  const tasks: Partial[] = [];
  for (let from = 0; from < members.length; from += SUM_POINTS_PER_TASK) {
    const chunk = members.subarray(from, from + SUM_POINTS_PER_TASK);
    tasks.push({
      ...{ group, windowBits: 1, startBit: 0 },
      weight: chunk.length / SCALAR_BITS,
      build: () => {
        const task = new TaskBuilder();
        const input = task.input(gather(points, chunk, AFFINE_BYTES[group]));
        const out = task.reserve(JACOBIAN_BYTES[group]);
        task.call(POINT_FUNCTIONS.sum(group), at(input), chunk.length, at(out));
        task.output(out, JACOBIAN_BYTES[group]);
        return task;
      },
    });
  }
  return tasks;
}

/** sum_j 2^(startBit + j * windowBits) * window[j]. */
function combineWindows(
  curveGroup: Engine['curve']['G1'],
  bytes: Uint8Array,
  { group, windowBits, startBit }: Partial,
): Uint8Array {
  const size = JACOBIAN_BYTES[group];
  let sum = curveGroup.zero;
  for (let offset = bytes.length - size; offset >= 0; offset -= size) {
    for (let i = 0; i < windowBits; i++) sum = curveGroup.double(sum);
    sum = curveGroup.add(sum, bytes.slice(offset, offset + size));
  }
  for (let i = 0; i < startBit; i++) sum = curveGroup.double(sum);
  return sum;
}

function gather(points: Uint8Array, members: Uint32Array, size: number): Uint8Array {
  const out = new Uint8Array(members.length * size);
  members.forEach((member, i) => {
    out.set(points.subarray(member * size, (member + 1) * size), i * size);
  });
  return out;
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
