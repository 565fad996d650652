/**
 * Multi-scalar multiplication sum_i s_i * P_i, by Pippenger's buckets (wasmcurves' `multiexpAffine_chunk`, one window a
 * call), after sorting scalars by size: a network's witness is mostly bits and small integers of either sign.
 *
 * Zeros cost nothing, ones an addition, scalars below 2^64 in absolute value a quarter of a full one.
 */
import { BN254_BASE_PRIME as q, BN254_SCALAR_PRIME as r } from '../../field/index.ts';
import type { KernelCallOptions } from '../types.ts';
import { at, type Engine, type Task, TaskBuilder } from './engine.ts';
import { AFFINE_BYTES, FUNCTIONS, type Group, JACOBIAN_BYTES } from './wasm-functions.ts';

const SCALAR_BYTES = 32;
const SMALL_BYTES = 8;
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
  readonly bytes: Uint8Array;
  readonly classes: Uint8Array;
}

/** Drops the infinite points (all zero bytes). The scalar of point i has index `offset` + i. */
export function sparsePoints(group: Group, points: Uint8Array, offset: number): SparsePoints {
  const size = AFFINE_BYTES[group];
  const limbs = new BigUint64Array(
    points.byteOffset % 8 === 0 ? points.buffer : points.slice().buffer,
    points.byteOffset % 8 === 0 ? points.byteOffset : 0,
    points.length >>> 3,
  );
  const count = points.length / size;
  const finite: number[] = [];
  for (let i = 0; i < count; i++) {
    // A finite point of these curves has y != 0, and half of the words are y.
    for (let word = (i + 1) * (size >>> 3) - 1; word >= i * (size >>> 3); word--) {
      if (limbs[word] !== 0n) {
        finite.push(i);
        break;
      }
    }
  }
  if (finite.length === count) {
    return { group, indices: Uint32Array.from(finite, i => i + offset), points };
  }
  return { group, indices: Uint32Array.from(finite, i => i + offset), points: gather(points, finite, size) };
}

/** Sorts canonical 32-byte scalars into classes. */
export function classifyScalars(bytes: Uint8Array): ClassifiedScalars {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const limbs = new BigUint64Array(aligned.buffer, aligned.byteOffset, aligned.length >>> 3);
  const classes = new Uint8Array(bytes.length / SCALAR_BYTES);
  for (let i = 0; i < classes.length; i++) classes[i] = classOf(limbs, i * 4);
  return { bytes: aligned, classes };
}

const R_LIMBS = Array.from({ length: 4 }, (_, i) => BigInt.asUintN(64, r >> BigInt(64 * i)));

function classOf(limbs: BigUint64Array, at: number): number {
  const [l0, l1, l2, l3] = [limbs[at], limbs[at + 1], limbs[at + 2], limbs[at + 3]] as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  if (l3 === 0n && l2 === 0n && l1 === 0n) return l0 === 0n ? ZERO : l0 === 1n ? ONE : SMALL;
  const [r0, r1, r2, r3] = R_LIMBS as [bigint, bigint, bigint, bigint];
  return l3 === r3 && l2 === r2 && l1 === r1 && l0 < r0 ? SMALL_NEGATIVE : FULL;
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
  const [, ones, small, negative, full] = members as [number[], number[], number[], number[], number[]];
  const size = AFFINE_BYTES[group];
  const partials: Partial[] = [
    ...sumTasks(group, () => gather(points, ones, size), ones.length),
    ...windowTasks(engine, group, full.length, SCALAR_BYTES, (from, to) => ({
      points: gather(points, full.slice(from, to), size),
      scalars: gatherScalars(scalars.bytes, indices, full.slice(from, to), SCALAR_BYTES),
    })),
    ...windowTasks(engine, group, small.length + negative.length, SMALL_BYTES, (from, to) =>
      smallBatch(
        { group, indices, points },
        scalars.bytes,
        [...small, ...negative].slice(from, to),
        small.length - from,
      ),
    ),
  ];
  const results = await engine.run(partials, step, options);
  const curveGroup = group === 'g1m' ? engine.curve.G1 : engine.curve.G2;
  return results.reduce((sum, [bytes], i) => {
    const partial = partials[i] as Partial;
    return curveGroup.add(sum, combineWindows(curveGroup, bytes as Uint8Array, partial));
  }, curveGroup.zero);
}

/** A task whose output is one point per window, the lowest of which starts at `startBit`. */
interface Partial extends Task {
  readonly group: Group;
  readonly windowBits: number;
  readonly startBit: number;
}

interface Batch {
  readonly points: Uint8Array;
  readonly scalars: Uint8Array;
}

function smallBatch(
  { group, indices, points }: SparsePoints,
  scalars: Uint8Array,
  members: readonly number[],
  negativeFrom: number,
): Batch {
  const size = AFFINE_BYTES[group];
  const batch = {
    points: gather(points, members, size),
    scalars: gatherScalars(scalars, indices, members, SMALL_BYTES),
  };
  const view = new DataView(batch.scalars.buffer);
  for (let i = Math.max(0, negativeFrom); i < members.length; i++) {
    // r - s has 64 bits, so its low limb is the difference of the low limbs.
    const low = BigInt.asUintN(64, (R_LIMBS[0] as bigint) - view.getBigUint64(i * SMALL_BYTES, true));
    view.setBigUint64(i * SMALL_BYTES, low, true);
    negateY(batch.points.subarray(i * size + size / 2, (i + 1) * size));
  }
  return batch;
}

const Q_LIMBS = Array.from({ length: 4 }, (_, i) => BigInt.asUintN(64, q >> BigInt(64 * i)));

/** q - y for each 32-byte coordinate; -y in Montgomery form too. Coordinates that are zero stay. */
function negateY(coordinates: Uint8Array): void {
  const view = new DataView(coordinates.buffer, coordinates.byteOffset, coordinates.length);
  for (let offset = 0; offset < coordinates.length; offset += 32) {
    const limbs = [0, 8, 16, 24].map(i => view.getBigUint64(offset + i, true));
    if (limbs.every(limb => limb === 0n)) continue;
    let borrow = 0n;
    limbs.forEach((limb, i) => {
      const difference = (Q_LIMBS[i] as bigint) - limb - borrow;
      borrow = difference < 0n ? 1n : 0n;
      view.setBigUint64(offset + i * 8, BigInt.asUintN(64, difference), true);
    });
  }
}

function sumTasks(group: Group, gatherOnes: () => Uint8Array, count: number): Partial[] {
  if (count === 0) return [];
  const size = AFFINE_BYTES[group];
  const ones = gatherOnes();
  return Array.from({ length: Math.ceil(count / SUM_POINTS_PER_TASK) }, (_, i) => {
    const chunk = ones.subarray(i * SUM_POINTS_PER_TASK * size, (i + 1) * SUM_POINTS_PER_TASK * size);
    return {
      group,
      windowBits: 1,
      startBit: 0,
      weight: chunk.length / size,
      build: () => {
        const task = new TaskBuilder();
        const input = task.input(chunk);
        const out = task.reserve(JACOBIAN_BYTES[group]);
        task.call(FUNCTIONS.sum(group), at(input), chunk.length / size, at(out));
        task.output(out, JACOBIAN_BYTES[group]);
        return task;
      },
    };
  });
}

/** Splits a multiplication into tasks of some points and some windows each. */
function windowTasks(
  engine: Engine,
  group: Group,
  count: number,
  scalarBytes: number,
  batch: (from: number, to: number) => Batch,
): Partial[] {
  if (count === 0) return [];
  const chunkCount = Math.ceil(count / POINTS_PER_TASK_MAX);
  const chunkSize = Math.ceil(count / chunkCount);
  const windowBits = bestWindowBits(chunkSize, scalarBytes * 8);
  const windowCount = Math.ceil((scalarBytes * 8) / windowBits);
  // One task a thread and chunk would leave threads idle at the end; three keep them busy and cost two more copies.
  const groups = Math.min(windowCount, engine.threads * 3);
  const tasks: Partial[] = [];
  for (let from = 0; from < count; from += chunkSize) {
    const to = Math.min(count, from + chunkSize);
    for (let i = 0; i < groups; i++) {
      const first = Math.floor((i * windowCount) / groups);
      const end = Math.floor(((i + 1) * windowCount) / groups);
      tasks.push({
        group,
        windowBits,
        startBit: first * windowBits,
        weight: ((to - from) * (end - first)) / windowCount,
        build: () => windowTask(group, batch(from, to), scalarBytes, { windowBits, first, end }),
      });
    }
  }
  return tasks;
}

function windowTask(
  group: Group,
  { points, scalars }: Batch,
  scalarBytes: number,
  { windowBits, first, end }: { readonly windowBits: number; readonly first: number; readonly end: number },
): TaskBuilder {
  const task = new TaskBuilder();
  const size = JACOBIAN_BYTES[group];
  const pointVariable = task.input(points);
  const scalarVariable = task.input(scalars);
  // The buckets are scratch memory; see TaskBuilder.reserve.
  const out = task.reserve(Math.max(2 ** windowBits, end - first) * size);
  for (let window = first; window < end; window++) {
    const startBit = window * windowBits;
    task.call(
      `${group}_multiexpAffine_chunk`,
      at(pointVariable),
      at(scalarVariable),
      scalarBytes,
      points.length / AFFINE_BYTES[group],
      startBit,
      Math.min(windowBits, scalarBytes * 8 - startBit),
      at(out, (window - first) * size),
    );
  }
  task.output(out, (end - first) * size);
  return task;
}

/** Minimises windows * (points + buckets), a bucket costing about two additions. */
function bestWindowBits(count: number, bits: number): number {
  let best = 2;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let windowBits = 2; windowBits <= 16; windowBits++) {
    const cost = Math.ceil(bits / windowBits) * (count + 2 * 2 ** windowBits);
    if (cost < bestCost) [best, bestCost] = [windowBits, cost];
  }
  return best;
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

function gather(points: Uint8Array, members: readonly number[], size: number): Uint8Array {
  const out = new Uint8Array(members.length * size);
  members.forEach((member, i) => {
    out.set(points.subarray(member * size, (member + 1) * size), i * size);
  });
  return out;
}

function gatherScalars(
  scalars: Uint8Array,
  indices: Uint32Array,
  members: readonly number[],
  size: number,
): Uint8Array {
  const out = new Uint8Array(members.length * size);
  members.forEach((member, i) => {
    const from = (indices[member] as number) * SCALAR_BYTES;
    out.set(scalars.subarray(from, from + size), i * size);
  });
  return out;
}
