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

type Inputs = Readonly<Record<string, RuntimeTensor>>;
type Outputs = Record<string, Float64Array>;

/** Runs a model, and gives its outputs by name. */
export async function runModel(model: Uint8Array, inputs: Inputs): Promise<Outputs> {
  const [outputs = {}] = await runSamples(model, [inputs]);
  return outputs;
}

/** Runs a model on several samples; 'all' lets the runtime make integer layers of floats between quantisations. */
export async function runSamples(
  model: Uint8Array,
  samples: readonly Inputs[],
  level: 'disabled' | 'all' = 'disabled',
): Promise<Outputs[]> {
  const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: level });
  const results: Outputs[] = [];
  for (const inputs of samples) {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, toTensor(tensor)]),
    );
    const outputs = Object.entries(await session.run(feeds));
    results.push(
      Object.fromEntries(
        outputs.map(([name, { data }]) => [name, Float64Array.from(data as ArrayLike<number>, Number)]),
      ),
    );
  }
  await session.release();
  return results;
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
