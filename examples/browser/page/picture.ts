/** Pictures from files and cameras, decoded by the browser. */
import type { Gray } from './digit.ts';

const FILE_BYTES_MAX = 30_000_000;
const PIXELS_MAX = 100_000_000;
/** Larger pictures are scaled down first: strokes stay wide enough. */
const WORKING_SIDE = 280;

/** What is wrong with a picture, in words for people. */
export class PictureError extends Error {}

/** Reads a picture as grey pixels. @throws PictureError */
export async function readPicture(file: Blob): Promise<Gray> {
  if (file.size > FILE_BYTES_MAX) {
    throw new PictureError(
      `The picture has ${megabytes(file.size)} MB; at most ${megabytes(FILE_BYTES_MAX)} MB are read. Choose a smaller one.`,
    );
  }
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new PictureError('This browser cannot read the file as a picture. Choose a PNG or a JPEG.');
  });
  try {
    if (bitmap.width * bitmap.height > PIXELS_MAX) {
      throw new PictureError(
        `The picture has ${bitmap.width} × ${bitmap.height} pixels, which is too many. Choose a smaller one.`,
      );
    }
    return toGray(bitmap);
  } finally {
    bitmap.close();
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6);
}

function toGray(bitmap: ImageBitmap): Gray {
  const scale = Math.min(1, WORKING_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = contextOf(canvas);
  context.fillStyle = 'white'; // behind transparent pictures
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return readGray(canvas);
}

/** The pixels of a canvas in grey. */
export function readGray(canvas: HTMLCanvasElement): Gray {
  const { width, height } = canvas;
  const { data } = contextOf(canvas).getImageData(0, 0, width, height);
  const gray = Uint8Array.from({ length: width * height }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(4 * i, 4 * i + 3);
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  });
  return { width, height, data: gray };
}

/** Shows grey pixels on a canvas, scaled to fill it. */
export function showGray(canvas: HTMLCanvasElement, { width, height, data }: Gray): void {
  const pixels = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set([...grey(data[i] ?? 0), 255], 4 * i);
  const small = document.createElement('canvas');
  [small.width, small.height] = [width, height];
  contextOf(small).putImageData(pixels, 0, 0);
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const [shownWidth, shownHeight] = [width * scale, height * scale];
  const context = contextOf(canvas);
  context.fillStyle = 'black';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = scale < 4;
  context.drawImage(
    small,
    (canvas.width - shownWidth) / 2,
    (canvas.height - shownHeight) / 2,
    shownWidth,
    shownHeight,
  );
}

function grey(value: number): [number, number, number] {
  return [value, value, value];
}

/** A canvas' context. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('This browser cannot draw on a canvas.');
  return context;
}
