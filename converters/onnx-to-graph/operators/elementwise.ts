/** Element-wise operators of two and more operands: arithmetic, comparisons, logic, choice. */
import { elementCount, type Op, type Relation } from '../../../src/graph/index.ts';
import {
  broadcastDims,
  combineConstants,
  expandConstant,
  resultType,
  transposeConstant,
} from '../constants.ts';
import {
  type Call,
  constant,
  emit,
  malformedNode,
  nodeMaking,
  nodeShape,
  type OperatorImporter,
  operand,
  toVariable,
  toWeights,
  unsupported,
  type Value,
  type Variable,
} from '../context.ts';
import { channelsLast, inOrder, memoryShape, reshapeNode } from '../layout.ts';
import { alignVariables, expandVariable } from '../moves.ts';
import { type Constant, isWholeType } from '../tensors.ts';

/** Applies an operator of our graph to variables, broadcasting. */
export function applyAligned(call: Call, op: Op, values: readonly Variable[]): Variable {
  const dims = broadcastDims(
    call,
    values.map(value => value.dims),
  );
  const { nodes, order } = alignVariables(call, values, dims);
  const node = emit(call.importer, call.name, op, nodes);
  const type = values[values.length - 1]?.type ?? 'float32';
  return { kind: 'variable', type, dims, order, node };
}

/** Applies an operator of our graph that looks at each element alone. */
export function applyUnary(call: Call, op: Op, value: Variable): Variable {
  return { ...value, node: emit(call.importer, call.name, op, [value.node]) };
}

/** y = x * factor + shift with constants, broadcasting. */
export function scaleBy(
  call: Call,
  x: Variable,
  factor: Constant | number,
  shift: Constant | number,
): Variable {
  const constants = [factor, shift].filter(value => typeof value !== 'number');
  const dims = broadcastDims(call, [x.dims, ...constants.map(value => value.dims)]);
  const wide = expandVariable(call, x, dims);
  const uniform = [factor, shift].map(uniformValue);
  const [a, b] = uniform;
  if (a !== undefined && b !== undefined) {
    if (a === 1 && b === 0) return wide;
    return applyUnary(call, { kind: 'scale', factor: a, shift: b }, wide);
  }
  const axes = variedAxes(constants, dims);
  const [axis] = axes;
  if (axes.length === 1 && axis !== undefined) {
    const x1 = withLast(call, wide, axis);
    if (x1 !== undefined) return affineOnLast(call, x1, axis, factor, shift);
  }
  const scale = fullWeights(call, factor, wide);
  const node = reshapeNode(call.importer, wide.node, memoryShape(wide));
  const op: Op = { kind: 'scale', factor: scale, shift: fullWeights(call, shift, wide) };
  return { ...wide, node: emit(call.importer, call.name, op, [node]) };
}

/** The one value that all elements of a constant have. */
export function uniformValue(value: Constant | number): number | undefined {
  if (typeof value === 'number') return value;
  const [first] = value.data;
  return first !== undefined && value.data.every(element => element === first)
    ? Math.fround(first)
    : undefined;
}

/** The axes of `dims` along which constants have more than one element. */
function variedAxes(constants: readonly Constant[], dims: readonly number[]): number[] {
  return dims
    .map((_, axis) => axis)
    .filter(axis => constants.some(value => (value.dims[axis - dims.length + value.dims.length] ?? 1) > 1));
}

/** The variable with an axis last in memory: as it is, or (for channels) channels-last. */
function withLast(call: Call, value: Variable, axis: number): Variable | undefined {
  const lastOf = (order: readonly number[]): number | undefined =>
    order.filter(other => value.dims[other] !== 1).at(-1);
  if (lastOf(value.order) === axis) return value;
  const order = channelsLast(value.dims.length);
  return value.dims.length > 2 && lastOf(order) === axis ? inOrder(call, value, order) : undefined;
}

function affineOnLast(
  call: Call,
  x: Variable,
  axis: number,
  factor: Constant | number,
  shift: Constant | number,
): Variable {
  const size = x.dims[axis] ?? 1;
  const dims = x.dims.map((_, i) => (i === axis ? size : 1));
  const weights = (value: Constant | number): Float32Array => {
    if (typeof value === 'number') return new Float32Array(size).fill(value);
    return toWeights(call, expandConstant(value, dims));
  };
  const shape = memoryShape(x).filter((_, i) => x.order[i] === axis || x.dims[x.order[i] ?? 0] !== 1);
  const fits = nodeShape(call.importer, x.node).at(-1) === size;
  const node = fits ? x.node : reshapeNode(call.importer, x.node, shape);
  const op: Op = { kind: 'affine', scale: weights(factor), shift: weights(shift) };
  return { ...x, node: emit(call.importer, call.name, op, [node]) };
}

/** A constant for every element, in the order of the variable's memory. */
function fullWeights(call: Call, value: Constant | number, x: Variable): number | Float32Array {
  const uniform = uniformValue(value);
  if (typeof value === 'number' || uniform !== undefined) return uniform ?? 0;
  return toWeights(call, transposeConstant(expandConstant(value, x.dims), x.order));
}

/** A binary operator, by what its operands are. */
interface BinaryCases {
  /** Both vary; broadcasting is done by the helper that is called. */
  both(call: Call, a: Variable, b: Variable): Variable;
  right(call: Call, a: Variable, b: Constant): Variable;
  left(call: Call, a: Constant, b: Variable): Variable;
}

function binary(cases: BinaryCases): OperatorImporter {
  return call => {
    const [a, b] = [operand(call, 0), operand(call, 1)];
    if (a.kind === 'constant' && b.kind === 'constant') return [combineConstants(call, a, b)];
    const result = (value: Variable): Value[] => [{ ...value, type: resultType(call.opType, a.type) }];
    if (a.kind === 'variable' && b.kind === 'variable') return result(cases.both(call, a, b));
    if (a.kind === 'variable' && b.kind === 'constant') return result(cases.right(call, a, b));
    if (a.kind === 'constant' && b.kind === 'variable') return result(cases.left(call, a, b));
    throw malformedNode(call, 'has operands of unknown kinds');
  };
}

export const importAdd = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'add' }, [a, b]),
  right: (call, a, b) => scaleBy(call, a, 1, b),
  left: (call, a, b) => scaleBy(call, b, 1, a),
});

export const importSub = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'subtract' }, [a, b]),
  right: (call, a, b) =>
    scaleBy(
      call,
      a,
      1,
      mapConstant(b, value => -value),
    ),
  left: (call, a, b) => scaleBy(call, b, -1, a),
});

export const importMul = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'multiply' }, [a, b]),
  right: (call, a, b) => scaleBy(call, a, b, 0),
  left: (call, a, b) => scaleBy(call, b, a, 0),
});

export const importDiv = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'multiply' }, [a, reciprocalOf(floatOnly(call, a), b)]),
  right: (call, a, b) =>
    scaleBy(
      call,
      a,
      mapConstant(b, value => 1 / value),
      0,
    ),
  left: (call, a, b) => scaleBy(call, reciprocalOf(floatOnly(call, b), b), a, 0),
});

/** Whole numbers are divided by constants only. */
function floatOnly(call: Call, value: Variable): Call {
  if (!isWholeType(value.type)) return call;
  throw unsupported(
    call,
    `divides tensors of type ${value.type}`,
    'Whole numbers are divided by constants only: cast to float before.',
  );
}

/** 1 / x, or 1 / sqrt(y) where x is the square root of y; a constant added before becomes the epsilon. */
export function reciprocalOf(call: Call, x: Variable): Variable {
  const maker = nodeMaking(call.importer, x.node);
  const isRoot = maker?.op.kind === 'function' && maker.op.name === 'sqrt';
  const source = isRoot ? (maker.inputs[0] ?? x.node) : x.node;
  const added = nodeMaking(call.importer, source);
  const epsilon = epsilonOf(added?.op);
  const from = epsilon > 0 ? (added?.inputs[0] ?? source) : source;
  const shaped = reshapeNode(call.importer, from, nodeShape(call.importer, x.node));
  const op: Op = { kind: isRoot ? 'rsqrt' : 'reciprocal', epsilon };
  return { ...x, node: emit(call.importer, `${call.name}_inverse`, op, [shaped]) };
}

/** More is not an epsilon but part of the function. */
const EPSILON_MAX = 0.01;

function epsilonOf(op: Op | undefined): number {
  const isShift = op?.kind === 'scale' && op.factor === 1 && typeof op.shift === 'number';
  return isShift && op.shift > 0 && op.shift <= EPSILON_MAX ? Number(op.shift) : 0;
}

/** Applies a function to each element of a constant. */
export function mapConstant(value: Constant, apply: (element: number) => number): Constant {
  return { ...value, data: value.data.map(apply) };
}

/** max(x, c) = relu(x - c) + c. */
function maxWith(call: Call, x: Variable, c: Constant): Variable {
  const difference = scaleBy(
    call,
    x,
    1,
    mapConstant(c, value => -value),
  );
  return scaleBy(call, applyUnary(call, { kind: 'relu' }, difference), 1, c);
}

/** min(x, c) = c - relu(c - x). */
function minWith(call: Call, x: Variable, c: Constant): Variable {
  return scaleBy(call, applyUnary(call, { kind: 'relu' }, scaleBy(call, x, -1, c)), -1, c);
}

const maximum = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'maximum' }, [a, b]),
  right: maxWith,
  left: (call, a, b) => maxWith(call, b, a),
});

const minimum = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'minimum' }, [a, b]),
  right: minWith,
  left: (call, a, b) => minWith(call, b, a),
});

/** Folds an operator of two operands over any number of them. */
function variadic(opType: string, step: OperatorImporter): OperatorImporter {
  return call => {
    const values = call.inputs.map((_, i) => operand(call, i));
    const [first, ...rest] = values;
    if (first === undefined) throw malformedNode(call, 'has no operands');
    return [rest.reduce((a, b) => step({ ...call, opType, inputs: [a, b] })[0] ?? a, first)];
  };
}

export const importMax = variadic('Max', maximum);
export const importMin = variadic('Min', minimum);
export const importSum = variadic('Add', importAdd);

export const importMean: OperatorImporter = call => {
  const [sum] = importSum(call);
  const share = constant('float32', [], [1 / call.inputs.length]);
  return sum === undefined ? [] : importMul({ ...call, opType: 'Mul', inputs: [sum, share] });
};

/** A comparison; a constant operand becomes part of the graph. */
function comparison(relation: Relation): OperatorImporter {
  const compare = (call: Call, a: Value, b: Value): Variable =>
    applyAligned(call, { kind: 'compare', relation }, [toVariable(call, a), toVariable(call, b)]);
  return binary({ both: compare, right: compare, left: compare });
}

export const importGreater = comparison('greater');
export const importGreaterOrEqual = comparison('greater-or-equal');
export const importLess = comparison('less');
export const importLessOrEqual = comparison('less-or-equal');
export const importEqual = comparison('equal');

/** Truth values are 0 and 1: and is the product. */
export const importAnd: OperatorImporter = binary({
  both: (call, a, b) => applyAligned(call, { kind: 'multiply' }, [a, b]),
  right: (call, a, b) => scaleBy(call, a, b, 0),
  left: (call, a, b) => scaleBy(call, b, a, 0),
});

/** a or b = a + b - a * b. */
export const importOr: OperatorImporter = binary({
  both: (call, a, b) => gate(call, a, b, 1),
  right: (call, a, b) =>
    scaleBy(
      call,
      a,
      mapConstant(b, value => 1 - value),
      b,
    ),
  left: (call, a, b) =>
    scaleBy(
      call,
      b,
      mapConstant(a, value => 1 - value),
      a,
    ),
});

/** a xor b = a + b - 2 * a * b. */
export const importXor: OperatorImporter = binary({
  both: (call, a, b) => gate(call, a, b, 2),
  right: (call, a, b) =>
    scaleBy(
      call,
      a,
      mapConstant(b, value => 1 - 2 * value),
      b,
    ),
  left: (call, a, b) =>
    scaleBy(
      call,
      b,
      mapConstant(a, value => 1 - 2 * value),
      a,
    ),
});

function gate(call: Call, a: Variable, b: Variable, times: number): Variable {
  const both = scaleBy(call, applyAligned(call, { kind: 'multiply' }, [a, b]), -times, 0);
  return applyAligned(call, { kind: 'add' }, [a, b, both]);
}

export const importNot: OperatorImporter = call => {
  const x = operand(call, 0);
  if (x.kind === 'constant') return [{ ...mapConstant(x, value => Number(value === 0)), type: 'bool' }];
  return [{ ...scaleBy(call, x, -1, 1), type: 'bool' }];
};

/** condition ? a : b. A constant condition, or constant sides, make it linear. */
export const importWhere: OperatorImporter = call => {
  const [condition, a, b] = [operand(call, 0), operand(call, 1), operand(call, 2)];
  if (condition.kind === 'constant') return [chooseByMask(call, condition, a, b)];
  if (a.kind === 'constant' && b.kind === 'constant') {
    const difference = combineConstants({ ...call, opType: 'Sub' }, a, b);
    return [{ ...scaleBy(call, condition, difference, b), type: a.type }];
  }
  return [applyAligned(call, { kind: 'where' }, [condition, toVariable(call, a), toVariable(call, b)])];
};

function chooseByMask(call: Call, condition: Constant, a: Value, b: Value): Value {
  const dims = broadcastDims(call, [condition.dims, a.dims, b.dims]);
  const mask = expandConstant(condition, dims);
  const part = (value: Value, keep: (m: number) => boolean): Value => {
    if (value.kind === 'variable')
      return scaleBy(
        call,
        value,
        mapConstant(mask, m => Number(keep(m))),
        0,
      );
    const wide = expandConstant(value, dims);
    return { ...wide, data: wide.data.map((element, i) => (keep(mask.data[i] as number) ? element : 0)) };
  };
  const inputs = [part(a, m => m !== 0), part(b, m => m === 0)];
  return importAdd({ ...call, opType: 'Add', inputs })[0] ?? a;
}

/** x to a constant power, or a positive constant to the power x. */
export const importPow: OperatorImporter = call => {
  const [x, exponents] = [operand(call, 0), operand(call, 1)];
  if (x.kind === 'constant' && exponents.kind === 'constant') return [combineConstants(call, x, exponents)];
  if (x.kind === 'constant' && exponents.kind === 'variable') {
    if (x.data.every(base => base > 0)) {
      const logs = scaleBy(call, exponents, mapConstant(x, Math.log), 0);
      return [applyUnary(call, { kind: 'function', name: 'exp' }, logs)];
    }
  }
  if (x.kind === 'constant' || exponents.kind === 'variable') {
    throw unsupported(
      call,
      'has an exponent that depends on the input',
      'Only powers of positive constants are imported with such exponents.',
    );
  }
  const dims = broadcastDims(call, [x.dims, exponents.dims]);
  const wide = expandVariable(call, x, dims);
  const each = expandConstant(exponents, dims);
  const different = [...new Set(each.data)];
  if (different.length === 1) return [power(call, wide, different[0] ?? 1)];
  if (different.length > EXPONENTS_MAX) {
    throw unsupported(
      call,
      `has ${different.length} different exponents`,
      `At most ${EXPONENTS_MAX} are imported.`,
    );
  }
  const parts = different.map(exponent => {
    const mask = mapConstant(each, other => Number(other === exponent));
    return scaleBy(call, power(call, wide, exponent), mask, 0);
  });
  return [applyAligned(call, { kind: 'add' }, parts)];
};

const EXPONENTS_MAX = 8;

/** Powers beyond this would only overflow. */
const EXPONENT_MAX = 16;

/** x to a power: whole ones and quarters by products and roots; others, of positive x, as exp(e * log x). */
export function power(call: Call, x: Variable, exponent: number): Variable {
  const root = (value: Variable): Variable => applyUnary(call, { kind: 'function', name: 'sqrt' }, value);
  if (exponent === 0) return scaleBy(call, x, 0, 1);
  if (exponent === -0.5) return reciprocalOf(call, root(x));
  if (exponent < 0) return reciprocalOf(call, power(call, x, -exponent));
  const [whole, quarters] = [Math.floor(exponent), (exponent % 1) * 4];
  if (!Number.isInteger(quarters) || whole > EXPONENT_MAX) {
    const logs = applyUnary(call, { kind: 'function', name: 'log' }, x);
    return applyUnary(call, { kind: 'function', name: 'exp' }, scaleBy(call, logs, exponent, 0));
  }
  const factors: Variable[] = [];
  if (whole > 0) factors.push(wholePower(call, x, whole));
  if (quarters >= 2) factors.push(root(x));
  if (quarters % 2 === 1) factors.push(root(root(x)));
  return factors.reduce((a, b) => applyAligned(call, { kind: 'multiply' }, [a, b]));
}

function wholePower(call: Call, x: Variable, exponent: number): Variable {
  if (exponent === 1) return x;
  const half = wholePower(call, x, Math.floor(exponent / 2));
  const square = applyAligned(call, { kind: 'multiply' }, [half, half]);
  return exponent % 2 === 0 ? square : applyAligned(call, { kind: 'multiply' }, [square, x]);
}

/** How many elements a value has. */
export function sizeOf(value: Value): number {
  return elementCount(value.dims);
}
