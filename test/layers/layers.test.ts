import assert from 'node:assert/strict';
import {
  grad,
  io,
  mean,
  memory,
  mul,
  type Scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  train,
  variableGrads,
} from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { seededRandom } from '../../fixtures/data/random.ts';
import {
  EDLightConv2D,
  edLayer,
  edLight2DConv,
  seHeavyBlock,
  shiftReLU,
  sumPooling2D,
} from '../../src/layers/index.ts';
import { assertThrowsCode } from '../support/errors.ts';
import { BLOCKS, type BlockCase, modelOf, on, run } from './support.ts';

const BATCH = 3;

function batchOf(shape: readonly number[], seed = 9): Tensor {
  const random = seededRandom(seed);
  const size = BATCH * shape.reduce((a, b) => a * b, 1);
  return tensor(
    Float32Array.from({ length: size }, () => random.normal()),
    [BATCH, ...shape],
  );
}

/** A smooth number that depends on every output: a weighted sum, weights in a fixed pattern. */
function lossOf(output: Tensor): Scalar {
  const size = output.size;
  const weights = tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1)),
    output.shape,
  );
  return sum(mul(output, weights));
}

interface Gradients {
  readonly byInput: Float32Array;
  readonly byWeight: readonly Float32Array[];
}

/** Gradients of the input and of all trainable weights, on a fresh model. */
function gradients(block: BlockCase, training: boolean): Gradients {
  const model = modelOf(block);
  const x = batchOf(block.inputShape);
  const byInput = grad(input => lossOf(run(model, input, training)))(x).dataSync() as Float32Array;
  if (model.trainableWeights.length === 0) return { byInput, byWeight: [] };
  const { grads } = variableGrads(() => lossOf(run(model, x, training)));
  const byWeight = model.trainableWeights.map(weight => grads[weight.name]?.dataSync() as Float32Array);
  return { byInput, byWeight };
}

function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 2e-3,
): void {
  assert.equal(actual.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN];
    assert.ok(Math.abs(a - e) <= tolerance * (1 + Math.abs(e)), `${what}[${i}]: ${a} is not ${e}`);
  }
}

describe('trainable layers', () => {
  for (const block of BLOCKS) {
    it(`${block.title} has one gradient on both back ends, and the one that differences show`, async () => {
      for (const training of [false, true]) {
        const cpu = await on('cpu', () => gradients(block, training));
        const wasm = await on('wasm', () => gradients(block, training));
        assertClose(wasm.byInput, cpu.byInput, 'gradient of the input');
        cpu.byWeight.forEach((expected, i) => {
          assertClose(wasm.byWeight[i] ?? [], expected, `gradient ${i}`);
        });
      }
      await on('cpu', () => assertDifferences(block));
    });

    it(`${block.title} is the same after saving and loading`, async () => {
      await on('cpu', async () => {
        const model = modelOf(block);
        const x = batchOf(block.inputShape);
        run(model, x, true); // moves means and variances away from where they begin
        let saved: io.ModelArtifacts | undefined;
        await model.save(
          io.withSaveHandler(async artifacts => {
            saved = artifacts;
            return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
          }),
        );
        assert.ok(saved);
        const topology = JSON.parse(JSON.stringify(saved.modelTopology));
        const loaded = await tfl.loadLayersModel(io.fromMemory({ ...saved, modelTopology: topology }));
        assertClose(run(loaded, x).dataSync(), run(model, x).dataSync(), 'output', 0);
      });
    });
  }

  it('learns: the loss of a small network of blocks falls on the WASM back end, and no tensor is lost', async () => {
    await on('wasm', () => {
      const input = tfl.input({ shape: [8, 8, 2] });
      const cut = edLight2DConv({
        patchSize: 4,
        filters: 4,
        hiddenUnits: 6,
        outputPatchSize: 2,
        momentum: 0.9,
        seed: 1,
      });
      const excite = seHeavyBlock({ patchSize: 2, hiddenUnits: 4, momentum: 0.9, seed: 2 });
      const conv = tfl.layers.conv2d({
        filters: 3,
        kernelSize: 3,
        kernelInitializer: tfl.initializers.randomNormal({ seed: 3 }),
      });
      const flat = tfl.layers
        .flatten()
        .apply(conv.apply(excite.apply(cut.apply(input)))) as tfl.SymbolicTensor;
      const head = tfl.layers.dense({
        units: 1,
        kernelInitializer: tfl.initializers.randomNormal({ seed: 4 }),
      });
      const model = tfl.model({ inputs: input, outputs: head.apply(flat) as tfl.SymbolicTensor });
      const x = batchOf([8, 8, 2]);
      const y = tensor([1, -1, 0.5], [BATCH, 1]);
      const optimiser = train.adam(0.02);
      const loss = (): Scalar => mean(square(sub(run(model, x, true), y)));
      const step = (): number => tidy(() => optimiser.minimize(loss, true)?.dataSync()[0] ?? Number.NaN);
      const first = step();
      for (let i = 0; i < 10; i++) step();
      const tensors = memory().numTensors;
      let last = first;
      for (let i = 0; i < 30; i++) last = step();
      assert.equal(memory().numTensors, tensors);
      assert.ok(last < first / 10, `${first} -> ${last}`);
    });
  });

  it('counts parameters as their formula does: a cell has (n + 1) k + 4 k + (k + 1) m + 4 m', () => {
    const model = modelOf({
      title: '',
      inputShape: [4, 6, 3],
      layer: () => edLight2DConv({ patchSize: 2, filters: 4, hiddenUnits: 3, outputPatchSize: 3 }),
    });
    const [n, k, m] = [12, 3, 36];
    assert.equal(model.countParams(), 6 * ((n + 1) * k + 4 * k + (k + 1) * m + 4 * m));
  });

  it("goes by two names: 'EDLightConv2D' is loaded as well", () => {
    const layer = new EDLightConv2D({ patchSize: 2, filters: 1, name: 'old' });
    assert.equal(layer.getClassName(), 'EDLightConv2D');
    assert.equal(layer.getConfig().outputPatchSize, 10);
  });

  it('refuses sizes that do not fit', () => {
    const applied = (layer: tfl.layers.Layer, shape: number[]) => () => layer.apply(tfl.input({ shape }));
    assertThrowsCode(
      applied(edLight2DConv({ patchSize: 3, filters: 1, name: 'ed' }), [4, 6, 1]),
      'SHAPE_MISMATCH',
      "Layer 'ed' cuts an image of 4x6 into patches of 3x3, which do not cover it evenly. Choose a patch size that divides both.",
    );
    assertThrowsCode(
      applied(edLayer({ units: 3, hiddenUnits: 1, useResidual: true, name: 'ed' }), [4]),
      'SHAPE_MISMATCH',
      "Layer 'ed' adds its input (4) to its output (3); both must have one shape. Change the sizes or leave useResidual out.",
    );
    assertThrowsCode(
      applied(edLayer({ units: 3, hiddenUnits: 1, name: 'ed' }), [4, 4]),
      'SHAPE_MISMATCH',
      "Layer 'ed' is given a tensor of shape [, 4, 4]; it takes 1 axes of known size beside the batch.",
    );
    assertThrowsCode(
      () => shiftReLU({ shift: 0.5 }),
      'USAGE',
      'ShiftReLU is given shift 0.5; it must be a whole number of 0 or more.',
    );
    const padding = 'causal' as 'same';
    assertThrowsCode(
      () => sumPooling2D({ padding }),
      'USAGE',
      "SumPooling2D is given padding 'causal'; it takes 'valid' or 'same'.",
    );
  });
});

/** Moves some weights and inputs a little and compares the change of the loss with the gradient. */
function assertDifferences(block: BlockCase): void {
  const model = modelOf(block);
  const x = batchOf(block.inputShape);
  const { byInput, byWeight } = gradients(block, false);
  const lossAt = (input: Tensor): number => tidy(() => lossOf(run(model, input)).dataSync()[0] ?? Number.NaN);
  assertSlopes(x, byInput, lossAt, 'input');
  model.trainableWeights.forEach((weight, w) => {
    const value = tensor(Float32Array.from(weight.read().dataSync()), weight.read().shape);
    const lossWith = (moved: Tensor): number => {
      weight.write(moved);
      return lossAt(x);
    };
    assertSlopes(value, byWeight[w] ?? [], lossWith, `weight ${w}`);
    weight.write(value);
  });
}

/** Small enough that hardly a kink of an activation lies in between, large enough for float32. */
const STEP = 2e-3;

function assertSlopes(
  at: Tensor,
  gradient: ArrayLike<number>,
  lossAt: (moved: Tensor) => number,
  what: string,
): void {
  const values = at.dataSync();
  for (const index of [0, Math.floor(values.length / 2), values.length - 1]) {
    const moved = (by: number): number => {
      const copy = Float32Array.from(values);
      copy[index] = (copy[index] ?? 0) + by;
      return lossAt(tensor(copy, at.shape));
    };
    const slope = (moved(STEP) - moved(-STEP)) / (2 * STEP);
    const expected = gradient[index] ?? Number.NaN;
    const isClose = Math.abs(slope - expected) <= 0.03 + 0.03 * Math.abs(expected);
    assert.ok(isClose, `${what}[${index}]: ${slope} is not ${expected}`);
  }
}
