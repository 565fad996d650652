/**
 * The face of the trainable layers: blocks that are cheap to prove, as TensorFlow.js layers. Importing it registers their
 * class names, so that models which hold them can be loaded.
 *
 * It is an entry of its own (`bionoir/layers`), since it alone needs TensorFlow.js; importing a trained model into a
 * graph does not.
 */
export { EDLayer, type EDLayerArgs, edLayer } from './ed-layer.ts';
export { EDLight2DConv, type EDLight2DConvArgs, EDLightConv2D, edLight2DConv } from './ed-light-conv.ts';
export type { EncoderDecoderArgs } from './encoder-decoder.ts';
export { L2Normalization, type L2NormalizationArgs, l2Normalization } from './l2-normalization.ts';
export { ShiftReLU, type ShiftReLUArgs, shiftReLU } from './shift-relu.ts';
export {
  SEHeavyBlock,
  type SEHeavyBlockArgs,
  SELightBlock,
  type SELightBlockArgs,
  seHeavyBlock,
  seLightBlock,
} from './squeeze-excite.ts';
export { SumPooling2D, type SumPooling2DArgs, sumPooling2D } from './sum-pooling.ts';
export { registerTrainingKernels } from './training-kernels.ts';
