/** The face of the layers beyond src/noir/modules.ts: one entry a kind. */
import type { ExtendedQuantKind, ExtendedQuantOp } from '../../quantize/index.ts';
import { bilinear } from './bilinear.ts';
import { compare, embedding, extremum, magnitudes, topK, where } from './comparisons.ts';
import type { LayerDefinition, QuantOpOfKind } from './definition.ts';
import { table } from './functions.ts';
import { reciprocal, rsqrt } from './inverses.ts';
import { rearrange, scale } from './movement.ts';
import { multiply } from './products.ts';
import { matmul, reduceMax, reduceMin, reduceSum, rescale } from './reductions.ts';
import { scaleRows, softmaxPowers, sumOfSquares } from './rows.ts';
import { treeEnsemble } from './trees.ts';

type Definitions = { readonly [K in ExtendedQuantKind]: LayerDefinition<QuantOpOfKind<K>> };

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

/** Gives the definition of a layer. */
export function layerDefinitionOf(op: ExtendedQuantOp): LayerDefinition<ExtendedQuantOp> {
  return DEFINITIONS[op.kind] as LayerDefinition<ExtendedQuantOp>; // the entry of this very kind takes this operator
}

/** What a kind's constraints prove, one of many. */
export function gadgetNameOf(kind: string): string {
  return DEFINITIONS[kind as ExtendedQuantKind].gadget;
}
