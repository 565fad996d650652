/**
 * The gradients of convolutions that TensorFlow.js' WASM back end lacks, so that networks train on it: some fifty times
 * faster than on the plain CPU back end.
 *
 * They are laid out as products of matrices, which the back end multiplies quickly: of windows (what each tap of the filter
 * reads at every output position) and dy. Depthwise convolutions have a small product for each channel.
 * Formulae: y[b, o, f] = sum over k, c of x[b, stride * o + dilation * k - pad, c] * w[k, c, f], differentiated.
 */
import {
  backend_util,
  getKernel,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { BionoirError, InternalError } from '../errors.ts';
import { fastInputGradient, fastTile } from './fast-gradients.ts';
import { fastProducts } from './fast-products.ts';
import { fastSums } from './fast-sums.ts';
import type { HeapBackend } from './heap-backend.ts';

const BACKEND = 'wasm';
const PRODUCT = 'BatchMatMul';

type KernelFunc = KernelConfig['kernelFunc'];
type Inputs = Readonly<Record<string, TensorInfo>>;
type ConvInfo = backend_util.Conv2DInfo;
type Kernel = (inputs: Inputs, attributes: Attributes, backend: HeapBackend) => TensorInfo;

/** Attributes of the three kernels, as TensorFlow.js names them. */
interface Attributes {
  readonly strides: number | [number, number];
  readonly dilations?: number | [number, number];
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: [number, number, number, number];
  readonly inputShape: [number, number, number, number];
}

const KERNELS: Readonly<Record<string, Kernel>> = {
  Conv2DBackpropFilter: convFilterGradient,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
  DepthwiseConv2dNativeBackpropInput: depthwiseInputGradient,
};

let isRegistered = false;

/**
 * Registers the gradient kernels that the WASM back end lacks, and faster products of matrices in place of its own; to be
 * called once '@tensorflow/tfjs-backend-wasm' has been imported. Calling it again does nothing.
 *
 * @throws USAGE when the WASM back end has not been imported.
 */
export function registerTrainingKernels(): void {
  if (isRegistered) return;
  const multiply = getKernel(PRODUCT, BACKEND);
  if (multiply === undefined) {
    throw new BionoirError(
      'USAGE',
      "registerTrainingKernels extends TensorFlow.js' WASM back end, which is not loaded. Import '@tensorflow/tfjs-backend-wasm' first.",
    );
  }
  const product = fastProducts(multiply.kernelFunc);
  replaceKernel(PRODUCT, () => product);
  replaceKernel('Tile', fastTile);
  replaceKernel('Sum', own => fastSums(own, 'sum'));
  replaceKernel('Mean', own => fastSums(own, 'mean'));
  replaceKernel('Conv2DBackpropInput', own => fastInputGradient(own, product));
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    if (getKernel(kernelName, BACKEND) !== undefined) continue;
    registerKernel({ kernelName, backendName: BACKEND, kernelFunc: toKernelFunc(kernel) });
  }
  isRegistered = true;
}

function replaceKernel(kernelName: string, wrap: (own: KernelFunc) => KernelFunc): void {
  const kernel = getKernel(kernelName, BACKEND);
  unregisterKernel(kernelName, BACKEND);
  registerKernel({ ...kernel, kernelFunc: wrap(kernel.kernelFunc) });
}

function toKernelFunc(kernel: Kernel): KernelFunc {
  return ({ inputs, attrs, backend }) =>
    // the attributes and back end of the kernels registered here
    kernel(inputs as Inputs, attrs as unknown as Attributes, backend as HeapBackend);
}

function takeInput(inputs: Inputs, name: string): TensorInfo {
  const input = inputs[name];
  if (input !== undefined) return input;
  throw new InternalError(`A gradient kernel is called without '${name}'.`);
}

type Shape4 = [number, number, number, number];

function convInfo(
  x: readonly number[],
  filter: Shape4,
  attributes: Attributes,
  depthwise: boolean,
): ConvInfo {
  const { strides, dilations = 1, pad, dimRoundingMode } = attributes;
  return backend_util.computeConv2DInfo(
    x as Shape4,
    filter,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** dw = windows(x) * dy. */
function convFilterGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [x, dy] = [takeInput(inputs, 'x'), takeInput(inputs, 'dy')];
  const info = convInfo(x.shape, attributes.filterShape, attributes, false);
  const { inChannels, outChannels, filterHeight, filterWidth } = info;
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const columns = { ...dy, shape: [1, positions, outChannels] };
  const shape = [...attributes.filterShape];
  if (readsEachPixelOnce(info)) {
    const rows = { ...x, shape: [1, positions, inChannels] };
    return { ...multiply(backend, [rows, columns], { transposeA: true }), shape };
  }
  const windows = makeWindows(backend, x, info, { tap: inChannels, channel: 1 });
  const rows = { ...windows, shape: [1, filterHeight * filterWidth * inChannels, positions] };
  const product = multiply(backend, [rows, columns]);
  backend.disposeData(windows.dataId);
  return { ...product, shape };
}

/** Whether a convolution is one of single pixels: windows are the image then. */
function readsEachPixelOnce({ filterHeight, filterWidth, inShape, outHeight, outWidth }: ConvInfo): boolean {
  return filterHeight === 1 && filterWidth === 1 && inShape[1] === outHeight && inShape[2] === outWidth;
}

/** For each channel: dw[k, m] = sum over o of windows(x)[k, o] * dy[o, m]. */
function depthwiseFilterGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [x, dy] = [takeInput(inputs, 'x'), takeInput(inputs, 'dy')];
  const info = convInfo(x.shape, attributes.filterShape, attributes, true);
  const taps = info.filterHeight * info.filterWidth;
  const windows = makeWindows(backend, x, info, { tap: 1, channel: taps });
  const columns = byChannel(backend, dy, info);
  const product = multiply(backend, [windows, columns]);
  const swapped = swapFirstAxes(backend, product);
  for (const each of [windows, columns, product]) backend.disposeData(each.dataId);
  return { ...swapped, shape: [...attributes.filterShape] };
}

/** For each channel c: what windows get is w[k, m] * dy[o, m], summed over m; it is added where they were read. */
function depthwiseInputGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [dy, filter] = [takeInput(inputs, 'dy'), takeInput(inputs, 'filter')];
  const info = convInfo(attributes.inputShape, filter.shape as Shape4, attributes, true);
  const taps = info.filterHeight * info.filterWidth;
  const { inChannels, outChannels } = info;
  const shape = [taps, inChannels, outChannels / inChannels];
  const rows = swapFirstAxes(backend, { ...filter, shape });
  const columns = byChannel(backend, dy, info);
  const windows = multiply(backend, [rows, columns], { transposeB: true });
  const out = backend.makeOutput([...attributes.inputShape], 'float32');
  const dx = backend.typedArrayFromHeap(out).fill(0);
  addWindows(dx, backend.typedArrayFromHeap(windows), info);
  for (const each of [rows, columns, windows]) backend.disposeData(each.dataId);
  return out;
}

/** dy as [channel, position, multiplier]. */
function byChannel(backend: HeapBackend, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const { inChannels, outChannels, batchSize, outHeight, outWidth } = info;
  const shape = [batchSize * outHeight * outWidth, inChannels, outChannels / inChannels];
  return swapFirstAxes(backend, { ...dy, shape });
}

function swapFirstAxes(backend: HeapBackend, x: TensorInfo): TensorInfo {
  const { kernelFunc } = getKernel('Transpose', BACKEND);
  return kernelFunc({ inputs: { x }, backend, attrs: { perm: [1, 0, 2] } }) as TensorInfo;
}

function multiply(
  backend: HeapBackend,
  [a, b]: readonly [TensorInfo, TensorInfo],
  transposed: { readonly transposeA?: true; readonly transposeB?: true } = {},
): TensorInfo {
  const { kernelFunc } = getKernel(PRODUCT, BACKEND);
  const attrs = { transposeA: false, transposeB: false, ...transposed };
  const inputs: NamedTensorInfoMap = { a, b };
  return kernelFunc({ inputs, backend, attrs }) as TensorInfo;
}

/** What each tap reads of each channel at every output position; zero in the padding. A row is a tap of a channel. */
function makeWindows(
  backend: HeapBackend,
  x: TensorInfo,
  info: ConvInfo,
  row: { readonly tap: number; readonly channel: number },
): TensorInfo {
  const { inChannels, filterHeight, filterWidth, batchSize, outHeight, outWidth } = info;
  const positions = batchSize * outHeight * outWidth;
  const out = backend.makeOutput([inChannels, filterHeight * filterWidth, positions], 'float32');
  const windows = backend.typedArrayFromHeap(out).fill(0);
  const pixels = backend.typedArrayFromHeap(x);
  forEachTap(info, (tap, position, pixel) => {
    const from = pixel * inChannels;
    for (let c = 0; c < inChannels; c++)
      windows[(tap * row.tap + c * row.channel) * positions + position] = pixels[from + c] as number;
  });
  return out;
}

/** Adds windows [channel, tap, position] where they were read. */
function addWindows(dx: Float32Array, windows: Float32Array, info: ConvInfo): void {
  const { inChannels, filterHeight, filterWidth, batchSize, outHeight, outWidth } = info;
  const positions = batchSize * outHeight * outWidth;
  const step = filterHeight * filterWidth * positions;
  forEachTap(info, (tap, position, pixel) => {
    const from = tap * positions + position;
    const to = pixel * inChannels;
    for (let c = 0; c < inChannels; c++)
      dx[to + c] = (dx[to + c] as number) + (windows[from + c * step] as number);
  });
}

/** Visits every tap of every output position that lies inside the image: indices of kernel cell, output and input pixel. */
function forEachTap(info: ConvInfo, visit: (tap: number, position: number, pixel: number) => void): void {
  const { batchSize, outHeight, outWidth, inHeight, inWidth, filterHeight, filterWidth } = info;
  for (let b = 0; b < batchSize; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const position = (b * outHeight + oy) * outWidth + ox;
        for (let ky = 0; ky < filterHeight; ky++) {
          const iy = oy * info.strideHeight + ky * info.dilationHeight - info.padInfo.top;
          if (iy < 0 || iy >= inHeight) continue;
          for (let kx = 0; kx < filterWidth; kx++) {
            const ix = ox * info.strideWidth + kx * info.dilationWidth - info.padInfo.left;
            if (ix < 0 || ix >= inWidth) continue;
            visit(ky * filterWidth + kx, position, (b * inHeight + iy) * inWidth + ix);
          }
        }
      }
    }
  }
}
