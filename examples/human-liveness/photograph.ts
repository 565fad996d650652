/** The photograph of npm's `tracking`: three people in front of a shelf, and pieces of it as the network takes them. */
import { readFileSync } from 'node:fs';
import { decode } from 'jpeg-js';

export interface Photograph {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue of each pixel. */
  readonly data: Uint8Array;
}

/** A square of the photograph. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

/** Where the three faces are. */
export const FACES: Readonly<Record<string, Square>> = {
  left: { x: 26, y: 60, size: 140 },
  middle: { x: 205, y: 95, size: 144 },
  right: { x: 435, y: 30, size: 136 },
};

const SIDE = 32;

/** Reads the photograph. */
export function readPhotograph(path: string): Photograph {
  const { width, height, data } = decode(readFileSync(path), { useTArray: true, formatAsRGBA: false });
  return { width, height, data };
}

/** Cuts a square out and shrinks it to 32 x 32 pixels, each the mean of the pixels it covers. */
export function cut({ width, data }: Photograph, { x, y, size }: Square): number[] {
  const edge = (from: number, i: number): number => Math.floor(from + (i * size) / SIDE);
  return Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [row, column, channel] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE, i % 3];
    let sum = 0;
    let count = 0;
    for (let v = edge(y, row); v < edge(y, row + 1); v++) {
      for (let u = edge(x, column); u < edge(x, column + 1); u++) {
        sum += data[(v * width + u) * 3 + channel] ?? 0;
        count++;
      }
    }
    return Math.round(sum / count);
  });
}

/** Squares of several sizes from all over the photograph: faces, parts of faces, shirts, shelves. */
export function squares({ width, height }: Photograph): Square[] {
  const found: Square[] = [];
  for (const size of [64, 112, 160, 224]) {
    for (let y = 0; y + size <= height; y += size / 2) {
      for (let x = 0; x + size <= width; x += size / 2) found.push({ x, y, size });
    }
  }
  return found;
}

/** Two rows of pixels a line of text. */
export function draw(pixels: readonly number[]): string {
  const shades = [' ', '░', '▒', '▓', '█'];
  const brightness = (row: number, column: number): number =>
    [0, 1, 2].reduce((sum, c) => sum + (pixels[(row * SIDE + column) * 3 + c] ?? 0), 0) / (3 * 256);
  const lines = Array.from({ length: SIDE / 2 }, (_, row) =>
    Array.from({ length: SIDE }, (_, column) => {
      const mean = (brightness(2 * row, column) + brightness(2 * row + 1, column)) / 2;
      return shades[Math.floor(mean * shades.length)] ?? ' ';
    }).join(''),
  );
  return lines.map(line => `  ${line}`).join('\n');
}
