/**
 * Image: pixels of 8 bits, as they come out of a file and before they become a network's input.
 */

/** Row-major, channels last: 1 (grey) or 3 (red, green, blue). An alpha channel is dropped on reading. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** What may be done to a picture so that it fits a network. Nothing that is not named here is done. */
export interface ImageOptions {
  /** 'stretch' scales both sides on their own; 'crop' takes the largest centre part of the input's proportions first. */
  readonly resize?: 'stretch' | 'crop';
  /** Turns a coloured picture grey for a network of one channel. */
  readonly grayscale?: boolean;
  /** Order of the network's channels, 'rgb' unless said. */
  readonly channelOrder?: 'rgb' | 'bgr';
}

/** A picture's pixels for one input of a network. */
export interface ImageInput {
  /** For messages. */
  readonly name: string;
  /** [height, width, channels], [height, width], [channels, height, width], or the length of a flat input. */
  readonly shape: readonly number[];
  /** What the darkest and the brightest pixel become. */
  readonly min: number;
  readonly max: number;
}
