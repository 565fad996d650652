/** Operators that only rename or reorder elements: Reshape, Transpose, Concat ... None costs a constraint. */
import { elementCount } from '../../../src/graph/index.ts';
import { intAttribute, intsAttribute, stringAttribute, toAxis } from '../attributes.ts';
import { numbersOf, transposeConstant, wholeScalar } from '../constants.ts';
import {
  type Call,
  constant,
  constantOperand,
  malformedNode,
  type OperatorImporter,
  operand,
  optionalConstant,
  range,
  toVariable,
  unsupported,
  type Value,
  type Variable,
} from '../context.ts';
import { concatVariables, reshapeValue, transposeValue } from '../moves.ts';
import { decodeTensor, type ElementType, isWholeType, roundToType } from '../tensors.ts';
import { applyAligned, scaleBy } from './elementwise.ts';
import { truncated } from './whole-numbers.ts';

export const importIdentity: OperatorImporter = call => [operand(call, 0)];

/** Dropout does nothing at inference; its mask is not imported. */
export const importDropout: OperatorImporter = call => {
  const isTraining = (optionalConstant(call, 2, 'its mode')?.data[0] ?? 0) !== 0;
  if (isTraining || call.usedOutputs[1]) {
    throw unsupported(
      call,
      'drops elements at random or gives its mask',
      'Export the model in inference mode.',
    );
  }
  return [operand(call, 0)];
};

/** Between floats a cast does nothing; from floats to whole numbers it cuts fractions off. */
export const importCast: OperatorImporter = call => {
  const x = operand(call, 0);
  const type = CAST_TYPES[intAttribute(call, 'to', 1)];
  if (type === undefined) {
    throw unsupported(
      call,
      `casts to ONNX type ${intAttribute(call, 'to', 1)}`,
      'Numbers and booleans are imported.',
    );
  }
  if (x.kind === 'constant') {
    return [{ ...x, type, data: x.data.map(value => castNumber(value, x.type, type)) }];
  }
  if (type === 'bool' && x.type !== 'bool') return [{ ...isNotZero(call, x), type }];
  return [{ ...(isWholeType(type) && !isWholeType(x.type) ? truncated(call, x) : x), type }];
};

/** A constant as another type holds it. */
function castNumber(value: number, from: ElementType, to: ElementType): number {
  if (to === 'bool') return Number(value !== 0);
  if (isWholeType(to)) return isWholeType(from) ? value : Math.trunc(value);
  return roundToType(value, to);
}

/** 1 - (x = 0). */
function isNotZero(call: Call, x: Variable): Variable {
  const zero = toVariable(call, constant(x.type, [], [0]));
  return scaleBy(call, applyAligned(call, { kind: 'compare', relation: 'equal' }, [x, zero]), -1, 1);
}

const CAST_TYPES: Readonly<Record<number, Variable['type']>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
};

/** CastLike and its kind: to the type of the second operand. */
export const importCastLike: OperatorImporter = call => {
  const { type } = operand(call, 1);
  const to = Number(Object.keys(CAST_TYPES).find(number => CAST_TYPES[Number(number)] === type) ?? 1);
  const attributes = new Map(call.attributes).set('to', { int: to, floats: [], ints: [], strings: [] });
  return importCast({ ...call, attributes });
};

export const importShape: OperatorImporter = call => {
  const { dims } = operand(call, 0);
  const end = call.attributes.get('end')?.int ?? dims.length;
  const part = dims.slice(intAttribute(call, 'start', 0), end);
  return [constant('int64', [part.length], part)];
};

export const importSize: OperatorImporter = call => [wholeScalar(elementCount(operand(call, 0).dims))];

export const importConstant: OperatorImporter = call => {
  const { attributes } = call;
  const tensor = attributes.get('value')?.tensor;
  if (tensor !== undefined) return [decodeTensor(tensor, call.name, call.importer.files)];
  const [float, int] = [attributes.get('value_float'), attributes.get('value_int')];
  if (float !== undefined) return [constant('float32', [], [float.float ?? 0])];
  if (int !== undefined) return [constant('int64', [], [int.int ?? 0])];
  const [floats, ints] = [attributes.get('value_floats')?.floats, attributes.get('value_ints')?.ints];
  if (floats !== undefined) return [constant('float32', [floats.length], floats)];
  if (ints !== undefined) return [constant('int64', [ints.length], ints)];
  throw unsupported(call, 'holds strings or a sparse tensor', 'Dense numbers are imported.');
};

export const importConstantOfShape: OperatorImporter = call => {
  const dims = numbersOf(constantOperand(call, 0, 'its shape'));
  const tensor = call.attributes.get('value')?.tensor;
  const fill = tensor === undefined ? undefined : decodeTensor(tensor, call.name, call.importer.files);
  const count = checkedCount(call, dims);
  return [constant(fill?.type ?? 'float32', dims, new Float64Array(count).fill(fill?.data[0] ?? 0))];
};

const CONSTANT_MAX = 2 ** 24;

/** The elements of a constant that the model only describes: a damaged size must fail by name. */
function checkedCount(call: Call, dims: readonly number[]): number {
  const count = elementCount(dims);
  if (dims.every(size => Number.isSafeInteger(size) && size >= 0) && count <= CONSTANT_MAX) return count;
  throw malformedNode(
    call,
    `makes a constant of shape [${dims.join(', ')}]; at most ${CONSTANT_MAX} elements are made`,
  );
}

/** Products of constants, as shapes are: over all axes, or over some. */
export const importReduceProd: OperatorImporter = call => {
  const x = constantOperand(call, 0, 'its factors');
  const rank = x.dims.length;
  const given = axesOf(call);
  if (given !== undefined && given.length === 0 && intAttribute(call, 'noop_with_empty_axes', 0) !== 0)
    return [x];
  const listed = given === undefined || given.length === 0 ? range(rank) : given;
  const axes = listed.map(axis => toAxis(call, axis, rank));
  const kept = range(rank).filter(axis => !axes.includes(axis));
  const sorted = transposeConstant(x, [...kept, ...axes]);
  const length = elementCount(axes.map(axis => x.dims[axis] ?? 1));
  const data = range(sorted.data.length / length).map(i =>
    sorted.data.subarray(i * length, (i + 1) * length).reduce((product, value) => product * value, 1),
  );
  const keeps = intAttribute(call, 'keepdims', 1) !== 0;
  const dims = keeps
    ? x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : kept.map(axis => x.dims[axis] ?? 1);
  return [constant(x.type, dims, data)];
};

export const importRange: OperatorImporter = call => {
  const bounds = [0, 1, 2].map(index => constantOperand(call, index, 'its bounds'));
  const [start = 0, limit = 0, delta = 1] = bounds.map(value => value.data[0]);
  const count = Math.max(0, Math.ceil((limit - start) / delta));
  checkedCount(call, [count]);
  const values = range(count).map(i => start + i * delta);
  return [constant(bounds[0]?.type ?? 'int64', [count], values)];
};

export const importEyeLike: OperatorImporter = call => {
  const [rows = 1, columns = 1] = operand(call, 0).dims;
  const k = intAttribute(call, 'k', 0);
  const data = range(rows * columns).map(i => Number((i % columns) - Math.floor(i / columns) === k));
  return [constant('float32', [rows, columns], data)];
};

export const importReshape: OperatorImporter = call => {
  const x = operand(call, 0);
  const given = call.inputs[1] === undefined ? undefined : constantOperand(call, 1, 'its shape');
  const target = given === undefined ? intsAttribute(call, 'shape') : numbersOf(given);
  if (target === undefined) throw malformedNode(call, 'has no shape');
  const keepsZeros = intAttribute(call, 'allowzero', 0) !== 0;
  const sizes = target.map((size, axis) => (size === 0 && !keepsZeros ? (x.dims[axis] ?? 0) : size));
  return [reshapeValue(call, x, fillSize(call, sizes, x))];
};

/** Finds the size that stands as -1. */
function fillSize(call: Call, sizes: readonly number[], x: Value): number[] {
  const count = elementCount(x.dims);
  const known = elementCount(sizes.filter(size => size !== -1));
  const dims = sizes.map(size => (size === -1 ? count / known : size));
  const fits = dims.every(size => Number.isSafeInteger(size) && size >= 0) && elementCount(dims) === count;
  if (fits && sizes.filter(size => size === -1).length <= 1) return dims;
  throw malformedNode(call, `reshapes [${x.dims.join(', ')}] to [${sizes.join(', ')}], which does not fit`, {
    from: x.dims,
    to: sizes,
  });
}

export const importFlatten: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  const given = intAttribute(call, 'axis', 1);
  const axis = given < 0 ? given + rank : given;
  return [reshapeValue(call, x, [elementCount(x.dims.slice(0, axis)), elementCount(x.dims.slice(axis))])];
};

/** The axes of Squeeze and Unsqueeze: an operand since opset 13, an attribute before. */
function axesOf(call: Call): readonly number[] | undefined {
  const given = optionalConstant(call, 1, 'the axes');
  return given === undefined ? intsAttribute(call, 'axes') : numbersOf(given);
}

export const importSqueeze: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  const axes = axesOf(call)?.map(axis => toAxis(call, axis, rank));
  const isGone = (size: number, axis: number): boolean =>
    axes === undefined ? size === 1 : axes.includes(axis);
  const wrong = axes?.find(axis => x.dims[axis] !== 1);
  if (wrong !== undefined) throw malformedNode(call, `squeezes axis ${wrong} of [${x.dims.join(', ')}]`);
  return [
    reshapeValue(
      call,
      x,
      x.dims.filter((size, axis) => !isGone(size, axis)),
    ),
  ];
};

export const importUnsqueeze: OperatorImporter = call => {
  const x = operand(call, 0);
  const given = axesOf(call) ?? [];
  const rank = x.dims.length + given.length;
  const axes = given.map(axis => toAxis(call, axis, rank));
  const rest = [...x.dims];
  return [
    reshapeValue(
      call,
      x,
      range(rank).map(axis => (axes.includes(axis) ? 1 : (rest.shift() ?? 1))),
    ),
  ];
};

export const importTranspose: OperatorImporter = call => {
  const x = operand(call, 0);
  const rank = x.dims.length;
  const permutation = intsAttribute(call, 'perm') ?? range(rank).reverse();
  const sorted = [...permutation].sort((a, b) => a - b);
  if (sorted.length !== rank || sorted.some((axis, i) => axis !== i)) {
    throw malformedNode(call, `permutes [${x.dims.join(', ')}] by [${permutation.join(', ')}]`);
  }
  return [transposeValue(x, permutation)];
};

export const importConcat: OperatorImporter = call => {
  const values = call.inputs.map((_, i) => operand(call, i));
  const [first] = values;
  if (first === undefined) throw malformedNode(call, 'has no operands');
  const axis = toAxis(call, intAttribute(call, 'axis', 1), first.dims.length);
  const filled = values.filter(value => value.dims[axis] !== 0);
  if (filled.every(value => value.kind === 'constant')) return [concatConstants(filled, axis, first)];
  return [
    concatVariables(
      call,
      filled.map(value => toVariable(call, value)),
      axis,
    ),
  ];
};

function concatConstants(
  values: readonly (Value & { kind: 'constant' })[],
  axis: number,
  first: Value,
): Value {
  const outer = elementCount(first.dims.slice(0, axis));
  const total = values.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0);
  const data: number[] = [];
  for (let block = 0; block < outer; block++) {
    for (const value of values) {
      const length = value.data.length / outer;
      for (let i = 0; i < length; i++) data.push(value.data[block * length + i] as number);
    }
  }
  const dims = first.dims.map((size, i) => (i === axis ? total : size));
  return constant(first.type, dims, data);
}

/** Blocks of channels to positions: a reshape, a transposition and a reshape. */
export const importDepthToSpace: OperatorImporter = call => {
  const x = operand(call, 0);
  const b = intAttribute(call, 'blocksize', 1);
  const [n = 1, c = 1, h = 1, w = 1] = x.dims;
  const depth = c / (b * b);
  if (x.dims.length !== 4 || !Number.isInteger(depth)) {
    throw malformedNode(call, `takes blocks of ${b} from [${x.dims.join(', ')}]`);
  }
  const isCrd = stringAttribute(call, 'mode', 'DCR') === 'CRD';
  const split = isCrd ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w];
  const permutation = isCrd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const moved = transposeValue(reshapeValue(call, x, split), permutation);
  return [reshapeValue(call, moved, [n, depth, h * b, w * b])];
};

export const importSpaceToDepth: OperatorImporter = call => {
  const x = operand(call, 0);
  const b = intAttribute(call, 'blocksize', 1);
  const [n = 1, c = 1, h = 1, w = 1] = x.dims;
  if (x.dims.length !== 4 || h % b !== 0 || w % b !== 0) {
    throw malformedNode(call, `takes blocks of ${b} from [${x.dims.join(', ')}]`);
  }
  const moved = transposeValue(reshapeValue(call, x, [n, c, h / b, b, w / b, b]), [0, 3, 5, 1, 2, 4]);
  return [reshapeValue(call, moved, [n, c * b * b, h / b, w / b])];
};
