/** Activations and other functions of one tensor, as nodes of their own and fused into what stands before them. */
import { elementCount, type FunctionName, type Op } from '../../../src/graph/index.ts';
import { type Call, constantOperand, type OpImporter, place, variableOperand, viewAs } from '../context.ts';
import { readReal, unsupportedOption } from '../nodes.ts';
import type { Constant, Variable } from '../values.ts';
import { affine, coefficients } from './arithmetic.ts';

/** An operator of one operand that keeps its shape. */
export function unary(op: Op): OpImporter {
  return call => {
    const x = variableOperand(call, 0);
    return place(call, op, [x.node], x.shape);
  };
}

/** A function by table. */
export function func(name: FunctionName): OpImporter {
  return unary({ kind: 'function', name });
}

/** LeakyRelu; its slope is 0.2 unless given. */
export const importLeakyRelu: OpImporter = call =>
  unary({ kind: 'leaky-relu', slope: readReal(call.node, 'alpha', 0.2) })(call);

/** Prelu with constant slopes. */
export const importPrelu: OpImporter = call =>
  prelu(call, variableOperand(call, 0), constantOperand(call, 1, 'slope'));

/** PReLU with a slope for each channel, or, seen as one long vector, for each element. */
function prelu(call: Call, x: Variable, alpha: Constant): Variable {
  const slopes = Float32Array.from(coefficients(alpha, x.shape));
  const op: Op = { kind: 'prelu', slopes };
  const isPerElement = slopes.length === elementCount(x.shape);
  const node = isPerElement ? viewAs(call, x, [slopes.length]) : x.node;
  return place(call, op, [node], x.shape);
}

/** Softmax over the last axis. */
export const importSoftmax: OpImporter = unary({ kind: 'softmax' });

/** Log1p: log(1 + x); Expm1: exp(x) - 1. */
export const importLog1p: OpImporter = call => {
  const x = variableOperand(call, 0);
  const shifted = affine(call, x, x.shape, { shift: 1, part: 'plus_1' });
  return place(call, { kind: 'function', name: 'log' }, [shifted.node], x.shape);
};

/** Expm1. */
export const importExpm1: OpImporter = call => {
  const x = variableOperand(call, 0);
  const power = place(call, { kind: 'function', name: 'exp' }, [x.node], x.shape, 'exp');
  return affine(call, power, x.shape, { shift: -1 });
};

/** What TensorFlow fuses, but for those with options. */
const FUSED: Readonly<Record<string, Op>> = {
  Relu: { kind: 'relu' },
  Relu6: { kind: 'relu', max: 6 },
  Elu: { kind: 'function', name: 'elu' },
  Sigmoid: { kind: 'function', name: 'sigmoid' },
  Tanh: { kind: 'function', name: 'tanh' },
};

/**
 * Applies the activation that is fused into a convolution or product, if there is one.
 *
 * @param slopes index of the operand with PReLU's slopes
 * @throws UNSUPPORTED_OPTION for another activation
 */
export function applyFused(
  call: Call,
  x: Variable,
  activation: string | undefined,
  slopes: number,
): Variable {
  if (activation === undefined) return x;
  if (activation === 'Prelu') return prelu(call, x, constantOperand(call, slopes, 'slope'));
  const op =
    activation === 'LeakyRelu'
      ? ({ kind: 'leaky-relu', slope: readReal(call.node, 'leakyrelu_alpha', 0.2) } as const)
      : FUSED[activation];
  if (op !== undefined) return place(call, op, [x.node], x.shape);
  const known = ['LeakyRelu', 'Prelu', ...Object.keys(FUSED)].join(', ');
  throw unsupportedOption(call.node, `the fused activation ${activation}`, `${known} are read`);
}
