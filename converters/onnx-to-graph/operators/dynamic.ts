/**
 * Dynamic quantisation: weights are integers, and activations are quantised while the network runs, by scales that depend
 * on each input. It is imported as the network of reals that it stands for: DynamicQuantizeLinear passes its tensor on
 * with scale 1, and integer products take what they are given. Only weights are those of the model's integers; what ONNX
 * Runtime gives differs by its rounding of activations to 8 bits.
 */
import { intAttribute } from '../attributes.ts';
import { expandConstant } from '../constants.ts';
import {
  type Call,
  constant,
  constantOperand,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  part,
  range,
  type Value,
} from '../context.ts';
import type { Constant } from '../tensors.ts';
import { mapConstant } from './elementwise.ts';
import { importRecurrent } from './recurrent.ts';

/** y, scale and zero point: a tensor of reals with scale 1; of constants those that ONNX asks for. */
export const importDynamicQuantizeLinear: OperatorImporter = call => {
  const x = operand(call, 0);
  const whole = (value: number): Constant => constant('uint8', [], [value]);
  if (x.kind === 'variable') return [x, constant('float32', [], [1]), whole(0)];
  const [low, high] = [Math.min(0, ...x.data), Math.max(0, ...x.data)];
  const scale = Math.fround((high - low) / 255) || 1;
  const zero = Math.min(Math.max(roundEven(-low / scale), 0), 255);
  const data = x.data.map(value => Math.min(Math.max(roundEven(Math.fround(value / scale)) + zero, 0), 255));
  return [{ ...x, type: 'uint8', data }, constant('float32', [], [scale]), whole(zero)];
};

function roundEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

/** Reals of integer weights, whose scale and zero point may differ along one axis. */
export function dequantizeWeights(
  weights: Constant,
  scale: Constant | undefined,
  zeroPoint: Constant | undefined,
  axis: number,
): Constant {
  const along = (list: Constant | undefined, fill: number): Constant => {
    const values = list === undefined ? constant('float32', [], [fill]) : list;
    if (values.data.length === 1) return expandConstant({ ...values, dims: [] }, weights.dims);
    const dims = weights.dims.map((size, i) => (i === axis ? size : 1));
    return expandConstant(
      values.dims.length === weights.dims.length ? values : { ...values, dims },
      weights.dims,
    );
  };
  const [scales, zeros] = [along(scale, 1), along(zeroPoint, 0)];
  const data = weights.data.map((q, i) => (q - (zeros.data[i] as number)) * (scales.data[i] as number));
  return { ...weights, type: 'float32', data };
}

function withBias(call: Call, value: Value, bias: Value | undefined): readonly Value[] {
  return [bias === undefined ? value : part(call, 'Add', [value, bias])];
}

/** com.microsoft: A by integer weights, with their scale and zero point, and a bias. */
export const importDynamicQuantizeMatMul: OperatorImporter = call => {
  const weights = constantOperand(call, 1, 'its weights');
  const scale = constantOperand(call, 2, 'its scale');
  const zero = optionalConstant(call, 3, 'its zero point');
  const right = dequantizeWeights(weights, scale, zero, weights.dims.length - 1);
  return withBias(call, part(call, 'MatMul', [operand(call, 0), right]), call.inputs[4]);
};

/** com.microsoft: A, B, scale of A, scale of B, zero points of both, a bias; A is of reals with scale 1. */
export const importMatMulIntegerToFloat: OperatorImporter = call => {
  const weights = constantOperand(call, 1, 'its weights');
  const last = weights.dims.length - 1;
  const right = dequantizeWeights(
    weights,
    constantOperand(call, 3, 'the scale of its weights'),
    optionalConstant(call, 5, 'the zero point of its weights'),
    last,
  );
  const left = operand(call, 0);
  const scale = optionalConstant(call, 2, 'its scale')?.data[0] ?? 1;
  const zero = optionalConstant(call, 4, 'its zero point')?.data[0] ?? 0;
  const moved = zero === 0 ? left : part(call, 'Sub', [left, constant('float32', [], [zero])]);
  const product = part(call, 'MatMul', [moved, mapConstant(right, value => value * scale)]);
  return withBias(call, product, call.inputs[6]);
};

/** com.microsoft: weights of few bits in blocks along K, each with a scale and perhaps a zero point. */
export const importMatMulNBits: OperatorImporter = call => {
  const [bits, size] = [intAttribute(call, 'bits', 4), intAttribute(call, 'block_size', 32)];
  const [K, N] = [intAttribute(call, 'K', 1), intAttribute(call, 'N', 1)];
  const blocks = Math.ceil(K / size);
  const packed = constantOperand(call, 1, 'its weights');
  const scales = constantOperand(call, 2, 'its scales');
  const zeros = optionalConstant(call, 3, 'its zero points');
  if (packed.data.length !== (N * blocks * size * bits) / 8) {
    throw malformedNode(call, `has ${packed.data.length} bytes of weights for ${K} by ${N}`);
  }
  const read = (bytes: Constant, index: number): number => {
    const bit = index * bits;
    return ((bytes.data[Math.floor(bit / 8)] ?? 0) >> (bit % 8)) & (2 ** bits - 1);
  };
  const zeroRow = Math.ceil((blocks * bits) / 8) * (8 / bits);
  const zeroOf = (n: number, block: number): number => {
    if (zeros === undefined) return 2 ** (bits - 1);
    return zeros.type === 'uint8' ? read(zeros, n * zeroRow + block) : (zeros.data[n * blocks + block] ?? 0);
  };
  const weights = range(K * N).map(i => {
    const [k, n] = [Math.floor(i / N), i % N];
    const block = Math.floor(k / size);
    const q = read(packed, (n * blocks + block) * size + (k % size));
    return (q - zeroOf(n, block)) * (scales.data[n * blocks + block] ?? 0);
  });
  const product = part(call, 'MatMul', [operand(call, 0), constant('float32', [K, N], weights)]);
  return withBias(call, product, call.inputs[5]);
};

/** com.microsoft: an LSTM whose integer weights lie [directions, inputs, gates], each with scale and zero point. */
export const importDynamicQuantizeLstm: OperatorImporter = call => {
  const real = (index: number, at: number): Constant => {
    const weights = constantOperand(call, index, 'its weights');
    const [directions = 1, rows = 1, columns = 1] = weights.dims;
    const [scale, zero] = [
      constantOperand(call, at, 'scales'),
      optionalConstant(call, at + 1, 'zero points'),
    ];
    const pick = (list: Constant | undefined, direction: number, column: number, fill: number): number => {
      if (list === undefined) return fill;
      const perColumn = list.data.length === directions * columns;
      return list.data[perColumn ? direction * columns + column : direction] ?? fill;
    };
    const data = range(directions * columns * rows).map(i => {
      const [direction, rest] = [Math.floor(i / (columns * rows)), i % (columns * rows)];
      const [column, row] = [Math.floor(rest / rows), rest % rows];
      const q = weights.data[(direction * rows + row) * columns + column] ?? 0;
      return (q - pick(zero, direction, column, 0)) * pick(scale, direction, column, 1);
    });
    return constant('float32', [directions, columns, rows], data);
  };
  const inputs = [operand(call, 0), real(1, 8), real(2, 10), ...call.inputs.slice(3, 8)];
  return importRecurrent({ ...call, opType: 'LSTM', inputs });
};
