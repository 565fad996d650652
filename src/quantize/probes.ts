/**
 * Pseudo-random inputs that stand in for calibration data when scales are chosen: noise, black and white, sparse and
 * blocky pictures. Always the same for the same shapes; they influence precision only, never soundness.
 */
import type { InputDomain, Shape } from '../graph/index.ts';

/** Probes that the quantiser runs when it is given no calibration data. */
export const PROBE_COUNT = 8;

/** Patterns take turns over the probes. */
const PATTERNS = ['noise', 'binary', 'sparse', 'blocks'] as const;
const SPARSE_SHARE = 0.15;
const BLOCK_SIZE = 4;

/** Draws probe number `index` of an input: integers of its domain. */
export function drawProbe(shape: Shape, domain: InputDomain, index: number): Float64Array {
  const random = randomSource(index + 1);
  const pattern = PATTERNS[index % PATTERNS.length];
  const span = domain.max - domain.min;
  const length = shape.reduce((a, b) => a * b, 1);
  const blocks = new Map<number, number>();
  const blockValue = (block: number): number => {
    const value = blocks.get(block) ?? random();
    blocks.set(block, value);
    return value;
  };
  const level = (i: number): number => {
    if (pattern === 'noise') return random();
    if (pattern === 'binary') return random() < 0.5 ? 0 : 1;
    if (pattern === 'sparse') return random() < SPARSE_SHARE ? 1 : 0;
    return blockValue(blockOf(i, shape));
  };
  return Float64Array.from({ length }, (_, i) => domain.min + Math.round(level(i) * span));
}

function blockOf(index: number, shape: Shape): number {
  if (shape.length !== 3) return Math.floor(index / BLOCK_SIZE);
  const [, width = 1, channels = 1] = shape;
  const row = Math.floor(index / (width * channels));
  const column = Math.floor(index / channels) % width;
  return Math.floor(row / BLOCK_SIZE) * width + Math.floor(column / BLOCK_SIZE);
}

/** A xorshift generator of numbers in [0, 1): reproducible, and far from cryptographic. */
function randomSource(seed: number): () => number {
  let state = (seed * 0x9e3779b9) >>> 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
