/**
 * The main job, start to finish: a convolutional network trained on real MNIST digits and one held-out digit become a
 * Noir package, constraints, keys and a verified Groth16 proof of the digit's classification.
 *
 * Run: npm run demo   (options of `bionoir run` may follow: npm run demo -- --output label)
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadMnist, MNIST_SHAPE } from '../../fixtures/data/mnist.ts';
import { main } from '../../src/cli/main.ts';

const FOLDER = 'out/mnist';
const MODEL = 'fixtures/models/mnist-cnn/model.json';
/** Which held-out digit; any from 0 to 1499 will do. */
const DIGIT = Number(process.env.DIGIT ?? 7);

const { heldOut } = loadMnist();
const image = heldOut.images[DIGIT];
const label = heldOut.labels[DIGIT];
if (image === undefined)
  throw new Error(`DIGIT is ${process.env.DIGIT}; give a number from 0 to ${heldOut.images.length - 1}.`);

console.log(`The private input: held-out MNIST digit no. ${DIGIT}, a person wrote a ${label}.\n`);
console.log(draw(image, MNIST_SHAPE[1]));

mkdirSync(FOLDER, { recursive: true });
const input = join(FOLDER, 'digit.json');
writeFileSync(input, JSON.stringify(Array.from(image)));
process.exitCode = await main(['run', MODEL, '--input', input, '--out', FOLDER, ...process.argv.slice(2)]);

/** Two rows of pixels a line of text. */
function draw(pixels: Uint8Array, width: number): string {
  const shades = [' ', '░', '▒', '▓', '█'];
  const lines: string[] = [];
  for (let row = 0; row * width < pixels.length; row += 2) {
    const cells = Array.from({ length: width }, (_, column) => {
      const darkness = Math.max(pixels[row * width + column] ?? 0, pixels[(row + 1) * width + column] ?? 0);
      return shades[Math.round((darkness / 255) * (shades.length - 1))];
    });
    lines.push(`  ${cells.join('').trimEnd()}`);
  }
  return lines.join('\n');
}
