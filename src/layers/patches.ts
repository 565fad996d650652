/**
 * Images as patches and back: [batch, H, W, C] to [patch, batch, P * P * C], patches row by row, each row-major.
 *
 * In two transpositions of few axes, which TensorFlow.js' WASM back end does quickly; one of six axes it does not.
 */
import { reshape, type Tensor, type Tensor3D, type Tensor4D, transpose } from '@tensorflow/tfjs-core';
import { BionoirError } from '../errors.ts';

type Shape3 = [number, number, number];

/** Sizes of an image cut into square patches. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
  readonly patchSize: number;
  readonly channels: number;
}

/**
 * The grid of patches of an image.
 *
 * @throws SHAPE_MISMATCH when patches do not cover the image evenly.
 */
export function patchGrid(name: string, shape: readonly number[], patchSize: number): PatchGrid {
  const [height = 0, width = 0, channels = 0] = shape;
  if (height % patchSize === 0 && width % patchSize === 0)
    return { rows: height / patchSize, columns: width / patchSize, patchSize, channels };
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `Layer '${name}' cuts an image of ${height}x${width} into patches of ${patchSize}x${patchSize}, which do not cover it evenly. Choose a patch size that divides both.`,
    { details: { layer: name, shape, patchSize }, location: `layer '${name}'` },
  );
}

/** Cuts images into patches. */
export function toPatches(images: Tensor, grid: PatchGrid): Tensor3D {
  const { rows, columns, patchSize, channels } = grid;
  const batch = images.shape[0] ?? 1;
  const rowLength = patchSize * channels;
  const bands: Tensor4D = reshape(images, [batch * rows, patchSize, columns, rowLength]);
  const shape: Shape3 = [batch, rows * columns, patchSize * rowLength];
  return transpose(reshape(transpose(bands, [0, 2, 1, 3]), shape), [1, 0, 2]);
}

/** Puts patches together again. */
export function fromPatches(patches: Tensor3D, grid: PatchGrid): Tensor4D {
  const { rows, columns, patchSize, channels } = grid;
  const batch = patches.shape[1];
  const rowLength = patchSize * channels;
  const bands: Tensor4D = reshape(transpose(patches, [1, 0, 2]), [
    batch * rows,
    columns,
    patchSize,
    rowLength,
  ]);
  const shape: [number, ...Shape3] = [batch, rows * patchSize, columns * patchSize, channels];
  return reshape(transpose(bands, [0, 2, 1, 3]), shape);
}
