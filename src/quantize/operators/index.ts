/** The face of the integer operators' definitions: one entry a kind. */

import { bilinear } from './bilinear.ts';
import { embedding, topK } from './choices.ts';
import { compare, extremum, magnitudes, where } from './comparisons.ts';
import type { QuantDefinition, QuantOpOfKind } from './definition.ts';
import { reciprocal, rsqrt } from './inverses.ts';
import { rearrange, scale } from './movement.ts';
import { multiply } from './products.ts';
import { matmul, reduceMax, reduceMin, reduceSum } from './reductions.ts';
import { rescale } from './rescale.ts';
import { scaleRows, softmaxPowers, sumOfSquares } from './rows.ts';
import { table } from './table.ts';
import { treeEnsemble } from './trees.ts';
import type { ExtendedQuantKind, ExtendedQuantOp } from './types.ts';

type Definitions = { readonly [K in ExtendedQuantKind]: QuantDefinition<QuantOpOfKind<K>> };

const DEFINITIONS: Definitions = {
  multiply,
  scale,
  rearrange,
  'reduce-sum': reduceSum,
  'reduce-max': reduceMax,
  'reduce-min': reduceMin,
  matmul,
  bilinear,
  rescale,
  'scale-rows': scaleRows,
  'sum-of-squares': sumOfSquares,
  'softmax-powers': softmaxPowers,
  reciprocal,
  rsqrt,
  table,
  compare,
  maximum: extremum,
  minimum: extremum,
  abs: magnitudes,
  sign: magnitudes,
  where,
  'top-k': topK,
  embedding,
  'tree-ensemble': treeEnsemble,
};

/** Tells whether an operator is defined here, and not by src/quantize/kernels.ts. */
export function isExtendedQuant(op: { readonly kind: string }): op is ExtendedQuantOp {
  return Object.hasOwn(DEFINITIONS, op.kind);
}

/** Gives the definition of an operator. */
export function definitionOfQuant(op: ExtendedQuantOp): QuantDefinition<ExtendedQuantOp> {
  return DEFINITIONS[op.kind] as QuantDefinition<ExtendedQuantOp>; // the entry of this very kind takes this operator
}
