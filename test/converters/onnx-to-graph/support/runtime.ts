/** Oracle: ONNX Runtime (its WebAssembly build, in Node). */
import * as ort from 'onnxruntime-web';
import type { TensorType } from './encode.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

export interface RuntimeTensor {
  readonly type?: TensorType;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Runs a model, and gives its outputs by name. */
export async function runModel(
  model: Uint8Array,
  inputs: Readonly<Record<string, RuntimeTensor>>,
): Promise<Record<string, Float64Array>> {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: 'disabled' });
  const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toTensor(tensor)]));
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [
      name,
      Float64Array.from(tensor.data as ArrayLike<number>, Number),
    ]),
  );
}

function toTensor({ type = 'float32', dims, data }: RuntimeTensor): ort.Tensor {
  switch (type) {
    case 'float32':
      return new ort.Tensor('float32', Float32Array.from(data), dims);
    case 'int64':
      return new ort.Tensor('int64', BigInt64Array.from(Array.from(data), BigInt), dims);
    case 'int32':
      return new ort.Tensor('int32', Int32Array.from(data), dims);
    case 'uint8':
      return new ort.Tensor('uint8', Uint8Array.from(data), dims);
    case 'int8':
      return new ort.Tensor('int8', Int8Array.from(data), dims);
    default:
      throw new RangeError(`No test gives ${type}.`);
  }
}
