/** Layers that are linear in each of two vectors. */
import type { QuantLanes } from './row-types.ts';

/**
 * Operands: hubs [cells * h] and values [cells * i], cell by cell; gives [cells * units]. Sum j of a cell is the sum over its
 * hubs of hub * (sum over its values of kernel * value + bias): h products a sum, or for so many lanes of sums.
 */
export interface QuantBilinearOp {
  readonly kind: 'bilinear';
  readonly cells: number;
  readonly units: number;
  /** [i, (cell * units + j) * h + hub]. */
  readonly kernel: Int32Array;
  /** [(cell * units + j) * h + hub]. */
  readonly bias: readonly bigint[];
  /** Sums of one cell side by side. */
  readonly lanes: QuantLanes;
}
