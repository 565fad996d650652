/** The face of the operator definitions: one entry a kind. */
import * as arithmetic from './arithmetic.ts';
import { bilinear } from './bilinear.ts';
import type { OperatorDefinition, OpOfKind } from './definition.ts';
import { reciprocal, rsqrt, unary } from './functions.ts';
import { l2Normalize, layerNorm } from './norms.ts';
import { requantize } from './requantize.ts';
import { embedding, topK } from './selection.ts';
import { matmul, rearrange, reduce } from './tensors.ts';
import { treeEnsemble } from './trees.ts';
import type { ExtendedKind, ExtendedOp } from './types.ts';

type Definitions = { readonly [K in ExtendedKind]: OperatorDefinition<OpOfKind<K>> };

const DEFINITIONS: Definitions = {
  multiply: arithmetic.multiply,
  scale: arithmetic.scale,
  maximum: arithmetic.maximum,
  minimum: arithmetic.minimum,
  abs: arithmetic.abs,
  sign: arithmetic.sign,
  floor: arithmetic.floor,
  compare: arithmetic.compare,
  where: arithmetic.where,
  prelu: arithmetic.prelu,
  function: unary,
  reciprocal,
  rsqrt,
  matmul,
  bilinear,
  rearrange,
  reduce,
  'l2-normalize': l2Normalize,
  'layer-norm': layerNorm,
  'top-k': topK,
  embedding,
  'tree-ensemble': treeEnsemble,
  requantize,
};

/** Tells whether an operator is defined here, and not by src/graph/shapes.ts and kernels.ts. */
export function isExtended(op: { readonly kind: string }): op is ExtendedOp {
  return Object.hasOwn(DEFINITIONS, op.kind);
}

/** Gives the definition of an operator. */
export function definitionOf(op: ExtendedOp): OperatorDefinition<ExtendedOp> {
  return DEFINITIONS[op.kind] as OperatorDefinition<ExtendedOp>; // the entry of this very kind takes this operator
}

export type { Values } from './definition.ts';
export { mapRows } from './norms.ts';
export { realFunction } from './real-functions.ts';
export { reductionGroups } from './tensors.ts';
export type * from './types.ts';
