/**
 * Keras files written here with h5wasm in Keras' layout, from LayersModels at hand: both must become the same graph.
 * real-files.test.ts reads what Keras itself wrote.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { strToU8, zipSync } from 'fflate';
import h5wasm, { File } from 'h5wasm';
import { kerasToTfjs } from '../../../converters/keras-to-tfjs/index.ts';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import type { TfjsModelFiles } from '../../../src/tensorflow/index.ts';
import { assertRejectsCode } from '../../support/errors.ts';

interface Weight {
  readonly name: string;
  readonly shape: number[];
  readonly data: Float32Array;
}
interface Layer {
  readonly class_name: string;
  readonly config: { readonly name: string; readonly layers?: readonly Layer[] };
}
interface Model {
  readonly topology: { readonly class_name: string; readonly config: { readonly layers: readonly Layer[] } };
  readonly weights: readonly Weight[];
}

const FOLDER = new URL('../../../fixtures/models/', import.meta.url);

function fixture(name: string): { files: TfjsModelFiles; model: Model } {
  const json = JSON.parse(readFileSync(new URL(`${name}/model.json`, FOLDER), 'utf8')) as {
    modelTopology: Model['topology'];
    weightsManifest: { weights: { name: string; shape: number[] }[] }[];
  };
  const bytes = new Uint8Array(readFileSync(new URL(`${name}/weights.bin`, FOLDER)));
  let offset = 0;
  const weights = json.weightsManifest.flatMap(group =>
    group.weights.map(({ name, shape }) => {
      const length = 4 * shape.reduce((product, size) => product * size, 1);
      const data = new Float32Array(bytes.slice(offset, offset + length).buffer);
      offset += length;
      return { name, shape, data };
    }),
  );
  const files = { model: json, weights: new Map([['weights.bin', bytes]]) };
  return { files, model: { topology: json.modelTopology, weights } };
}

/** A functional model with a batch normalisation, two ReLU layers and a nested Sequential. */
function nestedModel(): Model {
  const inbound = (layer: string) => [[[layer, 0, 0, {}]]];
  const layer = (class_name: string, config: object, from?: string) => ({
    class_name,
    name: (config as { name: string }).name,
    config: config as Layer['config'],
    inbound_nodes: from === undefined ? [] : inbound(from),
  });
  const dense = (name: string, units: number) => ({ name, units, activation: 'linear', use_bias: true });
  const inner = {
    name: 'inner',
    layers: [
      { class_name: 'InputLayer', config: { name: 'inner_in', batch_input_shape: [null, 3] } },
      { class_name: 'Dense', config: dense('first', 4) },
      { class_name: 'ReLU', config: { name: 'rectify' } },
      { class_name: 'Dense', config: { ...dense('second', 2), use_bias: false } },
    ],
  };
  const random = (name: string, ...shape: number[]): Weight => {
    const size = shape.reduce((product, length) => product * length, 1);
    return {
      name,
      shape,
      data: Float32Array.from({ length: size }, (_, k) => ((k * 7 + name.length) % 13) / 8 + 0.125),
    };
  };
  return {
    topology: {
      class_name: 'Functional',
      config: {
        name: 'outer',
        layers: [
          layer('InputLayer', { name: 'x', batch_input_shape: [null, 3] }),
          layer(
            'BatchNormalization',
            { name: 'norm', axis: [1], epsilon: 0.001, center: true, scale: false },
            'x',
          ),
          layer('Sequential', inner, 'norm'),
          layer('ReLU', { name: 'relu' }, 'inner'),
          layer('Dense', dense('last', 2), 'relu'),
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['last', 0, 0]],
      } as Model['topology']['config'],
    },
    weights: [
      random('norm/beta', 3),
      random('norm/moving_mean', 3),
      random('norm/moving_variance', 3),
      random('inner/first/kernel', 3, 4),
      random('inner/first/bias', 4),
      random('inner/second/kernel', 4, 2),
      random('last/kernel', 2, 2),
      random('last/bias', 2),
    ],
  };
}

/** A weight with its place in a .keras archive, below `layers`, and its name for TensorFlow.js. */
interface PlacedWeight extends Weight {
  readonly path: string;
}

/** A functional model as Keras 3 writes it: LSTM, Bidirectional GRU, MultiHeadAttention and TimeDistributed in a row. */
function sequenceModel(): { readonly topology: object; readonly weights: readonly PlacedWeight[] } {
  const tensor = (from: string) => ({
    class_name: '__keras_tensor__',
    config: { shape: [null, 4, 3], dtype: 'float32', keras_history: [from, 0, 0] },
  });
  const layer = (class_name: string, name: string, config: object, ...from: string[]) => ({
    module: 'keras.layers',
    class_name,
    config: { name, trainable: true, dtype: 'float32', ...config },
    registered_name: null,
    build_config: { input_shape: [null, 4, 3] },
    name,
    inbound_nodes: from.length === 0 ? [] : [{ args: from.map(tensor), kwargs: {} }],
  });
  const wrapped = (class_name: string, config: object) => ({
    module: 'keras.layers',
    class_name,
    config,
    registered_name: null,
  });
  const gates = {
    units: 2,
    return_sequences: true,
    activation: 'tanh',
    recurrent_activation: 'hard_sigmoid',
  };
  const gru = wrapped('GRU', { name: 'forward_gru', ...gates, reset_after: true });
  const layers = [
    layer('InputLayer', 'x', { batch_shape: [null, 4, 3] }),
    layer('LSTM', 'lstm', gates, 'x'),
    layer('Bidirectional', 'both', { layer: gru, merge_mode: 'concat' }, 'lstm'),
    layer('MultiHeadAttention', 'attend', { num_heads: 2, key_dim: 3 }, 'both', 'both'),
    layer(
      'TimeDistributed',
      'each',
      { layer: wrapped('Dense', { name: 'inner', units: 2, activation: 'linear' }) },
      'attend',
    ),
  ];
  const ends = { input_layers: [['x', 0, 0]], output_layers: [['each', 0, 0]] };
  const topology = {
    module: 'keras',
    class_name: 'Functional',
    config: { name: 'net', layers, ...ends },
    registered_name: 'Functional',
  };
  const weight = (path: string, name: string, ...shape: number[]): PlacedWeight => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, (_, k) => ((k * 7 + path.length) % 13) / 8 - 0.75);
    return { path, name, shape, data };
  };
  const directions = ['forward', 'backward'].flatMap(direction => [
    weight(`bidirectional/${direction}_layer/cell/vars/0`, `both/${direction}_gru/kernel`, 2, 6),
    weight(`bidirectional/${direction}_layer/cell/vars/1`, `both/${direction}_gru/recurrent_kernel`, 2, 6),
    weight(`bidirectional/${direction}_layer/cell/vars/2`, `both/${direction}_gru/bias`, 2, 6),
  ]);
  const projections = ['query', 'key', 'value'].flatMap(part => [
    weight(`multi_head_attention/${part}_dense/vars/0`, `attend/${part}/kernel`, 4, 2, 3),
    weight(`multi_head_attention/${part}_dense/vars/1`, `attend/${part}/bias`, 2, 3),
  ]);
  return {
    topology,
    weights: [
      weight('lstm/cell/vars/0', 'lstm/kernel', 3, 8),
      weight('lstm/cell/vars/1', 'lstm/recurrent_kernel', 2, 8),
      weight('lstm/cell/vars/2', 'lstm/bias', 8),
      ...directions,
      ...projections,
      weight('multi_head_attention/output_dense/vars/0', 'attend/attention_output/kernel', 2, 3, 4),
      weight('multi_head_attention/output_dense/vars/1', 'attend/attention_output/bias', 4),
      weight('time_distributed/layer/vars/0', 'each/inner/kernel', 4, 2),
      weight('time_distributed/layer/vars/1', 'each/inner/bias', 2),
    ],
  };
}

async function hdf5(write: (file: File) => void): Promise<Uint8Array> {
  const { FS } = await h5wasm.ready;
  const file = new File('written.h5', 'w');
  write(file);
  file.close();
  const bytes = FS.readFile('written.h5');
  FS.unlink('written.h5');
  return bytes;
}

/** model_weights/<layer>/<weight name>, with the lists of names that Keras writes. */
function legacyFile(
  { topology, weights }: Model,
  nameOf = (name: string) => `${name}:0`,
): Promise<Uint8Array> {
  return hdf5(file => {
    file.create_attribute('model_config', JSON.stringify(topology));
    const root = file.create_group('model_weights');
    const layers = topology.config.layers.map(({ config }) => config.name);
    root.create_attribute('layer_names', layers);
    for (const layer of layers) {
      const group = root.create_group(layer);
      const own = weights.filter(({ name }) => name.startsWith(`${layer}/`));
      if (own.length > 0)
        group.create_attribute(
          'weight_names',
          own.map(({ name }) => nameOf(name)),
        );
      for (const { name, shape, data } of own) {
        const parts = nameOf(name).split('/');
        let inside = group;
        for (const part of parts.slice(0, -1))
          inside = (inside.get(part) as typeof group | null) ?? inside.create_group(part);
        inside.create_dataset({ name: parts.at(-1) ?? '', data, shape });
      }
    }
  });
}

/** Class names as the saving library of Keras 3 spells them. */
const SNAKE: Readonly<Record<string, string>> = {
  InputLayer: 'input_layer',
  Conv2D: 'conv2d',
  Flatten: 'flatten',
  Dense: 'dense',
  ReLU: 're_lu',
  BatchNormalization: 'batch_normalization',
  Sequential: 'sequential',
};

async function archive({ topology, weights }: Model): Promise<Uint8Array> {
  const h5 = await hdf5(file => {
    const write = (
      group: ReturnType<File['create_group']>,
      layers: readonly Layer[],
      prefix: string,
    ): void => {
      const counts = new Map<string, number>();
      for (const { class_name, config } of layers) {
        const snake = SNAKE[class_name] ?? assert.fail(`no snake case for ${class_name}`);
        const count = counts.get(snake) ?? 0;
        counts.set(snake, count + 1);
        const own = group.create_group(count === 0 ? snake : `${snake}_${count}`);
        const variables = own.create_group('vars');
        if (config.layers) {
          write(own.create_group('layers'), config.layers, `${prefix}${config.name}/`);
          continue;
        }
        weights
          .filter(({ name }) => name.startsWith(`${prefix}${config.name}/`))
          .forEach(({ shape, data }, number) => {
            variables.create_dataset({ name: String(number), data, shape });
          });
      }
    };
    write(file.create_group('layers'), topology.config.layers, '');
  });
  return zipSync({
    'metadata.json': strToU8('{}'),
    'config.json': strToU8(JSON.stringify(topology)),
    'model.weights.h5': h5,
  });
}

/** The nested model as TensorFlow.js would have it. */
function layersModel({ topology, weights }: Model): TfjsModelFiles {
  const bytes = new Uint8Array(weights.flatMap(({ data }) => [...new Uint8Array(data.slice().buffer)]));
  const specs = weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
  return {
    model: { modelTopology: topology, weightsManifest: [{ paths: ['w'], weights: specs }] },
    weights: new Map([['w', bytes]]),
  };
}

describe('keras-to-tfjs', () => {
  for (const name of ['digits', 'mnist-cnn']) {
    it(`reads ${name} from both forms as the same graph`, async () => {
      const { files, model } = fixture(name);
      const expected = tfjsToGraph(files);
      assert.deepEqual(tfjsToGraph(await kerasToTfjs(await legacyFile(model))), expected);
      assert.deepEqual(tfjsToGraph(await kerasToTfjs(await archive(model))), expected);
    });
  }

  it('reads nested models, batch normalisation without scale, and layers of one class by their count', async () => {
    const model = nestedModel();
    const expected = tfjsToGraph(layersModel(model));
    assert.deepEqual(tfjsToGraph(await kerasToTfjs(await legacyFile(model))), expected);
    assert.deepEqual(tfjsToGraph(await kerasToTfjs(await archive(model))), expected);
  });

  it("reads the weight names of Keras 3's legacy form, which begin with the model", async () => {
    const { files, model } = fixture('digits');
    const bytes = await legacyFile(model, name => `sequential/${name}`);
    assert.deepEqual(tfjsToGraph(await kerasToTfjs(bytes)), tfjsToGraph(files));
  });

  it('reads doubles and halves as floats', async () => {
    const { topology, weights } = fixture('digits').model;
    const doubled = weights.map(weight => ({ ...weight, data: Float64Array.from(weight.data) as never }));
    assert.deepEqual(
      tfjsToGraph(await kerasToTfjs(await archive({ topology, weights: doubled }))),
      tfjsToGraph(fixture('digits').files),
    );
  });

  it('reads layers that keep layers inside: cells, both directions, projections, wrapped layers', async () => {
    const { topology, weights } = sequenceModel();
    const h5 = await hdf5(file => {
      for (const { path, shape, data } of weights) {
        const parts = ['layers', ...path.split('/')];
        let group: ReturnType<File['create_group']> = file;
        for (const part of parts.slice(0, -1))
          group = (group.get(part) as typeof group | null) ?? group.create_group(part);
        group.create_dataset({ name: parts.at(-1) ?? '', data, shape });
      }
    });
    const bytes = zipSync({
      'metadata.json': strToU8('{"keras_version": "3.4.1", "date_saved": "2024-07-01@00:00:00"}'),
      'config.json': strToU8(JSON.stringify(topology)),
      'model.weights.h5': h5,
    });
    const specs = weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
    const shard = new Uint8Array(weights.flatMap(({ data }) => [...new Uint8Array(data.slice().buffer)]));
    const expected = tfjsToGraph({
      model: {
        modelTopology: { keras_version: '3.4.1', model_config: topology },
        weightsManifest: [{ paths: ['w'], weights: specs }],
      },
      weights: new Map([['w', shard]]),
    });
    const files = await kerasToTfjs(bytes);
    assert.deepEqual(tfjsToGraph(files), expected);
    assert.equal(
      (files.model as { modelTopology: { keras_version: string } }).modelTopology.keras_version,
      '3.4.1',
    );
  });

  it('refuses what is no Keras model, by name', async () => {
    const { model } = fixture('digits');
    await assertRejectsCode(() => kerasToTfjs(strToU8('hello')), 'MALFORMED_MODEL', /begins like neither/);
    const whole = await archive(model);
    await assertRejectsCode(() => kerasToTfjs(whole.slice(0, 300)), 'MALFORMED_MODEL', /cannot be unpacked/);
    const bare = zipSync({ 'config.json': strToU8('{}') });
    await assertRejectsCode(() => kerasToTfjs(bare), 'MALFORMED_MODEL', /has no model\.weights\.h5/);
    const garbled = zipSync({ 'config.json': strToU8('{'), 'model.weights.h5': strToU8('x') });
    await assertRejectsCode(() => kerasToTfjs(garbled), 'MALFORMED_MODEL', /config\.json that is not JSON/);
    const legacy = await legacyFile(model);
    await assertRejectsCode(
      () => kerasToTfjs(legacy.slice(0, 900)),
      'MALFORMED_MODEL',
      /damaged or cut short/,
    );
    const empty = await hdf5(() => {});
    await assertRejectsCode(() => kerasToTfjs(empty), 'MALFORMED_MODEL', /no attribute 'model_config'/);
    const weightsOnly = await hdf5(file => file.create_attribute('layer_names', ['dense']));
    await assertRejectsCode(
      () => kerasToTfjs(weightsOnly),
      'UNSUPPORTED_OPTION',
      /weights only, no topology/,
    );
  });

  it('refuses weights that are missing or no floats', async () => {
    const { topology, weights } = fixture('digits').model;
    const integers = weights.map(weight => ({ ...weight, data: Int32Array.from(weight.data) as never }));
    await assertRejectsCode(
      async () => kerasToTfjs(await archive({ topology, weights: integers })),
      'MALFORMED_WEIGHTS',
      /floats are read/,
    );
    await assertRejectsCode(
      async () =>
        kerasToTfjs(
          await archive({ topology, weights: weights.filter(({ name }) => !name.endsWith('bias')) }),
        ),
      'MALFORMED_WEIGHTS',
      /has 1 weights in the archive and needs 2: kernel, bias/,
    );
  });
});
