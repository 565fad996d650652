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
