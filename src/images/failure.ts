/** How pictures are refused. */
import { BionoirError } from '../errors.ts';

/** Most pixels of a picture: decoding one takes up to 8 bytes for each. */
export const PIXELS_MAX = 2 ** 26;

/** A picture that cannot be read. */
export function malformedImage(reason: string, cause?: unknown): BionoirError {
  return new BionoirError(
    'MALFORMED_IMAGE',
    `The picture is not usable: ${reason}. Give a whole PNG or JPEG file.`,
    { details: { reason }, cause },
  );
}

/** @throws BionoirError MALFORMED_IMAGE before memory for too large a picture is taken. */
export function checkSize(width: number, height: number): void {
  if (width > 0 && height > 0 && width * height <= PIXELS_MAX) return;
  throw malformedImage(
    `it says that it has ${width} x ${height} pixels, and from 1 to ${PIXELS_MAX} are read`,
  );
}
