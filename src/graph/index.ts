/** The face of the float graph: types, builder, shapes, printer, interpreter, and `compose`: derived operators. */

export { accumulateRows, accumulateRowsOfFour, type Rows, type RowsStart } from './accumulate.ts';
export {
  buildGraph,
  type CompleteGraphSpec,
  type GraphSpec,
  type NodeSpec,
  nodeOf,
  PIXEL_DOMAIN,
  toGraphSpec,
  toNodeId,
  weightsOf,
} from './build.ts';
export * as compose from './compose/index.ts';
export { broadcastShape } from './compose/shapes.ts';
export { evaluateGraph, evaluateNodes, toRealInput } from './evaluate.ts';
export { checkExactGraph, isExactGraph } from './exact.ts';
export { isExtended, realFunction, reductionGroups } from './operators/index.ts';
export type * from './operators/types.ts';
export { unknownOutput } from './output-names.ts';
export { dropIdentities } from './passes/drop-identities.ts';
export { finishOutputs, type SoftmaxMode } from './passes/finish-outputs.ts';
export { foldAffine } from './passes/fold-affine.ts';
export { maskSoftmax } from './passes/mask-softmax.ts';
export { mergeDuplicates } from './passes/merge-duplicates.ts';
export { mergeLinear } from './passes/merge-linear.ts';
export { mergePadding } from './passes/merge-padding.ts';
export { mergeProducts } from './passes/merge-products.ts';
export { mergeReshapes } from './passes/merge-reshapes.ts';
export { type Normalization, normalizeInput } from './passes/normalize-input.ts';
export { poolBeforeActivation } from './passes/pool-before-activation.ts';
export { recogniseActivations } from './passes/recognise-activations.ts';
export { removeDeadNodes } from './passes/rewrite.ts';
export { type ScoredGraph, scoreOutput } from './passes/score-output.ts';
export { simplifyGraph } from './passes/simplify.ts';
export { printGraph, weightCount } from './print.ts';
export { elementCount, formatShape, rowMajorStrides, sameShape } from './shape-text.ts';
export { dilatedSize, inferShape, samePadding, type Window2d, windowCount } from './shapes.ts';
export type * from './types.ts';
export { createWriter, emit, emitAll, emitNodes, type GraphWriter, shapeOf } from './writer.ts';
