/**
 * Integer operators beyond those of plain perceptrons and convolutional networks; each has one definition in this folder.
 */
import type { Shape } from '../types.ts';
import type { QuantBilinearOp } from './bilinear-types.ts';
import type {
  QuantCompareOp,
  QuantEmbeddingOp,
  QuantExtremumOp,
  QuantMagnitudeOp,
  QuantTopKOp,
  QuantWhereOp,
} from './comparison-types.ts';
import type { QuantInverseOp } from './inverse-types.ts';
import type {
  QuantMatmulOp,
  QuantReduceExtremumOp,
  QuantReduceSumOp,
  QuantRescaleOp,
} from './reduction-types.ts';
import type { QuantScaleRowsOp, QuantSoftmaxPowersOp, QuantSumOfSquaresOp } from './row-types.ts';
import type { QuantTableOp } from './table-types.ts';
import type { QuantTreeEnsembleOp } from './tree-types.ts';

export type * from './bilinear-types.ts';
export type * from './comparison-types.ts';
export type * from './row-types.ts';
export type * from './table-types.ts';
export type * from './tree-types.ts';

/** y = a * b, element by element; the scales add. The two operands may be one tensor: its square. */
export interface QuantMultiplyOp {
  readonly kind: 'multiply';
}

/** y[i] = x[i] * factor[i] + shift[i] over all elements, row-major; or one number for all. */
export interface QuantScaleOp {
  readonly kind: 'scale';
  readonly factor: readonly bigint[];
  readonly shift: readonly bigint[];
}

/** y.flat[i] = x.flat[indices[i]], or 0 where indices[i] is -1. */
export interface QuantRearrangeOp {
  readonly kind: 'rearrange';
  readonly shape: Shape;
  readonly indices: Int32Array;
  /** What it is, for people. */
  readonly label: string;
}

export type ExtendedQuantOp =
  | QuantMultiplyOp
  | QuantScaleOp
  | QuantRearrangeOp
  | QuantReduceSumOp
  | QuantReduceExtremumOp
  | QuantMatmulOp
  | QuantBilinearOp
  | QuantRescaleOp
  | QuantScaleRowsOp
  | QuantSumOfSquaresOp
  | QuantSoftmaxPowersOp
  | QuantInverseOp
  | QuantTableOp
  | QuantCompareOp
  | QuantExtremumOp
  | QuantMagnitudeOp
  | QuantWhereOp
  | QuantTopKOp
  | QuantEmbeddingOp
  | QuantTreeEnsembleOp;

export type ExtendedQuantKind = ExtendedQuantOp['kind'];
