/**
 * Convolutions and pools over volumes [batch, channels, depth, height, width], slice by slice: a slice of the result is a
 * convolution over the slices that it sees, side by side as channels; a pool is a pool of each slice, then of those.
 */
import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  constantOperand,
  malformedNode,
  type OperatorImporter,
  operand,
  part,
  range,
  unsupported,
  type Value,
} from '../context.ts';
import { reshapeValue, selectAxes } from '../moves.ts';
import type { AttributeProto } from '../proto.ts';
import { importConv, importPool } from './convolution.ts';

const VOLUME_RANK = 5;

/** Chooses by what the first operand is. */
function byRank(images: OperatorImporter, volumes: OperatorImporter): OperatorImporter {
  return call => (operand(call, 0).dims.length === VOLUME_RANK ? volumes(call) : images(call));
}

/** Where windows begin along the depth, and how they step. */
interface Depth {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly count: number;
}

function depthOf(call: Call, input: number, size: number): Depth {
  const stride = intsAttribute(call, 'strides')?.[0] ?? 1;
  const dilation = intsAttribute(call, 'dilations')?.[0] ?? 1;
  const span = dilation * (size - 1) + 1;
  const mode = stringAttribute(call, 'auto_pad', 'NOTSET');
  const pads = intsAttribute(call, 'pads') ?? [0, 0, 0, 0, 0, 0];
  if (mode.startsWith('SAME')) {
    const count = Math.ceil(input / stride);
    const total = Math.max(0, (count - 1) * stride + span - input);
    const before = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
    return { size, stride, dilation, before, count };
  }
  const [before = 0, , , after = 0] = mode === 'VALID' ? [] : pads;
  const steps = (input + before + after - span) / stride;
  const isRoundedUp = intAttribute(call, 'ceil_mode', 0) !== 0;
  const count = (isRoundedUp ? Math.ceil(steps) : Math.floor(steps)) + 1;
  // a window that would begin behind the volume is left out
  const isEmpty = isRoundedUp && (count - 1) * stride >= input + before;
  return { size, stride, dilation, before, count: isEmpty ? count - 1 : count };
}

/** The slices that window `at` sees; -1 for padding. */
function slicesOf({ size, stride, dilation, before }: Depth, at: number, input: number): number[] {
  return range(size).map(k => {
    const slice = at * stride - before + k * dilation;
    return slice >= 0 && slice < input ? slice : -1;
  });
}

/** The attributes of a node for its last two axes. */
function planar(call: Call): Map<string, AttributeProto> {
  const attributes = new Map(call.attributes);
  for (const name of ['strides', 'dilations', 'kernel_shape']) {
    const given = attributes.get(name);
    if (given !== undefined) attributes.set(name, { ...given, ints: given.ints.slice(1) });
  }
  const pads = attributes.get('pads');
  if (pads !== undefined) {
    attributes.set('pads', { ...pads, ints: [1, 2, 4, 5].map(i => pads.ints[i] ?? 0) });
  }
  return attributes;
}

/** Puts slices [batch, channels, height, width] one behind the other. */
function stackSlices(call: Call, slices: readonly Value[]): Value {
  const parts = slices.map(slice => {
    const [batch = 1, channels = 1, height = 1, width = 1] = slice.dims;
    return reshapeValue(call, slice, [batch, channels, 1, height, width]);
  });
  return part(call, 'Concat', parts, { axis: 2 });
}

function first(call: Call, values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined) throw malformedNode(call, 'gives nothing');
  return value;
}

const convVolumes: OperatorImporter = call => {
  const x = operand(call, 0);
  const [batch = 1, channels = 1, input = 1, height = 1, width = 1] = x.dims;
  const weights = constantOperand(call, 1, 'its kernel');
  const [filters = 1, inGroup = 1, size = 1, rows = 1, columns = 1] = weights.dims;
  const depth = depthOf(call, input, size);
  const flat = reshapeValue(call, x, [batch, channels * input, height, width]);
  const kernel = { ...weights, dims: [filters, inGroup * size, rows, columns] };
  const slices = range(depth.count).map(at => {
    const seen = slicesOf(depth, at, input);
    const map = range(channels).flatMap(c => seen.map(slice => (slice < 0 ? -1 : c * input + slice)));
    const window = selectAxes(call, flat, [undefined, map, undefined, undefined], `slices around ${at}`);
    const inputs = [window, kernel, call.inputs[2]];
    return first(call, importConv({ ...call, attributes: planar(call), inputs }));
  });
  return [stackSlices(call, slices)];
};

const poolVolumes: OperatorImporter = call => {
  if (call.usedOutputs[1]) {
    throw unsupported(call, 'gives the positions of its maxima', 'Only the maxima themselves are imported.');
  }
  const x = operand(call, 0);
  const [batch = 1, channels = 1, input = 1, height = 1, width = 1] = x.dims;
  const [size = 1] = intsAttribute(call, 'kernel_shape') ?? [];
  const depth = depthOf(call, input, size);
  const attributes = planar(call);
  const pooled = range(input).map(slice => {
    const maps = [undefined, undefined, [slice], undefined, undefined];
    const one = reshapeValue(call, selectAxes(call, x, maps, `slice ${slice}`), [
      batch,
      channels,
      height,
      width,
    ]);
    return first(call, importPool({ ...call, attributes, inputs: [one] }));
  });
  const countsPadding = intAttribute(call, 'count_include_pad', 0) === 1;
  const slices = range(depth.count).map(at => {
    const seen = slicesOf(depth, at, input).flatMap(slice => pooled[slice] ?? []);
    if (call.opType === 'MaxPool') return part(call, 'Max', seen);
    const share = 1 / (countsPadding ? size : seen.length);
    return part(call, 'Mul', [part(call, 'Sum', seen), constant('float32', [], [share])]);
  });
  return [stackSlices(call, slices)];
};

export const importConvOfAny = byRank(importConv, convVolumes);
export const importPoolOfAny = byRank(importPool, poolVolumes);

/** Over the whole volume. */
export function globalPoolOfAny(images: OperatorImporter): OperatorImporter {
  return byRank(images, call => {
    const axes = constant('int64', [3], [2, 3, 4]);
    return [
      part(call, call.opType === 'GlobalMaxPool' ? 'ReduceMax' : 'ReduceMean', [operand(call, 0), axes]),
    ];
  });
}
