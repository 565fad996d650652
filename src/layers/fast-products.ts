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

/** Wraps the back end's kernel for products into a faster one. */
export function fastProducts(multiply: KernelFunc): KernelFunc {
  return ({ inputs, backend, attrs }) => {
    const heap = backend as HeapBackend; // registered for the WASM back end only
    const { transposeA, transposeB } = attrs as unknown as ProductAttributes;
    const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
    const plainA = transposeA ? swapLastAxes(heap, a) : a;
    const plainB = transposeB ? swapLastAxes(heap, b) : b;
    const product = multiplyPlain(multiply, heap, plainA, plainB);
    if (transposeA) heap.disposeData(plainA.dataId);
    if (transposeB) heap.disposeData(plainB.dataId);
    return product;
  };
}

/** Side of the squares that a matrix is transposed by: two of them stay in the cache. */
const SQUARE = 32;

/** Transposes each matrix of a batch. */
function swapLastAxes(backend: HeapBackend, x: TensorInfo): TensorInfo {
  const outer = x.shape.slice(0, -2);
  const [rows = 1, columns = 1] = x.shape.slice(-2);
  const out = backend.makeOutput([...outer, columns, rows], 'float32');
  const [to, from] = [backend.typedArrayFromHeap(out), backend.typedArrayFromHeap(x)];
  for (let at = 0; at < from.length; at += rows * columns) transposeInto(to, from, at, [rows, columns]);
  return out;
}

/** Transposes the matrix that stands at `at` in both arrays. */
function transposeInto(
  to: Float32Array,
  from: Float32Array,
  at: number,
  [rows, columns]: readonly [rows: number, columns: number],
): void {
  for (let top = 0; top < rows; top += SQUARE) {
    const bottom = Math.min(rows, top + SQUARE);
    for (let left = 0; left < columns; left += SQUARE) {
      const right = Math.min(columns, left + SQUARE);
      for (let column = left; column < right; column++) {
        const start = at + column * rows;
        for (let row = top; row < bottom; row++)
          to[start + row] = from[at + row * columns + column] as number;
      }
    }
  }
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
