/**
 * Trains the example's network: 28x28 pixels -> conv 5x5x4 stride 3, ReLU -> dense 1, sigmoid. Seeded; under a minute.
 *
 * Run: npx tsx examples/liveness/train.ts   (rewrites examples/liveness/model)
 */
import type { LabelledImages } from '../../fixtures/data/dataset.ts';
import { loadMnist } from '../../fixtures/data/mnist.ts';
import { seededRandom } from '../../fixtures/data/random.ts';
import { saveLayersModel } from '../../fixtures/train/save-model.ts';
import {
  initialiseLayers,
  predictLogits,
  type TrainedLayer,
  trainLayers,
} from '../../fixtures/train/trainer.ts';
import { capture, recapture } from './recapture.ts';

const SEED = 23;
const TRAIN_COUNT = 3000;

const { train, heldOut } = loadMnist();
const layers = initialiseLayers(
  [28, 28, 1],
  [
    { kind: 'conv2d', filters: 4, kernelSize: 5, stride: 3, relu: true },
    { kind: 'dense', units: 2, relu: false },
  ],
  SEED,
);
trainLayers(layers, pairs(train.images.slice(0, TRAIN_COUNT), SEED), {
  ...{ epochCount: 6, batchSize: 32, learningRate: 0.004, seed: SEED, prepare: scale },
  onEpoch: (epoch, loss) => console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`),
});

const merged = [...layers.slice(0, -1), difference(layers[1] as TrainedLayer)];
const test = pairs(heldOut.images, SEED + 1);
const hits = test.images.filter((image, index) => {
  const [score = 0] = predictLogits(merged, scale(image));
  return score > 0 === (test.labels[index] === 1);
});
console.log(
  `liveness: ${((100 * hits.length) / test.images.length).toFixed(2)} % of ${test.images.length} pictures`,
);
await saveLayersModel(new URL('./model/', import.meta.url), 'liveness', merged, 'sigmoid');

/** Each picture twice: 1 as a live one, 0 as a recaptured one. */
function pairs(images: readonly Uint8Array[], seed: number): LabelledImages {
  const random = seededRandom(seed);
  return {
    images: images.flatMap(image => [capture(image, random), recapture(image, random)]),
    labels: images.flatMap(() => [1, 0]),
  };
}

function scale(image: Uint8Array): Float64Array {
  return Float64Array.from(image, byte => byte / 255);
}

/** The softmax over two numbers is the sigmoid of their difference. */
function difference({ spec, inShape, kernel, bias }: TrainedLayer): TrainedLayer {
  return {
    spec: { ...spec, kind: 'dense', units: 1, relu: false },
    inShape,
    outShape: [1],
    kernel: Float64Array.from(
      { length: kernel.length / 2 },
      (_, row) => (kernel[2 * row + 1] ?? 0) - (kernel[2 * row] ?? 0),
    ),
    bias: Float64Array.of((bias[1] ?? 0) - (bias[0] ?? 0)),
  };
}
