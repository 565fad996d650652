/**
 * Networks that come quantised: the tensors of the graph hold the model's own 8-bit numbers, sums are whole, and
 * `requantize` goes back to 8 bits with the very results of ONNX Runtime (see rounding.ts). Floats appear only before the
 * first QuantizeLinear, where the network's input then is what that gives, and after the last DequantizeLinear, which is
 * left out.
 */
import type { Op, Shape } from '../../../src/graph/index.ts';
import { intAttribute } from '../attributes.ts';
import {
  type Call,
  constant,
  constantOperand,
  emit,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  range,
  unsupported,
  type Value,
  type Variable,
  variableOperand,
} from '../context.ts';
import { memoryShape, nodeInOrder, reshapeNode } from '../layout.ts';
import { concatVariables, transposeValue } from '../moves.ts';
import { RELU_ATTRIBUTE } from '../qdq.ts';
import { type Addend, type Channel, fitRequantization, fitSum } from '../rounding.ts';
import { type Constant, isWholeType, rangeOfType } from '../tensors.ts';
import { importConv } from './convolution.ts';
import { applyAligned, mapConstant, scaleBy } from './elementwise.ts';
import { matmul } from './linear.ts';
import { importReduceSum } from './normalisation.ts';

/** How a tensor's integers stand for reals: real = (q - zeroPoint) * scale. */
interface Quantisation {
  readonly scale: Constant;
  readonly zeroPoint: Constant;
}

function quantisationAt(call: Call, scaleIndex: number): Quantisation {
  const scale = constantOperand(call, scaleIndex, 'its scales');
  const zeroPoint = optionalConstant(call, scaleIndex + 1, 'its zero points') ?? constant('uint8', [], [0]);
  return { scale, zeroPoint };
}

/** A tensor's one scale or zero point. */
function single(call: Call, value: Constant): number {
  const [only] = value.data;
  if (only !== undefined && value.data.length === 1) return only;
  throw unsupported(
    call,
    'has scales by channel for a tensor that is not a weight',
    'Quantise activations by tensor.',
  );
}

/** q - zeroPoint: the integers that are multiplied. */
function centred(call: Call, x: Value, zeroPoint: Constant): Value {
  const zero = single(call, zeroPoint);
  if (zero === 0) return x;
  return x.kind === 'constant'
    ? mapConstant(x, q => q - zero)
    : scaleBy(
        call,
        x,
        1,
        mapConstant(zeroPoint, q => -q),
      );
}

/** Lowest and highest of q - zeroPoint. */
function centredRange(call: Call, x: Value, zeroPoint: Constant): readonly [number, number] {
  const zero = single(call, zeroPoint);
  const [min, max] = rangeOfType(x.type);
  return [min - zero, max - zero];
}

/** Zero points of weights are one, or one an output. */
function centredWeights(weights: Constant, zeroPoint: Constant, axis: number): Constant {
  const stride = weights.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const outputs = weights.dims[axis] ?? 1;
  const zeroOf = (i: number): number =>
    zeroPoint.data[zeroPoint.data.length === 1 ? 0 : Math.floor(i / stride) % outputs] ?? 0;
  return { ...weights, type: 'int32', data: weights.data.map((value, i) => value - zeroOf(i)) };
}

/** The sums that each output of a linear layer can reach, when every input is within a range; zero (padding) is in it. */
function sumRanges(
  weights: Constant,
  axis: number,
  [low, high]: readonly [number, number],
): [number, number][] {
  const outputs = weights.dims[axis] ?? 1;
  const stride = weights.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const sums = range(outputs).map((): [number, number] => [0, 0]);
  for (const [i, weight] of weights.data.entries()) {
    const sum = sums[Math.floor(i / stride) % outputs] as [number, number];
    const ends = [weight * low, weight * high, 0];
    sum[0] += Math.min(...ends);
    sum[1] += Math.max(...ends);
  }
  return sums;
}

/** The multiplier of each output, rounded to float32 at every step as ONNX Runtime does. */
function multipliers(
  call: Call,
  x: Quantisation,
  w: Quantisation,
  y: Quantisation,
  outputs: number,
): number[] {
  const [xs, ys] = [single(call, x.scale), single(call, y.scale)];
  return range(outputs).map(i => {
    const ws = w.scale.data[w.scale.data.length === 1 ? 0 : i] ?? 0;
    return Math.fround(Math.fround(xs * ws) / ys);
  });
}

interface Sums {
  readonly scales: readonly number[];
  readonly ranges: readonly (readonly [number, number])[];
  readonly biases?: ArrayLike<number>;
}

/** Goes from sums (channels along `axis`) to the 8 bits of a quantisation. */
function requantized(call: Call, sums: Variable, axis: number, given: Sums, y: Quantisation): Variable {
  const { scales, ranges, biases } = given;
  const type = y.zeroPoint.type;
  const [min, max] = limits(call, y);
  const channels = scales.map((scale, i): Channel => {
    const [low, high] = ranges[i] ?? [0, 0];
    return { scale, bias: biases?.[i] ?? 0, low, high };
  });
  const { isExact: _, ...line } = fitRequantization(channels, {
    zeroPoint: single(call, y.zeroPoint),
    min,
    max,
  });
  const order = [...sums.order.filter(other => other !== axis), axis];
  const node = nodeInOrder(call, sums, order, lastAxisShape(sums, order));
  const op: Op = { kind: 'requantize', ...line, min, max };
  return { ...sums, order, type, node: emit(call.importer, call.name, op, [node]) };
}

/** The range of a result: that of its type, from the zero point up where a ReLU stood behind. */
function limits(call: Call, { zeroPoint }: Quantisation): readonly [min: number, max: number] {
  const [min, max] = rangeOfType(zeroPoint.type);
  return [call.attributes.has(RELU_ATTRIBUTE) ? Math.max(min, single(call, zeroPoint)) : min, max];
}

/** The sizes of axes in an order, without ones but for the last. */
function lastAxisShape(value: Variable, order: readonly number[]): Shape {
  const sizes = order.map(axis => value.dims[axis] ?? 1);
  return sizes.filter((size, i) => size !== 1 || i === sizes.length - 1);
}

export const importQLinearConv: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const [xq, wq, yq] = [quantisationAt(call, 1), quantisationAt(call, 4), quantisationAt(call, 6)];
  const weights = centredWeights(constantOperand(call, 3, 'its kernel'), wq.zeroPoint, 0);
  const bias = optionalConstant(call, 8, 'its bias');
  const [sums] = importConv({ ...call, inputs: [centred(call, x, xq.zeroPoint), weights] });
  if (sums?.kind !== 'variable') throw malformedNode(call, 'has no input');
  const scales = multipliers(call, xq, wq, yq, weights.dims[0] ?? 1);
  const ranges = sumRanges(weights, 0, centredRange(call, x, xq.zeroPoint));
  return [requantized(call, sums, 1, { scales, ranges, ...biasOf(bias) }, yq)];
};

function biasOf(bias: Constant | undefined): Pick<Sums, 'biases'> {
  return bias === undefined ? {} : { biases: bias.data };
}

/** A product of quantised matrices: constant on the right, or variable on both sides. */
function quantisedProduct(
  call: Call,
  a: Value,
  aq: Quantisation,
  b: Value,
  bq: Quantisation,
): Pick<Sums, 'ranges'> & { sums: Variable } {
  const last = b.dims.length - 1;
  const right =
    b.kind === 'constant' ? centredWeights(b, bq.zeroPoint, last) : centred(call, b, bq.zeroPoint);
  const sums = matmul(call, centred(call, a, aq.zeroPoint), right);
  if (sums.kind !== 'variable') throw malformedNode(call, 'has only constant operands');
  const aRange = centredRange(call, a, aq.zeroPoint);
  const outputs = sums.dims.at(-1) ?? 1;
  if (right.kind === 'constant') return { sums, ranges: sumRanges(right, last, aRange) };
  const bRange = centredRange(call, b, bq.zeroPoint);
  const ends = aRange.flatMap(left => bRange.map(other => left * other));
  const count = a.dims.at(-1) ?? 1;
  const whole: [number, number] = [count * Math.min(...ends), count * Math.max(...ends)];
  return { sums, ranges: range(outputs).map(() => whole) };
}

export const importQLinearMatMul: OperatorImporter = call => {
  const [a, b] = [operand(call, 0), operand(call, 3)];
  const [aq, bq, yq] = [quantisationAt(call, 1), quantisationAt(call, 4), quantisationAt(call, 6)];
  const { sums, ranges } = quantisedProduct(call, a, aq, b, bq);
  const scales = multipliers(call, aq, bq, yq, ranges.length);
  return [requantized(call, sums, sums.dims.length - 1, { scales, ranges }, yq)];
};

/** Gemm on integers, with a bias at the scale of the sums. */
export const importQGemm: OperatorImporter = call => {
  const turned = (index: number, flag: string): Value => {
    const value = operand(call, index);
    return intAttribute(call, flag, 0) === 0 ? value : transposeValue(value, [1, 0]);
  };
  const [a, b] = [turned(0, 'transA'), turned(3, 'transB')];
  const [aq, bq, yq] = [quantisationAt(call, 1), quantisationAt(call, 4), quantisationAt(call, 7)];
  if ((call.attributes.get('alpha')?.float ?? 1) !== 1)
    throw unsupported(call, 'has alpha', 'Fold it into the scales.');
  const { sums, ranges } = quantisedProduct(call, a, aq, b, bq);
  const scales = multipliers(call, aq, bq, yq, ranges.length);
  const bias = optionalConstant(call, 6, 'its bias');
  return [requantized(call, sums, 1, { scales, ranges, ...biasOf(bias) }, yq)];
};

/** (a - za) * sa / sy + (b - zb) * sb / sy + zy, with whole factors (see rounding.ts). */
export const importQLinearAdd: OperatorImporter = call => {
  const [a, b] = [variableOperand(call, 0), variableOperand(call, 3)];
  const [aq, bq, yq] = [quantisationAt(call, 1), quantisationAt(call, 4), quantisationAt(call, 6)];
  const ys = single(call, yq.scale);
  const addend = (value: Variable, q: Quantisation): Addend => {
    const [min, max] = rangeOfType(value.type);
    return { scale: Math.fround(single(call, q.scale) / ys), zeroPoint: single(call, q.zeroPoint), min, max };
  };
  const [min, max] = limits(call, yq);
  const target = { zeroPoint: single(call, yq.zeroPoint), min, max };
  const { factors, offset, shiftBits } = fitSum(addend(a, aq), addend(b, bq), target);
  const parts = [scaleBy(call, a, factors[0], 0), scaleBy(call, b, factors[1], 0)];
  const sum = applyAligned(call, { kind: 'add' }, parts);
  const channels = sum.dims[sum.order.at(-1) ?? 0] ?? 1;
  const multipliers = new Float64Array(channels).fill(1);
  const offsets = new Float64Array(channels).fill(offset);
  const op: Op = { kind: 'requantize', multipliers, offsets, shiftBits, min, max };
  const node = reshapeNode(call.importer, sum.node, memoryShape(sum));
  return [{ ...sum, type: yq.zeroPoint.type, node: emit(call.importer, call.name, op, [node]) }];
};

/** The product of two tensors. */
export const importQLinearMul: OperatorImporter = call => {
  const [a, b] = [variableOperand(call, 0), variableOperand(call, 3)];
  const [aq, bq, yq] = [quantisationAt(call, 1), quantisationAt(call, 4), quantisationAt(call, 6)];
  const factors = [centred(call, a, aq.zeroPoint), centred(call, b, bq.zeroPoint)] as Variable[]; // variables stay so
  const product = applyAligned(call, { kind: 'multiply' }, factors);
  const ends = centredRange(call, a, aq.zeroPoint).flatMap(left =>
    centredRange(call, b, bq.zeroPoint).map(right => left * right),
  );
  const last = product.order.at(-1) ?? 0;
  const channels = product.dims[last] ?? 1;
  const [scale = 0] = multipliers(call, aq, bq, yq, 1);
  const ranges = range(channels).map(() => [Math.min(...ends), Math.max(...ends)] as const);
  return [requantized(call, product, last, { scales: ranges.map(() => scale), ranges }, yq)];
};

/** The mean over all positions: a sum, and its count in the multiplier. */
export const importQLinearGlobalAveragePool: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const [xq, yq] = [quantisationAt(call, 1), quantisationAt(call, 3)];
  if (intAttribute(call, 'channels_last', 0) !== 0)
    throw unsupported(call, 'is channels-last', 'Export it channels-first.');
  const spatial = range(x.dims.length).slice(2);
  const attributes = new Map([['axes', { name: 'axes', floats: [], ints: spatial, strings: [] }]]);
  const [sums] = importReduceSum({ ...call, attributes, inputs: [centred(call, x, xq.zeroPoint)] });
  if (sums?.kind !== 'variable') throw malformedNode(call, 'has no input');
  const count = spatial.reduce((product, axis) => product * (x.dims[axis] ?? 1), 1);
  const [low, high] = centredRange(call, x, xq.zeroPoint);
  const scale = Math.fround(single(call, xq.scale) / Math.fround(single(call, yq.scale) * count));
  const channels = range(x.dims[1] ?? 1);
  const ranges = channels.map(() => [low * count, high * count] as const);
  return [requantized(call, sums, 1, { scales: channels.map(() => scale), ranges }, yq)];
};

/** Brings a tensor from one quantisation to another: nothing to do where they are the same. */
function recoded(call: Call, x: Variable, from: Quantisation, to: Quantisation): Variable {
  const [fromScale, toScale] = [single(call, from.scale), single(call, to.scale)];
  const isSame = fromScale === toScale && single(call, from.zeroPoint) === single(call, to.zeroPoint);
  if (isSame) return x;
  const last = x.order.at(-1) ?? 0;
  const channels = range(x.dims[last] ?? 1);
  const ranges = channels.map(() => centredRange(call, x, from.zeroPoint));
  const scales = channels.map(() => Math.fround(fromScale / toScale));
  const sums = centred(call, x, from.zeroPoint) as Variable; // a variable stays one
  return requantized(call, sums, last, { scales, ranges }, to);
}

/** Operands come in threes: tensor, scale, zero point; the result's quantisation stands first. */
export const importQLinearConcat: OperatorImporter = call => {
  const yq = quantisationAt(call, 0);
  const first = variableOperand(call, 2);
  const axis = intAttribute(call, 'axis', 1);
  const parts = range(Math.floor((call.inputs.length - 2) / 3)).map(i =>
    recoded(call, variableOperand(call, 2 + 3 * i), quantisationAt(call, 3 + 3 * i), yq),
  );
  return [concatVariables(call, parts, axis < 0 ? axis + first.dims.length : axis)];
};

/** Sums that are not brought back to 8 bits: whole numbers as they are. */
function integerSums(
  call: Call,
  sums: Variable,
  axis: number,
  ranges: readonly (readonly [number, number])[],
): Variable {
  const min = Math.min(...ranges.map(([low]) => low));
  const max = Math.max(...ranges.map(([, high]) => high));
  const order = [...sums.order.filter(other => other !== axis), axis];
  const node = nodeInOrder(call, sums, order, lastAxisShape(sums, order));
  const channels = ranges.length;
  const op: Op = {
    kind: 'requantize',
    multipliers: new Float64Array(channels).fill(1),
    offsets: new Float64Array(channels).fill(-min),
    shiftBits: 0,
    min,
    max,
  };
  return { ...sums, order, type: 'int32', node: emit(call.importer, call.name, op, [node]) };
}

function zeroPointAt(call: Call, index: number): Constant {
  return optionalConstant(call, index, 'its zero point') ?? constant('uint8', [], [0]);
}

export const importConvInteger: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const zeroPoint = zeroPointAt(call, 2);
  const weights = centredWeights(constantOperand(call, 1, 'its kernel'), zeroPointAt(call, 3), 0);
  if (!isWholeType(x.type)) return importConv({ ...call, inputs: [centred(call, x, zeroPoint), weights] });
  const [sums] = importConv({ ...call, inputs: [centred(call, x, zeroPoint), weights] });
  if (sums?.kind !== 'variable') throw malformedNode(call, 'has no input');
  return [integerSums(call, sums, 1, sumRanges(weights, 0, centredRange(call, x, zeroPoint)))];
};

/** A product whose left side dynamic quantisation left as reals (see dynamic.ts). */
function productOfReals(call: Call, a: Value, b: Value): Value {
  const [az, bz] = [zeroPointAt(call, 2), zeroPointAt(call, 3)];
  const right =
    b.kind === 'constant' ? centredWeights(b, bz, Math.max(0, b.dims.length - 1)) : centred(call, b, bz);
  return matmul(call, centred(call, a, az), right);
}

export const importMatMulInteger: OperatorImporter = call => {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  const one = constant('float32', [], [1]);
  if (!isWholeType(a.type)) return [productOfReals(call, a, b)];
  const [aq, bq] = [2, 3].map(index => ({ scale: one, zeroPoint: zeroPointAt(call, index) }));
  if (aq === undefined || bq === undefined) return [];
  const { sums, ranges } = quantisedProduct(call, a, aq, b, bq);
  return [integerSums(call, sums, sums.dims.length - 1, ranges)];
};

/** At the network's input, what QuantizeLinear gives becomes the input. Constants are rounded at once. */
export const importQuantizeLinear: OperatorImporter = call => {
  const x = operand(call, 0);
  const { scale, zeroPoint } = quantisationAt(call, 1);
  const { type } = zeroPoint;
  const [min, max] = rangeOfType(type);
  if (x.kind === 'constant') {
    const data = x.data.map((value, i) => {
      const steps = Math.fround(Math.fround(value) / pick(call, x, scale, i));
      return Math.min(Math.max(roundEven(steps) + pick(call, x, zeroPoint, i), min), max);
    });
    return [{ ...x, type, data }];
  }
  if (call.importer.isOfReals) return [quantisedReals(call, x, { scale, zeroPoint })];
  const made = call.importer.nodes.find(node => node.name === x.node);
  if (made?.op.kind === 'input') {
    const shape = call.importer.shapes.get(x.node) ?? [];
    const node = emit(call.importer, call.name, { kind: 'reshape', shape }, [x.node]);
    call.importer.integerInputs.set(x.node, { type, node });
    return [{ ...x, type, node }];
  }
  throw unsupported(
    call,
    'quantises a tensor of reals inside the network',
    'Integer layers, and 8-bit tensors between them, are imported: quantise all layers.',
  );
};

/**
 * Reals that a network rounds to 8 bits and back: passed on. Where 8 bits begin at 0, tools leave a ReLU before them out.
 */
function quantisedReals(call: Call, x: Variable, { zeroPoint }: Quantisation): Variable {
  const [min] = rangeOfType(zeroPoint.type);
  const real = { ...x, type: 'float32' as const };
  const isCut = zeroPoint.data.every(zero => zero === min) && !isNeverNegative(call, x.node);
  return isCut ? { ...real, node: emit(call.importer, call.name, { kind: 'relu' }, [x.node]) } : real;
}

/** What keeps the sign of its operand. */
const SIGN_KEEPERS = ['reshape', 'transpose', 'rearrange', 'max-pool2d', 'average-pool2d', 'pad'];
const POSITIVE_FUNCTIONS = ['sigmoid', 'exp', 'softplus'];

function isNeverNegative(call: Call, name: string): boolean {
  const node = call.importer.nodes.find(other => other.name === name);
  if (node === undefined) return false;
  const { op } = node;
  if (op.kind === 'relu' || op.kind === 'softmax') return true;
  if (op.kind === 'function') return POSITIVE_FUNCTIONS.includes(op.name);
  return SIGN_KEEPERS.includes(op.kind) && isNeverNegative(call, node.inputs[0] ?? '');
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value);
}

/** Reals of integers, by tensor or along an axis. At the end of a network this step is left out (see index.ts). */
export const importDequantizeLinear: OperatorImporter = call => {
  const x = operand(call, 0);
  const { scale, zeroPoint } = quantisationAt(call, 1);
  if (x.kind === 'constant') return [dequantizedConstant(call, x, { scale, zeroPoint })];
  if (!isWholeType(x.type)) {
    // reals already, of QuantizeLinear; dynamic quantisation has scale 1
    return [
      call.importer.isOfReals
        ? x
        : scaleBy(call, x, single(call, scale), -single(call, zeroPoint) * single(call, scale)),
    ];
  }
  const [s, z] = [single(call, scale), single(call, zeroPoint)];
  const real = {
    ...scaleBy(call, x, constant('float32', [], [s]), constant('float32', [], [-z * s])),
    type: 'float32' as const,
  };
  call.importer.dequantized.set(real.node, x.node);
  return [real];
};

function dequantizedConstant(call: Call, x: Constant, { scale, zeroPoint }: Quantisation): Constant {
  const data = x.data.map((q, i) => (q - pick(call, x, zeroPoint, i)) * pick(call, x, scale, i));
  return { ...x, type: 'float32', data };
}

/** The scale or zero point of an element: one for all, or one for each position of the node's axis. */
function pick(call: Call, x: Constant, list: Constant, index: number): number {
  if (list.data.length === 1) return list.data[0] ?? 0;
  const axis = intAttribute(call, 'axis', 1);
  const at = axis < 0 ? axis + x.dims.length : axis;
  const block = intAttribute(call, 'block_size', 0);
  if (block > 0) return pickBlock(x, list, { index, at, block });
  const stride = x.dims.slice(at + 1).reduce((product, size) => product * size, 1);
  return list.data[Math.floor(index / stride) % list.data.length] ?? 0;
}

/** Scales of blocks along an axis: the list has the shape of the tensor, but for that axis. */
function pickBlock(
  x: Constant,
  list: Constant,
  { index, at, block }: { readonly index: number; readonly at: number; readonly block: number },
): number {
  const stride = x.dims.slice(at + 1).reduce((product, size) => product * size, 1);
  const size = x.dims[at] ?? 1;
  const place = Math.floor(index / stride) % size;
  const before = Math.floor(index / (stride * size));
  const blocks = list.dims[at] ?? 1;
  return list.data[(before * blocks + Math.floor(place / block)) * stride + (index % stride)] ?? 0;
}
