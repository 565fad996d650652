/**
 * The blocks of src/layers in operators of the graph: an encoder-decoder for each cell of an image, and squeeze-and-excite
 * factors. Cells with weights of their own are the groups of a 1x1 convolution over all their values side by side; cells
 * that share weights are the windows of one strided convolution. Cutting an image into patches moves values only.
 *
 * Costs: one activation for each hidden unit of each cell; for factors one product for each value that they multiply.
 */
import type { RearrangeOp } from '../operators/types.ts';
import type { Conv2dOp, LeakyReluOp, Op, ReluOp, ReshapeOp, Shape } from '../types.ts';
import { depthToSpaceOp, rearrangeBy } from './rearrange.ts';
import { type ComposedNode, chain, nodeSpec, type Site } from './site.ts';

/** A dense layer for each cell. weights: [cell, input, unit]; bias: [cell, unit]. */
export interface CellWeights {
  readonly units: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** y = decode(activation(encode(x))) in each cell. */
export interface EncoderDecoder {
  readonly encode: CellWeights;
  readonly activation: ReluOp | LeakyReluOp;
  readonly decode: CellWeights;
}

const NO_PADDING = { top: 0, bottom: 0, left: 0, right: 0 } as const;

/** An encoder-decoder of a vector: one cell. */
export function encoderDecoder(site: Site, { encode, activation, decode }: EncoderDecoder): ComposedNode[] {
  return chain(site, [
    ['encode', { kind: 'dense', ...encode }],
    ['hidden', activation],
    ['decode', { kind: 'dense', ...decode }],
  ]);
}

export interface PatchEncoderDecoder extends EncoderDecoder {
  /** Side of the patches of the input, and of those of the output. */
  readonly patchSize: number;
  readonly outputPatchSize: number;
  /** One set of weights (one cell) for all patches. */
  readonly singleKernel: boolean;
}

/** An encoder-decoder on each patch of an image [height, width, channels]; patches must cover it evenly. */
export function patchEncoderDecoder(site: Site, options: PatchEncoderDecoder): ComposedNode[] {
  return options.singleKernel ? sharedPatches(site, options) : ownPatches(site, options);
}

function sharedPatches({ name, input, shape }: Site, options: PatchEncoderDecoder): ComposedNode[] {
  const { encode, activation, decode, patchSize, outputPatchSize } = options;
  const [height = 1, width = 1] = shape;
  const grid: Shape = [height / patchSize, width / patchSize, decode.units];
  return chain({ name, input, shape }, [
    ['encode', windowDense(encode, patchSize)],
    ['hidden', activation],
    ['decode', windowDense(decode, 1)],
    ...(outputPatchSize === 1 ? [] : [['tile', depthToSpaceOp(grid, outputPatchSize)] as const]),
  ]);
}

function ownPatches({ name, input, shape }: Site, options: PatchEncoderDecoder): ComposedNode[] {
  const { encode, activation, decode, patchSize, outputPatchSize } = options;
  const [height = 1, width = 1] = shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  const channels = decode.units / outputPatchSize ** 2;
  const output: Shape = [rows * outputPatchSize, columns * outputPatchSize, channels];
  return chain({ name, input, shape }, [
    ['patches', patchesOp(shape, patchSize)],
    ['encode', cellDense(encode, rows * columns)],
    ['hidden', activation],
    ['decode', cellDense(decode, rows * columns)],
    ['tile', unpatchOp(output, outputPatchSize)],
  ]);
}

/**
 * Multiplies each channel of each patch of an image by a factor that an encoder-decoder finds from the patch's means. A
 * patch as large as the image gives one factor a channel.
 */
export function squeezeExcite(
  site: Site,
  patchSize: readonly [height: number, width: number],
  options: EncoderDecoder,
): ComposedNode[] {
  const { name, shape, input } = site;
  const [height = 1, width = 1, channels = 1] = shape;
  const [rows, columns] = [height / patchSize[0], width / patchSize[1]];
  const factors = chain({ name: `${name}_factors`, input, shape }, [
    ['mean', { kind: 'average-pool2d', poolSize: patchSize, strides: patchSize, padding: NO_PADDING }],
    ['cells', { kind: 'reshape', shape: [1, 1, rows * columns * channels] }],
    ['encode', cellDense(options.encode, rows * columns)],
    ['hidden', options.activation],
    ['decode', cellDense(options.decode, rows * columns)],
    ['spread', spreadOp(shape, patchSize)],
  ]);
  return [...factors, nodeSpec(name, { kind: 'multiply' }, input, `${name}_factors`)];
}

/** Sums over windows: averages of windows that all hold as many elements, times their number. */
export function sumPool2d(
  site: Site,
  poolSize: readonly [height: number, width: number],
  strides: readonly [height: number, width: number],
): ComposedNode[] {
  return chain(site, [
    ['mean', { kind: 'average-pool2d', poolSize, strides, padding: NO_PADDING }],
    ['sum', { kind: 'scale', factor: poolSize[0] * poolSize[1], shift: 0 }],
  ]);
}

/** Dense layers of cells that stand side by side in [1, 1, cells * inputs]. */
function cellDense({ units, weights, bias }: CellWeights, cells: number): Conv2dOp {
  const inputs = weights.length / (cells * units);
  const filters = cells * units;
  const kernel = new Float32Array(weights.length);
  for (let cell = 0; cell < cells; cell++) {
    for (let i = 0; i < inputs; i++) {
      const from = (cell * inputs + i) * units;
      kernel.set(weights.subarray(from, from + units), i * filters + cell * units);
    }
  }
  return { ...pointConv(filters, kernel, bias), groups: cells };
}

/** One dense layer on every window of size x size. */
function windowDense({ units, weights, bias }: CellWeights, size: number): Conv2dOp {
  return { ...pointConv(units, weights, bias), kernelSize: [size, size], strides: [size, size] };
}

function pointConv(filters: number, kernel: Float32Array, bias: Float32Array): Conv2dOp {
  return {
    kind: 'conv2d',
    filters,
    kernelSize: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: NO_PADDING,
    groups: 1,
    kernel,
    bias,
  };
}

/** [height, width, channels] to [1, 1, all], patch by patch, each row-major. */
function patchesOp(image: Shape, size: number): Op {
  const [height = 1, width = 1, channels = 1] = image;
  const total = height * width * channels;
  const columns = width / size;
  const length = size * size * channels;
  const op = rearrangeBy(image, [1, 1, total], `patches ${size}x${size}`, ([, , at = 0]) => {
    const [patch, inside] = [Math.floor(at / length), at % length];
    const pixel = Math.floor(inside / channels);
    const y = Math.floor(patch / columns) * size + Math.floor(pixel / size);
    return [y, (patch % columns) * size + (pixel % size), inside % channels];
  });
  return orReshape(op);
}

/** The inverse of {@link patchesOp}, to an image. */
function unpatchOp(image: Shape, size: number): Op {
  const [, width = 1, channels = 1] = image;
  const total = image.reduce((a, b) => a * b, 1);
  const columns = width / size;
  const op = rearrangeBy([1, 1, total], image, `tiles ${size}x${size}`, ([y = 0, x = 0, c = 0]) => {
    const patch = Math.floor(y / size) * columns + Math.floor(x / size);
    const pixel = (y % size) * size + (x % size);
    return [0, 0, (patch * size * size + pixel) * channels + c];
  });
  return orReshape(op);
}

/** Factors of patches, [1, 1, patches * channels], at every pixel of their patch. */
function spreadOp(image: Shape, [height, width]: readonly [number, number]): RearrangeOp {
  const [rows = 1, columns = 1, channels = 1] = image;
  const across = columns / width;
  const all = (rows / height) * across * channels;
  return rearrangeBy([1, 1, all], image, `spread over ${height}x${width}`, ([y = 0, x = 0, c = 0]) => [
    0,
    0,
    (Math.floor(y / height) * across + Math.floor(x / width)) * channels + c,
  ]);
}

/** What moves nothing is a reshape. */
function orReshape(op: RearrangeOp): RearrangeOp | ReshapeOp {
  const moves = op.indices.some((from, to) => from !== to);
  return moves ? op : { kind: 'reshape', shape: op.shape };
}
