/** Pictures from files: what encoders write is read back, and what is damaged is refused by name. */
import assert from 'node:assert/strict';
import { encode as encodePng, type ImageData } from 'fast-png';
import { zlibSync } from 'fflate';
import { encode as encodeJpeg } from 'jpeg-js';
import { seededRandom } from '../../fixtures/data/random.ts';
import { isImageFile, isOtherImageFile, readImage } from '../../src/images/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const random = seededRandom(3);
const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, () => random.below(256));

function pngOf(image: Partial<ImageData> & Pick<ImageData, 'data' | 'channels'>): Uint8Array {
  return encodePng({ width: 5, height: 3, depth: 8, ...image } as ImageData);
}

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function chunk(type: string, data: ArrayLike<number>): number[] {
  const body = [...new TextEncoder().encode(type), ...Array.from(data)];
  const crc =
    body.reduce((sum, byte) => (sum >>> 8) ^ (crcTable[(sum ^ byte) & 255] ?? 0), 0xffffffff) ^ 0xffffffff;
  return [...word(data.length), ...body, ...word(crc)];
}

const word = (value: number): number[] => [
  value >>> 24,
  (value >>> 16) & 255,
  (value >>> 8) & 255,
  value & 255,
];
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Raw {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly rows: ArrayLike<number>;
  readonly before?: readonly number[];
}

function rawPng({ width, height, depth, colour, rows, before = [] }: Raw): Uint8Array {
  const header = [...word(width), ...word(height), depth, colour, 0, 0, 0];
  return Uint8Array.from([
    ...SIGNATURE,
    ...chunk('IHDR', header),
    ...before,
    ...chunk('IDAT', zlibSync(Uint8Array.from(rows))),
    ...chunk('IEND', []),
  ]);
}

describe('reading a PNG', () => {
  it('gives grey and coloured pixels, and drops alpha', () => {
    const grey = bytes(15);
    assert.deepEqual(readImage(pngOf({ data: grey, channels: 1 })), {
      width: 5,
      height: 3,
      channels: 1,
      data: grey,
    });
    const colour = bytes(45);
    assert.deepEqual(readImage(pngOf({ data: colour, channels: 3 })).data, colour);
    const greyAlpha = bytes(30);
    const { channels, data } = readImage(pngOf({ data: greyAlpha, channels: 2 }));
    assert.deepEqual([channels, [...data]], [1, [...greyAlpha].filter((_, index) => index % 2 === 0)]);
    const colourAlpha = bytes(60);
    const kept = [...colourAlpha].filter((_, index) => index % 4 !== 3);
    assert.deepEqual([...readImage(pngOf({ data: colourAlpha, channels: 4 })).data], kept);
  });

  it('rounds 16 bits to the nearest 8', () => {
    const data = Uint16Array.of(0, 128, 129, 257, 385, 386, 32896, 65407, 65535, 1, 2, 3, 4, 5, 6);
    const image = readImage(pngOf({ data, channels: 1, depth: 16 }));
    assert.deepEqual([...image.data.subarray(0, 9)], [0, 0, 1, 1, 1, 2, 128, 255, 255]);
  });

  it('spreads levels of few bits over the whole range', () => {
    const one = rawPng({ width: 3, height: 2, depth: 1, colour: 0, rows: [0, 0b10100000, 0, 0b01000000] });
    assert.deepEqual([...readImage(one).data], [255, 0, 255, 0, 255, 0]);
    const four = rawPng({ width: 3, height: 1, depth: 4, colour: 0, rows: [0, 0x0f, 0x80] });
    assert.deepEqual([...readImage(four).data], [0, 255, 136]);
  });

  it('looks colours up in a palette', () => {
    const before = chunk('PLTE', [10, 20, 30, 40, 50, 60]);
    const image = readImage(
      rawPng({ width: 3, height: 1, depth: 1, colour: 3, rows: [0, 0b01100000], before }),
    );
    assert.deepEqual(image, {
      width: 3,
      height: 1,
      channels: 3,
      data: Uint8Array.of(10, 20, 30, 40, 50, 60, 40, 50, 60),
    });
    assertThrowsCode(
      () => readImage(rawPng({ width: 1, height: 1, depth: 2, colour: 3, rows: [0, 0b11000000], before })),
      'MALFORMED_IMAGE',
      'The picture is not usable: a pixel has colour 3 of 2. Give a whole PNG or JPEG file.',
    );
  });

  it('refuses a file that is cut off anywhere', () => {
    const png = pngOf({ data: bytes(45), channels: 3 });
    for (let length = 8; length < png.length; length++)
      assertThrowsCode(
        () => readImage(png.subarray(0, length)),
        'MALFORMED_IMAGE',
        'The picture is not usable: the PNG is cut off. Give a whole PNG or JPEG file.',
      );
  });

  it('never gives other pixels for a file in which a byte was changed', () => {
    const png = pngOf({ data: bytes(45), channels: 3 });
    const { data } = readImage(png);
    for (let at = 8; at < png.length; at++) {
      const changed = png.slice();
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      try {
        assert.deepEqual(readImage(changed).data, data, `byte ${at}`); // an ancillary chunk
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        assertThrowsCode(() => {
          throw error;
        }, 'MALFORMED_IMAGE');
      }
    }
  });

  const tooLarge = (width: number, height: number): RegExp =>
    new RegExp(`it says that it has ${width} x ${height} pixels, and from 1 to 67108864 are read`);

  it('refuses bombs before they take memory', () => {
    const claimed = rawPng({ width: 60000, height: 60000, depth: 8, colour: 6, rows: [0] });
    assertThrowsCode(() => readImage(claimed), 'MALFORMED_IMAGE', tooLarge(60000, 60000));
    const empty = rawPng({ width: 0, height: 5, depth: 8, colour: 6, rows: [0] });
    assertThrowsCode(() => readImage(empty), 'MALFORMED_IMAGE', tooLarge(0, 5));
    const inflating = rawPng({ width: 2, height: 2, depth: 8, colour: 0, rows: new Uint8Array(3_000_000) });
    const wrong =
      "The picture is not usable: the PNG's data is not that of a picture of 2 x 2 pixels. Give a whole PNG or JPEG file.";
    assertThrowsCode(() => readImage(inflating), 'MALFORMED_IMAGE', wrong);
    const short = rawPng({ width: 2, height: 2, depth: 8, colour: 0, rows: [0, 1, 2, 0, 1] });
    assertThrowsCode(() => readImage(short), 'MALFORMED_IMAGE', wrong);
    const profile = chunk('iCCP', [0x61, 0, 0, ...zlibSync(new Uint8Array(5_000_000))]);
    const rows = [0, 1, 2, 0, 3, 4];
    const ignored = rawPng({ width: 2, height: 2, depth: 8, colour: 0, rows, before: profile });
    assert.deepEqual([...readImage(ignored).data], [1, 2, 3, 4]);
  });

  it('refuses what the format does not know', () => {
    assertThrowsCode(
      () => readImage(rawPng({ width: 1, height: 1, depth: 8, colour: 5, rows: [0, 0] })),
      'MALFORMED_IMAGE',
      'The picture is not usable: the PNG has colour type 5 with 8 bits, which the format does not know. Give a whole PNG or JPEG file.',
    );
    const headless = Uint8Array.from([...SIGNATURE, ...chunk('IEND', [])]);
    assertThrowsCode(() => readImage(headless), 'MALFORMED_IMAGE', /the PNG has no header/);
    const garbled = Uint8Array.from([
      ...SIGNATURE,
      ...chunk('IHDR', [...word(1), ...word(1), 8, 0, 0, 0, 0]),
      ...chunk('IDAT', [1, 2, 3, 4, 5, 6, 7, 8]),
      ...chunk('IEND', []),
    ]);
    assertThrowsCode(() => readImage(garbled), 'MALFORMED_IMAGE', /the PNG's data does not inflate \(/);
  });
});

describe('reading a JPEG', () => {
  const [width, height] = [24, 16];
  /** Dark above, bright below, and red at the left. */
  const rgba = Uint8Array.from({ length: 4 * width * height }, (_, index) => {
    const pixel = Math.floor(index / 4);
    const base = pixel >= (width * height) / 2 ? 200 : 40;
    return index % 4 === 3 ? 255 : index % 4 === 0 && pixel % width < 8 ? 250 : base;
  });
  const jpeg = Uint8Array.from(encodeJpeg({ width, height, data: rgba }, 95).data); // a Buffer's slices share memory

  /** With a note of the camera's orientation. */
  function oriented(orientation: number): Uint8Array {
    const tiff = [
      0x4d,
      0x4d,
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      orientation,
      0,
      0,
      0,
      0,
      0,
      0,
    ];
    const note = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
    return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, note.length + 2, ...note, ...jpeg.subarray(2)]);
  }

  it('gives coloured pixels close to those that were encoded', () => {
    const image = readImage(jpeg);
    assert.deepEqual([image.width, image.height, image.channels], [width, height, 3]);
    for (const [x, y] of [
      [2, 2],
      [20, 2],
      [20, 13],
    ] as const) {
      for (let channel = 0; channel < 3; channel++) {
        const found = image.data[3 * (width * y + x) + channel] ?? 0;
        assert.ok(Math.abs(found - (rgba[4 * (width * y + x) + channel] ?? 0)) < 16, `${x},${y}: ${found}`);
      }
    }
  });

  it('turns the picture the way up that the camera noted', () => {
    const plain = readImage(jpeg);
    const pixel = (image: typeof plain, x: number, y: number): number[] => [
      ...image.data.subarray(3 * (image.width * y + x), 3 * (image.width * y + x) + 3),
    ];
    assert.deepEqual(readImage(oriented(1)), plain);
    const [x, y] = [3, 5];
    const places: Readonly<Record<number, readonly [number, number]>> = {
      2: [width - 1 - x, y],
      3: [width - 1 - x, height - 1 - y],
      4: [x, height - 1 - y],
      5: [y, x],
      6: [height - 1 - y, x],
      7: [height - 1 - y, width - 1 - x],
      8: [y, width - 1 - x],
    };
    for (const [orientation, [toX, toY]] of Object.entries(places)) {
      const turned = readImage(oriented(Number(orientation)));
      assert.deepEqual(pixel(turned, toX, toY), pixel(plain, x, y), `orientation ${orientation}`);
      assert.equal(turned.width, Number(orientation) >= 5 ? height : width);
    }
  });

  it('refuses a file that is cut off anywhere', () => {
    for (let length = 3; length < jpeg.length; length++)
      assertThrowsCode(
        () => readImage(jpeg.subarray(0, length)),
        'MALFORMED_IMAGE',
        'The picture is not usable: the JPEG is cut off. Give a whole PNG or JPEG file.',
      );
  });

  it('reads one that comes in several scans', () => {
    const zeros = new Array<number>(16).fill(0);
    const progressive = Uint8Array.from([
      ...[0xff, 0xd8, 0xff, 0xdb, 0, 67, 0, ...new Array<number>(64).fill(8)], // steps of 8: a mean of d is 128 + d
      ...[0xff, 0xc2, 0, 11, 8, 0, 8, 0, 16, 1, 1, 0x11, 0], // two blocks of one colour
      ...[0xff, 0xc4, 0, 21, 0, 1, 1, ...zeros.slice(2), 7, 8], // 0: 7 bits follow; 10: 8 bits follow
      ...[0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x64, 0x9a, 0x7f], // means: 100, and 150 less
      ...[0xff, 0xc4, 0, 20, 0x10, 1, ...zeros.slice(1), 0], // 0: no more in this block
      ...[0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0, 0x3f, 0xff, 0xd9],
    ]);
    const { width, height, channels, data } = readImage(progressive);
    assert.deepEqual([width, height, channels], [16, 8, 1]);
    for (const [x, level] of [
      [0, 228],
      [7, 228],
      [8, 78],
      [15, 78],
    ] as const)
      assert.equal(data[7 * width + x], level);
  });

  it('takes colours as they are stored where Adobe notes that', () => {
    const note = [0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0];
    const noted = (transform: number): Uint8Array =>
      Uint8Array.from([0xff, 0xd8, 0xff, 0xee, 0, 14, ...note, transform, ...jpeg.subarray(2)]);
    const [plain, same, stored] = [readImage(jpeg), readImage(noted(1)), readImage(noted(0))];
    assert.deepEqual(same, plain);
    const corner = [...stored.data.subarray(3 * (width * height - 1))];
    assert.ok(Math.abs((corner[0] ?? 0) - 200) < 8 && Math.abs((corner[1] ?? 0) - 128) < 8, `${corner}`);
  });

  it('refuses inks, and more bits than 8', () => {
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    const [inks, deep] = [jpeg.slice(), jpeg.slice()];
    inks[frame + 9] = 4;
    deep[frame + 4] = 12;
    assertThrowsCode(
      () => readImage(inks),
      'MALFORMED_IMAGE',
      /the JPEG has 4 colours \(CMYK\?\), and 1 or 3 are read/,
    );
    assertThrowsCode(
      () => readImage(deep),
      'MALFORMED_IMAGE',
      /the JPEG has 12 bits a colour, and 8 are read/,
    );
  });

  it('refuses sizes beyond memory, and files that do not decode', () => {
    const frame = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc0);
    const bomb = jpeg.slice();
    bomb.set([0xff, 0xff, 0xff, 0xff], frame + 5);
    assertThrowsCode(() => readImage(bomb), 'MALFORMED_IMAGE', /it says that it has 65535 x 65535 pixels/);
    const empty = jpeg.slice();
    empty.set([0, 0], frame + 5);
    assertThrowsCode(() => readImage(empty), 'MALFORMED_IMAGE', /24 x 0 pixels/);
    const tables = jpeg.slice();
    const huffman = jpeg.findIndex((byte, index) => byte === 0xff && jpeg[index + 1] === 0xc4);
    tables[huffman + 1] = 0xdd; // no code tables any more
    assertThrowsCode(() => readImage(tables), 'MALFORMED_IMAGE', /the JPEG does not decode \(/);
  });
});

describe('reading something else', () => {
  it('says that it is no picture, or of which kind it is', () => {
    assert.equal(isImageFile(Uint8Array.of(1, 2, 3)), false);
    const cases: readonly [text: string, reason: string][] = [
      ['hello', 'it is neither a PNG nor a JPEG'],
      ['GIF89a', 'it is a GIF, which is not read'],
      ['RIFF\x10\0\0\0WEBPVP8 ', 'it is a WebP, which is not read'],
      ['\0\0\0\x18ftypheic', 'it is a HEIC or an AVIF, which is not read'],
      ['II*\0', 'it is a TIFF, which is not read'],
      ['BM\x36\x01\0\0\0\0\0\0\x36\0', 'it is a BMP, which is not read'],
    ];
    for (const [text, reason] of cases) {
      const bytes = new TextEncoder().encode(text);
      assertThrowsCode(
        () => readImage(bytes),
        'MALFORMED_IMAGE',
        `The picture is not usable: ${reason}. Give a whole PNG or JPEG file.`,
      );
      assert.equal(isOtherImageFile(bytes), reason.endsWith('not read'));
    }
  });
});
