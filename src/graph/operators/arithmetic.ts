/** Element-wise operators of one, two or three tensors. */
import { checkLength, checkOneShape } from '../shape-checks.ts';
import { elementCount } from '../shape-text.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import type {
  CompareOp,
  ExtremumOp,
  FloorOp,
  MagnitudeOp,
  MultiplyOp,
  PreluOp,
  Relation,
  ScaleOp,
  WhereOp,
} from './types.ts';

/** Applies a function to the elements of two tensors of one shape. */
function zip(operands: readonly Values[], combine: (a: number, b: number) => number): Float64Array {
  const [a, b] = operands as readonly [Values, Values];
  return a.data.map((value, i) => combine(value, b.data[i] as number));
}

function map(operands: readonly Values[], apply: (x: number, index: number) => number): Float64Array {
  return (operands[0] as Values).data.map(apply);
}

export const multiply: OperatorDefinition<MultiplyOp> = {
  operandCount: 2,
  shape: checkOneShape,
  evaluate: (_op, operands) => zip(operands, (a, b) => a * b),
};

export const scale: OperatorDefinition<ScaleOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    const check = (what: string, value: number | Float32Array): void => {
      if (typeof value !== 'number') checkLength(context, what, value.length, elementCount(x));
    };
    check('factors', op.factor);
    check('shifts', op.shift);
    return x;
  },
  evaluate: (op, operands) => {
    const at = (value: number | Float32Array, i: number): number =>
      typeof value === 'number' ? value : (value[i] as number);
    return map(operands, (x, i) => x * at(op.factor, i) + at(op.shift, i));
  },
  print: op => {
    const show = (value: number | Float32Array): string => (typeof value === 'number' ? `${value}` : 'each');
    return [`by ${show(op.factor)}`, ...(op.shift === 0 ? [] : [`plus ${show(op.shift)}`])];
  },
  weights: op => [
    ...(typeof op.factor === 'number' ? [] : ([['factor', op.factor]] as [string, Float32Array][])),
    ...(typeof op.shift === 'number' ? [] : ([['shift', op.shift]] as [string, Float32Array][])),
  ],
  complaint: op => {
    const wrong = [op.factor, op.shift].find(value => typeof value === 'number' && !Number.isFinite(value));
    return wrong === undefined ? undefined : `the constant ${wrong}; factor and shift must be finite`;
  },
};

export const maximum: OperatorDefinition<ExtremumOp> = {
  operandCount: 2,
  shape: checkOneShape,
  evaluate: (_op, operands) => zip(operands, Math.max),
};

export const minimum: OperatorDefinition<ExtremumOp> = {
  operandCount: 2,
  shape: checkOneShape,
  evaluate: (_op, operands) => zip(operands, Math.min),
};

export const abs: OperatorDefinition<MagnitudeOp> = {
  operandCount: 1,
  shape: checkOneShape,
  evaluate: (_op, operands) => map(operands, Math.abs),
};

export const sign: OperatorDefinition<MagnitudeOp> = {
  operandCount: 1,
  shape: checkOneShape,
  evaluate: (_op, operands) => map(operands, x => Math.sign(x) + 0),
};

export const floor: OperatorDefinition<FloorOp> = {
  operandCount: 1,
  shape: checkOneShape,
  evaluate: ({ numerator, shift, divisor }, operands) =>
    map(operands, x => Math.floor((x * numerator + shift) / divisor) + 0),
  print: ({ numerator, shift, divisor }) => [`(${numerator} x + ${shift}) / ${divisor}`],
  complaint: ({ numerator, shift, divisor }) =>
    [numerator, shift, divisor].every(Number.isSafeInteger) && numerator !== 0 && divisor > 0
      ? undefined
      : `the numbers ${numerator}, ${shift} and ${divisor}; they must be whole, the first not 0, the last positive`,
};

const RELATIONS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  greater: (a, b) => a > b,
  'greater-or-equal': (a, b) => a >= b,
  less: (a, b) => a < b,
  'less-or-equal': (a, b) => a <= b,
  equal: (a, b) => a === b,
};

export const compare: OperatorDefinition<CompareOp> = {
  operandCount: 2,
  shape: checkOneShape,
  evaluate: (op, operands) => zip(operands, (a, b) => Number(RELATIONS[op.relation](a, b))),
  print: op => [op.relation],
};

export const where: OperatorDefinition<WhereOp> = {
  operandCount: 3,
  shape: checkOneShape,
  evaluate: (_op, operands) => {
    const [condition, a, b] = operands as readonly [Values, Values, Values];
    return condition.data.map((value, i) => (value === 0 ? b : a).data[i] as number);
  },
};

export const prelu: OperatorDefinition<PreluOp> = {
  operandCount: 1,
  shape: (context, op) => {
    const [x = []] = context.shapes;
    checkLength(context, 'slopes', op.slopes.length, x.at(-1) ?? 1);
    return x;
  },
  evaluate: (op, operands) =>
    map(operands, (x, i) => (x >= 0 ? x : x * (op.slopes[i % op.slopes.length] as number))),
  weights: op => [['slopes', op.slopes]],
};
