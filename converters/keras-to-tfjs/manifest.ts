/** Weights by name, and the LayersModel files that they become. */

/** One weight of the model; `name` is "layer/key", with the models around the layer before it. */
export interface NamedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A LayersModel: what the importer of TensorFlow.js models takes. */
export interface KerasModelFiles {
  readonly model: unknown;
  readonly weights: ReadonlyMap<string, Uint8Array>;
}

const SHARD = 'weights.bin';

/** What a Keras file holds: { class_name, config } of the model, its weights, and who wrote it. */
interface WholeModel {
  readonly config: unknown;
  readonly weights: readonly NamedWeight[];
  readonly kerasVersion: string;
}

/** Writes the weights into one shard behind a manifest. */
export function joinWeights({ config, weights, kerasVersion }: WholeModel): KerasModelFiles {
  const bytes = new Uint8Array(weights.reduce((sum, { data }) => sum + data.byteLength, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const { data } of weights) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  const specs = weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  return {
    model: {
      format: 'layers-model',
      modelTopology: { keras_version: kerasVersion, model_config: config },
      weightsManifest: [{ paths: [SHARD], weights: specs }],
    },
    weights: new Map([[SHARD, bytes]]),
  };
}
