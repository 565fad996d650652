/**
 * The gradients of convolutions that TensorFlow.js' WASM back end lacks, so that networks train on it: some fifty times
 * faster than on the plain CPU back end.
 *
 * The filter gradient of a convolution is laid out as one product of matrices (the windows, transposed, times dy), which
 * the back end multiplies quickly. Depthwise gradients are plain loops: each element takes part in few products.
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
  const { kernelFunc: transpose } = getKernel('Transpose', BACKEND);
  const product = fastProducts(multiply.kernelFunc, transpose);
  replaceKernel(PRODUCT, () => product);
  replaceKernel('Tile', fastTile);
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

/** dw = windows(x)^T * dy. */
function convFilterGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [x, dy] = [takeInput(inputs, 'x'), takeInput(inputs, 'dy')];
  const info = convInfo(x.shape, attributes.filterShape, attributes, false);
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const rows = info.filterHeight * info.filterWidth * info.inChannels;
  const windows = backend.makeOutput([rows, positions], 'float32');
  fillWindows(backend.typedArrayFromHeap(windows), backend.typedArrayFromHeap(x), info, positions);
  const product = multiply(windows, { ...dy, shape: [positions, info.outChannels] }, backend);
  backend.disposeData(windows.dataId);
  return { ...product, shape: [...attributes.filterShape] };
}

function multiply(a: TensorInfo, b: TensorInfo, backend: HeapBackend): TensorInfo {
  const kernel = getKernel(PRODUCT, BACKEND);
  const inputs: NamedTensorInfoMap = { a, b };
  return kernel.kernelFunc({
    inputs,
    backend,
    attrs: { transposeA: false, transposeB: false },
  }) as TensorInfo;
}

/** Row (ky, kx, c) holds what that tap reads at every output position; zero in the padding. */
function fillWindows(out: Float32Array, x: Float32Array, info: ConvInfo, positions: number): void {
  const { inChannels } = info;
  out.fill(0);
  forEachTap(info, (tap, position, pixel) => {
    const from = pixel * inChannels;
    const to = tap * inChannels * positions + position;
    for (let c = 0; c < inChannels; c++) out[to + c * positions] = x[from + c] as number;
  });
}

/** dw[k, c, m] = sum over b, o of x[b, pixel(o, k), c] * dy[b, o, c * M + m]. */
function depthwiseFilterGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [xInfo, dyInfo] = [takeInput(inputs, 'x'), takeInput(inputs, 'dy')];
  const info = convInfo(xInfo.shape, attributes.filterShape, attributes, true);
  const out = backend.makeOutput([...attributes.filterShape], 'float32');
  const [x, dy] = [backend.typedArrayFromHeap(xInfo), backend.typedArrayFromHeap(dyInfo)];
  const dw = backend.typedArrayFromHeap(out).fill(0);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  forEachTap(info, (tap, position, pixel) => {
    for (let f = 0; f < outChannels; f++) {
      const at = tap * outChannels + f;
      const value = x[pixel * inChannels + Math.floor(f / multiplier)] as number;
      dw[at] = (dw[at] as number) + value * (dy[position * outChannels + f] as number);
    }
  });
  return out;
}

/** dx[b, pixel(o, k), c] gathers dy[b, o, c * M + m] * w[k, c, m]. */
function depthwiseInputGradient(inputs: Inputs, attributes: Attributes, backend: HeapBackend): TensorInfo {
  const [dyInfo, filter] = [takeInput(inputs, 'dy'), takeInput(inputs, 'filter')];
  const info = convInfo(attributes.inputShape, filter.shape as Shape4, attributes, true);
  const out = backend.makeOutput([...attributes.inputShape], 'float32');
  const [dy, w] = [backend.typedArrayFromHeap(dyInfo), backend.typedArrayFromHeap(filter)];
  const dx = backend.typedArrayFromHeap(out).fill(0);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  forEachTap(info, (tap, position, pixel) => {
    for (let f = 0; f < outChannels; f++) {
      const at = pixel * inChannels + Math.floor(f / multiplier);
      const value = dy[position * outChannels + f] as number;
      dx[at] = (dx[at] as number) + value * (w[tap * outChannels + f] as number);
    }
  });
  return out;
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
