/**
 * Many multiples of one point: windows of the scalars look up a table of multiples, so a 254-bit scalar costs one
 * addition a window and no doubling.
 */
import { writeBigint } from '../../../src/bytes/index.ts';
import type { KernelCallOptions } from '../../../src/kernel/types.ts';
import { at, type Engine, type Task, TaskBuilder } from './engine.ts';
import {
  AFFINE_BYTES,
  batchInversionBytes,
  COORDINATE_BYTES,
  type Group,
  JACOBIAN_BYTES,
  PADDED_SCALAR_BYTES,
  POINT_FUNCTIONS,
} from './wasm-points.ts';

const SCALAR_BITS = 254;
const POINTS_PER_TASK = 4096;

/** Multiples of a group's generator. */
export interface FixedBaseTable {
  readonly group: Group;
  readonly windowBits: number;
  readonly windowCount: number;
  readonly points: Uint8Array;
}

/** Makes the table for about `scalarCount` multiplications by the group's generator. */
export async function buildTable(engine: Engine, group: Group, scalarCount: number): Promise<FixedBaseTable> {
  const windowBits = scalarCount < 256 ? 4 : scalarCount < 8192 ? 8 : scalarCount < 1 << 17 ? 11 : 13;
  const windowCount = Math.ceil(SCALAR_BITS / windowBits);
  const count = windowCount * (2 ** windowBits - 1);
  const curveGroup = group === 'g1m' ? engine.curve.G1 : engine.curve.G2;
  const task = new TaskBuilder();
  const base = task.input(curveGroup.toAffine(curveGroup.g));
  const out = task.reserve(count * JACOBIAN_BYTES[group]);
  task.call(POINT_FUNCTIONS.table(group), at(base), windowBits, windowCount, at(out));
  task.call(`${group}_batchToAffine`, at(out), count, at(out));
  // The inverses, and the inversion's own.
  task.scratch(2 * batchInversionBytes(group, count));
  task.output(out, count * AFFINE_BYTES[group]);
  const [result] = await engine.run([{ weight: 1, build: () => task }], 'table');
  return { group, windowBits, windowCount, points: (result as Uint8Array[])[0] as Uint8Array };
}

/** scalar * generator for each scalar in [0, r), affine, in order. Zero scalars cost nothing. */
export async function multiplyGenerator(
  engine: Engine,
  table: FixedBaseTable,
  scalars: readonly bigint[],
  step: string,
  options?: KernelCallOptions,
): Promise<Uint8Array> {
  const indices: number[] = [];
  scalars.forEach((scalar, i) => {
    if (scalar !== 0n) indices.push(i);
  });
  const tasks: Task[] = [];
  for (let first = 0; first < indices.length; first += POINTS_PER_TASK) {
    const chunk = indices.slice(first, first + POINTS_PER_TASK);
    tasks.push({ weight: chunk.length, build: () => multiplyTask(table, scalars, chunk) });
  }
  const results = await engine.run(tasks, step, options);
  const size = AFFINE_BYTES[table.group];
  const out = new Uint8Array(scalars.length * size);
  indices.forEach((index, i) => {
    const from = (results[Math.floor(i / POINTS_PER_TASK)] as Uint8Array[])[0] as Uint8Array;
    const offset = (i % POINTS_PER_TASK) * size;
    out.set(from.subarray(offset, offset + size), index * size);
  });
  return out;
}

function multiplyTask(
  table: FixedBaseTable,
  scalars: readonly bigint[],
  indices: readonly number[],
): TaskBuilder {
  const { group, windowBits, windowCount } = table;
  const bytes = new Uint8Array(indices.length * PADDED_SCALAR_BYTES);
  indices.forEach((index, i) => {
    writeBigint(bytes, i * PADDED_SCALAR_BYTES, scalars[index] as bigint, 32);
  });
  const task = new TaskBuilder();
  const points = task.input(table.points);
  const scalarBytes = task.input(bytes);
  const count = indices.length;
  const out = task.reserve(count * AFFINE_BYTES[group]);
  const differences = task.reserve(count * COORDINATE_BYTES[group]);
  task.scratch(batchInversionBytes(group, count));
  task.call(
    POINT_FUNCTIONS.fixedBase(group),
    ...[at(scalarBytes), count, at(points), windowBits, windowCount, at(out), at(differences)],
  );
  task.output(out, count * AFFINE_BYTES[group]);
  return task;
}
