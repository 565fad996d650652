/** From pictures to a network's integers: sizes, channels, levels. */
import assert from 'node:assert/strict';
import { setBackend, tensor3d, image as tfImage } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { seededRandom } from '../../fixtures/data/random.ts';
import { type Image, type ImageInput, imageToInput } from '../../src/images/index.ts';
import { assertThrowsCode } from '../support/errors.ts';

const random = seededRandom(9);

function picture(width: number, height: number, channels: 1 | 3): Image {
  const data = Uint8Array.from({ length: width * height * channels }, () => random.below(256));
  return { width, height, channels, data };
}

const pixels = (...shape: readonly number[]): ImageInput => ({ name: 'pixels', shape, min: 0, max: 255 });

describe('a picture as input', () => {
  it('is taken as it is where it fits', () => {
    const grey = picture(4, 3, 1);
    for (const shape of [
      [3, 4, 1],
      [3, 4],
      [1, 3, 4],
    ])
      assert.deepEqual(imageToInput(grey, pixels(...shape)), [...grey.data]);
    const square = picture(3, 3, 1);
    assert.deepEqual(imageToInput(square, pixels(9)), [...square.data]);
    const colour = picture(2, 2, 3);
    assert.deepEqual(imageToInput(colour, pixels(2, 2, 3)), [...colour.data]);
    assert.deepEqual(imageToInput(colour, pixels(12)), [...colour.data]);
  });

  it('puts channels where the network has them', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const image: Image = { width: 2, height: 1, channels: 3, data };
    assert.deepEqual(imageToInput(image, pixels(3, 1, 2)), [1, 4, 2, 5, 3, 6]);
    assert.deepEqual(imageToInput(image, pixels(1, 2, 3), { channelOrder: 'bgr' }), [3, 2, 1, 6, 5, 4]);
    const grey: Image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(7, 8) };
    assert.deepEqual(imageToInput(grey, pixels(1, 2, 3)), [7, 7, 7, 8, 8, 8]);
  });

  it('is made grey when that is said, or when it is grey already', () => {
    const image: Image = { width: 2, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0, 10, 200, 30) };
    assert.deepEqual(imageToInput(image, pixels(1, 2, 1), { grayscale: true }), [76, 124]);
    assertThrowsCode(
      () => imageToInput(image, pixels(1, 2, 1)),
      'INPUT_SHAPE',
      "The picture is coloured, and input 'pixels' takes one channel. Compile with --grayscale (images: { grayscale: true }) if the network was trained on grey pictures.",
    );
    const grey: Image = { width: 1, height: 1, channels: 3, data: Uint8Array.of(9, 9, 9) };
    assert.deepEqual(imageToInput(grey, pixels(1, 1, 1)), [9]);
  });

  it("is stretched as TensorFlow's bilinear resize does, rounded", async () => {
    await setBackend('cpu');
    for (const [from, to] of [
      [
        [8, 6],
        [3, 4],
      ],
      [
        [5, 7],
        [11, 9],
      ],
      [
        [28, 28],
        [14, 14],
      ],
      [
        [3, 3],
        [1, 1],
      ],
    ] as const) {
      const image = picture(from[0], from[1], 3);
      const tensor = tensor3d([...image.data], [image.height, image.width, 3], 'float32');
      const expected = tfImage.resizeBilinear(tensor, [to[1], to[0]], false, true).dataSync();
      const found = imageToInput(image, pixels(to[1], to[0], 3), { resize: 'stretch' });
      assert.equal(found.length, expected.length);
      found.forEach((value, index) => {
        assert.ok(Math.abs(value - (expected[index] ?? 0)) <= 0.501, `${value} for ${expected[index]}`);
      });
    }
  });

  it('loses its sides to a crop', () => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const wide: Image = { width: 4, height: 2, channels: 1, data };
    assert.deepEqual(imageToInput(wide, pixels(2, 2, 1), { resize: 'crop' }), [2, 3, 6, 7]);
    const high: Image = { width: 2, height: 4, channels: 1, data };
    assert.deepEqual(imageToInput(high, pixels(2, 2, 1), { resize: 'crop' }), [3, 4, 5, 6]);
  });

  it('has its levels spread over what the input takes', () => {
    const image: Image = { width: 4, height: 1, channels: 1, data: Uint8Array.of(0, 7, 8, 255) };
    assert.deepEqual(imageToInput(image, { name: 'x', shape: [1, 4, 1], min: 0, max: 16 }), [0, 0, 1, 16]);
    assert.deepEqual(
      imageToInput(image, { name: 'x', shape: [1, 4, 1], min: -128, max: 127 }),
      [-128, -121, -120, 127],
    );
  });

  it('is refused where it does not fit', () => {
    assertThrowsCode(
      () => imageToInput(picture(30, 40, 1), pixels(28, 28, 1)),
      'INPUT_SHAPE',
      "The picture has 30 x 40 pixels; input 'pixels' takes 28 x 28. Compile with --resize crop or --resize stretch (images: { resize: 'crop' }), as the network was trained.",
    );
    for (const shape of [[5], [2, 2, 2], [2, 2, 2, 3]])
      assertThrowsCode(
        () => imageToInput(picture(2, 2, 1), pixels(...shape)),
        'INPUT_SHAPE',
        `Input 'pixels' has the shape [${shape.join(', ')}], which is no picture's of one or three channels. Give its values as JSON.`,
      );
  });
});
