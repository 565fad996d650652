/**
 * The table of layers: Keras class name to importer, and what to say about the others.
 */
import { BionoirError } from '../../../src/errors.ts';
import type { LayerImporter } from '../emitter.ts';
import type { KerasLayer } from '../topology.ts';
import {
  importActivation,
  importElu,
  importIdentity,
  importLeakyRelu,
  importPrelu,
  importRelu,
  importSoftmax,
} from './activations.ts';
import {
  importEdLayer,
  importEdLightConv,
  importL2Normalization,
  importSeHeavy,
  importSeLight,
  importShiftRelu,
  importSumPooling,
} from './blocks.ts';
import {
  importConv1d,
  importConv2d,
  importConv2dTranspose,
  importDepthwiseConv2d,
  importSeparableConv2d,
} from './convolutions.ts';
import {
  importBatchNormalization,
  importDense,
  importLayerNormalization,
  importNormalization,
  importRescaling,
  importUnitNormalization,
} from './dense.ts';
import { importAdd, importAverage, importDot, importSubtract, pairwise } from './merge.ts';
import {
  importEinsumDense,
  importGroupNormalization,
  importRmsNormalization,
  importThresholdedRelu,
} from './more.ts';
import { importGlobalPool1d, importGlobalPool2d, importPool1d, importPool2d } from './pooling.ts';
import { importBidirectional, importGru, importLstm, importRnn, importSimpleRnn } from './recurrent.ts';
import {
  importAttention,
  importEmbedding,
  importMultiHeadAttention,
  importRepeatVector,
  timeDistributed,
} from './sequences.ts';
import { importConv1dTranspose, importDepthwiseConv1d, importSeparableConv1d } from './series.ts';
import {
  importConcatenate,
  importCropping,
  importFlatten,
  importPermute,
  importReshape,
  importResizing,
  importUpSampling,
  importZeroPadding1d,
  importZeroPadding2d,
} from './shapes.ts';

const IMPORTERS: ReadonlyMap<string, LayerImporter> = new Map<string, LayerImporter>([
  ['Activation', importActivation],
  ['ActivityRegularization', importIdentity],
  ['Add', importAdd],
  ['AlphaDropout', importIdentity],
  ['Attention', importAttention],
  ['Average', importAverage],
  ['AveragePooling1D', importPool1d('average-pool2d')],
  ['AveragePooling2D', importPool2d('average-pool2d')],
  ['BatchNormalization', importBatchNormalization],
  ['Bidirectional', importBidirectional],
  ['Concatenate', importConcatenate],
  ['Conv1D', importConv1d],
  ['Conv1DTranspose', importConv1dTranspose],
  ['Conv2D', importConv2d],
  ['Conv2DTranspose', importConv2dTranspose],
  ['Cropping1D', importCropping],
  ['Cropping2D', importCropping],
  ['Dense', importDense],
  ['DepthwiseConv1D', importDepthwiseConv1d],
  ['DepthwiseConv2D', importDepthwiseConv2d],
  ['Dot', importDot],
  ['Dropout', importIdentity],
  ['ELU', importElu],
  ['EDLayer', importEdLayer],
  ['EDLight2DConv', importEdLightConv],
  ['EDLightConv2D', importEdLightConv],
  ['EinsumDense', importEinsumDense],
  ['Embedding', importEmbedding],
  ['Flatten', importFlatten],
  ['GaussianDropout', importIdentity],
  ['GaussianNoise', importIdentity],
  ['GRU', importGru],
  ['GroupNormalization', importGroupNormalization],
  ['GlobalAveragePooling1D', importGlobalPool1d('average-pool2d')],
  ['GlobalAveragePooling2D', importGlobalPool2d('average-pool2d')],
  ['GlobalMaxPooling1D', importGlobalPool1d('max-pool2d')],
  ['GlobalMaxPooling2D', importGlobalPool2d('max-pool2d')],
  ['L2Normalization', importL2Normalization],
  ['LSTM', importLstm],
  ['LayerNormalization', importLayerNormalization],
  ['LeakyReLU', importLeakyRelu],
  ['Maximum', pairwise('maximum')],
  ['Minimum', pairwise('minimum')],
  ['MultiHeadAttention', importMultiHeadAttention],
  ['Multiply', pairwise('multiply')],
  ['Normalization', importNormalization],
  ['MaxPooling1D', importPool1d('max-pool2d')],
  ['MaxPooling2D', importPool2d('max-pool2d')],
  ['PReLU', importPrelu],
  ['Permute', importPermute],
  ['RMSNormalization', importRmsNormalization],
  ['RNN', importRnn],
  ['ReLU', importRelu],
  ['RepeatVector', importRepeatVector],
  ['Rescaling', importRescaling],
  ['Reshape', importReshape],
  ['Resizing', importResizing],
  ['SEHeavyBlock', importSeHeavy],
  ['SELightBlock', importSeLight],
  ['SeparableConv1D', importSeparableConv1d],
  ['SeparableConv2D', importSeparableConv2d],
  ['ShiftReLU', importShiftRelu],
  ['SimpleRNN', importSimpleRnn],
  ['Softmax', importSoftmax],
  ['SpatialDropout1D', importIdentity],
  ['SpatialDropout2D', importIdentity],
  ['Subtract', importSubtract],
  ['SumPooling2D', importSumPooling],
  ['ThresholdedReLU', importThresholdedRelu],
  ['TimeDistributed', timeDistributed(importerOf)],
  ['UnitNormalization', importUnitNormalization],
  ['UpSampling1D', importUpSampling],
  ['UpSampling2D', importUpSampling],
  ['ZeroPadding1D', importZeroPadding1d],
  ['ZeroPadding2D', importZeroPadding2d],
]);

const ADVICE: Readonly<Record<string, string>> = {
  Masking: 'Cut or pad the sequences to one length instead.',
  Lambda: 'Its code is not in the file; write it as layers.',
  TFOpLambda: 'Write the operation as a layer.',
  Conv3D: 'Two spatial axes are read at most.',
};

/**
 * Finds the importer of a layer class.
 *
 * @throws UNSUPPORTED_OP for a class without one, with what would work.
 */
export function importerOf(layer: KerasLayer): LayerImporter {
  const importer = IMPORTERS.get(layer.className);
  if (importer !== undefined) return importer;
  const advice = ADVICE[layer.className] ?? `Supported layers are: ${supportedLayers().join(', ')}.`;
  throw new BionoirError(
    'UNSUPPORTED_OP',
    `Layer '${layer.name}' is of class ${layer.className}, which is not supported. ${advice}`,
    { details: { layer: layer.name, className: layer.className }, location: `layer '${layer.name}'` },
  );
}

/** Lists the Keras classes that are read, in alphabetical order. */
export function supportedLayers(): string[] {
  return [...IMPORTERS.keys()];
}
