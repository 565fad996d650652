/**
 * Vector times matrix, added to sums: the loop in which the interpreters of floats and of integers spend their time.
 *
 * Each sum is added to in the order of the cells, as the plain loop over cells would.
 */

/** What stays the same while a layer runs: cells, and rows of weights, one a cell, `step` apart. */
export interface Rows {
  readonly sums: Float64Array;
  readonly cells: ArrayLike<number>;
  readonly weights: Float32Array | Int32Array;
  /** Cells of one call. */
  readonly cellCount: number;
  /** From one cell's weights to the next's. */
  readonly step: number;
  /** Weights of a cell, and sums. */
  readonly count: number;
}

/** Where a call begins in sums, cells and weights. */
export interface RowsStart {
  readonly sum: number;
  readonly cell: number;
  readonly weight: number;
}

/** Adds cells times their rows of weights. */
export function accumulateRows(rows: Rows, { sum, cell, weight }: RowsStart): void {
  const { sums, cells, weights, cellCount, step, count } = rows;
  const end = cellCount - (cellCount % 4);
  for (let i = 0; i < end; i += 4) {
    const a = cells[cell + i] as number;
    const b = cells[cell + i + 1] as number;
    const c = cells[cell + i + 2] as number;
    const d = cells[cell + i + 3] as number;
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    addFour(rows, { a, b, c, d }, sum, weight + i * step);
  }
  for (let i = end; i < cellCount; i++) {
    const value = cells[cell + i] as number;
    if (value === 0) continue;
    const from = weight + i * step;
    for (let j = 0; j < count; j++)
      sums[sum + j] = (sums[sum + j] as number) + value * (weights[from + j] as number);
  }
}

/** Four rows at once, so that a sum is read and written once for four products. */
function addFour(
  { sums, weights, step, count }: Rows,
  { a, b, c, d }: { readonly a: number; readonly b: number; readonly c: number; readonly d: number },
  sum: number,
  weight: number,
): void {
  const [second, third, fourth] = [weight + step, weight + 2 * step, weight + 3 * step];
  for (let j = 0; j < count; j++)
    sums[sum + j] =
      (sums[sum + j] as number) +
      a * (weights[weight + j] as number) +
      b * (weights[second + j] as number) +
      c * (weights[third + j] as number) +
      d * (weights[fourth + j] as number);
}

/** Like {@link Rows}, for four vectors at once: a weight is read once for all four. */
export interface RowsOfFour extends Omit<Rows, 'sums' | 'cells'> {
  /** Of each vector. */
  readonly sums: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
  /** The vectors side by side: cell i of vector v at 4 i + v. */
  readonly cells: Float64Array;
}

/** Adds cells times their rows of weights to the sums of each vector, just as {@link accumulateRows} does one by one. */
export function accumulateRowsOfFour(rows: RowsOfFour, { sum, cell, weight }: RowsStart): void {
  const { cells, cellCount, step } = rows;
  let i = 0;
  for (; i + 1 < cellCount; i += 2) addTwoOfFour(rows, (cell + i) * 4, sum, weight + i * step);
  if (i < cellCount) addOneOfFour(rows, cells.subarray((cell + i) * 4), sum, weight + i * step);
}

/** Two rows of weights to four vectors: eight products for two weights and four sums read. */
function addTwoOfFour(
  { sums, cells, weights, step, count }: RowsOfFour,
  cell: number,
  sum: number,
  weight: number,
): void {
  const [s0, s1, s2, s3] = sums;
  const a0 = cells[cell] as number;
  const a1 = cells[cell + 1] as number;
  const a2 = cells[cell + 2] as number;
  const a3 = cells[cell + 3] as number;
  const b0 = cells[cell + 4] as number;
  const b1 = cells[cell + 5] as number;
  const b2 = cells[cell + 6] as number;
  const b3 = cells[cell + 7] as number;
  if (a0 === 0 && a1 === 0 && a2 === 0 && a3 === 0 && b0 === 0 && b1 === 0 && b2 === 0 && b3 === 0) return;
  const second = weight + step;
  for (let j = 0; j < count; j++) {
    const a = weights[weight + j] as number;
    const b = weights[second + j] as number;
    s0[sum + j] = (s0[sum + j] as number) + a0 * a + b0 * b;
    s1[sum + j] = (s1[sum + j] as number) + a1 * a + b1 * b;
    s2[sum + j] = (s2[sum + j] as number) + a2 * a + b2 * b;
    s3[sum + j] = (s3[sum + j] as number) + a3 * a + b3 * b;
  }
}

function addOneOfFour(
  { sums, weights, count }: RowsOfFour,
  cells: Float64Array,
  sum: number,
  weight: number,
): void {
  for (const [vector, own] of sums.entries()) {
    const value = cells[vector] as number;
    for (let j = 0; j < count; j++)
      own[sum + j] = (own[sum + j] as number) + value * (weights[weight + j] as number);
  }
}
