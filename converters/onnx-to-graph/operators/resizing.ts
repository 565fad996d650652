/**
 * Resizing by constant factors, and upright cuts of fixed boxes: nearest moves elements; linear and cubic, with or without
 * antialiasing, are a constant matrix for each axis. All are free.
 */
import {
  floatAttribute,
  floatsAttribute,
  intAttribute,
  intsAttribute,
  stringAttribute,
  toAxis,
} from '../attributes.ts';
import {
  type Call,
  constant,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  range,
  toVariable,
  unsupported,
  type Value,
} from '../context.ts';
import { selectAxes } from '../moves.ts';
import type { Constant } from '../tensors.ts';
import { alongAxis } from './linear.ts';

/** Resizing of any axes. */
export const importResize: OperatorImporter = call => {
  const x = operand(call, 0);
  const mode = stringAttribute(call, 'mode', 'nearest');
  const targets = resizeTargets(call, x);
  const method: Resizing = {
    coordinates: stringAttribute(call, 'coordinate_transformation_mode', defaultCoordinates(call)),
    rounding: stringAttribute(
      call,
      'nearest_mode',
      call.opType === 'Upsample' ? 'floor' : 'round_prefer_floor',
    ),
    kernel: kernelOf(call, mode),
  };
  if (method.kernel === undefined) {
    const maps = x.dims.map((size, axis) => nearestPositions(call, size, targets[axis], method));
    return [selectAxes(call, x, maps, `nearest to ${targets.map(target => target.size).join('x')}`)];
  }
  return [targets.reduce<Value>((value, target, axis) => resizeAlong(call, value, axis, target, method), x)];
};

/** What float32 regions may miss the border by. */
const EDGE = 1e-5;

/** How much an element at a distance weighs, and how far that reaches. */
interface Kernel {
  readonly reach: number;
  weigh(distance: number): number;
  /** Elements outside of the tensor have no part, instead of being those at the border. */
  readonly excludesOutside: boolean;
  /** Downsampling takes the mean over all elements that it leaves out. */
  readonly isAntialiased: boolean;
}

function kernelOf(call: Call, mode: string): Kernel | undefined {
  const isAntialiased = intAttribute(call, 'antialias', 0) !== 0;
  const excludesOutside = intAttribute(call, 'exclude_outside', 0) !== 0;
  if (mode === 'nearest') return undefined;
  if (mode === 'linear') return { reach: 1, weigh: linear, excludesOutside, isAntialiased };
  if (mode !== 'cubic')
    throw malformedNode(call, `resizes in mode '${mode}'; nearest, linear and cubic exist`);
  const a = floatAttribute(call, 'cubic_coeff_a', -0.75);
  return { reach: 2, weigh: distance => cubic(Math.abs(distance), a), excludesOutside, isAntialiased };
}

function linear(distance: number): number {
  return Math.max(0, 1 - Math.abs(distance));
}

/** Keys' cubic convolution. */
function cubic(x: number, a: number): number {
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

interface Resizing {
  readonly coordinates: string;
  readonly rounding: string;
  /** Absent for nearest. */
  readonly kernel: Kernel | undefined;
}

interface ResizeTarget {
  readonly size: number;
  readonly scale: number;
  /** With tf_crop_and_resize: the part of the axis that is taken, 0 to 1. */
  readonly crop: readonly [start: number, end: number];
}

function defaultCoordinates(call: Call): string {
  return call.opset < 11 || call.opType === 'Upsample' ? 'asymmetric' : 'half_pixel';
}

function coordinatesCut(call: Call): boolean {
  return stringAttribute(call, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
}

function resizeTargets(call: Call, x: Value): ResizeTarget[] {
  const rank = x.dims.length;
  const isOld = call.opset < 11;
  const chosen = intsAttribute(call, 'axes')?.map(axis => toAxis(call, axis, rank)) ?? range(rank);
  const scales = optionalConstant(call, isOld ? 1 : 2, 'its scales') ?? floatsAsConstant(call);
  const sizes = isOld ? undefined : optionalConstant(call, 3, 'its sizes');
  const roi = isOld || !coordinatesCut(call) ? undefined : optionalConstant(call, 1, 'its region')?.data;
  const limit = aspectScale(call, x, chosen, sizes);
  return x.dims.map((size, axis) => {
    const i = chosen.indexOf(axis);
    const crop = [roi?.[i] ?? 0, roi?.[i + chosen.length] ?? 1] as const;
    if (i < 0) return { size, scale: 1, crop };
    const wanted = sizes?.data[i];
    if (limit !== undefined) return { size: Math.round(limit * size), scale: limit, crop };
    if (wanted !== undefined) return { size: wanted, scale: wanted / size, crop };
    const scale = scales?.data[i];
    if (scale === undefined) throw malformedNode(call, 'has neither scales nor sizes');
    return { size: Math.floor(size * scale), scale, crop };
  });
}

/** The one scale of all axes that keeps their ratio, where the node asks for that. */
function aspectScale(
  call: Call,
  x: Value,
  axes: readonly number[],
  sizes: Constant | undefined,
): number | undefined {
  const policy = stringAttribute(call, 'keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch' || sizes === undefined) return undefined;
  const scales = axes.map((axis, i) => (sizes.data[i] ?? 1) / (x.dims[axis] ?? 1));
  return policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales);
}

function floatsAsConstant(call: Call): Constant | undefined {
  const scales = floatsAttribute(call, 'scales');
  return scales === undefined ? undefined : constant('float32', [scales.length], scales);
}

/** The place in the original that an element of the result is taken at. */
function sourcePlace(
  call: Call,
  at: number,
  size: number,
  target: ResizeTarget,
  coordinates: string,
): number {
  switch (coordinates) {
    case 'half_pixel':
      return (at + 0.5) / target.scale - 0.5;
    case 'pytorch_half_pixel':
      return target.size > 1 ? (at + 0.5) / target.scale - 0.5 : 0;
    case 'asymmetric':
      return at / target.scale;
    case 'align_corners':
      return target.size === 1 ? 0 : (at * (size - 1)) / (target.size - 1);
    case 'tf_half_pixel_for_nn':
      return (at + 0.5) / target.scale;
    case 'half_pixel_symmetric': {
      const adjustment = target.size / (target.scale * size);
      return (size / 2) * (1 - adjustment) + (at + 0.5) / target.scale - 0.5;
    }
    case 'tf_crop_and_resize': {
      const [start, end] = target.crop;
      const step = target.size > 1 ? ((end - start) * (size - 1)) / (target.size - 1) : 0;
      const place = target.size > 1 ? start * (size - 1) + at * step : ((start + end) / 2) * (size - 1);
      if (place > -EDGE && place < size - 1 + EDGE) return place;
      throw unsupported(
        call,
        `cuts a region that reaches beyond its tensor, to ${place} of ${size}`,
        'Regions inside it are imported: pad before.',
      );
    }
    default:
      throw malformedNode(call, `has coordinate_transformation_mode '${coordinates}'`);
  }
}

function nearestPositions(
  call: Call,
  size: number,
  target: ResizeTarget | undefined,
  method: Resizing,
): number[] | undefined {
  if (target === undefined || (target.size === size && target.scale === 1)) return undefined;
  return range(target.size).map(at => {
    const place = sourcePlace(call, at, size, target, method.coordinates);
    return Math.min(Math.max(roundPlace(call, place, method.rounding), 0), size - 1);
  });
}

function roundPlace(call: Call, place: number, rounding: string): number {
  switch (rounding) {
    case 'round_prefer_floor':
      return Math.ceil(place - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    default:
      throw malformedNode(call, `has nearest_mode '${rounding}'`);
  }
}

/** Each element of the result is a mean of neighbours, with constant weights. */
function resizeAlong(call: Call, value: Value, axis: number, target: ResizeTarget, method: Resizing): Value {
  const size = value.dims[axis] ?? 1;
  const isWhole = method.coordinates !== 'tf_crop_and_resize' || target.crop.join() === '0,1';
  if (target.size === size && target.scale === 1 && isWhole) return value;
  const weights = new Float32Array(size * target.size);
  for (let at = 0; at < target.size; at++) {
    const place = sourcePlace(call, at, size, target, method.coordinates);
    for (const [row, weight] of neighbours(place, size, target.scale, method.kernel)) {
      weights[row * target.size + at] = (weights[row * target.size + at] as number) + weight;
    }
  }
  return alongAxis(call, toVariable(call, value), axis, { inputs: size, units: target.size, weights });
}

/** The elements around a place, and their weights, which add up to 1. */
function neighbours(
  place: number,
  size: number,
  scale: number,
  kernel: Kernel | undefined,
): [row: number, weight: number][] {
  if (kernel === undefined) return [];
  const stretch = kernel.isAntialiased ? Math.min(scale, 1) : 1;
  const reach = kernel.reach / stretch;
  const first = Math.ceil(place - reach);
  const found = range(Math.floor(place + reach) - first + 1).map(
    i => [first + i, kernel.weigh((first + i - place) * stretch)] as const,
  );
  const inside = found.filter(([row]) => !kernel.excludesOutside || (row >= 0 && row < size));
  const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
  return inside.map(([row, weight]) => [Math.min(Math.max(row, 0), size - 1), weight / total]);
}
