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
  const least = new Float64Array(channels).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(channels).fill(Number.NEGATIVE_INFINITY);
  for (const { data } of value.samples) {
    if (data instanceof Float64Array) widenNumbers(least, most, data);
    else for (let i = 0; i < data.length; i++) widen(ranges[i % channels], data[i] ?? 0n);
  }
  for (const [channel, range] of ranges.entries()) {
    const [min = 0, max = 0] = [least[channel], most[channel]];
    if (min > max) continue;
    widen(range, BigInt(min));
    widen(range, BigInt(max));
  }
  return boundsOf(channels, channel => [ranges[channel]?.min ?? 0n, ranges[channel]?.max ?? 0n]);
}

function widenNumbers(least: Float64Array, most: Float64Array, data: Float64Array): void {
  for (let i = 0, channel = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (value < (least[channel] as number)) least[channel] = value;
    if (value > (most[channel] as number)) most[channel] = value;
    channel = channel + 1 === least.length ? 0 : channel + 1;
  }
}

interface Range {
  min: bigint;
  max: bigint;
  isEmpty: boolean;
}

function widen(range: Range | undefined, value: bigint): void {
  if (range === undefined) return;
  if (range.isEmpty || value < range.min) range.min = value;
  if (range.isEmpty || value > range.max) range.max = value;
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
