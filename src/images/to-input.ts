/** From a picture to the integers of a network's input. */
import { BionoirError } from '../errors.ts';
import { cropCentre, resize, toColour, toGray } from './change.ts';
import { malformedImage } from './failure.ts';
import { isJpeg, readJpeg } from './jpeg.ts';
import { isPng, readPng } from './png.ts';
import type { Image, ImageInput, ImageOptions } from './types.ts';

/** Tells whether a file is a picture that {@link readImage} knows, by its first bytes. */
export function isImageFile(bytes: Uint8Array): boolean {
  return isPng(bytes) || isJpeg(bytes);
}

/**
 * Reads a PNG or a JPEG.
 *
 * @throws BionoirError MALFORMED_IMAGE for anything else, and for files that are cut off, damaged or too large
 */
export function readImage(bytes: Uint8Array): Image {
  if (isPng(bytes)) return readPng(bytes);
  if (isJpeg(bytes)) return readJpeg(bytes);
  const kind = OTHER_KINDS.find(([, isKind]) => isKind(bytes))?.[0];
  throw malformedImage(kind ? `it is ${kind}, which is not read` : 'it is neither a PNG nor a JPEG');
}

/** Tells whether a file is a picture of a kind that is not read, so that the message can speak of pictures. */
export function isOtherImageFile(bytes: Uint8Array): boolean {
  return OTHER_KINDS.some(([, isKind]) => isKind(bytes));
}

const hasText = (bytes: Uint8Array, at: number, text: string): boolean =>
  Array.from(text).every((letter, index) => bytes[at + index] === letter.charCodeAt(0));

/** Pictures that people have, by how their files begin. */
const OTHER_KINDS: readonly (readonly [name: string, is: (bytes: Uint8Array) => boolean])[] = [
  ['a GIF', bytes => hasText(bytes, 0, 'GIF8')],
  ['a WebP', bytes => hasText(bytes, 0, 'RIFF') && hasText(bytes, 8, 'WEBP')],
  ['a HEIC or an AVIF', bytes => hasText(bytes, 4, 'ftyp')],
  ['a TIFF', bytes => hasText(bytes, 0, 'II*\0') || hasText(bytes, 0, 'MM\0*')],
  ['a BMP', bytes => hasText(bytes, 0, 'BM') && bytes[10] !== undefined && bytes[6] === 0 && bytes[7] === 0],
  ['a JPEG 2000', bytes => hasText(bytes, 4, 'jP  ')],
];

/**
 * Turns a picture into the values of an input, row-major: the darkest pixel becomes `min`, the brightest `max`, others the
 * nearest whole number between.
 *
 * @throws BionoirError INPUT_SHAPE when the picture does not fit and `options` do not say how to make it fit
 */
export function imageToInput(image: Image, input: ImageInput, options: ImageOptions = {}): number[] {
  const { height, width, channels, isPlanar } = readLayout(input);
  const coloured = withChannels(image, channels, { input, options });
  const { data } = withSize(coloured, { width, height }, { input, options });
  const isSwapped = channels === 3 && options.channelOrder === 'bgr';
  const span = input.max - input.min;
  const pixels = width * height;
  return Array.from({ length: data.length }, (_, index) => {
    const [pixel, channel] = isPlanar
      ? [index % pixels, Math.floor(index / pixels)]
      : [Math.floor(index / channels), index % channels];
    const value = data[channels * pixel + (isSwapped ? 2 - channel : channel)] ?? 0;
    return input.min + Math.floor((2 * value * span + 255) / 510);
  });
}

interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly isPlanar: boolean;
}

const isChannelCount = (size: number | undefined): size is 1 | 3 => size === 1 || size === 3;

function readLayout(input: ImageInput): Layout {
  const [first = 0, second = 0, third] = input.shape;
  const sizes = input.shape.length;
  if (sizes === 3 && isChannelCount(third))
    return { height: first, width: second, channels: third, isPlanar: false };
  if (sizes === 3 && isChannelCount(first) && third !== undefined)
    return { height: second, width: third, channels: first, isPlanar: true };
  if (sizes === 2) return { height: first, width: second, channels: 1, isPlanar: false };
  for (const channels of sizes === 1 ? ([1, 3] as const) : []) {
    const side = Math.sqrt(first / channels);
    if (Number.isInteger(side)) return { height: side, width: side, channels, isPlanar: false };
  }
  throw new BionoirError(
    'INPUT_SHAPE',
    `Input '${input.name}' has the shape [${input.shape.join(', ')}], which is no picture's of one or three channels. Give its values as JSON.`,
    { details: { name: input.name, shape: input.shape }, location: `input '${input.name}'` },
  );
}

interface Context {
  readonly input: ImageInput;
  readonly options: ImageOptions;
}

function withChannels(image: Image, channels: 1 | 3, { input, options }: Context): Image {
  if (channels === 3) return toColour(image);
  if (image.channels === 1 || options.grayscale) return toGray(image);
  if (isGray(image)) return toGray(image);
  throw new BionoirError(
    'INPUT_SHAPE',
    `The picture is coloured, and input '${input.name}' takes one channel. Compile with --grayscale (images: { grayscale: true }) if the network was trained on grey pictures.`,
    { details: { name: input.name, channels: image.channels }, location: `input '${input.name}'` },
  );
}

/** Grey, though stored in three channels. */
function isGray({ data }: Image): boolean {
  return data.every((value, index) => value === data[index - (index % 3)]);
}

function withSize(
  image: Image,
  { width, height }: { readonly width: number; readonly height: number },
  { input, options }: Context,
): Image {
  if (image.width === width && image.height === height) return image;
  switch (options.resize) {
    case 'stretch':
      return resize(image, width, height);
    case 'crop':
      return resize(cropCentre(image, width, height), width, height);
    case undefined:
      throw new BionoirError(
        'INPUT_SHAPE',
        `The picture has ${image.width} x ${image.height} pixels; input '${input.name}' takes ${width} x ${height}. Compile with --resize crop or --resize stretch (images: { resize: 'crop' }), as the network was trained.`,
        { details: { name: input.name, found: [image.width, image.height], expected: [width, height] } },
      );
    default:
      return options.resize satisfies never;
  }
}
