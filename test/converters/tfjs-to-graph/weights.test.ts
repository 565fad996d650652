import { io } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { tfjsToGraph } from '../../../converters/tfjs-to-graph/index.ts';
import { seededRandom } from '../../../fixtures/data/random.ts';
import { evaluateGraph } from '../../../src/graph/index.ts';
import { assertThrowsCode } from '../../support/errors.ts';
import {
  assertClose,
  predict,
  randomInputs,
  randomiseWeights,
  type SavedModel,
  saveModel,
} from './support/oracle.ts';

type Quantisation = 'uint8' | 'uint16' | 'float16';

interface Spec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: Record<string, unknown>;
}

interface Manifest {
  paths: string[];
  weights: Spec[];
}

/** The first weight group of a saved model, to read and to edit. */
function groupOf(saved: SavedModel): Manifest {
  return (saved.json.weightsManifest as Manifest[])[0] as Manifest;
}

function bytesOf(saved: SavedModel): Uint8Array {
  return saved.weights.get('weights.bin') as Uint8Array;
}

async function saveSample(): Promise<SavedModel> {
  const net = sequential({ layers: [layers.inputLayer({ inputShape: [6, 6, 2], name: 'x' })] });
  net.add(layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', name: 'conv' }));
  net.add(layers.flatten({ name: 'flat' }));
  net.add(layers.dense({ units: 4, name: 'dense' }));
  randomiseWeights(net);
  return saveModel(net);
}

/** Rewrites every weight in a quantised form, as the converter's --quantize_* options do. */
function quantise(saved: SavedModel, kind: Quantisation): SavedModel {
  const group = groupOf(saved);
  const values = new Float32Array(bytesOf(saved).slice().buffer);
  const out: number[] = [];
  let at = 0;
  const weights = group.weights.map(spec => {
    const count = spec.shape.reduce((a, b) => a * b, 1);
    const part = values.subarray(at, at + count);
    at += count;
    if (kind === 'float16') {
      for (const value of part) pushUint16(out, toHalf(value));
      return { ...spec, quantization: { dtype: kind, original_dtype: 'float32' } };
    }
    const [min, max] = [Math.min(...part), Math.max(...part)];
    const scale = (max - min) / (kind === 'uint8' ? 255 : 65535) || 1;
    for (const value of part) {
      const level = Math.round((value - min) / scale);
      if (kind === 'uint8') out.push(level);
      else pushUint16(out, level);
    }
    return { ...spec, quantization: { dtype: kind, scale, min, original_dtype: 'float32' } };
  });
  const json = { ...saved.json, weightsManifest: [{ ...group, weights }] };
  return { json, weights: new Map([['weights.bin', Uint8Array.from(out)]]) };
}

function pushUint16(out: number[], value: number): void {
  out.push(value & 0xff, value >> 8);
}

/** Truncates to binary16; values here are neither tiny nor huge. */
function toHalf(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] as number;
  const exponent = ((bits >> 23) & 0xff) - 127 + 15;
  return exponent <= 0 ? 0 : ((bits >> 16) & 0x8000) | (exponent << 10) | ((bits >> 13) & 0x3ff);
}

describe('tfjs-to-graph: weight shards', () => {
  for (const kind of ['uint8', 'uint16', 'float16'] as const) {
    it(`decodes ${kind} weights as TensorFlow.js does`, async () => {
      const saved = quantise(await saveSample(), kind);
      const { weights: weightSpecs } = groupOf(saved);
      const artifacts = {
        modelTopology: saved.json.modelTopology as object,
        weightSpecs: weightSpecs as io.WeightsManifestEntry[],
        weightData: bytesOf(saved).slice().buffer,
      };
      const model = await loadLayersModel(io.fromMemory(artifacts));
      const graph = tfjsToGraph({ model: saved.json, weights: saved.weights });
      const inputs = randomInputs(graph, seededRandom(3));
      assertClose(evaluateGraph(graph, inputs), predict(model, inputs), kind);
    });
  }

  it('joins weights that are cut into several files, anywhere', async () => {
    const saved = await saveSample();
    const bytes = bytesOf(saved);
    const group = { ...groupOf(saved), paths: ['a.bin', 'b.bin', 'c.bin'] };
    const weights = new Map([
      ['a.bin', bytes.slice(0, 5)],
      ['b.bin', bytes.slice(5, 90)],
      ['c.bin', bytes.slice(90)],
    ]);
    const whole = tfjsToGraph({ model: saved.json, weights: saved.weights });
    const cut = tfjsToGraph({ model: { ...saved.json, weightsManifest: [group] }, weights });
    const inputs = randomInputs(whole, seededRandom(4));
    assertClose(evaluateGraph(cut, inputs), evaluateGraph(whole, inputs), 'cut');
  });

  it('names a missing file', async () => {
    const saved = await saveSample();
    const weights = new Map([['group1-shard1of1.bin', bytesOf(saved)]]);
    assertThrowsCode(
      () => tfjsToGraph({ model: saved.json, weights }),
      'MALFORMED_WEIGHTS',
      "The weight file 'weights.bin' is missing; given are: 'group1-shard1of1.bin'. Pass every file that model.json names, under that name.",
    );
    assertThrowsCode(
      () => tfjsToGraph({ model: saved.json, weights: new Map() }),
      'MALFORMED_WEIGHTS',
      "The weight file 'weights.bin' is missing; given are: none. Pass every file that model.json names, under that name.",
    );
  });

  it('names the weight at which a file ends too early', async () => {
    const saved = await saveSample();
    const weights = new Map([['weights.bin', bytesOf(saved).slice(0, 400)]]);
    assertThrowsCode(
      () => tfjsToGraph({ model: saved.json, weights }),
      'MALFORMED_WEIGHTS',
      "The weight files weights.bin end too early: weight 'dense/kernel' (48x4) needs bytes 228 to 996, there are 400. Is the download complete?",
    );
  });

  it('refuses a file that is too long', async () => {
    const saved = await saveSample();
    const weights = new Map([['weights.bin', new Uint8Array([...bytesOf(saved), 0])]]);
    assertThrowsCode(
      () => tfjsToGraph({ model: saved.json, weights }),
      'MALFORMED_WEIGHTS',
      'The weight files weights.bin hold 1013 bytes, but model.json describes 1012. Do they belong to this model.json?',
    );
  });

  const edits: [what: string, edit: (group: Manifest, bytes: Uint8Array) => unknown, message: string][] = [
    [
      'a weight of another type',
      group => Object.assign(group.weights[1] as Spec, { dtype: 'int32' }),
      "Weight 'conv/bias' is of type int32; only float32 (also quantised) is read. Save the model with float32 weights.",
    ],
    [
      'an unknown quantisation',
      group => Object.assign(group.weights[1] as Spec, { quantization: { dtype: 'int4' } }),
      'Weight \'conv/bias\' is quantised as "int4"; uint8, uint16 and float16 are read. Convert again with one of these.',
    ],
    [
      'a quantisation without its scale',
      group => {
        group.weights = [
          { name: 'w', shape: [1012], dtype: 'float32', quantization: { dtype: 'uint8', min: 0 } },
        ];
      },
      "Weight 'w' is quantised without the numbers 'scale' and 'min' (found nothing and 0). Convert the model again.",
    ],
    [
      'a name that stands twice',
      group => Object.assign(group.weights[1] as Spec, { name: 'conv/kernel' }),
      "Weight 'conv/kernel' stands twice in the manifest; names must be unique.",
    ],
    [
      'a weight that is not a number',
      (_, bytes) => new DataView(bytes.buffer).setFloat32(8, Number.NaN, true),
      "Weight 'conv/kernel' holds NaN at index 2; every weight must be a finite number. Was training stable, and is the file intact?",
    ],
    [
      'an infinite weight',
      (_, bytes) => new DataView(bytes.buffer).setFloat32(220, Number.NEGATIVE_INFINITY, true),
      "Weight 'conv/bias' holds -Infinity at index 1; every weight must be a finite number. Was training stable, and is the file intact?",
    ],
    [
      'a weight of another shape',
      group => Object.assign(group.weights[0] as Spec, { shape: [3, 3, 3, 2] }),
      "Weight 'conv/kernel' has shape 3x3x3x2, but Conv2D 'conv' needs 3x3x2x3. Do the weights belong to this model?",
    ],
    [
      'a layer without its weight',
      group => Object.assign(group.weights[2] as Spec, { name: 'other/kernel' }),
      "Dense 'dense' needs the weight 'dense/kernel'; the manifest has none of that name. Save the model with its weights.",
    ],
  ];
  for (const [what, edit, message] of edits) {
    it(`refuses ${what}`, async () => {
      const saved = await saveSample();
      const bytes = bytesOf(saved).slice();
      edit(groupOf(saved), bytes);
      const files = { model: saved.json, weights: new Map([['weights.bin', bytes]]) };
      assertThrowsCode(() => tfjsToGraph(files), 'MALFORMED_WEIGHTS', message);
    });
  }

  it('finds weights whose names carry the models and cells around the layer', async () => {
    const saved = await saveSample();
    const plain = tfjsToGraph({ model: saved.json, weights: saved.weights });
    for (const spec of groupOf(saved).weights) spec.name = `backbone/${spec.name.replace('/', '/cell/')}:0`;
    const graph = tfjsToGraph({ model: saved.json, weights: saved.weights });
    const inputs = randomInputs(graph, seededRandom(5));
    assertClose(evaluateGraph(graph, inputs), evaluateGraph(plain, inputs), 'renamed');
  });

  it('refuses to choose between two weights of one layer', async () => {
    const saved = await saveSample();
    const { weights } = groupOf(saved);
    (weights[0] as Spec).name = 'a/dense/kernel';
    (weights[2] as Spec).name = 'b/dense/kernel';
    const model = JSON.parse(JSON.stringify(saved.json).replace('"Conv2D"', '"Dropout"'));
    assertThrowsCode(
      () => tfjsToGraph({ model, weights: saved.weights }),
      'MALFORMED_WEIGHTS',
      "Dense 'dense' needs the weight 'dense/kernel'; the manifest has several: 'a/dense/kernel', 'b/dense/kernel'. Save the model with its weights.",
    );
  });
});
