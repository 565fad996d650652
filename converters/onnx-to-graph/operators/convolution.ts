/** Convolutions, pools and resizing: everything with windows over images [batch, channels, height, width] or sequences. */
import {
  type Conv2dOp,
  compose,
  dilatedSize,
  elementCount,
  type Op,
  type Padding,
  type Pool2dOp,
  windowCount,
} from '../../../src/graph/index.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../attributes.ts';
import { transposeConstant } from '../constants.ts';
import {
  type Call,
  constantOperand,
  emit,
  emitAll,
  malformedNode,
  type OperatorImporter,
  optionalConstant,
  range,
  toWeights,
  unsupported,
  type Variable,
  variableOperand,
} from '../context.ts';
import { channelsLast, nodeInOrder } from '../layout.ts';
import { concatVariables, splitAxis } from '../moves.ts';
import type { Constant } from '../tensors.ts';
import { applyAligned, applyUnary, power, scaleBy } from './elementwise.ts';
import { alongAxis } from './linear.ts';

/** Two numbers, for height and width; a sequence is an image of height 1. */
type Pair = readonly [height: number, width: number];

/** Window options as all of ONNX's windowed operators have them. */
export interface WindowOptions {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly padding: Padding;
}

/** Applies a function of single images to each image of a batch. */
export function forEachImage(call: Call, x: Variable, apply: (image: Variable) => Variable): Variable {
  if (x.dims[0] === 1) return apply(x);
  const images = splitAxis(call, x, 0).map(image => apply(image as Variable)); // slices of a variable vary
  return concatVariables(call, images, 0);
}

/** The node of an image or sequence as [height, width, channels]. */
function imageNode(call: Call, x: Variable): string {
  const [, channels = 1, ...spatial] = x.dims;
  const [height, width] = toPair(call, spatial, 1);
  return nodeInOrder(call, x, channelsLast(x.dims.length), [height, width, channels]);
}

/** The variable that a node [height, width, channels] stands for. */
function imageValue(call: Call, x: Variable, node: string): Variable {
  const [height = 1, width = 1, channels = 1] = call.importer.shapes.get(node) ?? [];
  const dims = x.dims.length === 3 ? [1, channels, width] : [1, channels, height, width];
  return { kind: 'variable', type: x.type, dims, node, order: channelsLast(dims.length) };
}

function checkRank(call: Call, x: Variable): void {
  if (x.dims.length === 3 || x.dims.length === 4) return;
  const spatial = x.dims.length - 2;
  throw unsupported(
    call,
    `works over ${spatial} spatial dimensions`,
    'One (sequences) and two (images) are imported.',
  );
}

/** One spatial size becomes a pair with `fill` for the height. */
function toPair(call: Call, values: readonly number[], fill: number): Pair {
  const [first, second] = values;
  if (values.length === 1 && first !== undefined) return [fill, first];
  if (values.length === 2 && first !== undefined && second !== undefined) return [first, second];
  throw malformedNode(call, `has ${values.length} spatial sizes where 1 or 2 are expected`);
}

/** Reads strides, dilations and padding; `auto_pad` is resolved for the given sizes. */
export function readWindow(call: Call, x: Variable, size: Pair): WindowOptions {
  const spatial = x.dims.length - 2;
  const ones = new Array<number>(spatial).fill(1);
  const strides = toPair(call, intsAttribute(call, 'strides') ?? ones, 1);
  const dilations = toPair(call, intsAttribute(call, 'dilations') ?? ones, 1);
  if (![...strides, ...dilations, ...size].every(value => Number.isSafeInteger(value) && value >= 1)) {
    throw malformedNode(call, 'has a window, stride or dilation that is not a positive whole number');
  }
  return { size, strides, dilations, padding: readPadding(call, x, { size, strides, dilations }) };
}

function readPadding(call: Call, x: Variable, window: Omit<WindowOptions, 'padding'>): Padding {
  const mode = stringAttribute(call, 'auto_pad', 'NOTSET');
  const spatial = x.dims.length - 2;
  if (mode === 'VALID') return { top: 0, bottom: 0, left: 0, right: 0 };
  if (mode === 'NOTSET') return explicitPadding(call, intsAttribute(call, 'pads'), spatial);
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    throw malformedNode(call, `has auto_pad '${mode}'; NOTSET, VALID, SAME_UPPER and SAME_LOWER exist`);
  }
  const sizes = toPair(call, x.dims.slice(2), 1);
  const sides = (axis: 0 | 1): Pair => {
    const stride = window.strides[axis];
    const span = dilatedSize(window.size[axis], window.dilations[axis]);
    const total = Math.max(0, (Math.ceil(sizes[axis] / stride) - 1) * stride + span - sizes[axis]);
    const smaller = Math.floor(total / 2);
    return mode === 'SAME_UPPER' ? [smaller, total - smaller] : [total - smaller, smaller];
  };
  const [[top, bottom], [left, right]] = [sides(0), sides(1)];
  return { top, bottom, left, right };
}

/** ONNX lists the begins of all axes, then the ends. */
export function explicitPadding(call: Call, pads: readonly number[] | undefined, spatial: number): Padding {
  const all = pads ?? new Array<number>(2 * spatial).fill(0);
  if (all.length !== 2 * spatial || all.some(side => side < 0)) {
    throw malformedNode(
      call,
      `has the padding [${all.join(', ')}]; ${2 * spatial} numbers of 0 or more are expected`,
    );
  }
  const [top, left] = toPair(call, all.slice(0, spatial), 0);
  const [bottom, right] = toPair(call, all.slice(spatial), 0);
  return { top, bottom, left, right };
}

/** [filters, channels / groups, ...] -> [height, width, channels / groups, filters]. */
function kernelOf(call: Call, weights: Constant): Float32Array {
  const rank = weights.dims.length;
  return toWeights(call, transposeConstant(weights, [...range(rank).slice(2), 1, 0]));
}

export const importConv: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  checkRank(call, x);
  const weights = constantOperand(call, 1, 'its kernel');
  if (weights.dims.length !== x.dims.length) {
    throw malformedNode(
      call,
      `has a kernel [${weights.dims.join(', ')}] for a tensor [${x.dims.join(', ')}]`,
    );
  }
  const [filters = 1] = weights.dims;
  const bias = optionalConstant(call, 2, 'its bias');
  const kernelSize = toPair(call, weights.dims.slice(2), 1);
  const window = readWindow(call, x, kernelSize);
  const op: Conv2dOp = {
    kind: 'conv2d',
    filters,
    kernelSize,
    strides: window.strides,
    dilations: window.dilations,
    padding: window.padding,
    groups: intAttribute(call, 'group', 1),
    kernel: kernelOf(call, weights),
    bias: bias === undefined ? new Float32Array(filters) : toWeights(call, bias),
  };
  return [
    forEachImage(call, x, image =>
      imageValue(call, image, emit(call.importer, call.name, op, [imageNode(call, image)])),
    ),
  ];
};

/**
 * Transposed convolution. The full result has (size - 1) * stride + span elements; `pads` are cut off it, `output_padding`
 * is added at its end, and `output_shape` or SAME padding say directly how much is left.
 */
export const importConvTranspose: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  checkRank(call, x);
  const weights = constantOperand(call, 1, 'its kernel');
  const groups = intAttribute(call, 'group', 1);
  const filters = (weights.dims[1] ?? 1) * groups;
  const window = readWindow(withoutAutoPad(call), x, toPair(call, weights.dims.slice(2), 1));
  const bias = optionalConstant(call, 2, 'its bias');
  const options: compose.ConvTranspose = {
    filters,
    kernelSize: window.size,
    strides: window.strides,
    dilations: window.dilations,
    ...transposedExtent(call, x, window),
    groups,
    kernel: toWeights(call, transposeConstant(weights, [...range(weights.dims.length).slice(2), 1, 0])),
    bias: bias === undefined ? new Float32Array(filters) : toWeights(call, bias),
  };
  return [
    forEachImage(call, x, image => {
      const input = imageNode(call, image);
      const shape = call.importer.shapes.get(input) ?? [];
      const specs = compose.convTranspose({ name: call.name, input, shape }, options);
      return imageValue(call, image, emitAll(call.importer, specs));
    }),
  ];
};

/** SAME means another thing here: it is resolved in `transposedExtent`. */
function withoutAutoPad(call: Call): Call {
  const attributes = new Map(call.attributes);
  attributes.delete('auto_pad');
  return { ...call, attributes };
}

/** How much of the full result is cut at its begin, and how much is left. */
function transposedExtent(
  call: Call,
  x: Variable,
  window: WindowOptions,
): Pick<compose.ConvTranspose, 'cropped' | 'size'> {
  const spatial = x.dims.length - 2;
  const sizes = toPair(call, x.dims.slice(2), 1);
  const extra = toPair(call, intsAttribute(call, 'output_padding') ?? new Array<number>(spatial).fill(0), 0);
  const asked = intsAttribute(call, 'output_shape')?.slice(-spatial);
  const mode = stringAttribute(call, 'auto_pad', 'NOTSET');
  const { top, bottom, left, right } = window.padding;
  const axes = ([0, 1] as const).map(axis => {
    const span = dilatedSize(window.size[axis], window.dilations[axis]);
    const full = (sizes[axis] - 1) * window.strides[axis] + span + extra[axis];
    const same = mode.startsWith('SAME') ? sizes[axis] * window.strides[axis] : undefined;
    const target = asked === undefined ? same : toPair(call, asked, 1)[axis];
    if (target !== undefined) return { cropped: firstCut(full - target, mode), size: target };
    const [before, after] = axis === 0 ? [top, bottom] : [left, right];
    return { cropped: before, size: full - before - after };
  });
  const pick = (key: 'cropped' | 'size'): Pair => [axes[0]?.[key] ?? 0, axes[1]?.[key] ?? 0];
  return { cropped: pick('cropped'), size: pick('size') };
}

/** The larger half is cut at the end for SAME_UPPER, at the begin otherwise. */
function firstCut(total: number, mode: string): number {
  const smaller = Math.floor(total / 2);
  return mode === 'SAME_UPPER' ? smaller : total - smaller;
}

/** MaxPool, AveragePool, LpPool-less: windows with explicit padding; ceil_mode adds windows that begin inside. */
export const importPool: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  checkRank(call, x);
  if (call.usedOutputs[1]) {
    throw unsupported(call, 'gives the positions of its maxima', 'Only the maxima themselves are imported.');
  }
  const sizes = intsAttribute(call, 'kernel_shape');
  if (sizes === undefined) throw malformedNode(call, "has no attribute 'kernel_shape'");
  const window = readWindow(call, x, toPair(call, sizes, 1));
  return [forEachImage(call, x, image => poolImage(call, image, window))];
};

function poolImage(call: Call, x: Variable, window: WindowOptions): Variable {
  const isDilated = window.dilations.some(value => value !== 1);
  const kind = call.opType === 'MaxPool' ? 'max-pool2d' : 'average-pool2d';
  const countsPadding = kind === 'average-pool2d' && intAttribute(call, 'count_include_pad', 0) === 1;
  let node = imageNode(call, x);
  let { padding } = window;
  if (isDilated) return dilatedPool(call, x, window, node);
  if (countsPadding && Object.values(padding).some(side => side > 0)) {
    node = emit(call.importer, `${call.name}_pad`, { kind: 'pad', padding }, [node]);
    padding = { top: 0, bottom: 0, left: 0, right: 0 };
  }
  const [height = 1, width = 1] = call.importer.shapes.get(node) ?? [];
  const fit = fitPadding(call, [height, width], { ...window, padding });
  const op: Pool2dOp = { kind, poolSize: window.size, strides: window.strides, padding: fit };
  return imageValue(call, x, emit(call.importer, call.name, op, [node]));
}

/** Adds at the end what ceil_mode's last window needs; a window that would begin in the padding is left out. */
function fitPadding(call: Call, sizes: Pair, window: WindowOptions): Padding {
  if (intAttribute(call, 'ceil_mode', 0) === 0) return window.padding;
  const { top, left, bottom, right } = window.padding;
  const end = (axis: 0 | 1, before: number, after: number): number => {
    const [size, stride] = [window.size[axis], window.strides[axis]];
    const total = sizes[axis] + before + after;
    const floored = windowCount(total, size, stride);
    const next = floored * stride;
    const hasMore = next < sizes[axis] + before && next + size > total;
    return hasMore ? after + next + size - total : after;
  };
  return { top, left, bottom: end(0, top, bottom), right: end(1, left, right) };
}

/** Windows with gaps, gathered one beside the other and reduced; padding repeats the window's own elements. */
function dilatedPool(call: Call, x: Variable, window: WindowOptions, node: string): Variable {
  if (call.opType !== 'MaxPool') {
    throw unsupported(
      call,
      `averages with dilations [${window.dilations.join(', ')}]`,
      'A dilated maximum is imported.',
    );
  }
  const [height = 1, width = 1, channels = 1] = call.importer.shapes.get(node) ?? [];
  const { top, bottom, left, right } = window.padding;
  const isRoundedUp = intAttribute(call, 'ceil_mode', 0) !== 0;
  const padded = [height + top + bottom, width + left + right];
  const counts = padded.map((size, axis) => {
    const stride = window.strides[axis] ?? 1;
    const steps = (size - dilatedSize(window.size[axis] ?? 1, window.dilations[axis] ?? 1)) / stride;
    return (isRoundedUp ? Math.ceil(steps) : Math.floor(steps)) + 1;
  });
  const [rows = 1, columns = 1] = counts;
  /** The place that a tap reads; outside of the image that of the first tap inside. */
  const placeOf = (at: number, tap: number, axis: 0 | 1, size: number): number => {
    const start = at * window.strides[axis] - (axis === 0 ? top : left);
    const place = start + tap * window.dilations[axis];
    if (place >= 0 && place < size) return place;
    const inside = range(window.size[axis]).map(other => start + other * window.dilations[axis]);
    return inside.find(other => other >= 0 && other < size) ?? 0;
  };
  const taps = window.size[0] * window.size[1];
  const shape = [rows, columns, taps, channels];
  const indices = new Int32Array(rows * columns * taps * channels).map((_, i) => {
    const c = i % channels;
    const tap = Math.floor(i / channels) % taps;
    const place = Math.floor(i / (channels * taps));
    const [ky, kx] = [Math.floor(tap / window.size[1]), tap % window.size[1]];
    const iy = placeOf(Math.floor(place / columns), ky, 0, height);
    const ix = placeOf(place % columns, kx, 1, width);
    return (iy * width + ix) * channels + c;
  });
  const patches: Op = { kind: 'rearrange', shape, indices, label: 'windows with gaps' };
  const gathered = emit(call.importer, `${call.name}_windows`, patches, [node]);
  const best = emit(call.importer, call.name, { kind: 'reduce', reduction: 'max', axes: [2] }, [gathered]);
  return imageValue(call, x, best);
}

/** (sum of |x|^p)^(1/p) over windows, for p = 1 and 2: an average, times the size of its window. */
export const importLpPool: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  checkRank(call, x);
  const sizes = intsAttribute(call, 'kernel_shape');
  if (sizes === undefined) throw malformedNode(call, "has no attribute 'kernel_shape'");
  const attributes = new Map(call.attributes);
  attributes.set('count_include_pad', {
    name: 'count_include_pad',
    int: 1,
    floats: [],
    ints: [],
    strings: [],
  });
  const means = (value: Variable): Variable => {
    const window = readWindow(call, x, toPair(call, sizes, 1));
    const average = { ...call, opType: 'AveragePool', attributes };
    return forEachImage(average, value, image => poolImage(average, image, window));
  };
  return [lpNorm(call, x, elementCount(sizes), means)];
};

/** The same over the whole image. */
export const importGlobalLpPool: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const count = elementCount(x.dims.slice(2));
  return [lpNorm(call, x, count, value => globalPool({ ...call, opType: 'GlobalAveragePool' }, value))];
};

function lpNorm(call: Call, x: Variable, count: number, means: (value: Variable) => Variable): Variable {
  const p = intAttribute(call, 'p', 2);
  if (p !== 1 && p !== 2) throw unsupported(call, `has p = ${p}`, 'p = 1 and p = 2 are imported.');
  const powers =
    p === 1 ? applyUnary(call, { kind: 'abs' }, x) : applyAligned(call, { kind: 'multiply' }, [x, x]);
  const sums = scaleBy(call, means(powers), count, 0);
  return p === 1 ? sums : applyUnary(call, { kind: 'function', name: 'sqrt' }, sums);
}

/**
 * Local response normalisation: x / (bias + alpha * mean of squares over neighbouring channels)^beta. Means over channels
 * are a constant matrix.
 */
export const importLrn: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const size = intAttribute(call, 'size', 1);
  const [alpha, beta] = [floatAttribute(call, 'alpha', 1e-4), floatAttribute(call, 'beta', 0.75)];
  const channels = x.dims[1] ?? 1;
  const [below, above] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const weights = Float32Array.from({ length: channels * channels }, (_, i) => {
    const [from, to] = [Math.floor(i / channels), i % channels];
    return from >= to - below && from <= to + above ? alpha / size : 0;
  });
  const squares = applyAligned(call, { kind: 'multiply' }, [x, x]);
  const sums = alongAxis(call, squares, 1, { inputs: channels, units: channels, weights });
  const base = scaleBy(call, sums, 1, floatAttribute(call, 'bias', 1));
  return [applyAligned(call, { kind: 'multiply' }, [x, negativePower(call, base, beta)])];
};

/** x^-beta: by roots of the inverse root where beta is a number of quarters. */
function negativePower(call: Call, x: Variable, beta: number): Variable {
  if (beta === 0.75) {
    const inverse = power(call, x, -0.5);
    const root = applyUnary(call, { kind: 'function', name: 'sqrt' }, inverse);
    return applyAligned(call, { kind: 'multiply' }, [inverse, root]);
  }
  return power(call, x, -beta);
}

/** One window over the whole image. */
export const importGlobalPool: OperatorImporter = call => [globalPool(call, variableOperand(call, 0))];

function globalPool(call: Call, x: Variable): Variable {
  checkRank(call, x);
  const poolSize = toPair(call, x.dims.slice(2), 1);
  const kind = call.opType === 'GlobalMaxPool' ? 'max-pool2d' : 'average-pool2d';
  const padding = { top: 0, bottom: 0, left: 0, right: 0 };
  const op: Pool2dOp = { kind, poolSize, strides: poolSize, padding };
  return forEachImage(call, x, image =>
    imageValue(call, image, emit(call.importer, call.name, op, [imageNode(call, image)])),
  );
}
