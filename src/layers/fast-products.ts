/**
 * Products of matrices on TensorFlow.js' WASM back end, some ten times faster where training needs them: its quick kernel
 * takes single untransposed products only, while gradients multiply by transposes, and layers with weights per cell
 * multiply batches. Here operands are transposed first, and batches are multiplied one by one, in place.
 */
import type { KernelConfig, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { HeapBackend } from './heap-backend.ts';

type KernelFunc = KernelConfig['kernelFunc'];

/** Below so many multiplications a single product does not repay its call. */
const PRODUCT_MIN = 16_384;

interface ProductAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Wraps the back end's kernels for products and transpositions into a faster one for products. */
export function fastProducts(multiply: KernelFunc, transpose: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const heap = backend as HeapBackend; // registered for the WASM back end only
    const { transposeA, transposeB } = attrs as unknown as ProductAttributes;
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const plainA = transposeA ? swapLastAxes(transpose, heap, a) : a;
    const plainB = transposeB ? swapLastAxes(transpose, heap, b) : b;
    const product = multiplyPlain(multiply, heap, plainA, plainB);
    if (transposeA) heap.disposeData(plainA.dataId);
    if (transposeB) heap.disposeData(plainB.dataId);
    return product;
  };
}

function swapLastAxes(transpose: KernelFunc, backend: HeapBackend, x: TensorInfo): TensorInfo {
  const perm = x.shape.map((_, axis) => axis);
  const last = perm.length - 1;
  [perm[last - 1], perm[last]] = [last, last - 1];
  return transpose({ inputs: { x }, backend, attrs: { perm } }) as TensorInfo;
}

function multiplyPlain(multiply: KernelFunc, backend: HeapBackend, a: TensorInfo, b: TensorInfo): TensorInfo {
  const call = (left: TensorInfo, right: TensorInfo): TensorInfo => {
    const inputs: NamedTensorInfoMap = { a: left, b: right };
    return multiply({ inputs, backend, attrs: { transposeA: false, transposeB: false } }) as TensorInfo;
  };
  const [count = 1, rows = 1, inner = 1] = a.shape;
  const columns = b.shape[2] ?? 1;
  const isBatch = a.shape.length === 3 && b.shape.length === 3 && count > 1 && b.shape[0] === count;
  if (!isBatch || rows * inner * columns < PRODUCT_MIN) return call(a, b);
  const out = backend.makeOutput([count, rows, columns], 'float32');
  for (let i = 0; i < count; i++) {
    const left = viewOf(backend, a, i * rows * inner, [rows, inner]);
    const right = viewOf(backend, b, i * inner * columns, [inner, columns]);
    const product = call(left, right);
    // the heap may have grown: its views are taken anew
    backend.typedArrayFromHeap(out).set(backend.typedArrayFromHeap(product), i * rows * columns);
    backend.disposeData(product.dataId);
    for (const view of [left, right]) forgetView(backend, view);
  }
  return out;
}

/** A matrix of a batch as a tensor of its own, without a copy. */
function viewOf(backend: HeapBackend, x: TensorInfo, offset: number, shape: number[]): TensorInfo {
  const { memoryOffset } = backend.dataIdMap.get(x.dataId);
  return backend.makeOutput(shape, 'float32', memoryOffset + Float32Array.BYTES_PER_ELEMENT * offset);
}

/** Ends a view; its memory belongs to the tensor that it looks at. */
function forgetView(backend: HeapBackend, view: TensorInfo): void {
  backend.wasm.tfjs.disposeData(backend.dataIdMap.get(view.dataId).id);
  backend.dataIdMap.delete(view.dataId);
}
