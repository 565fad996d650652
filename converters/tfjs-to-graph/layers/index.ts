/**
 * The table of layers: Keras class name to importer, and what to say about the others.
 */
import { BionoirError } from '../../../src/errors.ts';
import type { LayerImporter } from '../emitter.ts';
import type { KerasLayer } from '../topology.ts';
import {
  importActivation,
  importIdentity,
  importLeakyRelu,
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
import { importConv1d, importConv2d, importDepthwiseConv2d, importSeparableConv2d } from './convolutions.ts';
import { importBatchNormalization, importDense, importRescaling } from './dense.ts';
import { importGlobalPool1d, importGlobalPool2d, importPool1d, importPool2d } from './pooling.ts';
import {
  importAdd,
  importConcatenate,
  importFlatten,
  importPermute,
  importReshape,
  importSubtract,
  importZeroPadding1d,
  importZeroPadding2d,
} from './shapes.ts';

const IMPORTERS: ReadonlyMap<string, LayerImporter> = new Map([
  ['Activation', importActivation],
  ['ActivityRegularization', importIdentity],
  ['Add', importAdd],
  ['AlphaDropout', importIdentity],
  ['AveragePooling1D', importPool1d('average-pool2d')],
  ['AveragePooling2D', importPool2d('average-pool2d')],
  ['BatchNormalization', importBatchNormalization],
  ['Concatenate', importConcatenate],
  ['Conv1D', importConv1d],
  ['Conv2D', importConv2d],
  ['Dense', importDense],
  ['DepthwiseConv2D', importDepthwiseConv2d],
  ['Dropout', importIdentity],
  ['EDLayer', importEdLayer],
  ['EDLight2DConv', importEdLightConv],
  ['EDLightConv2D', importEdLightConv],
  ['Flatten', importFlatten],
  ['GaussianDropout', importIdentity],
  ['GaussianNoise', importIdentity],
  ['GlobalAveragePooling1D', importGlobalPool1d('average-pool2d')],
  ['GlobalAveragePooling2D', importGlobalPool2d('average-pool2d')],
  ['GlobalMaxPooling1D', importGlobalPool1d('max-pool2d')],
  ['GlobalMaxPooling2D', importGlobalPool2d('max-pool2d')],
  ['L2Normalization', importL2Normalization],
  ['LeakyReLU', importLeakyRelu],
  ['MaxPooling1D', importPool1d('max-pool2d')],
  ['MaxPooling2D', importPool2d('max-pool2d')],
  ['Permute', importPermute],
  ['ReLU', importRelu],
  ['Rescaling', importRescaling],
  ['Reshape', importReshape],
  ['SEHeavyBlock', importSeHeavy],
  ['SELightBlock', importSeLight],
  ['SeparableConv2D', importSeparableConv2d],
  ['ShiftReLU', importShiftRelu],
  ['Softmax', importSoftmax],
  ['SpatialDropout1D', importIdentity],
  ['SpatialDropout2D', importIdentity],
  ['Subtract', importSubtract],
  ['SumPooling2D', importSumPooling],
  ['ZeroPadding1D', importZeroPadding1d],
  ['ZeroPadding2D', importZeroPadding2d],
]);

const ADVICE: Readonly<Record<string, string>> = {
  ThresholdedReLU: 'It jumps at its threshold; train with ReLU instead.',
  PReLU: 'Train with LeakyReLU, whose slope is one constant.',
  ELU: 'Train with ReLU or LeakyReLU.',
  Conv2DTranspose: 'Use ZeroPadding2D and Conv2D.',
  Multiply: 'Only sums of tensors are read: Add, Subtract and Concatenate.',
  LayerNormalization: 'Use BatchNormalization, which is linear at inference.',
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
