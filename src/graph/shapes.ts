/**
 * Shape rules of the operator table: what each operator asks of its operands, and the shape that it gives.
 *
 * Shapes leave out the batch dimension; window arithmetic is TensorFlow's with explicit padding (windows that do not
 * fit are dropped). Weight lengths are checked here as well, since they follow from the same shapes.
 */
import { definitionOf, isExtended } from './operators/index.ts';
import {
  checkCounts,
  checkDimensions,
  checkLength,
  checkOneShape,
  checkRank,
  mismatch,
  type ShapeContext,
} from './shape-checks.ts';
import { elementCount, formatShape } from './shape-text.ts';
import type { AffineOp, ConcatOp, Conv2dOp, DenseOp, Op, Padding, Pool2dOp, Shape } from './types.ts';

/**
 * Infers the output shape of an operator from the shapes of its operands.
 *
 * @param where how messages call the node; the operator's kind when left out.
 * @throws SHAPE_MISMATCH when operands, weights and options do not fit together.
 */
export function inferShape(op: Op, inputShapes: readonly Shape[], where: string = op.kind): Shape {
  const context: ShapeContext = { where, shapes: inputShapes };
  checkOperandCount(context, op);
  const x = inputShapes[0] ?? [];
  if (isExtended(op)) return definitionOf(op).shape(context, op);
  switch (op.kind) {
    case 'input':
      return checkDimensions(context, op.shape);
    case 'dense':
      return denseShape(context, op, x);
    case 'conv2d':
      return conv2dShape(context, op, x);
    case 'affine':
      return affineShape(context, op, x);
    case 'relu':
    case 'leaky-relu':
      return x;
    case 'softmax':
      return checkRank(context, x, 'at least one axis', x.length >= 1);
    case 'max-pool2d':
    case 'average-pool2d':
      return pool2dShape(context, op, x);
    case 'pad':
      return padShape(context, op.padding, x);
    case 'reshape':
      return reshapeShape(context, op.shape, x);
    case 'transpose':
      return transposeShape(context, op.permutation, x);
    case 'add':
    case 'subtract':
      return checkOneShape(context);
    case 'concat':
      return concatShape(context, op);
    case 'argmax':
      checkRank(context, x, 'a vector', x.length === 1);
      return [];
    default:
      return op satisfies never;
  }
}

/** Counts the windows of `window` elements (dilation included) that fit into `size` elements, `stride` apart. */
export function windowCount(size: number, window: number, stride: number): number {
  return size < window ? 0 : Math.floor((size - window) / stride) + 1;
}

/** Gives the elements that a window with gaps covers: 3 taps with dilation 2 cover 5. */
export function dilatedSize(taps: number, dilation: number): number {
  return (taps - 1) * dilation + 1;
}

/** Window geometry of a convolution or pool over [height, width, channels]. */
export interface Window2d {
  readonly size: readonly [height: number, width: number];
  readonly strides: readonly [height: number, width: number];
  readonly dilations: readonly [height: number, width: number];
}

/** Finds the padding that TensorFlow's 'same' stands for: output = ceil(input / stride), the odd element at the end. */
export function samePadding(shape: Shape, window: Window2d): Padding {
  const [top, bottom] = samePaddingOfAxis(shape[0] ?? 1, window, 0);
  const [left, right] = samePaddingOfAxis(shape[1] ?? 1, window, 1);
  return { top, bottom, left, right };
}

function samePaddingOfAxis(size: number, window: Window2d, axis: 0 | 1): [before: number, after: number] {
  const stride = window.strides[axis];
  const span = dilatedSize(window.size[axis], window.dilations[axis]);
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
  const before = Math.floor(total / 2);
  return [before, total - before];
}

function checkOperandCount(context: ShapeContext, op: Op): void {
  const count = context.shapes.length;
  const [min, max, expected] = operandCounts(op);
  if (count >= min && count <= max) return;
  throw mismatch(context, `(${op.kind}) has ${count} operands`, `it takes ${expected}`);
}

const COUNT_WORDS = ['none', 'exactly one', 'exactly two', 'exactly three'] as const;

function operandCounts(op: Op): [min: number, max: number, expected: string] {
  if (isExtended(op)) {
    const { operandCount } = definitionOf(op);
    return [operandCount, operandCount, COUNT_WORDS[operandCount]];
  }
  switch (op.kind) {
    case 'input':
      return [0, 0, 'none'];
    case 'add':
      return [2, Number.POSITIVE_INFINITY, 'two or more'];
    case 'concat':
      return [1, Number.POSITIVE_INFINITY, 'one or more'];
    case 'subtract':
      return [2, 2, 'exactly two'];
    default:
      return [1, 1, 'exactly one'];
  }
}

function checkImage(context: ShapeContext, shape: Shape): void {
  checkRank(context, shape, 'height x width x channels', shape.length === 3);
}

function checkPadding(context: ShapeContext, padding: Padding): void {
  const { top, bottom, left, right } = padding;
  const sides = [top, bottom, left, right];
  if (sides.every(side => Number.isSafeInteger(side) && side >= 0)) return;
  throw mismatch(
    context,
    `has padding [${sides.join(', ')}]`,
    'padding must be whole numbers of zero or more',
  );
}

function denseShape(context: ShapeContext, op: DenseOp, x: Shape): Shape {
  checkRank(context, x, 'at least one axis', x.length >= 1);
  checkCounts(context, 'units', [op.units]);
  const inputCount = x[x.length - 1] ?? 0;
  checkLength(context, 'weights', op.weights.length, inputCount * op.units);
  checkLength(context, 'biases', op.bias.length, op.units);
  return [...x.slice(0, -1), op.units];
}

function conv2dShape(context: ShapeContext, op: Conv2dOp, x: Shape): Shape {
  checkImage(context, x);
  checkCounts(context, 'filters and groups', [op.filters, op.groups]);
  checkCounts(context, 'dilations', op.dilations);
  const channels = x[2] ?? 0;
  if (channels % op.groups !== 0 || op.filters % op.groups !== 0) {
    const problem = `splits ${channels} channels and ${op.filters} filters into ${op.groups} groups`;
    throw mismatch(context, problem, 'the groups must divide both');
  }
  const taps = op.kernelSize[0] * op.kernelSize[1];
  const [height, width] = windowGrid(context, op.padding, x, {
    size: op.kernelSize,
    strides: op.strides,
    dilations: op.dilations,
  });
  checkLength(context, 'kernel weights', op.kernel.length, taps * (channels / op.groups) * op.filters);
  checkLength(context, 'biases', op.bias.length, op.filters);
  return [height, width, op.filters];
}

/** The window grid of a convolution or pool, with at least one window. */
function windowGrid(context: ShapeContext, padding: Padding, x: Shape, window: Window2d): [number, number] {
  checkCounts(context, 'window size', window.size);
  checkCounts(context, 'strides', window.strides);
  checkPadding(context, padding);
  const height = (x[0] ?? 0) + padding.top + padding.bottom;
  const width = (x[1] ?? 0) + padding.left + padding.right;
  const rows = windowCount(height, dilatedSize(window.size[0], window.dilations[0]), window.strides[0]);
  const columns = windowCount(width, dilatedSize(window.size[1], window.dilations[1]), window.strides[1]);
  if (rows >= 1 && columns >= 1) return [rows, columns];
  const problem = `has a ${window.size.join('x')} window over ${height}x${width} elements`;
  throw mismatch(context, problem, 'no window fits; give it a larger input or a smaller window');
}

function affineShape(context: ShapeContext, op: AffineOp, x: Shape): Shape {
  const channels = x[x.length - 1] ?? 1;
  checkLength(context, 'scales', op.scale.length, channels);
  checkLength(context, 'shifts', op.shift.length, channels);
  return x;
}

function pool2dShape(context: ShapeContext, op: Pool2dOp, x: Shape): Shape {
  checkImage(context, x);
  const window: Window2d = { size: op.poolSize, strides: op.strides, dilations: [1, 1] };
  const [height, width] = windowGrid(context, op.padding, x, window);
  const lastTop = (height - 1) * op.strides[0] - op.padding.top;
  const lastLeft = (width - 1) * op.strides[1] - op.padding.left;
  const outside =
    op.padding.top >= op.poolSize[0] ||
    op.padding.left >= op.poolSize[1] ||
    lastTop >= (x[0] ?? 0) ||
    lastLeft >= (x[1] ?? 0);
  if (outside) {
    throw mismatch(
      context,
      'has a pooling window that lies wholly in the padding',
      'its padding must be smaller',
    );
  }
  return [height, width, x[2] ?? 0];
}

function padShape(context: ShapeContext, padding: Padding, x: Shape): Shape {
  checkImage(context, x);
  checkPadding(context, padding);
  const [height = 0, width = 0, channels = 0] = x;
  return [height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
}

function reshapeShape(context: ShapeContext, target: Shape, x: Shape): Shape {
  checkDimensions(context, target);
  if (elementCount(target) === elementCount(x)) return target;
  const problem = `reshapes ${formatShape(x)} (${elementCount(x)} elements) to ${formatShape(target)}`;
  throw mismatch(context, problem, `that shape has ${elementCount(target)} elements`);
}

function transposeShape(context: ShapeContext, permutation: readonly number[], x: Shape): Shape {
  const sorted = [...permutation].sort((a, b) => a - b);
  if (permutation.length === x.length && sorted.every((axis, i) => axis === i)) {
    return permutation.map(axis => x[axis] ?? 0);
  }
  const problem = `permutes ${formatShape(x)} by [${permutation.join(', ')}]`;
  throw mismatch(context, problem, 'each axis must be named exactly once');
}

function concatShape(context: ShapeContext, op: ConcatOp): Shape {
  const first = context.shapes[0] ?? [];
  const shapes = context.shapes.map(formatShape).join(', ');
  if (!Number.isInteger(op.axis) || op.axis < 0 || op.axis >= first.length) {
    throw mismatch(context, `joins ${shapes} along axis ${op.axis}`, 'there is no such axis');
  }
  const fits = (shape: Shape): boolean =>
    shape.length === first.length && shape.every((size, axis) => axis === op.axis || size === first[axis]);
  if (!context.shapes.every(fits)) {
    const remedy = 'all other axes must be equal';
    throw mismatch(context, `joins ${shapes} along axis ${op.axis}`, remedy);
  }
  const joined = context.shapes.reduce((sum, shape) => sum + (shape[op.axis] ?? 0), 0);
  return first.map((size, axis) => (axis === op.axis ? joined : size));
}
