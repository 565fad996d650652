/**
 * PNG (https://www.w3.org/TR/png-3/) to pixels, through fast-png. The file is checked first, chunk by chunk, so that
 * neither its stated size nor what its data inflates to can take more memory than the picture has; and only the chunks
 * that make pixels are given to the decoder. Of an animation the default image is read.
 */
import { decode } from 'fast-png';
import { Unzlib } from 'fflate';
import { checkSize, malformedImage } from './failure.ts';
import type { Image } from './types.ts';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const PIXEL_CHUNKS = ['IHDR', 'PLTE', 'IDAT', 'IEND'];
/** Length, type and checksum around the data of a chunk. */
const CHUNK_FRAME_BYTES = 12;
/** Adam7 sends up to seven pictures, each row of which begins with a filter byte and may end in a part of a byte. */
const INTERLACE_PASSES = 7;
/** What is inflated at once; deflate makes at most 1032 bytes of one. */
const INFLATE_STEP = 8192;

/** Tells whether a file begins as PNG does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/** @throws BionoirError MALFORMED_IMAGE */
export function readPng(bytes: Uint8Array): Image {
  const chunks = readChunks(bytes);
  const header = readHeader(chunks[0]);
  checkSize(header.width, header.height);
  checkInflated(chunks, header);
  try {
    const { width, height, data, channels, depth, palette } = decode(joinChunks(bytes, chunks), {
      checkCrc: true,
    });
    if (palette) return fromPalette(width, height, unpack(data, header), palette);
    const levels = depth === 16 ? Uint8Array.from(data, toByte) : spread(unpack(data, header), depth);
    return withoutAlpha({ width, height, data: levels }, channels);
  } catch (cause) {
    throw malformedImage((cause as Error).message, cause); // the decoder throws Errors
  }
}

interface Chunk {
  readonly type: string;
  readonly start: number;
  readonly data: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
  readonly depth: number;
  readonly isInterlaced: boolean;
}

function readChunks(bytes: Uint8Array): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  let at = SIGNATURE.length;
  while (at + CHUNK_FRAME_BYTES <= bytes.length) {
    const length = view.getUint32(at);
    if (length > bytes.length - at - CHUNK_FRAME_BYTES) break;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, start: at, data: bytes.subarray(at + 8, at + 8 + length) });
    if (type === 'IEND') return chunks;
    at += CHUNK_FRAME_BYTES + length;
  }
  throw malformedImage('the PNG is cut off');
}

const CHANNELS_BY_COLOUR: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

function readHeader(chunk: Chunk | undefined): Header {
  if (chunk?.type !== 'IHDR' || chunk.data.length !== 13) throw malformedImage('the PNG has no header');
  const view = new DataView(chunk.data.buffer, chunk.data.byteOffset, chunk.data.byteLength);
  const [depth, colour, interlace] = [view.getUint8(8), view.getUint8(9), view.getUint8(12)];
  const channels = CHANNELS_BY_COLOUR[colour];
  if (channels === undefined || ![1, 2, 4, 8, 16].includes(depth))
    throw malformedImage(
      `the PNG has colour type ${colour} with ${depth} bits, which the format does not know`,
    );
  return {
    ...{ width: view.getUint32(0), height: view.getUint32(4), depth },
    bitsPerPixel: channels * depth,
    isInterlaced: interlace === 1,
  };
}

/** Inflates once without keeping anything: a picture's data must be as long as the picture. */
function checkInflated(chunks: readonly Chunk[], header: Header): void {
  const { width, height, bitsPerPixel, isInterlaced } = header;
  const least = height * (1 + Math.ceil((width * bitsPerPixel) / 8));
  const most = isInterlaced ? least + INTERLACE_PASSES * 2 * (height + 8) : least;
  let length = 0;
  const inflater = new Unzlib(part => {
    length += part.length;
  });
  try {
    for (const { type, data } of chunks) {
      for (let at = 0; type === 'IDAT' && at < data.length && length <= most; at += INFLATE_STEP)
        inflater.push(data.subarray(at, at + INFLATE_STEP), false);
    }
  } catch (cause) {
    throw malformedImage(`the PNG's data does not inflate (${(cause as Error).message})`, cause);
  }
  const isRight = isInterlaced
    ? length >= (height * width * bitsPerPixel) / 8 && length <= most
    : length === least;
  if (!isRight)
    throw malformedImage(`the PNG's data is not that of a picture of ${width} x ${height} pixels`);
}

function joinChunks(bytes: Uint8Array, chunks: readonly Chunk[]): Uint8Array {
  const parts = chunks
    .filter(({ type }) => PIXEL_CHUNKS.includes(type))
    .map(({ start, data }) => bytes.subarray(start, start + CHUNK_FRAME_BYTES + data.length));
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, SIGNATURE.length));
  joined.set(SIGNATURE);
  let at = SIGNATURE.length;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One number a pixel for depths below 8, whose rows end on whole bytes. */
function unpack(data: ArrayLike<number>, { width, height, depth }: Header): Uint8Array {
  if (depth >= 8) return Uint8Array.from(data);
  const rowBytes = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, index) => {
    const [row, column] = [Math.floor(index / width), index % width];
    const bit = column * depth;
    const byte = data[row * rowBytes + (bit >> 3)] ?? 0;
    return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  });
}

/** Grey levels of few bits over the whole range of bytes: 255 is a multiple of 1, 3 and 15. */
function spread(levels: Uint8Array, depth: number): Uint8Array {
  return depth >= 8 ? levels : levels.map(level => level * (255 / (2 ** depth - 1)));
}

/** 16 bits to the nearest 8: 65535 is 257 * 255. */
function toByte(value: number): number {
  return Math.round(value / 257);
}

function fromPalette(
  width: number,
  height: number,
  indices: Uint8Array,
  palette: readonly ArrayLike<number>[],
): Image {
  const data = new Uint8Array(3 * width * height);
  indices.subarray(0, width * height).forEach((entry, pixel) => {
    const colour = palette[entry];
    if (colour === undefined) throw new Error(`a pixel has colour ${entry} of ${palette.length}`);
    for (let channel = 0; channel < 3; channel++) data[3 * pixel + channel] = colour[channel] ?? 0;
  });
  return { width, height, channels: 3, data };
}

function withoutAlpha(image: Omit<Image, 'channels'>, channels: number): Image {
  const kept = channels <= 2 ? 1 : 3;
  if (kept === channels) return { ...image, channels: kept };
  const data = image.data.filter((_, index) => index % channels < kept);
  return { ...image, channels: kept, data };
}
