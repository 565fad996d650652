/**
 * Sums, products, quotients, extrema: of two computed tensors, or of one and a constant. With a constant they become an
 * affine map per channel, which the graph's passes fold into the layers beside it.
 */
import { BionoirError } from '../../../src/errors.ts';
import { compose, elementCount, formatShape, type Op, type Shape } from '../../../src/graph/index.ts';
import {
  type Call,
  constantOperand,
  type OpImporter,
  operand,
  place,
  placeAll,
  reshapeTo,
  siteOf,
  toVariable,
  variableOperand,
} from '../context.ts';
import { nameNode, unsupportedOption } from '../nodes.ts';
import { broadcastData, type Constant, graphShape, uniform, type Value, type Variable } from '../values.ts';
import { isNonNegative } from './signs.ts';

/** The shape of an element-wise result. */
export function broadcast(call: Call, values: readonly Value[]): Shape {
  const shapes = values.map(value => value.shape);
  const shape = compose.broadcastShape(shapes);
  if (shape !== undefined) return shape;
  throw new BionoirError(
    'SHAPE_MISMATCH',
    `${nameNode(call.node)} combines tensors of shapes ${shapes.map(formatShape).join(' and ')}, which do not fit together. Is model.json intact?`,
    { details: { node: call.node.name, shapes }, location: `node '${call.node.name}'` },
  );
}

/** A variable repeated to a shape that it broadcasts to. */
export function broadcastTo(call: Call, x: Variable, shape: Shape, part: string): Variable {
  if (elementCount(x.shape) === elementCount(shape)) return reshapeTo(call, x, shape, part);
  const from = [...new Array<number>(shape.length - x.shape.length).fill(1), ...x.shape];
  const to = graphShape(shape);
  const op = compose.expandOp(from, shape);
  return place(call, { ...op, shape: to, label: `expand to ${formatShape(to)}` }, [x.node], shape, part);
}

/** Numbers for each channel, or for each element where they differ within a channel; or one for all. */
type Coefficients = number | Float64Array;

/** Broadcasts a constant to a shape: per channel where that is enough. */
export function coefficients(value: Constant, shape: Shape): Float64Array {
  const channels = graphShape(shape).at(-1) ?? 1;
  const rank = value.shape.length;
  const isPerChannel = value.shape.slice(0, -1).every(size => size === 1) && rank > 0;
  if (rank === 0 || (isPerChannel && elementCount(value.shape) === 1)) {
    return new Float64Array(channels).fill(value.data[0] ?? 0);
  }
  if (isPerChannel && value.shape[rank - 1] === channels) return Float64Array.from(value.data);
  const full = broadcastData(value, shape);
  return full.every((item, i) => item === full[i % channels]) ? full.slice(0, channels) : full;
}

/** y = x * factor + shift, with x broadcast to the shape first. */
export function affine(
  call: Call,
  value: Variable,
  shape: Shape,
  options: { readonly factor?: Coefficients; readonly shift?: Coefficients; readonly part?: string },
): Variable {
  const { factor = 1, shift = 0, part } = options;
  const x = broadcastTo(call, value, shape, 'expanded');
  const channels = graphShape(shape).at(-1) ?? 1;
  const lengths = [factor, shift].map(item => (typeof item === 'number' ? 0 : item.length));
  const fill = (item: Coefficients, length: number): Float32Array =>
    typeof item === 'number'
      ? new Float32Array(length).fill(item)
      : Float32Array.from({ length }, (_, i) => item[i % item.length] ?? 0);
  const op: Op = lengths.every(length => length <= channels)
    ? { kind: 'affine', scale: fill(factor, channels), shift: fill(shift, channels) }
    : { kind: 'scale', factor: full(factor, shape), shift: full(shift, shape) };
  return place(call, op, [x.node], shape, part);

  function full(item: Coefficients, to: Shape): number | Float32Array {
    return typeof item === 'number' ? item : fill(item, elementCount(to));
  }
}

/** Two variables of one shape, from two operands. */
export function pair(call: Call): { readonly a: Variable; readonly b: Variable; readonly shape: Shape } {
  const values = [operand(call, 0), operand(call, 1)];
  const shape = broadcast(call, values);
  const [a, b] = values.map((value, i) =>
    broadcastTo(call, toVariable(call, value), shape, i === 0 ? 'left' : 'right'),
  ) as [Variable, Variable];
  return { a, b, shape };
}

/** Add, AddV2, BiasAdd. */
export const importAdd: OpImporter = call =>
  withConstant(call, 'add', (x, c, shape) => affine(call, x, shape, { shift: c }));

/** AddN: of any number of tensors. */
export const importAddN: OpImporter = call => {
  const shape = broadcast(call, call.operands);
  const constants = call.operands.filter(value => value.kind === 'constant');
  const variables = call.operands.filter(value => value.kind === 'variable');
  const nodes = variables.map((value, i) => broadcastTo(call, value, shape, `term${i}`).node);
  const [only] = variables;
  if (only === undefined) return sumOfConstants(call, constants, shape);
  const sum = nodes.length === 1 ? only : place(call, { kind: 'add' }, nodes, shape);
  return constants.reduce<Variable>(
    (x, value) => affine(call, x, shape, { shift: coefficients(value, shape), part: 'plus' }),
    sum,
  );
};

function sumOfConstants(call: Call, [first, ...rest]: readonly Constant[], shape: Shape): Variable {
  const start = toVariable(call, first as Constant);
  return rest.reduce((x, value) => affine(call, x, shape, { shift: coefficients(value, shape) }), start);
}

/** Sub. */
export const importSub: OpImporter = call =>
  withConstant(call, 'subtract', (x, c, shape, side) =>
    side === 'right'
      ? affine(call, x, shape, { shift: c.map(value => -value) })
      : affine(call, x, shape, { factor: -1, shift: c }),
  );

/** Mul. */
export const importMul: OpImporter = call =>
  withConstant(call, 'multiply', (x, c, shape) => affine(call, x, shape, { factor: c }));

/** RealDiv, Div. */
export const importDiv: OpImporter = call => {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  const shape = broadcast(call, [a, b]);
  if (b.kind === 'constant') {
    const factor = coefficients(b, shape).map(value => 1 / value);
    return affine(call, toVariable(call, a), shape, { factor });
  }
  const inverse = broadcastTo(call, reciprocal(call, b), shape, 'right');
  if (a.kind === 'constant') return affine(call, inverse, shape, { factor: coefficients(a, shape) });
  const left = broadcastTo(call, a, shape, 'left');
  return place(call, { kind: 'multiply' }, [left.node, inverse.node], shape);
};

/** 1 / x: x * (1 / x^2) where x may be negative. */
function reciprocal(call: Call, x: Variable, part = 'inverse'): Variable {
  const op: Op = { kind: 'reciprocal', epsilon: 0 };
  if (isNonNegative(call.importer.writer, x.node)) return place(call, op, [x.node], x.shape, part);
  const square = place(call, { kind: 'multiply' }, [x.node, x.node], x.shape, `${part}_square`);
  const inverse = place(call, op, [square.node], x.shape, `${part}_of_square`);
  return place(call, { kind: 'multiply' }, [x.node, inverse.node], x.shape, part);
}

/** Reciprocal. */
export const importReciprocal: OpImporter = call => reciprocal(call, variableOperand(call, 0), '');

/** SquaredDifference. */
export const importSquaredDifference: OpImporter = call => {
  const difference = importSub({ ...call, name: `${call.name}_difference` }) as Variable;
  return place(call, { kind: 'multiply' }, [difference.node, difference.node], difference.shape);
};

/** Square. */
export const importSquare: OpImporter = call => {
  const x = variableOperand(call, 0);
  return place(call, { kind: 'multiply' }, [x.node, x.node], x.shape);
};

/** Neg. */
export const importNeg: OpImporter = call => {
  const x = variableOperand(call, 0);
  return affine(call, x, x.shape, { factor: -1 });
};

/** Pow with a constant exponent: a half, or a whole number. */
export const importPow: OpImporter = call => {
  const x = variableOperand(call, 0);
  const exponent = uniform(constantOperand(call, 1, 'exponent'));
  if (exponent === 0.5) return place(call, { kind: 'function', name: 'sqrt' }, [x.node], x.shape);
  if (exponent === -0.5) return place(call, { kind: 'rsqrt', epsilon: 0 }, [x.node], x.shape);
  if (exponent === -1) return reciprocal(call, x, '');
  if (exponent === undefined || !Number.isInteger(exponent) || exponent < 1 || exponent > EXPONENT_MAX) {
    const remedy = `-1, -1/2, 1/2 and 1 to ${EXPONENT_MAX} are read`;
    throw unsupportedOption(call.node, `the exponent ${exponent ?? 'that varies'}`, remedy);
  }
  let power = x;
  for (let i = 2; i <= exponent; i++) {
    const part = i === exponent ? '' : `to_${i}`;
    power = place(call, { kind: 'multiply' }, [power.node, x.node], x.shape, part);
  }
  return power;
};

const EXPONENT_MAX = 8;

/** Maximum: with a constant c + relu(x - c). */
export const importMaximum: OpImporter = call =>
  withConstant(call, 'maximum', (x, c, shape) => {
    const above = affine(call, x, shape, { shift: c.map(value => -value), part: 'above' });
    const cut = place(call, { kind: 'relu' }, [above.node], shape, 'cut');
    return affine(call, cut, shape, { shift: c });
  });

/** Minimum: with a constant c - relu(c - x). */
export const importMinimum: OpImporter = call =>
  withConstant(call, 'minimum', (x, c, shape) => {
    const below = affine(call, x, shape, { factor: -1, shift: c, part: 'below' });
    const cut = place(call, { kind: 'relu' }, [below.node], shape, 'cut');
    return affine(call, cut, shape, { factor: -1, shift: c });
  });

/** ClipByValue with constant bounds. */
export const importClip: OpImporter = call => {
  const x = variableOperand(call, 0);
  const [low, high] = [1, 2].map(index => uniform(constantOperand(call, index, 'bound')));
  if (low === undefined || high === undefined || !(low < high)) {
    const remedy = 'one number each is read, the lower first';
    throw unsupportedOption(call.node, `the bounds ${low ?? 'that vary'} and ${high ?? 'that vary'}`, remedy);
  }
  return placeAll(call, compose.clip(siteOf(call, x), low, high), x.shape);
};

type WithConstant = (x: Variable, c: Float64Array, shape: Shape, side: 'left' | 'right') => Variable;

/** An operator of two computed tensors by its name; of one and a constant (on the given side) by a function. */
function withConstant(
  call: Call,
  kind: 'add' | 'subtract' | 'multiply' | 'maximum' | 'minimum',
  constantCase: WithConstant,
): Value {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  const shape = broadcast(call, [a, b]);
  if (b.kind === 'constant') return constantCase(toVariable(call, a), coefficients(b, shape), shape, 'right');
  if (a.kind === 'constant') return constantCase(b, coefficients(a, shape), shape, 'left');
  const { a: left, b: right } = pair(call);
  return place(call, { kind }, [left.node, right.node], shape);
}
