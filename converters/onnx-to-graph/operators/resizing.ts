/** Resizing by constant factors: nearest moves elements, linear is a constant matrix for each axis. Both are free. */
import { floatsAttribute, intAttribute, intsAttribute, stringAttribute, toAxis } from '../attributes.ts';
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

/** Nearest and linear resizing of any axes. Nearest moves elements; linear is a constant matrix for each axis. */
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
  };
  if (mode === 'nearest') {
    const maps = x.dims.map((size, axis) => nearestPositions(call, size, targets[axis], method));
    return [selectAxes(call, x, maps, `nearest to ${targets.map(target => target.size).join('x')}`)];
  }
  if (mode !== 'linear') {
    throw unsupported(call, `resizes in mode '${mode}'`, 'nearest and linear are imported.');
  }
  if (intAttribute(call, 'antialias', 0) !== 0) {
    throw unsupported(call, 'resizes with antialias', 'Export it without.');
  }
  return [targets.reduce<Value>((value, target, axis) => linearAlong(call, value, axis, target, method), x)];
};

interface Resizing {
  readonly coordinates: string;
  readonly rounding: string;
}

interface ResizeTarget {
  readonly size: number;
  readonly scale: number;
}

function defaultCoordinates(call: Call): string {
  return call.opset < 11 || call.opType === 'Upsample' ? 'asymmetric' : 'half_pixel';
}

function resizeTargets(call: Call, x: Value): ResizeTarget[] {
  const rank = x.dims.length;
  const isOld = call.opset < 11;
  const chosen = intsAttribute(call, 'axes')?.map(axis => toAxis(call, axis, rank)) ?? range(rank);
  const scales = optionalConstant(call, isOld ? 1 : 2, 'its scales') ?? floatsAsConstant(call);
  const sizes = isOld ? undefined : optionalConstant(call, 3, 'its sizes');
  return x.dims.map((size, axis) => {
    const i = chosen.indexOf(axis);
    if (i < 0) return { size, scale: 1 };
    const wanted = sizes?.data[i];
    if (wanted !== undefined) return { size: wanted, scale: wanted / size };
    const scale = scales?.data[i];
    if (scale === undefined) throw malformedNode(call, 'has neither scales nor sizes');
    return { size: Math.floor(size * scale), scale };
  });
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
    default:
      throw unsupported(
        call,
        `resizes with coordinate_transformation_mode '${coordinates}'`,
        'half_pixel, pytorch_half_pixel, asymmetric and align_corners are imported.',
      );
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

/** Each element of the result is a mean of two neighbours, with constant weights. */
function linearAlong(call: Call, value: Value, axis: number, target: ResizeTarget, method: Resizing): Value {
  const size = value.dims[axis] ?? 1;
  if (target.size === size && target.scale === 1) return value;
  const weights = new Float32Array(size * target.size);
  for (let at = 0; at < target.size; at++) {
    const place = sourcePlace(call, at, size, target, method.coordinates);
    const inside = Math.min(Math.max(place, 0), size - 1);
    const low = Math.floor(inside);
    const high = Math.min(low + 1, size - 1);
    for (const [row, weight] of [
      [low, 1 - (inside - low)],
      [high, inside - low],
    ] as const) {
      weights[row * target.size + at] = (weights[row * target.size + at] as number) + weight;
    }
  }
  return alongAxis(call, toVariable(call, value), axis, { inputs: size, units: target.size, weights });
}
