/**
 * Rearrangements by name: each function gives the `rearrange` operator for an operand of the given shape.
 *
 * All axes count; begins and ends are plain indices (importers resolve negative ones). None costs a constraint.
 */
import { InternalError } from '../../errors.ts';
import type { RearrangeOp } from '../operators/types.ts';
import { elementCount, formatShape, rowMajorStrides } from '../shape-text.ts';
import type { Shape } from '../types.ts';

/**
 * Builds a rearrangement axis by axis.
 *
 * @param locate maps a position of the result to the position that it reads, or to undefined for a zero. Both arrays
 *   are overwritten between calls.
 */
export function rearrangeBy(
  from: Shape,
  to: Shape,
  label: string,
  locate: (position: readonly number[]) => readonly number[] | undefined,
): RearrangeOp {
  const strides = rowMajorStrides(from);
  const indices = new Int32Array(elementCount(to));
  const position = new Array<number>(to.length).fill(0);
  for (let i = 0; i < indices.length; i++) {
    const source = locate(position);
    indices[i] = source?.reduce((sum, at, axis) => sum + at * (strides[axis] as number), 0) ?? -1;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (to[axis] as number)) break;
      position[axis] = 0;
    }
  }
  return { kind: 'rearrange', shape: to, indices, label };
}

/** Repeats axes of size 1, and adds axes in front, until the tensor has the given shape (NumPy's broadcasting). */
export function expandOp(from: Shape, to: Shape): RearrangeOp {
  const added = to.length - from.length;
  const fits = added >= 0 && from.every((size, axis) => size === 1 || size === to[axis + added]);
  if (!fits) throw new InternalError(`Shape ${formatShape(from)} does not expand to ${formatShape(to)}.`);
  return rearrangeBy(from, to, `expand to ${formatShape(to)}`, position =>
    from.map((size, axis) => (size === 1 ? 0 : (position[axis + added] as number))),
  );
}

export interface SliceRange {
  readonly begin: number;
  /** How many elements the result has along the axis. */
  readonly count: number;
  /** Distance between neighbours; negative to go backwards. 1 when left out. */
  readonly step?: number;
}

/** Takes a range of each axis; undefined takes the whole axis. */
export function sliceOp(from: Shape, ranges: readonly (SliceRange | undefined)[]): RearrangeOp {
  const to = from.map((size, axis) => ranges[axis]?.count ?? size);
  const texts = from.map((_, axis) => rangeText(ranges[axis]));
  return rearrangeBy(from, to, `slice [${texts.join(', ')}]`, position =>
    position.map((at, axis) => (ranges[axis]?.begin ?? 0) + at * (ranges[axis]?.step ?? 1)),
  );
}

/** A range as Python writes it, but that a backward range ends with the last element taken. */
function rangeText(range: SliceRange | undefined): string {
  if (range === undefined) return ':';
  const { begin, count, step = 1 } = range;
  if (step < 0) return `${begin} down to ${begin + (count - 1) * step}${step === -1 ? '' : ` by ${-step}`}`;
  return `${begin}:${begin + (count - 1) * step + 1}${step === 1 ? '' : `:${step}`}`;
}

/** Takes the elements at constant indices along one axis. */
export function gatherOp(from: Shape, axis: number, indices: ArrayLike<number>): RearrangeOp {
  const to = from.map((size, i) => (i === axis ? indices.length : size));
  return rearrangeBy(from, to, `gather ${indices.length} along axis ${axis}`, position =>
    position.map((at, i) => (i === axis ? (indices[at] as number) : at)),
  );
}

/** Repeats the whole tensor along each axis. */
export function tileOp(from: Shape, repeats: readonly number[]): RearrangeOp {
  const to = from.map((size, axis) => size * (repeats[axis] ?? 1));
  return rearrangeBy(from, to, `tile ${repeats.join('x')}`, position =>
    position.map((at, axis) => at % (from[axis] as number)),
  );
}

/** Repeats each element along each axis: nearest-neighbour upsampling by whole factors. */
export function repeatOp(from: Shape, repeats: readonly number[]): RearrangeOp {
  const to = from.map((size, axis) => size * (repeats[axis] ?? 1));
  return rearrangeBy(from, to, `repeat ${repeats.join('x')}`, position =>
    position.map((at, axis) => Math.floor(at / (repeats[axis] ?? 1))),
  );
}

/** Reverses axes. */
export function reverseOp(from: Shape, axes: readonly number[]): RearrangeOp {
  return rearrangeBy(from, from, `reverse axes ${axes.join(',')}`, position =>
    position.map((at, axis) => (axes.includes(axis) ? (from[axis] as number) - 1 - at : at)),
  );
}

/** Adds zeros before and after each axis, and `between` zeros between neighbours (0 when left out). */
export function padOp(
  from: Shape,
  before: readonly number[],
  after: readonly number[],
  between: readonly number[] = [],
): RearrangeOp {
  const steps = from.map((_, axis) => (between[axis] ?? 0) + 1);
  const to = from.map(
    (size, axis) => (before[axis] ?? 0) + (size - 1) * (steps[axis] as number) + 1 + (after[axis] ?? 0),
  );
  const label = `zeros ${before.join(',')} before, ${after.join(',')} after`;
  const gaps = between.some(zeros => zeros > 0) ? `, ${between.join(',')} between` : '';
  return rearrangeBy(from, to, label + gaps, position => {
    const source = position.map((at, axis) => (at - (before[axis] ?? 0)) / (steps[axis] as number));
    const isInside = source.every(
      (at, axis) => Number.isInteger(at) && at >= 0 && at < (from[axis] as number),
    );
    return isInside ? source : undefined;
  });
}

/** Mirrors (without the border element) or repeats the border around each axis. */
export function borderOp(
  from: Shape,
  before: readonly number[],
  after: readonly number[],
  mode: 'reflect' | 'edge',
): RearrangeOp {
  const to = from.map((size, axis) => (before[axis] ?? 0) + size + (after[axis] ?? 0));
  const fold = (at: number, size: number): number => {
    if (mode === 'edge') return Math.min(Math.max(at, 0), size - 1);
    return at < 0 ? -at : at >= size ? 2 * (size - 1) - at : at;
  };
  return rearrangeBy(from, to, `${mode} ${before.join(',')} before, ${after.join(',')} after`, position =>
    position.map((at, axis) => fold(at - (before[axis] ?? 0), from[axis] as number)),
  );
}

/** Moves blocks of channels to positions: [h, w, b*b*c] -> [h*b, w*b, c], channel = (dy * b + dx) * c + channel. */
export function depthToSpaceOp(from: Shape, block: number): RearrangeOp {
  const [height, width, depth] = from as readonly [number, number, number];
  const channels = depth / (block * block);
  return rearrangeBy(from, [height * block, width * block, channels], `depth to space ${block}`, position => {
    const [y, x, c] = position as readonly [number, number, number];
    return [Math.floor(y / block), Math.floor(x / block), ((y % block) * block + (x % block)) * channels + c];
  });
}

/** The inverse of {@link depthToSpaceOp}: [h*b, w*b, c] -> [h, w, b*b*c]. */
export function spaceToDepthOp(from: Shape, block: number): RearrangeOp {
  const [height, width, channels] = from as readonly [number, number, number];
  const to = [height / block, width / block, channels * block * block];
  return rearrangeBy(from, to, `space to depth ${block}`, position => {
    const [y, x, c] = position as readonly [number, number, number];
    const tap = Math.floor(c / channels);
    return [y * block + Math.floor(tap / block), x * block + (tap % block), c % channels];
  });
}
