/**
 * JPEG (ITU-T T.81) to pixels, through jpeg-js: baseline and progressive. The file's segments are read first: for its
 * size, for whether it is whole, and for the way up that a camera has noted (Exif 2.3, tag 0x0112).
 */
import { decode } from 'jpeg-js';
import { checkSize, malformedImage, PIXELS_MAX } from './failure.ts';
import { turnUpright } from './orientation.ts';
import type { Image } from './types.ts';

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const APPLICATION_1 = 0xe1;
/** Start of frame: C0 to CF but for DHT, JPG and DAC, which stand between them. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Tells whether a file begins as JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** @throws BionoirError MALFORMED_IMAGE */
export function readJpeg(bytes: Uint8Array): Image {
  const { orientation, isGrey, isRgb } = readSegments(bytes);
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: PIXELS_MAX / 1e6,
      maxMemoryUsageInMB: 2048,
      ...(isRgb ? { colorTransform: false } : {}),
    });
    const image: Image = isGrey
      ? { width, height, channels: 1, data: data.filter((_, index) => index % 3 === 0) }
      : { width, height, channels: 3, data };
    return turnUpright(image, orientation);
  } catch (cause) {
    throw malformedImage(`the JPEG does not decode (${(cause as Error).message})`, cause); // Errors by jpeg-js
  }
}

interface Segments {
  readonly orientation: number;
  readonly isGrey: boolean;
  /** Three colours that are stored as they are, as Adobe's programs note it; else they are a brightness and two differences. */
  readonly isRgb: boolean;
}

const APPLICATION_14 = 0xee;
const ADOBE = [0x41, 0x64, 0x6f, 0x62, 0x65];
/** Where Adobe's note says how colours are stored. */
const ADOBE_TRANSFORM = 11;

/** Walks the segments up to the picture's data, and looks for its end. */
function readSegments(bytes: Uint8Array): Segments {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  let [orientation, components, isRgb] = [1, 0, false];
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) break;
    const data = bytes.subarray(at + 4, at + 2 + length);
    if (isFrame(marker) && data.length >= 6) {
      checkSize(view.getUint16(at + 7), view.getUint16(at + 5));
      components = data[5] ?? 0;
      checkFrame(data[0] ?? 0, components);
    }
    if (marker === APPLICATION_14 && ADOBE.every((byte, index) => data[index] === byte))
      isRgb = data[ADOBE_TRANSFORM] === 0;
    if (marker === APPLICATION_1) orientation = exifOrientation(data) ?? orientation;
    if (marker === START_OF_SCAN) {
      if (components !== 0 && hasEnd(bytes, at)) return { orientation, isGrey: components === 1, isRgb };
      break;
    }
    at += 2 + length;
  }
  throw malformedImage('the JPEG is cut off');
}

/** What printers and scanners make besides: inks, and more than 8 bits a colour. */
function checkFrame(bits: number, components: number): void {
  if (components !== 1 && components !== 3)
    throw malformedImage(`the JPEG has ${components} colours (CMYK?), and 1 or 3 are read: grey, or RGB`);
  if (bits !== 8) throw malformedImage(`the JPEG has ${bits} bits a colour, and 8 are read`);
}

/** Inside a picture's data the byte FF is followed by 00 or a restart marker: FF D9 is the end. */
function hasEnd(bytes: Uint8Array, from: number): boolean {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (bytes[at + 1] === END_OF_IMAGE) return true;
  return false;
}

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0];
const ORIENTATION_TAG = 0x0112;
const ENTRY_BYTES = 12;

/** Reads the orientation, 1 to 8; undefined when there is none, or the note is damaged. */
function exifOrientation(segment: Uint8Array): number | undefined {
  if (!EXIF.every((byte, index) => segment[index] === byte) || segment.length < EXIF.length + 10)
    return undefined;
  const view = new DataView(segment.buffer, segment.byteOffset + EXIF.length, segment.length - EXIF.length);
  const isLittle = view.getUint16(0) === 0x4949;
  const first = view.getUint32(4, isLittle);
  if (first + 2 > view.byteLength) return undefined;
  const count = view.getUint16(first, isLittle);
  for (let entry = first + 2; entry < first + 2 + count * ENTRY_BYTES; entry += ENTRY_BYTES) {
    if (entry + ENTRY_BYTES > view.byteLength) return undefined;
    if (view.getUint16(entry, isLittle) === ORIENTATION_TAG) return view.getUint16(entry + 8, isLittle);
  }
  return undefined;
}
