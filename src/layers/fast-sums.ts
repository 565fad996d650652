/**
 * Sums and means over the leading axes on TensorFlow.js' WASM back end, some five times faster: batch normalisation and its
 * gradients take them over the batch and all pixels. The back end's own kernels, which other axes go to, transpose first.
 */
import { type KernelConfig, type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { HeapBackend } from './heap-backend.ts';

type KernelFunc = KernelConfig['kernelFunc'];

interface SumAttributes {
  readonly axis: number | number[];
  readonly keepDims: boolean;
}

/** Wraps the back end's kernel for sums, or that for means. */
export function fastSums(own: KernelFunc, kind: 'sum' | 'mean'): KernelFunc {
  return call => {
    const x = call.inputs.x as TensorInfo;
    const { axis, keepDims } = call.attrs as unknown as SumAttributes;
    const axes = util.parseAxisParam(axis, x.shape);
    const kept = x.shape.slice(axes.length);
    const isLeading = axes.length > 0 && axes.every(each => each < axes.length) && kept.length > 0;
    if (!isLeading || x.dtype !== 'float32') return own(call);
    const backend = call.backend as HeapBackend; // registered for the WASM back end only
    const out = backend.makeOutput(keepDims ? [...axes.map(() => 1), ...kept] : kept, 'float32');
    const sums = new Float64Array(util.sizeFromShape(kept));
    const rows = util.sizeFromShape(x.shape.slice(0, axes.length));
    addRows(sums, backend.typedArrayFromHeap(x), rows);
    const scale = kind === 'sum' ? 1 : 1 / rows;
    const values = backend.typedArrayFromHeap(out);
    sums.forEach((sum, column) => {
      values[column] = sum * scale;
    });
    return out;
  };
}

/** Adds rows to sums, four at once: each sum is then read and written a quarter as often. */
function addRows(sums: Float64Array, x: Float32Array, rowCount: number): void {
  const columns = sums.length;
  let row = 0;
  for (; row + 4 <= rowCount; row += 4) {
    const a = row * columns;
    const [b, c, d] = [a + columns, a + 2 * columns, a + 3 * columns];
    for (let i = 0; i < columns; i++) {
      const four = (x[a + i] as number) + (x[b + i] as number) + (x[c + i] as number) + (x[d + i] as number);
      sums[i] = (sums[i] as number) + four;
    }
  }
  for (; row < rowCount; row++) {
    for (let i = 0; i < columns; i++) sums[i] = (sums[i] as number) + (x[row * columns + i] as number);
  }
}
