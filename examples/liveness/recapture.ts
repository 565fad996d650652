/**
 * A stand-in for liveness data: "live" pictures are MNIST digits, "recaptured" ones are the same digits as if photographed
 * from a screen: blurred, with less contrast, and with the moiré of two grids. Synthetic, and far easier than real attacks.
 */
import type { SeededRandom } from '../../fixtures/data/random.ts';

const SIDE = 28;

/** The picture as a camera would see it on a screen. */
export function recapture(image: Uint8Array, random: SeededRandom): Uint8Array {
  const contrast = 0.8 + 0.2 * share(random);
  const black = random.below(15);
  const [across, down, phase] = [0.9 + 0.9 * share(random), 0.9 + 0.9 * share(random), 6 * share(random)];
  const strength = 4 + 8 * share(random);
  return Uint8Array.from(image, (_, index) => {
    const [x, y] = [index % SIDE, Math.floor(index / SIDE)];
    const moire = strength * Math.sin(across * x + down * y + phase);
    return clamp(black + contrast * blurred(image, x, y) + moire);
  });
}

/** The picture as a camera sees it directly: a little noise. */
export function capture(image: Uint8Array, random: SeededRandom): Uint8Array {
  return Uint8Array.from(image, value => clamp(value + 6 * random.normal()));
}

/** From 0 to 1. */
function share(random: SeededRandom): number {
  return random.below(1000) / 1000;
}

/** The mean over 3 x 3 pixels; black beyond the edge. */
function blurred(image: Uint8Array, x: number, y: number): number {
  let sum = 0;
  for (let dy = -1; dy <= 1; dy++)
    for (let dx = -1; dx <= 1; dx++) {
      const isInside = x + dx >= 0 && x + dx < SIDE && y + dy >= 0 && y + dy < SIDE;
      if (isInside) sum += image[(y + dy) * SIDE + x + dx] ?? 0;
    }
  return sum / 9;
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
