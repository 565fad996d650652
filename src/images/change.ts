/** Resizing, cropping and greying in whole numbers: the same pixels on every machine. */
import type { Image } from './types.ts';

/** Weights of red, green and blue in 2^-16 (ITU-R BT.601), as the Python Imaging Library rounds them. */
const [RED, GREEN, BLUE] = [19595, 38470, 7471];

/** Makes a coloured picture grey. */
export function toGray(image: Image): Image {
  if (image.channels === 1) return image;
  const { width, height, data: from } = image;
  const data = Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [red = 0, green = 0, blue = 0] = from.subarray(3 * pixel, 3 * pixel + 3);
    return (RED * red + GREEN * green + BLUE * blue + 0x8000) >> 16;
  });
  return { width, height, channels: 1, data };
}

/** Makes three equal channels of a grey picture. */
export function toColour(image: Image): Image {
  if (image.channels === 3) return image;
  const data = Uint8Array.from(
    { length: 3 * image.data.length },
    (_, index) => image.data[Math.floor(index / 3)] ?? 0,
  );
  return { ...image, channels: 3, data };
}

/** Cuts the largest part of the proportions width : height out of the centre. */
export function cropCentre(image: Image, width: number, height: number): Image {
  const cropWidth = Math.min(image.width, Math.max(1, Math.round((image.height * width) / height)));
  const cropHeight = Math.min(image.height, Math.max(1, Math.round((image.width * height) / width)));
  const left = Math.floor((image.width - cropWidth) / 2);
  const top = Math.floor((image.height - cropHeight) / 2);
  const { channels } = image;
  const data = new Uint8Array(channels * cropWidth * cropHeight);
  for (let y = 0; y < cropHeight; y++) {
    const from = channels * (image.width * (top + y) + left);
    data.set(image.data.subarray(from, from + channels * cropWidth), channels * cropWidth * y);
  }
  return { width: cropWidth, height: cropHeight, channels, data };
}

/**
 * Resizes by bilinear interpolation between pixel centres, without smoothing: TensorFlow's `resize` with half-pixel
 * centres, rounded to the nearest (halves up).
 */
export function resize(image: Image, width: number, height: number): Image {
  if (image.width === width && image.height === height) return image;
  const { channels } = image;
  const columns = samplePoints(image.width, width);
  const rows = samplePoints(image.height, height);
  const data = new Uint8Array(channels * width * height);
  const whole = 4 * width * height;
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      for (let channel = 0; channel < channels; channel++) {
        const at = (r: number, c: number): number =>
          image.data[channels * (image.width * r + c) + channel] ?? 0;
        const upper = mix(at(row.first, column.first), at(row.first, column.second), column, width);
        const lower = mix(at(row.second, column.first), at(row.second, column.second), column, width);
        const sum = mix(upper, lower, row, height);
        data[channels * (width * y + x) + channel] = Math.floor((2 * sum + whole) / (2 * whole));
      }
    });
  });
  return { width, height, channels, data };
}

interface SamplePoint {
  readonly first: number;
  readonly second: number;
  /** Weight of the second, in units of 1 / (2 * new size). */
  readonly weight: number;
}

/** Pixel i of `to` lies at (i + 1/2) * from / to - 1/2 of `from`: over 2 * to that is (2 i + 1) * from - to. */
function samplePoints(from: number, to: number): SamplePoint[] {
  return Array.from({ length: to }, (_, index) => {
    const position = Math.max(0, (2 * index + 1) * from - to);
    const first = Math.min(from - 1, Math.floor(position / (2 * to)));
    return { first, second: Math.min(from - 1, first + 1), weight: position - first * 2 * to };
  });
}

/** The mean of a and b, times 2 * size. Twice applied it stays below 255 * 4 * width * height of the result: exact. */
function mix(a: number, b: number, { weight }: SamplePoint, size: number): number {
  return a * (2 * size - weight) + b * weight;
}
