/** Spectra of signals: constant matrices, free of constraints; and the windows and scales that go with them. */
import { intAttribute } from '../attributes.ts';
import { numbersOf } from '../constants.ts';
import {
  constant,
  constantOperand,
  type OperatorImporter,
  optionalConstant,
  range,
  type Variable,
  variableOperand,
} from '../context.ts';
import { reshapeValue, selectAxes, transposeValue } from '../moves.ts';
import { denseOnLast } from './linear.ts';

interface Transform {
  /** Samples that are given, and numbers for each: 1 of a real signal, 2 of a complex one. */
  readonly samples: number;
  readonly parts: number;
  readonly length: number;
  readonly isInverse: boolean;
  readonly isOneSided: boolean;
  readonly window?: readonly number[];
}

/** [samples * parts, bins * 2]: what each number of the signal adds to real and imaginary part of each bin. */
function spectrum({ samples, parts, length, isInverse, isOneSided, window }: Transform) {
  const bins = isOneSided ? Math.floor(length / 2) + 1 : length;
  const units = 2 * bins;
  const weights = new Float32Array(samples * parts * units).map((_, i) => {
    const [from, to] = [Math.floor(i / units), i % units];
    const [sample, isImaginary] = [Math.floor(from / parts), from % parts === 1];
    if (sample >= length) return 0;
    const angle = ((isInverse ? 2 : -2) * Math.PI * sample * Math.floor(to / 2)) / length;
    const size = (window?.[sample] ?? 1) / (isInverse ? length : 1);
    const [cos, sin] = [size * Math.cos(angle), size * Math.sin(angle)];
    if (to % 2 === 0) return isImaginary ? -sin : cos;
    return isImaginary ? cos : sin;
  });
  return { inputs: samples * parts, units, weights, bins };
}

/** DFT along an axis: an attribute before opset 20, an operand since. */
export const importDft: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const rank = x.dims.length;
  const given =
    optionalConstant(call, 2, 'its axis')?.data[0] ?? intAttribute(call, 'axis', call.opset < 20 ? 1 : -2);
  const axis = given < 0 ? given + rank : given;
  const order = [...range(rank - 1).filter(other => other !== axis), axis, rank - 1];
  const moved = transposeValue(x, order) as Variable; // a variable stays one
  const [samples = 1, parts = 1] = moved.dims.slice(-2);
  const length = optionalConstant(call, 1, 'its length')?.data[0] ?? samples;
  const isInverse = intAttribute(call, 'inverse', 0) !== 0;
  const isOneSided = intAttribute(call, 'onesided', 0) !== 0;
  const { bins, ...dense } = spectrum({ samples, parts, length, isInverse, isOneSided });
  const leading = moved.dims.slice(0, -2);
  const flat = reshapeValue(call, moved, [...leading, samples * parts]) as Variable; // the same
  const result = reshapeValue(call, denseOnLast(call, flat, dense), [...leading, bins, 2]);
  return [
    transposeValue(
      result,
      range(rank).map(i => order.indexOf(i)),
    ),
  ];
};

/** Spectra of overlapping frames: signal, step, window, length of a frame. */
export const importStft: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const [batch = 1, total = 1, parts = 1] = x.dims;
  const step = constantOperand(call, 1, 'its step').data[0] ?? 1;
  const window = optionalConstant(call, 2, 'its window');
  const samples =
    optionalConstant(call, 3, 'the length of its frames')?.data[0] ?? window?.data.length ?? total;
  const frames = Math.floor((total - samples) / step) + 1;
  const positions = range(frames * samples).map(i => Math.floor(i / samples) * step + (i % samples));
  const cut = selectAxes(call, x, [undefined, positions, undefined], `${frames} frames`);
  const flat = reshapeValue(call, cut, [batch, frames, samples * parts]) as Variable; // a variable stays one
  const { bins, ...dense } = spectrum({
    samples,
    parts,
    length: samples,
    isInverse: false,
    isOneSided: intAttribute(call, 'onesided', 1) !== 0,
    ...(window === undefined ? {} : { window: numbersOf(window) }),
  });
  return [reshapeValue(call, denseOnLast(call, flat, dense), [batch, frames, bins, 2])];
};

/** Windows as sums of cosines, by their coefficients. */
const WINDOWS: Readonly<Record<string, readonly number[]>> = {
  BlackmanWindow: [0.42, 0.5, 0.08],
  HammingWindow: [25 / 46, 21 / 46],
  HannWindow: [0.5, 0.5],
};

export const importWindow: OperatorImporter = call => {
  const size = constantOperand(call, 0, 'its size').data[0] ?? 1;
  const period = intAttribute(call, 'periodic', 1) !== 0 ? size : size - 1;
  const coefficients = WINDOWS[call.opType] ?? [1];
  const data = range(size).map(at =>
    coefficients.reduce(
      (sum, value, k) => sum + (k % 2 === 0 ? 1 : -1) * value * Math.cos((2 * Math.PI * k * at) / period),
      0,
    ),
  );
  return [constant('float32', [size], data)];
};

/** Triangles of equal width on the mel scale, over the bins of a spectrum. */
export const importMelWeightMatrix: OperatorImporter = call => {
  const read = (index: number): number => constantOperand(call, index, 'its sizes').data[0] ?? 0;
  const [mels, length, rate, low, high] = [read(0), read(1), read(2), read(3), read(4)];
  const toMel = (frequency: number): number => 2595 * Math.log10(1 + frequency / 700);
  const step = (toMel(high) - toMel(low)) / (mels + 2);
  const edges = range(mels + 2).map(i => {
    const frequency = 700 * (10 ** ((i * step + toMel(low)) / 2595) - 1);
    return Math.floor(((length + 1) * frequency) / rate);
  });
  const bins = Math.floor(length / 2) + 1;
  const data = new Float64Array(bins * mels);
  for (const mel of range(mels)) {
    const [from = 0, middle = 0, to = 0] = edges.slice(mel, mel + 3);
    const rise = middle - from;
    if (rise === 0) data[middle * mels + mel] = 1;
    for (let at = from; rise > 0 && at <= middle; at++) data[at * mels + mel] = (at - from) / rise;
    for (let at = middle; to > middle && at < to; at++) data[at * mels + mel] = (to - at) / (to - middle);
  }
  return [constant('float32', [bins, mels], data)];
};
