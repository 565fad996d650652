/**
 * Window geometry of integer convolutions and pools over [height, width, channels]: which input positions a window
 * reads. Padding is never visited.
 */
import type { Padding, QuantAveragePool2dOp, QuantConv2dOp, QuantMaxPool2dOp, Shape } from './types.ts';

/** Size, steps and padding of the windows. */
export interface Window {
  readonly size: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
  readonly padding: Padding;
}

/** Takes the window out of a convolution or pool. */
export function windowOf(
  op: QuantConv2dOp | Pick<QuantMaxPool2dOp | QuantAveragePool2dOp, 'poolSize' | 'strides' | 'padding'>,
): Window {
  const size = 'kernelSize' in op ? op.kernelSize : op.poolSize;
  const dilations = 'dilations' in op ? op.dilations : ([1, 1] as const);
  return { size, strides: op.strides, dilations, padding: op.padding };
}

/** Tells whether any side is padded. */
export function isPadded({ top, bottom, left, right }: Padding): boolean {
  return top + bottom + left + right > 0;
}

/**
 * Visits every tap inside the input, in row-major order of output positions, then of taps. Positions are
 * row * width + column; the tap index is row-major in the window.
 */
export function visitTaps(
  window: Window,
  inputShape: Shape,
  outputShape: Shape,
  visit: (outPosition: number, inPosition: number, tap: number) => void,
): void {
  const [height = 0, width = 0] = inputShape;
  const [outHeight = 0, outWidth = 0] = outputShape;
  const { size, strides, dilations, padding } = window;
  for (let outPosition = 0; outPosition < outHeight * outWidth; outPosition++) {
    const top = Math.floor(outPosition / outWidth) * strides[0] - padding.top;
    const left = (outPosition % outWidth) * strides[1] - padding.left;
    for (let tap = 0; tap < size[0] * size[1]; tap++) {
      const row = top + Math.floor(tap / size[1]) * dilations[0];
      const column = left + (tap % size[1]) * dilations[1];
      if (row < 0 || row >= height || column < 0 || column >= width) continue;
      visit(outPosition, row * width + column, tap);
    }
  }
}

/** Counts the taps inside the input at each output position. */
export function countTaps(window: Window, inputShape: Shape, outputShape: Shape): number[] {
  const [outHeight = 0, outWidth = 0] = outputShape;
  const counts = new Array<number>(outHeight * outWidth).fill(0);
  visitTaps(window, inputShape, outputShape, position => {
    counts[position] = (counts[position] ?? 0) + 1;
  });
  return counts;
}
