/** The face of images: pictures from files, and what a network takes of them. */
export { imageToInput, isImageFile, isOtherImageFile, readImage } from './to-input.ts';
export type * from './types.ts';
