/** Hand-written model.json files for what TensorFlow.js itself does not write: other layers, other dialects. */
import type { TfjsModelFiles } from '../../../../src/tensorflow/index.ts';

export interface Layer {
  readonly className: string;
  readonly name: string;
  readonly config?: Record<string, unknown>;
}

export interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** A weight whose values count 1, 2, 3 ... times a step. */
export function countingWeight(name: string, shape: readonly number[], step = 1): Weight {
  const length = shape.reduce((a, b) => a * b, 1);
  return { name, shape, data: Array.from({ length }, (_, i) => (i + 1) * step) };
}

/** A Sequential model with an input layer 'x'. */
export function kerasSequential(
  inputShape: readonly number[],
  chain: readonly Layer[],
  weights: readonly Weight[] = [],
): TfjsModelFiles {
  const input: Layer = {
    className: 'InputLayer',
    name: 'x',
    config: { batch_input_shape: [null, ...inputShape] },
  };
  const layers = [input, ...chain].map(({ className, name, config }) => ({
    class_name: className,
    config: { ...config, name },
  }));
  return kerasFiles({ class_name: 'Sequential', config: { name: 'net', layers } }, weights);
}

/** Wraps a topology and its weights in the files of a LayersModel. */
export function kerasFiles(modelTopology: unknown, weights: readonly Weight[] = []): TfjsModelFiles {
  const specs = weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  const bytes = new Uint8Array(Float32Array.from(weights.flatMap(weight => weight.data)).buffer);
  const weightsManifest = [{ paths: ['w.bin'], weights: specs }];
  return {
    model: JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }),
    weights: new Map([['w.bin', bytes]]),
  };
}

/** A model of one layer, 'layer'. */
export function single(
  className: string,
  config: Record<string, unknown>,
  inputShape = [4, 4, 2],
): TfjsModelFiles {
  return kerasSequential(inputShape, [{ className, name: 'layer', config }]);
}
