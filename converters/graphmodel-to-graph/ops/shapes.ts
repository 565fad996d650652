/** Operators that give the same elements another shape or order: none of them costs a constraint. */
import { BionoirError } from '../../../src/errors.ts';
import { compose, elementCount, formatShape, type Op, type Shape } from '../../../src/graph/index.ts';
import {
  type Call,
  constantOperand,
  imageOperand,
  integerOperand,
  type OpImporter,
  operand,
  place,
  placeAll,
  reshapeTo,
  resolveAxis,
  siteOf,
  toVariable,
  variableOperand,
  viewAs,
} from '../context.ts';
import { nameNode, readFlag, readInteger, readIntegers, readText, unsupportedOption } from '../nodes.ts';
import { graphShape, type Value, type Variable } from '../values.ts';
import { affine } from './arithmetic.ts';
import { requireChannelsLast } from './convolutions.ts';

/** Identity and its relatives: what goes in comes out. */
export const importIdentity: OpImporter = call => operand(call, 0);

/** IdentityN. */
export const importIdentityN: OpImporter = call => call.operands;

/** Reshape; one size may be -1. */
export const importReshape: OpImporter = call => {
  const x = variableOperand(call, 0);
  const target = integerOperand(call, 1, 'shape');
  const known = elementCount(target.filter(size => size !== -1));
  const shape = target.map(size => (size === -1 ? elementCount(x.shape) / known : size));
  return reshaped(call, x, shape);
};

function reshaped(call: Call, x: Variable, shape: Shape): Variable {
  if (elementCount(shape) === elementCount(x.shape)) return reshapeTo(call, x, shape);
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `${nameNode(call.node)} reshapes ${formatShape(x.shape)} to ${formatShape(shape)}, which has another number of elements. The batch is 1 here; is it fixed to more in the model?`,
    { details: { node: call.node.name, from: x.shape, to: shape }, location: `node '${call.node.name}'` },
  );
}

/** Squeeze: the named axes of size 1, or all. */
export const importSqueeze: OpImporter = call => {
  const x = variableOperand(call, 0);
  const named = ['squeeze_dims', 'axis'].flatMap(key => readIntegers(call.node, key));
  const axes = named.map(axis => resolveAxis(call, axis, x.shape.length));
  const shape = x.shape.filter((size, axis) => (axes.length === 0 ? size !== 1 : !axes.includes(axis)));
  return reshaped(call, x, shape);
};

/** ExpandDims. */
export const importExpandDims: OpImporter = call => {
  const x = variableOperand(call, 0);
  const [axis = 0] = integerOperand(call, 1, 'axis');
  const at = resolveAxis(call, axis, x.shape.length + 1);
  return reshapeTo(call, x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
};

/** Transpose. */
export const importTranspose: OpImporter = call => {
  const x = variableOperand(call, 0);
  const permutation = integerOperand(call, 1, 'permutation');
  const shape = permutation.map(axis => x.shape[axis] ?? 1);
  const moved = permutation.filter(axis => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > (moved[i - 1] ?? 0))) return reshapeTo(call, x, shape);
  if (permutation[0] === 0 && x.shape[0] === 1) {
    const inner = permutation.slice(1).map(axis => axis - 1);
    return place(call, { kind: 'transpose', permutation: inner }, [x.node], shape);
  }
  return place(call, { kind: 'transpose', permutation }, [viewAs(call, x, x.shape)], shape);
};

/** A rearrangement of the elements of a variable, to a shape in TensorFlow. */
function rearranged(
  call: Call,
  x: Variable,
  op: ReturnType<typeof compose.rearrangeBy>,
  part = '',
): Variable {
  const isIdentity =
    op.indices.length === elementCount(x.shape) && op.indices.every((index, i) => index === i);
  if (isIdentity) return reshapeTo(call, x, op.shape, part);
  return place(call, { ...op, shape: graphShape(op.shape) }, [x.node], op.shape, part);
}

/** Slice: from `begin`, `size` elements; -1 for all that are left. */
export const importSlice: OpImporter = call => {
  const x = variableOperand(call, 0);
  const begins = integerOperand(call, 1, 'begin');
  const sizes = integerOperand(call, 2, 'size');
  const ranges = x.shape.map((size, axis) => {
    const begin = begins[axis] ?? 0;
    const count = sizes[axis] ?? -1;
    return { begin, count: count === -1 ? size - begin : count };
  });
  checkRanges(call, x, ranges);
  return rearranged(call, x, compose.sliceOp(x.shape, ranges));
};

function checkRanges(call: Call, x: Variable, ranges: readonly compose.SliceRange[]): void {
  const fits = ranges.every(({ begin, count, step = 1 }, axis) => {
    const size = x.shape[axis] ?? 0;
    const last = begin + (count - 1) * step;
    return count >= 1 && begin >= 0 && begin < size && last >= 0 && last < size;
  });
  if (fits) return;
  const texts = ranges.map(({ begin, count }) => `${count} from ${begin}`).join(', ');
  throw unsupportedOption(
    call.node,
    `the ranges ${texts}`,
    `its tensor is ${formatShape(x.shape)}, and no range may be empty`,
  );
}

/** StridedSlice, with its masks. */
export const importStridedSlice: OpImporter = call => {
  const x = variableOperand(call, 0);
  const [begins, ends, strides] = ['begin', 'end', 'strides'].map((what, i) =>
    integerOperand(call, i + 1, what),
  ) as [number[], number[], number[]];
  const has = (mask: string, i: number): boolean => ((readInteger(call.node, mask, 0) >> i) & 1) === 1;
  const ranges: compose.SliceRange[] = [];
  const shape: number[] = [];
  const consumed = begins.filter((_, i) => !has('new_axis_mask', i) && !has('ellipsis_mask', i)).length;
  const takeWhole = (count: number): void => {
    for (let k = 0; k < count; k++) {
      const size = x.shape[ranges.length] ?? 1;
      ranges.push({ begin: 0, count: size });
      shape.push(size);
    }
  };
  for (const i of begins.keys()) {
    if (has('ellipsis_mask', i)) takeWhole(x.shape.length - consumed);
    else if (has('new_axis_mask', i)) shape.push(1);
    else {
      const range = stridedRange({
        size: x.shape[ranges.length] ?? 1,
        begin: has('begin_mask', i) ? undefined : begins[i],
        end: has('end_mask', i) ? undefined : ends[i],
        step: strides[i] ?? 1,
        isSingle: has('shrink_axis_mask', i),
      });
      ranges.push(range);
      if (!has('shrink_axis_mask', i)) shape.push(range.count);
    }
  }
  takeWhole(x.shape.length - ranges.length);
  checkRanges(call, x, ranges);
  return reshapeTo(call, rearranged(call, x, compose.sliceOp(x.shape, ranges)), shape, 'shape');
};

interface Strided {
  readonly size: number;
  readonly begin: number | undefined;
  readonly end: number | undefined;
  readonly step: number;
  readonly isSingle: boolean;
}

/** Python's rules for begin:end:step along an axis. */
function stridedRange({ size, begin, end, step, isSingle }: Strided): compose.SliceRange {
  const clamp = (at: number): number => {
    const from = at < 0 ? at + size : at;
    return step > 0 ? Math.min(Math.max(from, 0), size) : Math.min(Math.max(from, -1), size - 1);
  };
  const first = begin === undefined ? (step > 0 ? 0 : size - 1) : clamp(begin);
  if (isSingle) return { begin: first, count: 1 };
  const stop = end === undefined ? (step > 0 ? size : -1) : clamp(end);
  return { begin: first, count: Math.max(0, Math.ceil((stop - first) / step)), step };
}

/** ConcatV2: the axis is the last operand; Concat: the first. */
export function concat(axisPlace: 'last' | 'first'): OpImporter {
  return call => {
    const count = call.operands.length - 1;
    const [axisIndex, from] = axisPlace === 'last' ? [count, 0] : [0, 1];
    const [axis = 0] = integerOperand(call, axisIndex, 'axis');
    const values = call.operands.slice(from, from + count);
    return joined(call, values, resolveAxis(call, axis, values[0]?.shape.length ?? 0));
  };
}

function joined(call: Call, values: readonly Value[], axis: number): Variable {
  const [first] = values;
  const shape = (first?.shape ?? []).map((size, i) =>
    i === axis ? values.reduce((sum, value) => sum + (value.shape[i] ?? 0), 0) : size,
  );
  const variables = values.map(value => toVariable(call, value));
  const [only] = variables;
  if (only !== undefined && variables.length === 1) return only;
  const isInner = axis > 0 && shape[0] === 1;
  const nodes = variables.map(x => viewAs(call, x, isInner ? x.shape.slice(1) : x.shape));
  return place(call, { kind: 'concat', axis: isInner ? axis - 1 : axis }, nodes, shape);
}

/** Pack: a new axis, along which the operands follow one another. */
export const importPack: OpImporter = call => {
  const rank = (call.operands[0]?.shape.length ?? 0) + 1;
  const axis = resolveAxis(call, readInteger(call.node, 'axis', 0), rank);
  const expanded = call.operands.map((value, i) => {
    const shape = [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)];
    return reshapeTo(call, toVariable(call, value), shape, `item${i}`);
  });
  return joined(call, expanded, axis);
};

/** Unpack: the slices along an axis, without it. */
export const importUnpack: OpImporter = call => {
  const x = variableOperand(call, 0);
  const axis = resolveAxis(call, readInteger(call.node, 'axis', 0), x.shape.length);
  const shape = x.shape.filter((_, i) => i !== axis);
  const parts = split(call, x, axis, new Array<number>(x.shape[axis] ?? 0).fill(1));
  return parts.map((part, i) => reshapeTo(call, part, shape, `item${i}`));
};

/** Split: operands are the axis and the tensor. */
export const importSplit: OpImporter = call => {
  const x = variableOperand(call, 1);
  const [axis = 0] = integerOperand(call, 0, 'axis');
  const at = resolveAxis(call, axis, x.shape.length);
  const count = readInteger(call.node, 'num_split', 1);
  return split(call, x, at, new Array<number>(count).fill((x.shape[at] ?? 0) / count));
};

/** SplitV: operands are the tensor, the sizes and the axis. */
export const importSplitV: OpImporter = call => {
  const x = variableOperand(call, 0);
  const [axis = 0] = integerOperand(call, 2, 'axis');
  const at = resolveAxis(call, axis, x.shape.length);
  const sizes = integerOperand(call, 1, 'list of sizes');
  const known = sizes.reduce((sum, size) => sum + Math.max(0, size), 0);
  return split(
    call,
    x,
    at,
    sizes.map(size => (size === -1 ? (x.shape[at] ?? 0) - known : size)),
  );
};

function split(call: Call, x: Variable, axis: number, sizes: readonly number[]): Variable[] {
  let begin = 0;
  return sizes.map((count, i) => {
    const ranges = x.shape.map((size, k) => (k === axis ? { begin, count } : { begin: 0, count: size }));
    checkRanges(call, x, ranges);
    begin += count;
    return rearranged(call, x, compose.sliceOp(x.shape, ranges), `part${i}`);
  });
}

/** Tile. */
export const importTile: OpImporter = call => {
  const x = variableOperand(call, 0);
  return rearranged(call, x, compose.tileOp(x.shape, integerOperand(call, 1, 'list of repeats')));
};

/** BroadcastTo. */
export const importBroadcastTo: OpImporter = call => {
  const x = variableOperand(call, 0);
  const shape = integerOperand(call, 1, 'shape');
  const from = [...new Array<number>(Math.max(0, shape.length - x.shape.length)).fill(1), ...x.shape];
  return rearranged(call, x, compose.expandOp(from, shape));
};

/** Reverse along constant axes. */
export const importReverse: OpImporter = call => {
  const x = variableOperand(call, 0);
  const axes = integerOperand(call, 1, 'list of axes').map(axis => resolveAxis(call, axis, x.shape.length));
  return rearranged(call, x, compose.reverseOp(x.shape, axes));
};

/** DepthToSpace of an image. */
export const importDepthToSpace: OpImporter = call => {
  requireChannelsLast(call.node);
  return blocks(call, compose.depthToSpaceOp);
};

/** SpaceToDepth of an image. */
export const importSpaceToDepth: OpImporter = call => {
  requireChannelsLast(call.node);
  return blocks(call, compose.spaceToDepthOp);
};

function blocks(call: Call, rearrange: typeof compose.depthToSpaceOp): Variable {
  const x = imageOperand(call, 0);
  const op = rearrange(x.shape.slice(1), readInteger(call.node, 'block_size', 2));
  return rearranged(call, x, { ...op, shape: [1, ...op.shape] });
}

/** Pad, PadV2 and MirrorPad of any axes with constant widths. */
export function pad(mode: 'zeros' | 'mirror'): OpImporter {
  return call => {
    const x = variableOperand(call, 0);
    const widths = integerOperand(call, 1, 'list of widths');
    const before = x.shape.map((_, axis) => widths[2 * axis] ?? 0);
    const after = x.shape.map((_, axis) => widths[2 * axis + 1] ?? 0);
    if (mode === 'mirror') return rearranged(call, x, mirrorOp(call, x, before, after));
    const value = call.operands.length > 2 ? (constantOperand(call, 2, 'value').data[0] ?? 0) : 0;
    if (value === 0) return padded(call, x, before, after);
    const lowered = affine(call, x, x.shape, { shift: -value, part: 'lowered' });
    const zeros = padded({ ...call, name: `${call.name}_padded` }, lowered, before, after);
    return affine(call, zeros, zeros.shape, { shift: value });
  };
}

function padded(call: Call, x: Variable, before: readonly number[], after: readonly number[]): Variable {
  const shape = x.shape.map((size, axis) => size + (before[axis] ?? 0) + (after[axis] ?? 0));
  const image = imagePadding(x, before, after);
  if (image !== undefined) return place(call, image, [x.node], shape);
  return rearranged(call, x, compose.padOp(x.shape, before, after));
}

function mirrorOp(
  call: Call,
  x: Variable,
  before: readonly number[],
  after: readonly number[],
): ReturnType<typeof compose.rearrangeBy> {
  const mode = readText(call.node, 'mode') ?? 'REFLECT';
  if (mode === 'REFLECT') return compose.borderOp(x.shape, before, after, 'reflect');
  throw unsupportedOption(call.node, `mode '${mode}'`, "'REFLECT' is read");
}

/** The padding of an image's height and width, which convolutions can take up; undefined for other padding. */
function imagePadding(x: Variable, before: readonly number[], after: readonly number[]): Op | undefined {
  const [batch, top = 0, left = 0, front] = before;
  const [batchEnd, bottom = 0, right = 0, back] = after;
  const isSpatial = [batch, batchEnd, front, back].every(width => width === 0);
  if (!isSpatial || x.shape.length !== 4 || x.shape[0] !== 1) return undefined;
  return { kind: 'pad', padding: { top, bottom, left, right } };
}

/** ResizeNearestNeighbor to a constant size, with TensorFlow's three ways of meeting pixels. */
export const importResizeNearest: OpImporter = call => {
  const x = imageOperand(call, 0);
  const [, height = 1, width = 1, channels = 1] = x.shape;
  const [newHeight = 1, newWidth = 1] = integerOperand(call, 1, 'size');
  const rows = nearest(call, height, newHeight);
  const columns = nearest(call, width, newWidth);
  const label = `resize to ${newHeight}x${newWidth}`;
  const op = compose.rearrangeBy(
    x.shape,
    [1, newHeight, newWidth, channels],
    label,
    ([, y = 0, i = 0, c = 0]) => [0, rows[y] ?? 0, columns[i] ?? 0, c],
  );
  return rearranged(call, x, op);
};

/** ResizeBilinear to a constant size, with TensorFlow's three ways of meeting pixels. */
export const importResizeBilinear: OpImporter = call => {
  const x = imageOperand(call, 0);
  const [height = 1, width = 1] = integerOperand(call, 1, 'size');
  const nodes = compose.resizeBilinear(siteOf(call, x), {
    size: [height, width],
    alignCorners: readFlag(call.node, 'align_corners'),
    halfPixelCenters: readFlag(call.node, 'half_pixel_centers'),
  });
  return placeAll(call, nodes, [1, height, width, x.shape[3] ?? 1]);
};

/** For each new position along an axis the old one that it reads. */
function nearest(call: Call, size: number, newSize: number): number[] {
  const corners = readFlag(call.node, 'align_corners') && newSize > 1;
  const ratio = corners ? (size - 1) / (newSize - 1) : size / newSize;
  const offset = readFlag(call.node, 'half_pixel_centers') ? 0.5 : 0;
  return Array.from({ length: newSize }, (_, at) => {
    const source = ratio * (at + offset);
    return Math.min(size - 1, corners ? Math.round(source) : Math.floor(source));
  });
}
