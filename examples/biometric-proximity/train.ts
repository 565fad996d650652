/**
 * Trains the example's embedding: 28x28 pixels, resized to 14x14 -> dense 32, ReLU -> dense 8. It learns to tell digits
 * apart through a last layer, which is then cut off: what is left places pictures of one digit near to each other.
 * Seeded; under a minute.
 *
 * Run: npx tsx examples/biometric-proximity/train.ts   (rewrites examples/biometric-proximity/model)
 */
import { loadMnist, MNIST_SHAPE } from '../../fixtures/data/mnist.ts';
import { saveLayersModel } from '../../fixtures/train/save-model.ts';
import {
  initialiseLayers,
  measureAccuracy,
  predictLogits,
  trainLayers,
} from '../../fixtures/train/trainer.ts';
import { imageToInput } from '../../src/index.ts';

const SEED = 29;
const SIDE = 14;
const THRESHOLDS = [10, 20, 40];

const { train, heldOut } = loadMnist();
const layers = initialiseLayers(
  [SIDE, SIDE, 1],
  [
    { kind: 'dense', units: 32, relu: true },
    { kind: 'dense', units: 8, relu: false },
    { kind: 'dense', units: 10, relu: false },
  ],
  SEED,
);
trainLayers(layers, train, {
  ...{ epochCount: 10, batchSize: 32, learningRate: 0.004, seed: SEED, prepare },
  onEpoch: (epoch, loss) => console.log(`epoch ${epoch + 1}: loss ${loss.toFixed(4)}`),
});
console.log(
  `with its last layer: ${(100 * measureAccuracy(layers, heldOut, prepare)).toFixed(2)} % of digits`,
);

const embedding = layers.slice(0, -1);
const places = heldOut.images.slice(0, 500).map(image => predictLogits(embedding, prepare(image)));
for (const threshold of THRESHOLDS) {
  const [same, other] = [true, false].map(isSame => shareWithin(threshold, isSame));
  console.log(`squared distance at most ${threshold}: ${same} % of pairs of one digit, ${other} % of others`);
}
await saveLayersModel(new URL('./model/', import.meta.url), 'embedding', embedding, 'linear');

/** As the command line does with --resize stretch. */
function prepare(image: Uint8Array): Float64Array {
  const [width, height] = MNIST_SHAPE;
  const input = { name: 'pixels', shape: [SIDE, SIDE, 1], min: 0, max: 255 };
  const pixels = imageToInput({ width, height, channels: 1, data: image }, input, { resize: 'stretch' });
  return Float64Array.from(pixels, byte => byte / 255);
}

function shareWithin(threshold: number, isSame: boolean): string {
  let [within, all] = [0, 0];
  for (const [i, left] of places.entries()) {
    for (const [j, right] of places.slice(0, i).entries()) {
      if ((heldOut.labels[i] === heldOut.labels[j]) !== isSame) continue;
      all++;
      const distance = left.reduce((sum, value, k) => sum + (value - (right[k] ?? 0)) ** 2, 0);
      if (distance <= threshold) within++;
    }
  }
  return ((100 * within) / all).toFixed(2);
}
