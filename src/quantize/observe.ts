/**
 * What the samples show: the range of each channel, and the largest step of each max-pool comparison.
 */
import { boundsOf, channelCount } from './bounds.ts';
import type { Value } from './builder.ts';
import { absolute, maximum } from './integers.ts';
import type { Bounds, IntTensor, Shape } from './types.ts';
import { visitTaps, type Window } from './window.ts';

/** Gives the range of each channel over all samples and positions; zeros when there are no samples. */
export function observeBounds(value: Value): Bounds {
  const channels = channelCount(value.node.shape);
  const ranges = Array.from({ length: channels }, () => ({ min: 0n, max: 0n, isEmpty: true }));
  for (const { data } of value.samples) {
    for (let i = 0; i < data.length; i++) widen(ranges[i % channels], data[i] ?? 0);
  }
  return boundsOf(channels, channel => [ranges[channel]?.min ?? 0n, ranges[channel]?.max ?? 0n]);
}

interface Range {
  min: bigint;
  max: bigint;
  isEmpty: boolean;
}

function widen(range: Range | undefined, value: number | bigint): void {
  if (range === undefined || (!range.isEmpty && value >= range.min && value <= range.max)) return;
  const integer = BigInt(value);
  if (range.isEmpty || integer < range.min) range.min = integer;
  if (range.isEmpty || integer > range.max) range.max = integer;
  range.isEmpty = false;
}

/** Gives, per channel, the largest |next - best| that the max-pool's tournament meets on the samples. */
export function observeDifferences(value: Value, window: Window, outputShape: Shape): bigint[] {
  const channels = channelCount(outputShape);
  const largest = new Array<bigint>(channels).fill(0n);
  for (const sample of value.samples) {
    for (let channel = 0; channel < channels; channel++) {
      const seen = largestDifference(sample, { window, outputShape, channel, channels });
      largest[channel] = maximum(largest[channel] ?? 0n, seen);
    }
  }
  return largest;
}

interface Tournament {
  readonly window: Window;
  readonly outputShape: Shape;
  readonly channel: number;
  readonly channels: number;
}

function largestDifference(sample: IntTensor, tournament: Tournament): bigint {
  const { window, outputShape, channel, channels } = tournament;
  let largest = 0n;
  let current = -1;
  let best = 0n;
  visitTaps(window, sample.shape, outputShape, (outPosition, inPosition) => {
    const next = BigInt(sample.data[inPosition * channels + channel] ?? 0);
    if (outPosition === current) largest = maximum(largest, absolute(next - best));
    best = outPosition === current ? maximum(best, next) : next;
    current = outPosition;
  });
  return largest;
}
