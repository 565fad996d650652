/**
 * The integer operators: the exact meaning of every QuantOp, element by element, as src/quantize/types.ts states it.
 *
 * Dense layers and convolutions, where the time goes, are written once per arithmetic; all else is generic. Indices
 * follow from shapes that were checked when the graph was built, hence the `as T` at element reads.
 */
import { InternalError } from '../errors.ts';
import { accumulateRows, elementCount } from '../graph/index.ts';
import type { Cells } from './arithmetic.ts';
import { checkLimit, type KernelContext, mapCells, type Operand, operandOf } from './kernel-tools.ts';
import { conv2dProducts, denseProducts, repeat } from './linear-products.ts';
import { definitionOfQuant, isExtendedQuant } from './operators/index.ts';
import type {
  QuantArgmaxOp,
  QuantAveragePool2dOp,
  QuantConcatOp,
  QuantConv2dOp,
  QuantDenseOp,
  QuantLeakyReluOp,
  QuantMaxPool2dOp,
  QuantPadOp,
  QuantReluOp,
  QuantTransposeOp,
  Shape,
} from './types.ts';
import { visitTaps, windowOf } from './window.ts';

/** Computes x * weights + bias over the last axis, in doubles. */
export function denseInNumbers(op: QuantDenseOp, x: Operand<number>): Float64Array {
  const { layout, visit } = denseProducts(op, x.cells.length);
  const y = repeat(op.bias, (x.cells.length / layout.cellCount) * op.units);
  const rows = { ...layout, sums: y, cells: x.cells };
  visit(start => accumulateRows(rows, start));
  return y;
}

/** Computes x * weights + bias over the last axis, in bigints. */
export function denseInBigints(op: QuantDenseOp, x: Operand<bigint>): bigint[] {
  const inputs = op.weights.length / op.units;
  const rows = x.cells.length / inputs;
  const y = Array.from({ length: rows }, () => op.bias).flat();
  for (let cell = 0; cell < rows * op.weights.length; cell++) {
    const weight = op.weights[cell % op.weights.length] as number;
    const source = Math.floor(cell / op.units);
    const target = Math.floor(source / inputs) * op.units + (cell % op.units);
    y[target] = (y[target] as bigint) + (x.cells[source] as bigint) * BigInt(weight);
  }
  return y;
}

/** Computes a cross-correlation with groups, in doubles. */
export function conv2dInNumbers(op: QuantConv2dOp, x: Operand<number>, outputShape: Shape): Float64Array {
  const { layout, visit } = conv2dProducts(op, x.shape, outputShape);
  const y = repeat(op.bias, elementCount(outputShape));
  const rows = { ...layout, sums: y, cells: x.cells };
  visit(start => accumulateRows(rows, start));
  return y;
}

/** Computes a cross-correlation with groups, in bigints. */
export function conv2dInBigints(op: QuantConv2dOp, x: Operand<bigint>, outputShape: Shape): bigint[] {
  const { filters, groups, kernel } = op;
  const channels = x.shape[2] as number;
  const groupChannels = channels / groups;
  const groupFilters = filters / groups;
  const positions = outputShape.reduce((a, b) => a * b, 1) / filters;
  const y = Array.from({ length: positions }, () => op.bias).flat();
  visitTaps(windowOf(op), x.shape, outputShape, (outPosition, inPosition, tap) => {
    for (let f = 0; f < filters; f++) {
      const first = Math.floor(f / groupFilters) * groupChannels;
      for (let c = 0; c < groupChannels; c++) {
        const weight = kernel[(tap * groupChannels + c) * filters + f] as number;
        const value = x.cells[inPosition * channels + first + c] as bigint;
        y[outPosition * filters + f] = (y[outPosition * filters + f] as bigint) + value * BigInt(weight);
      }
    }
  });
  return y;
}

/** Computes a generic operator: everything but inputs, dense layers and convolutions. */
export function computeGeneric<T>(context: KernelContext<T>): Cells<T> {
  const { node } = context;
  const op = node.op;
  if (isExtendedQuant(op)) return definitionOfQuant(op).compute(context, op);
  switch (op.kind) {
    case 'affine':
      return affine(context, op.scale, op.shift);
    case 'relu':
      return relu(context, op);
    case 'leaky-relu':
      return leakyRelu(context, op);
    case 'max-pool2d':
      return maxPool(context, op);
    case 'average-pool2d':
      return averagePool(context, op);
    case 'pad':
      return pad(context, op);
    case 'reshape':
      return operandOf(context).cells;
    case 'transpose':
      return transpose(context, op);
    case 'sum':
      return sum(context, op.multipliers);
    case 'concat':
      return concat(context, op);
    case 'argmax':
      return argmax(context, op);
    case 'input':
    case 'dense':
    case 'conv2d':
      throw new InternalError(`Node '${node.name}' (${op.kind}) has no generic kernel.`);
    default:
      return op satisfies never;
  }
}

function affine<T>(context: KernelContext<T>, scale: readonly bigint[], shift: readonly bigint[]): Cells<T> {
  const { add, multiply, from } = context.arithmetic;
  const factors = scale.map(from);
  const offsets = shift.map(from);
  return mapCells(context, (value, c) => add(multiply(value, factors[c] as T), offsets[c] as T));
}

/** Cuts the scale and checks |t| < 2^quotientBits, which is what the circuit proves. */
function cutChecked<T>(context: KernelContext<T>, op: QuantReluOp | QuantLeakyReluOp): Cells<T> {
  const { arithmetic } = context;
  const limits = op.quotientBits.map(bits => arithmetic.from(1n << BigInt(bits)));
  return mapCells(context, (value, channel, index) => {
    const t = arithmetic.cut(value, op.shiftBits);
    checkLimit(context, t, { limit: limits[channel] as T, channel, index });
    return t;
  });
}

function relu<T>(context: KernelContext<T>, op: QuantReluOp): Cells<T> {
  const { zero, less, from } = context.arithmetic;
  const cap = op.max === undefined ? undefined : from(op.max);
  const y = cutChecked(context, op);
  for (let i = 0; i < y.length; i++) {
    const t = y[i] as T;
    if (less(t, zero)) y[i] = zero;
    else if (cap !== undefined && less(cap, t)) y[i] = cap;
  }
  return y;
}

function leakyRelu<T>(context: KernelContext<T>, op: QuantLeakyReluOp): Cells<T> {
  const { zero, less, multiply, from } = context.arithmetic;
  const above = from(1n << BigInt(op.slopeBits));
  const slopes = (op.numerators ?? [op.numerator]).map(numerator => from(BigInt(numerator)));
  const y = cutChecked(context, op);
  for (let i = 0; i < y.length; i++) {
    const t = y[i] as T;
    const below = slopes[i % slopes.length] as T;
    y[i] = multiply(t, less(t, zero) ? below : above);
  }
  return y;
}

function maxPool<T>(context: KernelContext<T>, op: QuantMaxPool2dOp): Cells<T> {
  const { arithmetic, node } = context;
  const x = operandOf(context);
  const channels = x.shape[2] as number;
  const y = arithmetic.make(node.shape.reduce((a, b) => a * b, 1));
  const limits = op.differenceBits.map(bits => arithmetic.from(1n << BigInt(bits)));
  let started = -1; // windows come one after the other
  visitTaps(windowOf(op), x.shape, node.shape, (outPosition, inPosition) => {
    for (let channel = 0; channel < channels; channel++) {
      const index = outPosition * channels + channel;
      const next = x.cells[inPosition * channels + channel] as T;
      if (outPosition === started) {
        const difference = arithmetic.subtract(next, y[index] as T);
        checkLimit(context, difference, { limit: limits[channel] as T, channel, index });
        if (arithmetic.less(arithmetic.zero, difference)) y[index] = next;
      } else y[index] = next;
    }
    started = outPosition;
  });
  return y;
}

function averagePool<T>(context: KernelContext<T>, op: QuantAveragePool2dOp): Cells<T> {
  const { arithmetic, node } = context;
  const x = operandOf(context);
  const channels = x.shape[2] as number;
  const multipliers = op.multipliers.map(arithmetic.from);
  const y = arithmetic.make(node.shape.reduce((a, b) => a * b, 1));
  visitTaps(windowOf(op), x.shape, node.shape, (outPosition, inPosition) => {
    for (let channel = 0; channel < channels; channel++) {
      const index = outPosition * channels + channel;
      y[index] = arithmetic.add(y[index] as T, x.cells[inPosition * channels + channel] as T);
    }
  });
  for (let i = 0; i < y.length; i++) {
    y[i] = arithmetic.multiply(y[i] as T, multipliers[Math.floor(i / channels)] as T);
  }
  return y;
}

function pad<T>(context: KernelContext<T>, op: QuantPadOp): Cells<T> {
  const { arithmetic, node } = context;
  const x = operandOf(context);
  const [height, width, channels] = x.shape as readonly [number, number, number];
  const outWidth = node.shape[1] as number;
  const y = arithmetic.make(node.shape.reduce((a, b) => a * b, 1));
  for (let row = 0; row < height; row++) {
    const start = ((row + op.padding.top) * outWidth + op.padding.left) * channels;
    for (let i = 0; i < width * channels; i++) y[start + i] = x.cells[row * width * channels + i] as T;
  }
  return y;
}

function transpose<T>(context: KernelContext<T>, op: QuantTransposeOp): Cells<T> {
  const x = operandOf(context);
  const strides = x.shape.map((_, axis) => x.shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const outShape = context.node.shape;
  const y = context.arithmetic.make(x.cells.length);
  for (let i = 0; i < y.length; i++) {
    let rest = i;
    let source = 0;
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      const size = outShape[axis] as number;
      source += (rest % size) * (strides[op.permutation[axis] as number] as number);
      rest = Math.floor(rest / size);
    }
    y[i] = x.cells[source] as T;
  }
  return y;
}

function sum<T>(context: KernelContext<T>, multipliers: readonly bigint[]): Cells<T> {
  const { arithmetic, operands } = context;
  const factors = multipliers.map(arithmetic.from);
  return mapCells(context, (_value, _channel, index) =>
    operands.reduce(
      (total, operand, i) =>
        arithmetic.add(total, arithmetic.multiply(operand.cells[index] as T, factors[i] as T)),
      arithmetic.zero,
    ),
  );
}

function concat<T>(context: KernelContext<T>, op: QuantConcatOp): Cells<T> {
  const { arithmetic, node, operands } = context;
  const total = node.shape.reduce((a, b) => a * b, 1);
  const inner = node.shape.slice(op.axis).reduce((a, b) => a * b, 1);
  const y = arithmetic.make(total);
  let offset = 0;
  for (const [i, operand] of operands.entries()) {
    const factor = arithmetic.from(op.multipliers[i] ?? 1n);
    const block = operand.shape.slice(op.axis).reduce((a, b) => a * b, 1);
    for (let j = 0; j < operand.cells.length; j++) {
      const target = Math.floor(j / block) * inner + offset + (j % block);
      y[target] = arithmetic.multiply(operand.cells[j] as T, factor);
    }
    offset += block;
  }
  return y;
}

function argmax<T>(context: KernelContext<T>, op: QuantArgmaxOp): Cells<T> {
  const { arithmetic } = context;
  const { cells } = operandOf(context);
  const limit = arithmetic.from(1n << BigInt(op.differenceBits));
  const one = arithmetic.from(1n);
  let best = 0;
  for (let i = 1; i < cells.length; i++) {
    const difference = arithmetic.subtract(cells[i] as T, cells[best] as T);
    checkLimit(context, arithmetic.subtract(difference, one), { limit, channel: i, index: i });
    if (arithmetic.less(arithmetic.zero, difference)) best = i;
  }
  const y = arithmetic.make(1);
  y[0] = arithmetic.from(BigInt(best));
  return y;
}
