/**
 * Reference kernels of the float interpreter: dense, convolution, pooling, transposition, concatenation.
 *
 * Plain loops over row-major Float64Arrays, accumulating in float64; made to be read, not to be fast. Indices follow
 * from shapes that `buildGraph` has checked, hence the `as number` at element reads.
 */
import { accumulateRows } from './accumulate.ts';
import type { Values } from './operators/index.ts';
import { elementCount, rowMajorStrides } from './shape-text.ts';
import type { Conv2dOp, DenseOp, Node, Pool2dOp, Shape } from './types.ts';

/** Computes x * weights + bias over the last axis. */
export function evaluateDense(op: DenseOp, x: Values): Float64Array {
  const inputCount = x.shape[x.shape.length - 1] as number;
  const rowCount = x.data.length / inputCount;
  const out = new Float64Array(rowCount * op.units);
  for (let row = 0; row < rowCount; row++) {
    const y = out.subarray(row * op.units, (row + 1) * op.units);
    y.set(op.bias);
    const rows = { sums: y, cells: x.data, weights: op.weights };
    const layout = { cellCount: inputCount, step: op.units, count: op.units };
    accumulateRows({ ...rows, ...layout }, { sum: 0, cell: row * inputCount, weight: 0 });
  }
  return out;
}

/** Computes a two-dimensional cross-correlation, with groups. */
export function evaluateConv2d(op: Conv2dOp, x: Values, outShape: Shape): Float64Array {
  const [height, width] = x.shape as readonly [number, number, number];
  const [outHeight, outWidth, filters] = outShape as readonly [number, number, number];
  const out = new Float64Array(elementCount(outShape));
  for (let oy = 0; oy < outHeight; oy++) {
    for (let ox = 0; ox < outWidth; ox++) {
      const at = (oy * outWidth + ox) * filters;
      const y = out.subarray(at, at + filters);
      y.set(op.bias);
      for (let ky = 0; ky < op.kernelSize[0]; ky++) {
        const iy = oy * op.strides[0] + ky * op.dilations[0] - op.padding.top;
        if (iy < 0 || iy >= height) continue;
        for (let kx = 0; kx < op.kernelSize[1]; kx++) {
          const ix = ox * op.strides[1] + kx * op.dilations[1] - op.padding.left;
          if (ix < 0 || ix >= width) continue;
          addTap(op, x, { y, pixel: iy * width + ix, tap: ky * op.kernelSize[1] + kx });
        }
      }
    }
  }
  return out;
}

/** Adds one kernel tap (all channels of one pixel) to the filters of one output position. */
function addTap(op: Conv2dOp, x: Values, at: { y: Float64Array; pixel: number; tap: number }): void {
  const channels = x.shape[2] as number;
  const groupChannels = channels / op.groups;
  const groupFilters = op.filters / op.groups;
  const layout = { cellCount: groupChannels, step: op.filters, count: groupFilters };
  const rows = { sums: at.y, cells: x.data, weights: op.kernel, ...layout };
  for (let group = 0; group < op.groups; group++) {
    const cell = at.pixel * channels + group * groupChannels;
    const weight = at.tap * groupChannels * op.filters + group * groupFilters;
    accumulateRows(rows, { sum: group * groupFilters, cell, weight });
  }
}

/** Pools each window; padding takes no part, so an average divides by the elements inside the input. */
export function evaluatePool2d(op: Pool2dOp, x: Values, outShape: Shape): Float64Array {
  const [height, width, channels] = x.shape as readonly [number, number, number];
  const [outHeight, outWidth] = outShape as readonly [number, number, number];
  const out = new Float64Array(elementCount(outShape));
  for (let oy = 0; oy < outHeight; oy++) {
    const [top, bottom] = clipWindow(oy * op.strides[0] - op.padding.top, op.poolSize[0], height);
    for (let ox = 0; ox < outWidth; ox++) {
      const [left, right] = clipWindow(ox * op.strides[1] - op.padding.left, op.poolSize[1], width);
      for (let c = 0; c < channels; c++) {
        let best = Number.NEGATIVE_INFINITY;
        let sum = 0;
        for (let iy = top; iy < bottom; iy++) {
          for (let ix = left; ix < right; ix++) {
            const value = x.data[(iy * width + ix) * channels + c] as number;
            best = Math.max(best, value);
            sum += value;
          }
        }
        const average = sum / ((bottom - top) * (right - left));
        out[(oy * outWidth + ox) * channels + c] = op.kind === 'max-pool2d' ? best : average;
      }
    }
  }
  return out;
}

function clipWindow(start: number, size: number, limit: number): [from: number, to: number] {
  return [Math.max(0, start), Math.min(limit, start + size)];
}

/** Copies an image into the middle of a larger image of zeros. */
export function evaluatePad(top: number, left: number, x: Values, outShape: Shape): Float64Array {
  const [height, width, channels] = x.shape as readonly [number, number, number];
  const outWidth = outShape[1] as number;
  const out = new Float64Array(elementCount(outShape));
  const rowLength = width * channels;
  for (let iy = 0; iy < height; iy++) {
    const row = x.data.subarray(iy * rowLength, (iy + 1) * rowLength);
    out.set(row, ((iy + top) * outWidth + left) * channels);
  }
  return out;
}

/** Reorders axes: output axis i is input axis permutation[i]. */
export function evaluateTranspose(permutation: readonly number[], x: Values, outShape: Shape): Float64Array {
  const strides = rowMajorStrides(x.shape);
  const steps = permutation.map(axis => strides[axis] as number);
  const out = new Float64Array(x.data.length);
  const index = new Array<number>(outShape.length).fill(0);
  let from = 0;
  for (let to = 0; to < out.length; to++) {
    out[to] = x.data[from] as number;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      from += steps[axis] as number;
      if ((index[axis] as number) < (outShape[axis] as number)) break;
      from -= (index[axis] as number) * (steps[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}

/** Joins tensors along an axis. */
export function evaluateConcat(axis: number, operands: readonly Values[], node: Node): Float64Array {
  const out = new Float64Array(elementCount(node.shape));
  const outer = elementCount(node.shape.slice(0, axis));
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const operand of operands) {
      const length = operand.data.length / outer;
      out.set(operand.data.subarray(block * length, (block + 1) * length), to);
      to += length;
    }
  }
  return out;
}
