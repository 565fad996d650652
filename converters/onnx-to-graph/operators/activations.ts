/** Unary functions and activations. */
import { compose as compositions, type FunctionName, type Op } from '../../../src/graph/index.ts';
import { floatAttribute, intAttribute, stringAttribute } from '../attributes.ts';
import { resultType, UNARY_FUNCTIONS } from '../constants.ts';
import {
  type Call,
  constant,
  constantOperand,
  emit,
  emitAll,
  nodeShape,
  type OperatorImporter,
  operand,
  optionalConstant,
  unsupported,
  type Value,
  type Variable,
  variableOperand,
} from '../context.ts';
import { memoryShape, reshapeNode } from '../layout.ts';
import { isWholeType, rangeOfType } from '../tensors.ts';
import {
  applyAligned,
  applyUnary,
  importMax,
  importMin,
  mapConstant,
  reciprocalOf,
  scaleBy,
  uniformValue,
} from './elementwise.ts';

/** An operator of one operand: constants are computed at once where no kernel is needed. */
export function unary(apply: (call: Call, x: Variable) => Variable): OperatorImporter {
  return call => {
    const x = operand(call, 0);
    const evaluate = UNARY_FUNCTIONS[call.opType];
    const type = resultType(call.opType, x.type);
    if (x.kind === 'constant' && evaluate !== undefined) return [{ ...mapConstant(x, evaluate), type }];
    return [{ ...apply(call, variableOperand(call, 0)), type }];
  };
}

/** A function of our graph. */
export function importFunction(name: FunctionName): OperatorImporter {
  return unary((call, x) => applyUnary(call, { kind: 'function', name }, x));
}

/** An operator of our graph without options. */
export function importOp(op: Op): OperatorImporter {
  return unary((call, x) => applyUnary(call, op, x));
}

export const importNeg = unary((call, x) => scaleBy(call, x, -1, 0));

export const importReciprocal = unary(reciprocalOf);

/** (exp(x) + exp(-x)) / 2, and the difference for the hyperbolic sine. */
function hyperbolic(sign: number): OperatorImporter {
  return unary((call, x) => {
    const exp: Op = { kind: 'function', name: 'exp' };
    const sides = [applyUnary(call, exp, x), applyUnary(call, exp, scaleBy(call, x, -1, 0))];
    const [up, down] = sides.map((side, i) => scaleBy(call, side, i === 0 ? 0.5 : sign / 2, 0));
    return up === undefined || down === undefined ? x : applyAligned(call, { kind: 'add' }, [up, down]);
  });
}

export const importCosh = hyperbolic(1);
export const importSinh = hyperbolic(-1);

/** What only constants can go through: the graph has no such operator. */
export const importConstantOnly: OperatorImporter = unary(call => {
  throw unsupported(
    call,
    'takes a tensor that depends on the input, and is computed of constants only',
    'Leave it out of the network, or put what it computes into a constant.',
  );
});

export const importIsInf: OperatorImporter = call => {
  const x = constantOperand(call, 0, 'what it tests');
  const [up, down] = ['detect_positive', 'detect_negative'].map(name => intAttribute(call, name, 1) !== 0);
  const isInfinite = (value: number): boolean =>
    (up === true && value === Number.POSITIVE_INFINITY) ||
    (down === true && value === Number.NEGATIVE_INFINITY);
  return [{ ...mapConstant(x, value => Number(isInfinite(value))), type: 'bool' }];
};

export const importLeakyRelu = unary((call, x) =>
  applyUnary(call, { kind: 'leaky-relu', slope: floatAttribute(call, 'alpha', 0.01) }, x),
);

export const importElu = unary((call, x) => elu(call, x, floatAttribute(call, 'alpha', 1)));

function elu(call: Call, x: Variable, alpha: number): Variable {
  return applyUnary(call, { kind: 'function', name: 'elu', alpha }, x);
}

/** celu(x) = alpha * elu(x / alpha). */
export const importCelu = unary((call, x) => {
  const alpha = floatAttribute(call, 'alpha', 1);
  return scaleBy(call, elu(call, scaleBy(call, x, 1 / alpha, 0), 1), alpha, 0);
});

/** The constants of the paper that defines SELU, as ONNX rounds them. */
const SELU_ALPHA = 1.6732632423543772;
const SELU_GAMMA = 1.0507009873554805;

export const importSelu = unary((call, x) => {
  const alpha = floatAttribute(call, 'alpha', SELU_ALPHA);
  const gamma = floatAttribute(call, 'gamma', SELU_GAMMA);
  const isUsual = Math.abs(alpha - SELU_ALPHA) < 1e-6 && Math.abs(gamma - SELU_GAMMA) < 1e-6;
  if (isUsual) return applyUnary(call, { kind: 'function', name: 'selu' }, x);
  return scaleBy(call, elu(call, x, alpha), gamma, 0);
});

/** Gelu of opset 20, and the forms that graph optimisers write. */
export const importGelu = unary((call, x) => {
  const isTanh = stringAttribute(call, 'approximate', 'none') === 'tanh';
  return applyUnary(call, { kind: 'function', name: isTanh ? 'gelu-tanh' : 'gelu' }, x);
});

/** x * sigmoid(alpha * x). */
export const importQuickGelu = unary((call, x) => {
  const alpha = floatAttribute(call, 'alpha', call.opType === 'Swish' ? 1 : 1.702);
  const scaled = applyUnary(call, { kind: 'function', name: 'silu' }, scaleBy(call, x, alpha, 0));
  return scaleBy(call, scaled, 1 / alpha, 0);
});

export const importHardSigmoid = unary((call, x) => {
  const alpha = floatAttribute(call, 'alpha', 0.2);
  const beta = floatAttribute(call, 'beta', 0.5);
  return compose(call, x, site => compositions.hardSigmoid(site, { alpha, beta }));
});

export const importHardSwish = unary((call, x) => compose(call, x, compositions.hardSwish));

/** Adds a composition of one operand. */
export function compose(
  call: Call,
  x: Variable,
  make: (site: compositions.Site) => compositions.ComposedNode[],
): Variable {
  const site = { name: call.name, input: x.node, shape: nodeShape(call.importer, x.node) };
  return { ...x, node: emitAll(call.importer, make(site)) };
}

/** y = x for x > alpha, else 0. */
export const importThresholdedRelu = unary((call, x) => {
  const alpha = constant('float32', [], [floatAttribute(call, 'alpha', 1)]);
  const threshold = applyAligned(call, { kind: 'compare', relation: 'greater' }, [x, toGraph(call, alpha)]);
  return applyAligned(call, { kind: 'multiply' }, [x, threshold]);
});

/** x + bias below -lambd, x - bias above lambd, else 0. */
export const importShrink = unary((call, x) => {
  const [lambda, bias] = [floatAttribute(call, 'lambd', 0.5), floatAttribute(call, 'bias', 0)];
  const sides = [1, -1].map(sign => {
    const beyond = scaleBy(call, x, sign, -lambda);
    const positive = applyUnary(call, { kind: 'relu' }, beyond);
    if (bias === lambda) return scaleBy(call, positive, sign, 0);
    const zero = toGraph(call, constant('float32', [], [0]));
    const isBeyond = applyAligned(call, { kind: 'compare', relation: 'greater' }, [beyond, zero]);
    // relu(|x| - lambda) + (lambda - bias) where |x| > lambda
    const jump = scaleBy(call, isBeyond, sign * (lambda - bias), 0);
    return applyAligned(call, { kind: 'add' }, [scaleBy(call, positive, sign, 0), jump]);
  });
  return applyAligned(call, { kind: 'add' }, sides);
});

function toGraph(call: Call, value: Value): Variable {
  return variableOperand({ ...call, inputs: [value] }, 0);
}

/** Bounds come as attributes to opset 10, as operands since; integers saturate nowhere. */
export const importClip: OperatorImporter = call => {
  const x = operand(call, 0);
  const low = clipBound(call, 1, 'min', Number.NEGATIVE_INFINITY);
  const high = clipBound(call, 2, 'max', Number.POSITIVE_INFINITY);
  if (low === undefined || high === undefined) return clipBetween(call, x);
  if (x.kind === 'constant') return [mapConstant(x, value => Math.min(Math.max(value, low), high))];
  const [typeMin, typeMax] = isWholeType(x.type) ? rangeOfType(x.type) : [-3e38, 3e38];
  const [from, to] = [low <= typeMin ? Number.NEGATIVE_INFINITY : low, high >= typeMax ? Infinity : high];
  if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return [x];
  if (from >= to) return [scaleBy(call, x, 0, to)];
  return [compose(call, x, site => compositions.clip(site, from, to))];
};

function clipBound(call: Call, index: number, name: string, fallback: number): number | undefined {
  if (call.opset < 11) return floatAttribute(call, name, fallback);
  const value = call.inputs[index];
  if (value === undefined) return fallback;
  return value.kind === 'constant' ? uniformValue(value) : undefined;
}

/** A bound that no number reaches. */
function isBoundless(bound: Value): boolean {
  return bound.kind === 'constant' && bound.data.every(value => Math.abs(value) >= 3e38);
}

/** Bounds that depend on the input, or one of them. */
function clipBetween(call: Call, x: Value): readonly Value[] {
  const [, low, high] = call.inputs.map(bound =>
    bound !== undefined && isBoundless(bound) ? undefined : bound,
  );
  const [above] = low === undefined ? [x] : importMax({ ...call, opType: 'Max', inputs: [x, low] });
  if (above === undefined || high === undefined) return above === undefined ? [] : [above];
  return importMin({ ...call, opType: 'Min', inputs: [above, high] });
}

/** Slopes for each channel become the `prelu` of our graph; for each element: relu(x) - slope * relu(-x). */
export const importPRelu: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  const slope = optionalConstant(call, 1, 'slopes');
  if (slope === undefined) throw unsupported(call, 'has no slopes', 'Export it with constant slopes.');
  const uniform = uniformValue(slope);
  if (uniform !== undefined) return [applyUnary(call, { kind: 'leaky-relu', slope: uniform }, x)];
  // A trial product finds where the slopes vary; it is dead when it turns out to be one slope a channel.
  const trial = scaleBy(call, x, slope, 0);
  const made = call.importer.nodes.find(node => node.name === trial.node);
  if (made?.op.kind === 'affine') {
    const [source = trial.node] = made.inputs;
    const op: Op = { kind: 'prelu', slopes: made.op.scale };
    return [{ ...trial, node: emit(call.importer, call.name, op, [source]) }];
  }
  const positive = applyUnary(call, { kind: 'relu' }, x);
  const negative = applyUnary(call, { kind: 'relu' }, scaleBy(call, x, -1, 0));
  const slopes = mapConstant(slope, value => -value);
  return [applyAligned(call, { kind: 'add' }, [positive, scaleBy(call, negative, slopes, 0)])];
};

/**
 * Batch normalisation at inference: one factor and one shift a channel.
 */
export const importBatchNormalization: OperatorImporter = call => {
  const x = variableOperand(call, 0);
  if (call.attributes.get('training_mode')?.int === 1) {
    throw unsupported(call, 'is in training mode', 'Export the model in inference mode: model.eval().');
  }
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map(index =>
    optionalConstant(call, index, 'its statistics'),
  );
  if (!scale || !shift || !mean || !variance) {
    throw unsupported(call, 'lacks some of its statistics', 'Export it with constant statistics.');
  }
  const epsilon = floatAttribute(call, 'epsilon', 1e-5);
  const factor = scale.data.map((value, i) => value / Math.sqrt((variance.data[i] as number) + epsilon));
  const offset = shift.data.map((value, i) => value - (mean.data[i] as number) * (factor[i] as number));
  const dims = x.dims.map((_, axis) => (axis === 1 ? factor.length : 1));
  return [scaleBy(call, x, constant('float32', dims, factor), constant('float32', dims, offset))];
};

/** Softmax over the last axis of a node's memory. */
export function softmaxOverLast(call: Call, x: Variable): Variable {
  const node = reshapeNode(call.importer, x.node, memoryShape(x));
  return { ...x, node: emit(call.importer, call.name, { kind: 'softmax' }, [node]) };
}
