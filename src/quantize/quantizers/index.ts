/** The face of the quantisers of the operators beyond src/quantize/quantize.ts: one entry a kind. */
import { BionoirError } from '../../errors.ts';
import type { ExtendedKind, ExtendedOp, Node } from '../../graph/index.ts';
import type { Builder, Value } from '../builder.ts';
import { quantizeBilinear } from './bilinear.ts';
import {
  quantizeCompare,
  quantizeEmbedding,
  quantizeExtremum,
  quantizeMagnitude,
  quantizePrelu,
  quantizeTopK,
  quantizeWhere,
} from './comparisons.ts';
import { quantizeFloor } from './floor.ts';
import { quantizeFunction } from './functions.ts';
import { quantizeInverse } from './inverses.ts';
import { quantizeRearrange, quantizeScale } from './movement.ts';
import { quantizeL2Normalize, quantizeLayerNorm } from './norms.ts';
import { quantizeMatmul, quantizeMultiply } from './products.ts';
import { quantizeReduce } from './reductions.ts';
import { quantizeRequantize } from './requantize.ts';
import type { Quantizer } from './rule.ts';
import { quantizeTrees } from './trees.ts';

type Quantizers = { readonly [K in ExtendedKind]?: Quantizer<Extract<ExtendedOp, { readonly kind: K }>> };

const QUANTIZERS: Quantizers = {
  multiply: quantizeMultiply,
  scale: quantizeScale,
  rearrange: quantizeRearrange,
  reduce: quantizeReduce,
  matmul: quantizeMatmul,
  bilinear: quantizeBilinear,
  reciprocal: quantizeInverse,
  rsqrt: quantizeInverse,
  'l2-normalize': quantizeL2Normalize,
  'layer-norm': quantizeLayerNorm,
  function: quantizeFunction,
  compare: quantizeCompare,
  maximum: quantizeExtremum,
  minimum: quantizeExtremum,
  abs: quantizeMagnitude,
  sign: quantizeMagnitude,
  floor: quantizeFloor,
  where: quantizeWhere,
  prelu: quantizePrelu,
  'top-k': quantizeTopK,
  embedding: quantizeEmbedding,
  'tree-ensemble': quantizeTrees,
  requantize: quantizeRequantize,
};

/**
 * Quantises an operator.
 *
 * @throws UNSUPPORTED_OP when it has no integer form.
 */
export function quantizeExtended(
  builder: Builder,
  node: Node,
  op: ExtendedOp,
  operands: readonly Value[],
): Value {
  const quantizer = QUANTIZERS[op.kind] as Quantizer<ExtendedOp> | undefined; // the entry of this very kind
  if (quantizer !== undefined) return quantizer(builder, { node, op, operands });
  throw new BionoirError(
    'UNSUPPORTED_OP',
    `Node '${node.name}' (${op.kind}) has no integer form yet. Replace the operator, or leave it out of the part that is proved.`,
    { details: { node: node.name, op: op.kind }, location: `node '${node.name}'` },
  );
}

export { narrowOperand } from './narrow.ts';
export { quantizeSoftmax } from './softmax.ts';
