/** The parts of TensorFlow.js' WASM back end that kernels use: tensors live on its heap, which moves when it grows. */
import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';

export interface HeapBackend extends KernelBackend {
  /** Makes a tensor, or names memory that is on the heap already. */
  makeOutput(shape: number[], dtype: 'float32', memoryOffset?: number): TensorInfo;
  typedArrayFromHeap(info: TensorInfo): Float32Array;
  disposeData(id: object): boolean;
  readonly dataIdMap: {
    get(id: object): { readonly id: number; readonly memoryOffset: number };
    delete(id: object): boolean;
  };
  readonly wasm: { readonly tfjs: { disposeData(id: number): void } };
}
