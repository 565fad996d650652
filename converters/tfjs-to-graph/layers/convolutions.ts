/**
 * Conv1D, Conv2D, DepthwiseConv2D and SeparableConv2D. A one-dimensional convolution becomes a two-dimensional one of
 * height 1 between reshapes.
 */
import {
  type Conv2dOp,
  compose,
  dilatedSize,
  elementCount,
  emit,
  emitAll,
  type Padding,
  type Shape,
  samePadding,
  shapeOf,
} from '../../../src/graph/index.ts';
import { readField } from '../../../src/tensorflow/index.ts';
import {
  type Emitter,
  type LayerCall,
  type LayerImporter,
  operandOfRank,
  singleOperand,
  takeWeight,
  weightShape,
} from '../emitter.ts';
import {
  type PaddingMode,
  type Pair,
  readCount,
  readPaddingMode,
  readPair,
  requireChannelsLast,
  unsupportedOption,
} from '../layer-options.ts';
import type { KerasLayer } from '../topology.ts';
import { applyActivation } from './activations.ts';
import { takeBias } from './dense.ts';

const IMAGE = 'height x width x channels';
const SERIES = 'steps x channels';
const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

/** The geometry of a convolution over [height, width, channels]. */
interface Geometry {
  readonly kernelSize: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: PaddingMode;
}

/** Conv2D: kernel [height, width, channels / groups, filters]. */
export const importConv2d: LayerImporter = (emitter, call) => {
  requireChannelsLast(call.layer);
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const op = convolution(emitter, call, readGeometry(call.layer), shape);
  const conv = emit(emitter, call.layer.name, op, call.operands);
  return applyActivation(emitter, call.layer, conv);
};

/** Conv1D: kernel [steps, channels / groups, filters]; 'causal' padding stands before the series. */
export const importConv1d: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const [steps = 0, channels = 0] = operandOfRank(emitter, call, 2, SERIES);
  const geometry: Geometry = {
    kernelSize: [1, readCount(layer, 'kernel_size')],
    strides: [1, readCount(layer, 'strides', 1)],
    dilations: [1, readCount(layer, 'dilation_rate', 1)],
    padding: readPaddingMode(layer, ['valid', 'same', 'causal']),
  };
  const image: Shape = [1, steps, channels];
  const row = emit(emitter, `${layer.name}_row`, { kind: 'reshape', shape: image }, [singleOperand(call)]);
  const op = convolution(emitter, call, geometry, image);
  const conv = emit(emitter, `${layer.name}_conv`, op, [row]);
  const series: Shape = shapeOf(emitter, conv).slice(1);
  const result = emit(emitter, layer.name, { kind: 'reshape', shape: series }, [conv]);
  return applyActivation(emitter, layer, result);
};

/** DepthwiseConv2D: kernel [height, width, channels, multiplier], output channel c * multiplier + j. */
export const importDepthwiseConv2d: LayerImporter = (emitter, call) => {
  requireChannelsLast(call.layer);
  const dilations = readPair(call.layer, 'dilation_rate', [1, 1]);
  if (dilations.some(dilation => dilation !== 1)) {
    const remedy =
      'Keras applies it and TensorFlow.js ignores it, so neither is taken. Use a Conv2D or no dilation';
    throw unsupportedOption(call.layer, `dilation_rate [${dilations.join(', ')}]`, remedy);
  }
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const op = depthwise(emitter, call, shape);
  const conv = emit(
    emitter,
    call.layer.name,
    { ...op, bias: takeBias(emitter, call, op.filters) },
    call.operands,
  );
  return applyActivation(emitter, call.layer, conv);
};

/** SeparableConv2D: a depthwise convolution without bias, then a 1x1 convolution. */
export const importSeparableConv2d: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const spread = depthwise(emitter, call, operandOfRank(emitter, call, 3, IMAGE));
  const first = emit(emitter, `${layer.name}_depthwise`, spread, call.operands);
  const filters = readCount(layer, 'filters');
  const mix: Conv2dOp = {
    kind: 'conv2d',
    filters,
    kernelSize: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: NO_PADDING,
    groups: 1,
    kernel: takeWeight(emitter, call, 'pointwise_kernel', [1, 1, spread.filters, filters]),
    bias: takeBias(emitter, call, filters),
  };
  return applyActivation(emitter, layer, emit(emitter, layer.name, mix, [first]));
};

function readGeometry(layer: KerasLayer): Geometry {
  return {
    kernelSize: readPair(layer, 'kernel_size'),
    strides: readPair(layer, 'strides', [1, 1]),
    dilations: readPair(layer, 'dilation_rate', [1, 1]),
    padding: readPaddingMode(layer, ['valid', 'same']),
  };
}

function convolution(emitter: Emitter, call: LayerCall, geometry: Geometry, shape: Shape): Conv2dOp {
  const { kernelSize, strides, dilations } = geometry;
  const filters = readCount(call.layer, 'filters');
  const groups = readCount(call.layer, 'groups', 1);
  const channels = shape[2] ?? 0;
  if (channels % groups !== 0) {
    throw unsupportedOption(
      call.layer,
      `${groups} groups`,
      `they must divide its ${channels} input channels`,
    );
  }
  const size = operandOfSeries(call.layer) ? kernelSize.slice(1) : kernelSize;
  const kernel = takeWeight(emitter, call, 'kernel', [...size, channels / groups, filters]);
  const bias = takeBias(emitter, call, filters);
  const padding = paddingOf(geometry, shape);
  return { kind: 'conv2d', filters, kernelSize, strides, dilations, padding, groups, kernel, bias };
}

function operandOfSeries(layer: KerasLayer): boolean {
  return layer.className === 'Conv1D';
}

/** A depthwise convolution with a zero bias. */
function depthwise(emitter: Emitter, call: LayerCall, shape: Shape): Conv2dOp {
  const geometry = readGeometry(call.layer);
  const { kernelSize, strides, dilations } = geometry;
  const channels = shape[2] ?? 0;
  // TensorFlow.js leaves depth_multiplier out of a saved SeparableConv2D: the kernel has it.
  const multiplier = readCount(
    call.layer,
    'depth_multiplier',
    weightShape(emitter, call, 'depthwise_kernel').at(-1),
  );
  const kernelShape = [...kernelSize, channels, multiplier];
  const kernel = takeWeight(emitter, call, 'depthwise_kernel', kernelShape);
  const filters = elementCount([channels, multiplier]);
  const padding = paddingOf(geometry, shape);
  const bias = new Float32Array(filters);
  return { kind: 'conv2d', filters, kernelSize, strides, dilations, padding, groups: channels, kernel, bias };
}

function paddingOf(geometry: Geometry, shape: Shape): Padding {
  const { kernelSize, strides, dilations, padding } = geometry;
  switch (padding) {
    case 'valid':
      return NO_PADDING;
    case 'same':
      return samePadding(shape, { size: kernelSize, strides, dilations });
    case 'causal':
      return { ...NO_PADDING, left: dilatedSize(kernelSize[1], dilations[1]) - 1 };
    default:
      return padding satisfies never;
  }
}

/** Conv2DTranspose: kernel [height, width, filters, channels]. */
export const importConv2dTranspose: LayerImporter = (emitter, call) => {
  const { layer } = call;
  requireChannelsLast(layer);
  const shape = operandOfRank(emitter, call, 3, IMAGE);
  const { kernelSize, strides, dilations, padding } = readGeometry(layer);
  const filters = readCount(layer, 'filters');
  const extra =
    readField(layer.config, 'output_padding') == null ? undefined : readPair(layer, 'output_padding');
  if (extra !== undefined) {
    throw unsupportedOption(layer, `output_padding [${extra.join(', ')}]`, 'the size without it is read');
  }
  const sizes = [0, 1].map(axis =>
    transposedSize(axis as 0 | 1, shape, { kernelSize, strides, dilations, padding }),
  );
  const [rows, columns] = sizes as [TransposedSize, TransposedSize];
  const nodes = compose.convTranspose(
    { name: layer.name, input: singleOperand(call), shape },
    {
      filters,
      kernelSize,
      strides,
      dilations,
      cropped: [rows.cropped, columns.cropped],
      size: [rows.size, columns.size],
      groups: 1,
      kernel: takeWeight(emitter, call, 'kernel', [...kernelSize, filters, shape[2] ?? 0]),
      bias: takeBias(emitter, call, filters),
    },
  );
  return applyActivation(emitter, layer, emitAll(emitter, nodes));
};

interface TransposedSize {
  readonly size: number;
  readonly cropped: number;
}

/** Keras: 'same' gives size * stride, 'valid' whatever the windows cover; what is too much is cut off evenly. */
function transposedSize(axis: 0 | 1, shape: Shape, geometry: Geometry): TransposedSize {
  const size = shape[axis] ?? 0;
  const stride = geometry.strides[axis];
  const span = dilatedSize(geometry.kernelSize[axis], geometry.dilations[axis]);
  if (geometry.padding === 'same') {
    const total = Math.max(0, span - stride);
    return { size: size * stride, cropped: Math.floor(total / 2) };
  }
  return { size: size * stride + Math.max(span - stride, 0), cropped: 0 };
}
