/** Short constructors of operators for tests: weights are zeros unless a generator is given. */
import type { Conv2dOp, DenseOp, InputOp, Padding, Pool2dOp, Shape } from '../../../src/graph/index.ts';

export const NO_PADDING: Padding = { top: 0, bottom: 0, left: 0, right: 0 };

/** A source of weights. */
export type Fill = () => number;

const zero: Fill = () => 0;

export function input(shape: Shape): InputOp {
  return { kind: 'input', shape, domain: { min: 0, max: 16, scale: 1 / 16, offset: 0 } };
}

export function dense(inputs: number, units: number, fill: Fill = zero): DenseOp {
  return { kind: 'dense', units, weights: filled(inputs * units, fill), bias: filled(units, fill) };
}

export interface ConvSketch {
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize?: readonly [number, number];
  readonly strides?: readonly [number, number];
  readonly dilations?: readonly [number, number];
  readonly padding?: Padding;
  readonly groups?: number;
}

export function conv(sketch: ConvSketch, fill: Fill = zero): Conv2dOp {
  const { channels, filters, kernelSize = [3, 3], groups = 1 } = sketch;
  return {
    kind: 'conv2d',
    filters,
    kernelSize,
    strides: sketch.strides ?? [1, 1],
    dilations: sketch.dilations ?? [1, 1],
    padding: sketch.padding ?? NO_PADDING,
    groups,
    kernel: filled(kernelSize[0] * kernelSize[1] * Math.floor(channels / groups) * filters, fill),
    bias: filled(filters, fill),
  };
}

export function pool(kind: Pool2dOp['kind'], size: readonly [number, number]): Pool2dOp {
  return { kind, poolSize: size, strides: size, padding: NO_PADDING };
}

export function filled(length: number, fill: Fill): Float32Array {
  return Float32Array.from({ length }, fill);
}
