/** Turns a picture the right way up, as its camera has noted it. */
import type { Image } from './types.ts';

/** Where pixel (x, y) of the upright picture is in the stored one of `w` x `h` pixels, by Exif's number. */
const SOURCES: Readonly<
  Record<number, (x: number, y: number, w: number, h: number) => readonly [x: number, y: number]>
> = {
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _w, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _w, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
};

/** Gives the picture as a person sees it. 1, and numbers that Exif does not know, leave it as it is. */
export function turnUpright(image: Image, orientation: number): Image {
  const source = SOURCES[orientation];
  if (source === undefined) return image;
  const { channels } = image;
  const isTurned = orientation >= 5;
  const [width, height] = isTurned ? [image.height, image.width] : [image.width, image.height];
  const data = new Uint8Array(image.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = source(x, y, image.width, image.height);
      const from = channels * (image.width * fromY + fromX);
      data.set(image.data.subarray(from, from + channels), channels * (width * y + x));
    }
  }
  return { width, height, channels, data };
}
