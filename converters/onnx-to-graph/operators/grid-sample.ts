/** GridSample on a constant grid: each result is a weighted sum of fixed pixels, which is free. */
import { intAttribute, stringAttribute } from '../attributes.ts';
import {
  type Call,
  constantOperand,
  malformedNode,
  type OperatorImporter,
  range,
  unsupported,
  type Variable,
  variableOperand,
} from '../context.ts';
import { reshapeValue } from '../moves.ts';
import { denseOnLast } from './linear.ts';

/** A pixel along one axis, and what it weighs; none outside. */
type Tap = readonly [pixel: number | undefined, weight: number];

type Sampler = (position: number, size: number) => readonly Tap[];

export const importGridSample: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const grid = constantOperand(call, 1, 'its grid');
  if (x.dims.length !== 4 || x.dims[0] !== 1)
    throw unsupported(
      call,
      `samples a tensor of shape [${x.dims.join(', ')}]`,
      'One image is imported: [1, C, H, W].',
    );
  const [, channels = 1, height = 1, width = 1] = x.dims;
  const [, rows = 1, columns = 1] = grid.dims;
  const sample = samplerOf(call);
  const [inputs, units] = [height * width, rows * columns];
  const weights = new Float32Array(inputs * units);
  for (let unit = 0; unit < units; unit++) {
    const [across = 0, down = 0] = grid.data.slice(2 * unit, 2 * unit + 2);
    for (const [row, a] of sample(down, height)) {
      for (const [column, b] of sample(across, width)) {
        if (row === undefined || column === undefined) continue;
        const at = (row * width + column) * units + unit;
        weights[at] = (weights[at] ?? 0) + a * b;
      }
    }
  }
  const flat = reshapeValue(call, x, [1, channels, inputs]) as Variable; // a variable stays one
  return [
    reshapeValue(call, denseOnLast(call, flat, { inputs, units, weights }), [1, channels, rows, columns]),
  ];
};

/** How pixels along an axis are weighed at a place between -1 and 1. */
function samplerOf(call: Call): Sampler {
  const isAligned = intAttribute(call, 'align_corners', 0) !== 0;
  const mode = stringAttribute(call, 'mode', 'linear');
  const padding = stringAttribute(call, 'padding_mode', 'zeros');
  const weigh = KERNELS[mode];
  const inside = PADDINGS[padding];
  if (weigh === undefined) throw malformedNode(call, `samples in mode '${mode}'`);
  if (inside === undefined) throw malformedNode(call, `has padding_mode '${padding}'`);
  return (place, size) => {
    const position = isAligned ? ((place + 1) / 2) * (size - 1) : ((place + 1) * size - 1) / 2;
    return weigh(position).map(([pixel, weight]) => [inside(pixel, size, isAligned), weight]);
  };
}

/** The slope of the cubic kernel at 1. */
const CUBIC = -0.75;

function cubic(distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((CUBIC + 2) * d - (CUBIC + 3)) * d * d + 1;
  return d < 2 ? ((d - 5) * d + 8) * d * CUBIC - 4 * CUBIC : 0;
}

function halfToEven(value: number): number {
  return Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value);
}

type Kernel = (position: number) => [pixel: number, weight: number][];

const linear: Kernel = position => {
  const low = Math.floor(position);
  return [
    [low, low + 1 - position],
    [low + 1, position - low],
  ];
};
const cubicKernel: Kernel = position => {
  const low = Math.floor(position);
  return range(4).map(i => [low - 1 + i, cubic(position - (low - 1 + i))]);
};

/** Operator set 20 calls bilinear linear, and bicubic cubic. */
const KERNELS: Readonly<Record<string, Kernel>> = {
  linear,
  bilinear: linear,
  cubic: cubicKernel,
  bicubic: cubicKernel,
  nearest: position => [[halfToEven(position), 1]],
};

type Inside = (pixel: number, size: number, isAligned: boolean) => number | undefined;

const clamped = (pixel: number, size: number): number => Math.min(Math.max(pixel, 0), size - 1);

const PADDINGS: Readonly<Record<string, Inside>> = {
  zeros: (pixel, size) => (pixel >= 0 && pixel < size ? pixel : undefined),
  border: clamped,
  reflection: (pixel, size, isAligned) => {
    const [low, high] = isAligned ? [0, size - 1] : [-0.5, size - 0.5];
    if (high === low) return 0;
    const turn = 2 * (high - low);
    const along = (((pixel - low) % turn) + turn) % turn;
    return clamped(low + Math.min(along, turn - along), size);
  },
};
