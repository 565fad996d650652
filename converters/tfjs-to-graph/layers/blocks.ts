/**
 * The blocks of src/layers by class name: EDLayer, EDLight2DConv (EDLightConv2D), SELightBlock, SEHeavyBlock, ShiftReLU,
 * SumPooling2D, L2Normalization. Options and weights are named there; batch normalisation goes into the dense parts.
 */
import {
  compose,
  emit,
  emitAll,
  type LeakyReluOp,
  type ReluOp,
  type Shape,
  samePadding,
} from '../../../src/graph/index.ts';
import { readField } from '../../../src/tensorflow/index.ts';
import { type Emitter, type LayerCall, type LayerImporter, operandOfRank, takeWeight } from '../emitter.ts';
import {
  readCount,
  readFlag,
  readNumber,
  readPaddingMode,
  readPair,
  unsupportedOption,
} from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';

const IMAGE = 'height x width x channels';

/** Sizes of the cells of a block. */
interface CellSizes {
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** EDLayer. */
export const importEdLayer: LayerImporter = (emitter, call) => {
  const shape = operandOfRank(emitter, call, 1, 'a vector');
  const [inputs = 0] = shape;
  const cells = takeCells(emitter, call, { count: 1, inputs, outputs: readCount(call.layer, 'units') });
  return withResidual(emitter, call, site => compose.encoderDecoder(site, cells), shape);
};

/** EDLight2DConv, also named EDLightConv2D. */
export const importEdLightConv: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const patchSize = readCount(layer, 'patch_size');
  const outputPatchSize = readCount(layer, 'output_patch_size', 10);
  const singleKernel = readFlag(layer, 'single_kernel', false);
  const cells = takeCells(emitter, call, {
    count: singleKernel ? 1 : countPatches(layer, shape, patchSize),
    inputs: patchSize ** 2 * (shape[2] ?? 1),
    outputs: outputPatchSize ** 2 * readCount(layer, 'filters'),
  });
  const options = { ...cells, patchSize, outputPatchSize, singleKernel };
  return withResidual(emitter, call, site => compose.patchEncoderDecoder(site, options), shape);
};

/** SELightBlock: the whole image is one patch. */
export const importSeLight: LayerImporter = (emitter, call) => {
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const [height = 1, width = 1, channels = 1] = shape;
  const cells = takeCells(emitter, call, { count: 1, inputs: channels, outputs: channels });
  return emitAll(emitter, compose.squeezeExcite(siteOf(call, shape), [height, width], cells));
};

/** SEHeavyBlock. */
export const importSeHeavy: LayerImporter = (emitter, call) => {
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const patchSize = readCount(call.layer, 'patch_size');
  const channels = shape[2] ?? 1;
  const count = countPatches(call.layer, shape, patchSize);
  const cells = takeCells(emitter, call, { count, inputs: channels, outputs: channels });
  return emitAll(emitter, compose.squeezeExcite(siteOf(call, shape), [patchSize, patchSize], cells));
};

/** ShiftReLU: slope 2^-shift below zero. */
export const importShiftRelu: LayerImporter = (emitter, call) =>
  emit(emitter, call.layer.name, shiftRelu(call.layer, readNumber(call.layer, 'shift', 0)), call.operands);

/** SumPooling2D; with padding 'same' zeros are added first. */
export const importSumPooling: LayerImporter = (emitter, call) => {
  const { layer } = call;
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const poolSize = readPair(layer, 'pool_size', [2, 2]);
  const strides = readPair(layer, 'strides', poolSize);
  const site = siteOf(call, shape);
  if (readPaddingMode(layer, ['valid', 'same']) === 'valid')
    return emitAll(emitter, compose.sumPool2d(site, poolSize, strides));
  const padding = samePadding(shape, { size: poolSize, strides, dilations: [1, 1] });
  const input = emit(emitter, `${layer.name}_pad`, { kind: 'pad', padding }, call.operands);
  return emitAll(emitter, compose.sumPool2d({ ...site, input }, poolSize, strides));
};

/** L2Normalization over the last axis. */
export const importL2Normalization: LayerImporter = (emitter, call) => {
  const epsilon = readNumber(call.layer, 'epsilon', 1e-6);
  return emit(emitter, call.layer.name, { kind: 'l2-normalize', epsilon }, call.operands);
};

function siteOf(call: LayerCall, shape: Shape): compose.Site {
  return { name: call.layer.name, input: call.operands[0] ?? '', shape };
}

function withResidual(
  emitter: Emitter,
  call: LayerCall,
  nodesOf: (site: compose.Site) => compose.ComposedNode[],
  shape: Shape,
): string {
  const { layer } = call;
  const site = siteOf(call, shape);
  if (!readFlag(layer, 'use_residual', false)) return emitAll(emitter, nodesOf(site));
  const decoded = emitAll(emitter, nodesOf({ ...site, name: `${layer.name}_decoded` }));
  return emit(emitter, layer.name, { kind: 'add' }, [decoded, site.input]);
}

function countPatches(layer: KerasLayer, shape: Shape, patchSize: number): number {
  const [height = 1, width = 1] = shape;
  const count = (height / patchSize) * (width / patchSize);
  if (height % patchSize === 0 && width % patchSize === 0) return count;
  throw unsupportedOption(
    layer,
    `patch_size ${patchSize} on an image of ${height}x${width}`,
    'the patches must cover the image evenly',
  );
}

/** The encoder-decoder of a layer, batch normalisation folded in. */
function takeCells(emitter: Emitter, call: LayerCall, sizes: CellSizes): compose.EncoderDecoder {
  const { layer } = call;
  const hidden = readCount(layer, 'hidden_units', 10);
  const { count, inputs, outputs } = sizes;
  return {
    encode: takeDense(emitter, call, 'encode', [count, inputs, hidden]),
    activation: shiftRelu(layer, readField(layer.config, 'shift') ?? null),
    decode: takeDense(emitter, call, 'decode', [count, hidden, outputs]),
  };
}

function takeDense(
  emitter: Emitter,
  call: LayerCall,
  part: 'encode' | 'decode',
  shape: readonly [count: number, inputs: number, units: number],
): compose.CellWeights {
  const [count, inputs, units] = shape;
  const take = (key: string): Float32Array => takeWeight(emitter, call, `${part}_${key}`, [count, units]);
  const kernel = takeWeight(emitter, call, `${part}_kernel`, shape);
  const bias = take('bias');
  if (!readFlag(call.layer, 'use_batch_norm', true)) return { units, weights: kernel, bias };
  const [gamma, beta, mean, variance] = [
    take('gamma'),
    take('beta'),
    take('moving_mean'),
    take('moving_variance'),
  ];
  const epsilon = readNumber(call.layer, 'epsilon', 1e-3);
  const factors = Float64Array.from(gamma, (value, i) => value / Math.sqrt((variance[i] ?? 0) + epsilon));
  const cellOf = (i: number): number => Math.floor(i / (inputs * units)) * units + (i % units);
  const weights = kernel.map((value, i) => value * (factors[cellOf(i)] ?? 1));
  const shifts = Float64Array.from(bias, (value, i) => (value - (mean[i] ?? 0)) * (factors[i] ?? 1));
  return { units, weights, bias: Float32Array.from(shifts, (value, i) => value + (beta[i] ?? 0)) };
}

function shiftRelu(layer: KerasLayer, shift: unknown): ReluOp | LeakyReluOp {
  if (shift === null) return { kind: 'relu' };
  if (Number.isSafeInteger(shift) && Number(shift) >= 0)
    return { kind: 'leaky-relu', slope: 2 ** -Number(shift) };
  throw unsupportedOption(layer, `shift ${String(shift)}`, 'a whole number of zero or more is read');
}
