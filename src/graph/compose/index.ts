/** The face of the compositions: one table of derived operators that all importers share. */

export { clip, type HardSigmoidOptions, hardSigmoid, hardSwish } from './activations.ts';
export {
  type AttentionInputs,
  attention,
  type MultiHead,
  multiHeadAttention,
  type Projection,
} from './attention.ts';
export {
  type CellWeights,
  type EncoderDecoder,
  encoderDecoder,
  type PatchEncoderDecoder,
  patchEncoderDecoder,
  squeezeExcite,
  sumPool2d,
} from './blocks.ts';
export { type ConvTranspose, convTranspose } from './conv-transpose.ts';
export { causalMask, maskedSoftmax } from './masked-softmax.ts';
export { type GroupNorm, groupNorm, rmsNorm } from './norms.ts';
export {
  borderOp,
  depthToSpaceOp,
  expandOp,
  gatherOp,
  padOp,
  rearrangeBy,
  repeatOp,
  reverseOp,
  type SliceRange,
  sliceOp,
  spaceToDepthOp,
  tileOp,
} from './rearrange.ts';
export {
  type CellActivation,
  type GatedRecurrent,
  type Gru,
  gru,
  type Lstm,
  lstm,
  type Recurrent,
  simpleRecurrent,
  type UnrolledLayer,
} from './recurrent.ts';
export { type BilinearOptions, resizeBilinear } from './resize.ts';
export { ceil, floorOp, type Remainder, remainder, roundHalfToEven, truncate } from './rounding.ts';
export { broadcastShape, expand, expandOperand, reduceKeepingAxes } from './shapes.ts';
export { type ComposedNode, chain, nodeSpec, type Site } from './site.ts';
