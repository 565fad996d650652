/**
 * Two kernels of TensorFlow.js' WASM back end that gradients spend their time in, some ten times faster in the shapes that
 * training has: repeating a vector over a batch (gradients of batch normalisation), and what a 1x1 convolution passes
 * back to its input, which is a product of matrices. Other shapes go to the back end's own kernels.
 */
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';
import type { HeapBackend } from './heap-backend.ts';

type KernelFunc = KernelConfig['kernelFunc'];

/** Wraps the back end's kernel for repetition: [1, ..., 1, C] over all leading axes is copied in doubling runs. */
export function fastTile(tile: KernelFunc): KernelFunc {
  return call => {
    const x = call.inputs.x as TensorInfo;
    const { reps } = call.attrs as unknown as { reps: number[] };
    const last = x.shape.length - 1;
    const isVector = last > 0 && reps[last] === 1 && x.shape.slice(0, last).every(size => size === 1);
    if (!isVector || x.dtype !== 'float32') return tile(call);
    const backend = call.backend as HeapBackend; // registered for the WASM back end only
    const out = backend.makeOutput(
      x.shape.map((size, axis) => size * (reps[axis] ?? 1)),
      'float32',
    );
    const values = backend.typedArrayFromHeap(out);
    const length = x.shape[last] ?? 1;
    if (values.length > 0) values.set(backend.typedArrayFromHeap(x));
    for (let filled = length; filled > 0 && filled < values.length; filled *= 2)
      values.copyWithin(filled, 0, Math.min(filled, values.length - filled));
    return out;
  };
}

interface InputGradientAttributes {
  readonly strides: number | readonly number[];
  readonly inputShape: readonly number[];
  readonly dataFormat?: string;
}

/** Wraps the back end's kernel for a convolution's input gradient: dx = dy * w^T where the filter is one pixel. */
export function fastInputGradient(gradient: KernelFunc, multiply: KernelFunc): KernelFunc {
  return call => {
    const { dy, filter } = call.inputs as { dy: TensorInfo; filter: TensorInfo };
    const { strides, inputShape, dataFormat } = call.attrs as unknown as InputGradientAttributes;
    const [height, width, inChannels = 1, outChannels = 1] = filter.shape;
    const isDense = height === 1 && width === 1 && [strides].flat().every(step => step === 1);
    const isUnpadded = dy.shape[1] === inputShape[1] && dy.shape[2] === inputShape[2];
    if (!isDense || !isUnpadded || dataFormat === 'NCHW') return gradient(call);
    const positions = dy.shape.slice(0, 3).reduce((all, size) => all * size, 1);
    const product = multiply({
      inputs: {
        a: { ...dy, shape: [1, positions, outChannels] },
        b: { ...filter, shape: [1, inChannels, outChannels] },
      },
      backend: call.backend,
      attrs: { transposeA: false, transposeB: true },
    }) as TensorInfo;
    return { ...product, shape: [...inputShape] };
  };
}
