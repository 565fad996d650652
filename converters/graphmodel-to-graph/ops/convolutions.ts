/**
 * Convolutions, plain and depthwise, transposed, fused with bias and activation; batch normalisation.
 *
 * The converter names a fused node after its activation; the convolution itself is then named after its kernel.
 */
import {
  type Conv2dOp,
  compose,
  type Padding,
  type Shape,
  samePadding,
  type Window2d,
} from '../../../src/graph/index.ts';
import {
  type Call,
  constantOperand,
  imageOperand,
  integerOperand,
  type OpImporter,
  placeAll,
  placeImage,
  siteOf,
  variableOperand,
} from '../context.ts';
import {
  type GraphNode,
  malformedNode,
  readIntegers,
  readReal,
  readText,
  readTexts,
  unsupportedOption,
} from '../nodes.ts';
import type { Constant, Variable } from '../values.ts';
import { applyFused } from './activations.ts';
import { affine, coefficients } from './arithmetic.ts';

type Pair = readonly [height: number, width: number];

/** Conv2D: kernel [height, width, channels / groups, filters]. */
export const importConv2d: OpImporter = call => {
  const x = imageOperand(call, 0);
  return placeImage(call, convolution(call, x, kernelOf(call)), x);
};

/** DepthwiseConv2dNative: kernel [height, width, channels, multiplier]. */
export const importDepthwise: OpImporter = call => {
  const x = imageOperand(call, 0);
  return placeImage(call, convolution(call, x, depthwiseKernelOf(call)), x);
};

/** _FusedConv2D. */
export const importFusedConv2d: OpImporter = call => fusedConvolution(call, kernelOf(call));

/** FusedDepthwiseConv2dNative. */
export const importFusedDepthwise: OpImporter = call => fusedConvolution(call, depthwiseKernelOf(call));

/** A kernel as the graph has it. */
interface Kernel {
  readonly source: Constant;
  readonly size: Pair;
  /** Channels that a filter reads. */
  readonly depth: number;
  readonly filters: number;
}

function kernelOf(call: Call): Kernel {
  const source = kernelConstant(call);
  const [height = 0, width = 0, depth = 0, filters = 0] = source.shape;
  return { source, size: [height, width], depth, filters };
}

function depthwiseKernelOf(call: Call): Kernel {
  const source = kernelConstant(call);
  const [height = 0, width = 0, channels = 0, multiplier = 0] = source.shape;
  return { source, size: [height, width], depth: 1, filters: channels * multiplier };
}

function kernelConstant(call: Call): Constant {
  const kernel = constantOperand(call, 1, 'kernel');
  if (kernel.shape.length === 4) return kernel;
  throw malformedNode(call.node, `has a kernel of ${kernel.shape.length} axes; it needs 4`);
}

function convolution(call: Call, x: Variable, kernel: Kernel, bias?: Constant): Conv2dOp {
  const { node } = call;
  requireChannelsLast(node);
  const { size, depth, filters } = kernel;
  const strides = spatial(node, 'strides');
  const dilations = spatial(node, 'dilations');
  const channels = x.shape[3] ?? 0;
  return {
    kind: 'conv2d',
    filters,
    kernelSize: size,
    strides,
    dilations,
    padding: readPadding(node, x.shape.slice(1), { size, strides, dilations }),
    groups: Math.max(1, Math.floor(channels / Math.max(1, depth))),
    kernel: Float32Array.from(kernel.source.data),
    bias: bias === undefined ? new Float32Array(filters) : biasOf(bias, filters),
  };
}

function biasOf(bias: Constant, length: number): Float32Array {
  return Float32Array.from(coefficients(bias, [1, length]));
}

/** A convolution, then a bias, then an activation, as far as `fused_ops` lists them. */
function fusedConvolution(call: Call, kernel: Kernel): Variable {
  const x = imageOperand(call, 0);
  const { bias, activation, slopes } = readFused(call);
  const op = convolution(call, x, kernel, bias);
  const name = activation === undefined ? call.name : layerName(call, kernel.source);
  return applyFused(call, placeImage(call, op, x, name), activation, slopes);
}

/** What is fused into a node. */
export interface Fused {
  readonly bias?: Constant;
  readonly activation?: string;
  /** Index of the operand with the slopes of a PReLU. */
  readonly slopes: number;
}

/**
 * Reads what is fused into a convolution or product: a bias and an activation, in this order.
 *
 * @throws UNSUPPORTED_OPTION for a fused batch normalisation.
 */
export function readFused(call: Call): Fused {
  const names = readTexts(call.node, 'fused_ops').filter(name => name !== 'noop' && name !== '');
  const hasBias = names[0] === 'BiasAdd';
  const [activation, ...more] = hasBias ? names.slice(1) : names;
  if (more.length > 0 || activation === 'FusedBatchNorm') {
    const remedy = 'a bias and one activation are read. Convert the model again with another converter';
    throw unsupportedOption(call.node, `the fused operators ${names.join(', ')}`, remedy);
  }
  return {
    ...(hasBias ? { bias: constantOperand(call, 2, 'bias') } : {}),
    ...(activation === undefined ? {} : { activation }),
    slopes: hasBias ? 3 : 2,
  };
}

/** "block1/Conv2D/ReadVariableOp" is the kernel of the layer "block1". */
export function layerName(call: Call, kernel: Constant): string {
  const short = call.importer.shorten(kernel.source);
  const layer = short.replace(
    /\/(Conv2D|MatMul|depthwise|ReadVariableOp|kernel|weights|read|conv2d|separable_conv2d|\/)+.*$/,
    '',
  );
  return layer === '' || layer === call.name ? `${call.name}_linear` : layer;
}

/** Conv2DBackpropInput: operands are the size of the result, the kernel [height, width, filters, channels], the image. */
export const importConvTranspose: OpImporter = call => {
  const { node } = call;
  requireChannelsLast(node);
  const [, height = 0, width = 0] = integerOperand(call, 0, 'output size');
  const kernel = kernelConstant(call);
  const [kernelHeight = 0, kernelWidth = 0, filters = 0] = kernel.shape;
  const x = imageOperand(call, 2);
  const kernelSize: Pair = [kernelHeight, kernelWidth];
  const strides = spatial(node, 'strides');
  const dilations = spatial(node, 'dilations');
  // the padding is that of the convolution which this one turns round
  const padding = readPadding(node, [height, width, filters], { size: kernelSize, strides, dilations });
  const nodes = compose.convTranspose(siteOf(call, x), {
    filters,
    kernelSize,
    strides,
    dilations,
    cropped: [padding.top, padding.left],
    size: [height, width],
    groups: 1,
    kernel: Float32Array.from(kernel.data),
    bias: new Float32Array(filters),
  });
  return placeAll(call, nodes, [1, height, width, filters]);
};

/** FusedBatchNorm and its later versions, at inference: an affine map per channel. */
export const importBatchNorm: OpImporter = call => {
  requireChannelsLast(call.node);
  const x = variableOperand(call, 0);
  const [gamma, beta, mean, variance] = ['scale', 'offset', 'mean', 'variance'].map((what, i) =>
    coefficients(constantOperand(call, i + 1, what), x.shape),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const epsilon = readReal(call.node, 'epsilon', 1e-4);
  const factor = gamma.map((value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  const shift = beta.map((value, c) => value - (mean[c] ?? 0) * (factor[c] ?? 0));
  return affine(call, x, x.shape, { factor, shift });
};

/**
 * Refuses images with channels first.
 *
 * @throws UNSUPPORTED_OPTION
 */
export function requireChannelsLast(node: GraphNode): void {
  const format = readText(node, 'data_format') ?? 'NHWC';
  if (format === 'NHWC') return;
  throw unsupportedOption(
    node,
    `data_format '${format}'`,
    "only 'NHWC' is read. Export the model with channels last",
  );
}

/** Height and width of an attribute that counts batch and channels too. */
export function spatial(node: GraphNode, key: string): Pair {
  const values = readIntegers(node, key);
  const [batch = 1, height = 1, width = 1, channels = 1] = values;
  if (batch === 1 && channels === 1) return [height, width];
  throw unsupportedOption(node, `${key} [${values.join(', ')}]`, 'only height and width may differ from 1');
}

/** The padding of a convolution or pool over [height, width, channels]. */
export function readPadding(node: GraphNode, shape: Shape, window: Window2d): Padding {
  const mode = readText(node, 'padding') ?? 'VALID';
  switch (mode) {
    case 'VALID':
      return { top: 0, bottom: 0, left: 0, right: 0 };
    case 'SAME':
      return samePadding(shape, window);
    case 'EXPLICIT': {
      const [, , top = 0, bottom = 0, left = 0, right = 0] = readIntegers(node, 'explicit_paddings');
      return { top, bottom, left, right };
    }
    default:
      throw unsupportedOption(node, `padding '${mode}'`, "'VALID', 'SAME' and 'EXPLICIT' are read");
  }
}
