/**
 * Arithmetic on constants: the chains of Shape, Gather, Add, Concat ... that exporters write around every reshape.
 * Whole numbers stay whole (division cuts towards zero, as ONNX asks); float weights go through here only for plain
 * arithmetic, everything else is evaluated by the float interpreter of our graph (see fold.ts).
 */
import { compose, elementCount } from '../../src/graph/index.ts';
import { type Call, constant, malformedNode } from './context.ts';
import { type Constant, type ElementType, isWholeType } from './tensors.ts';

type Binary = (a: number, b: number) => number;

/** What each element-wise operator of two operands computes. */
export const BINARY_FUNCTIONS: Readonly<Record<string, Binary>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Mod: (a, b) => a - Math.floor(a / b) * b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Equal: (a, b) => Number(a === b),
  And: (a, b) => Number(a !== 0 && b !== 0),
  Or: (a, b) => Number(a !== 0 || b !== 0),
  Xor: (a, b) => Number((a !== 0) !== (b !== 0)),
  PRelu: (x, slope) => (x >= 0 ? x : slope * x),
};

const TO_BOOL = ['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'And', 'Or', 'Xor'];

/** What each element-wise operator of one operand computes, of those that need no kernel. */
export const UNARY_FUNCTIONS: Readonly<Record<string, (x: number) => number>> = {
  Neg: x => -x,
  Abs: Math.abs,
  Sign: Math.sign,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Round: x => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x)),
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Log: Math.log,
  Reciprocal: x => 1 / x,
  Sin: Math.sin,
  Cos: Math.cos,
  Tan: Math.tan,
  Asin: Math.asin,
  Acos: Math.acos,
  Atan: Math.atan,
  Sinh: Math.sinh,
  Cosh: Math.cosh,
  Asinh: Math.asinh,
  Acosh: Math.acosh,
  Atanh: Math.atanh,
  Not: x => Number(x === 0),
  IsNaN: x => Number(Number.isNaN(x)),
};

/** The result type of an operator. */
export function resultType(opType: string, type: ElementType): ElementType {
  return TO_BOOL.includes(opType) || ['Not', 'IsNaN', 'IsInf'].includes(opType) ? 'bool' : type;
}

/** Applies an element-wise operator of two constants, broadcasting. */
export function combineConstants(call: Call, a: Constant, b: Constant): Constant {
  const apply = BINARY_FUNCTIONS[call.opType] ?? (() => Number.NaN);
  const dims = broadcastDims(call, [a.dims, b.dims]);
  const [left, right] = [expandConstant(a, dims), expandConstant(b, dims)];
  const isWholeDivision = call.opType === 'Div' && isWholeType(a.type);
  const data = left.data.map((value, i) => {
    const result = apply(value, right.data[i] as number);
    if (a.type === 'float32') return Math.fround(result);
    return isWholeDivision ? Math.trunc(result) : result;
  });
  return { kind: 'constant', type: resultType(call.opType, a.type), dims, data };
}

/**
 * NumPy's broadcasting of shapes.
 *
 * @throws MALFORMED_MODEL when they do not fit together.
 */
export function broadcastDims(call: Call, shapes: readonly (readonly number[])[]): readonly number[] {
  const hasEmpty = shapes.some(shape => shape.includes(0));
  const dims = hasEmpty ? undefined : compose.broadcastShape(shapes);
  if (dims !== undefined) return dims;
  const text = shapes.map(shape => `[${shape.join(', ')}]`).join(' and ');
  throw malformedNode(call, `combines tensors of shapes ${text}, which do not broadcast`);
}

/** Repeats a constant along its axes of size 1 until it has the given shape. */
export function expandConstant(value: Constant, dims: readonly number[]): Constant {
  if (value.dims.length === dims.length && value.dims.every((size, axis) => size === dims[axis]))
    return value;
  const added = dims.length - value.dims.length;
  const padded = dims.map((_, axis) => value.dims[axis - added] ?? 1);
  const maps = dims.map((size, axis) =>
    padded[axis] === size ? undefined : new Array<number>(size).fill(0),
  );
  return selectConstant({ ...value, dims: padded }, maps);
}

/** For each axis the positions that the result takes, -1 for a zero; undefined takes the axis as it is. */
export type AxisMaps = readonly (readonly number[] | undefined)[];

/** Takes elements of a constant axis by axis. */
export function selectConstant(value: Constant, maps: AxisMaps): Constant {
  const dims = value.dims.map((size, axis) => maps[axis]?.length ?? size);
  const indices = axisIndices(value.dims, maps);
  const data = Float64Array.from(indices, index => (index < 0 ? 0 : (value.data[index] as number)));
  return { ...value, dims, data };
}

/** The positions, in row-major order, that axis maps take from a tensor of the given shape; -1 for zeros. */
export function axisIndices(shape: readonly number[], maps: AxisMaps): Int32Array {
  let indices = Int32Array.of(0);
  for (const [axis, size] of shape.entries()) {
    const map = maps[axis] ?? Array.from({ length: size }, (_, i) => i);
    const next = new Int32Array(indices.length * map.length);
    let to = 0;
    for (const base of indices) {
      for (const at of map) next[to++] = base < 0 || at < 0 ? -1 : base * size + at;
    }
    indices = next;
  }
  return indices;
}

/** Reorders the axes of a constant. */
export function transposeConstant(value: Constant, permutation: readonly number[]): Constant {
  const dims = permutation.map(axis => value.dims[axis] ?? 1);
  const strides = value.dims.map((_, axis) => elementCount(value.dims.slice(axis + 1)));
  const data = new Float64Array(value.data.length);
  const position = new Array<number>(dims.length).fill(0);
  for (let to = 0; to < data.length; to++) {
    let from = 0;
    for (const [i, axis] of permutation.entries())
      from += (position[i] as number) * (strides[axis] as number);
    data[to] = value.data[from] as number;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (dims[axis] as number)) break;
      position[axis] = 0;
    }
  }
  return { ...value, dims, data };
}

/** A constant of one whole number. */
export function wholeScalar(value: number): Constant {
  return constant('int64', [], [value]);
}

/** The numbers of a constant, for sizes and axes. */
export function numbersOf(value: Constant): number[] {
  return [...value.data];
}
