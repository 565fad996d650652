/**
 * Layers with so many weights that their channels are divided among modules: each has its weights, its folded functions, and
 * a function of the same name and parameters as the one that joins them. The compiler takes such modules one by one.
 */
import type { Channels } from './channels.ts';

/** How layers are divided. */
export interface Division {
  /** Weights from which on a layer is divided. */
  readonly from: number;
  /** About how many weights a module of it gets then. */
  readonly size: number;
}

/** Modules that take about five seconds to compile. */
export const DEFAULT_DIVISION: Division = { from: 1.5 * 2 ** 16, size: 2 ** 16 };

/** Channels `from` to `to - 1`. */
export interface ChannelRange {
  readonly from: number;
  readonly to: number;
}

/** Whether a layer of so many weights is divided. */
export function isDivided(weightCount: number, { from }: Division): boolean {
  return weightCount >= from;
}

/** Channels by module, all but the last one of one size; a single range when the layer is not divided. */
export function channelRanges(
  channelCount: number,
  weightCount: number,
  division: Division,
): readonly ChannelRange[] {
  if (!isDivided(channelCount * weightCount, division)) return [allOf(channelCount)];
  const size = Math.max(1, Math.floor(division.size / weightCount));
  return Array.from({ length: Math.ceil(channelCount / size) }, (_, index) => ({
    from: index * size,
    to: Math.min(channelCount, (index + 1) * size),
  }));
}

/** The channels of a range, as a function of a module of its own. */
export function channelsOfRange<T extends Omit<Channels, 'parts'>>(
  channels: T,
  { from, to }: ChannelRange,
): T {
  return {
    ...channels,
    channelCount: to - from,
    wrappers: channels.wrappers.slice(from, to),
    visibility: 'pub(crate) ',
  };
}

/** All channels of a layer. */
export function allOf(channelCount: number): ChannelRange {
  return { from: 0, to: channelCount };
}

/** The modules of ranges; undefined when the layer is not divided. `noun` is what a channel is: units, filters. */
export function divided(ranges: readonly ChannelRange[], noun: string): Channels['parts'] {
  const [first] = ranges;
  if (first === undefined || ranges.length === 1) return undefined;
  return { modules: ranges.map(range => rangeName(range, noun)), size: first.to - first.from };
}

/** units_0_to_63. */
export function rangeName({ from, to }: ChannelRange, noun: string): string {
  return `${noun}_${from}_to_${to - 1}`;
}
