/**
 * The unary functions of the `function` operator as float64 functions: what integer tables are made of and judged by.
 *
 * Definitions are those of Keras and ONNX. erf is summed from its Maclaurin series below 3 and its continued fraction
 * above, to about 1e-15.
 */
import type { FunctionName, FunctionOp } from './types.ts';

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** Gives the function that an operator applies to each element. */
export function realFunction({ name, alpha = 1 }: Pick<FunctionOp, 'name' | 'alpha'>): (x: number) => number {
  return name === 'elu' ? x => elu(x, alpha) : FUNCTIONS[name];
}

const FUNCTIONS: Readonly<Record<FunctionName, (x: number) => number>> = {
  sigmoid,
  tanh: Math.tanh,
  gelu: x => (x / 2) * (1 + erf(x / Math.SQRT2)),
  'gelu-tanh': x => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  elu: x => elu(x, 1),
  selu: x => SELU_SCALE * elu(x, SELU_ALPHA),
  softplus,
  silu: x => x * sigmoid(x),
  mish: x => x * Math.tanh(softplus(x)),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  erf,
  softsign: x => x / (1 + Math.abs(x)),
  sin: Math.sin,
  cos: Math.cos,
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function elu(x: number, alpha: number): number {
  return x >= 0 ? x : alpha * Math.expm1(x);
}

/** log(1 + e^x) without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

const ERF_SERIES_LIMIT = 3;
const ERF_FRACTION_DEPTH = 60;

function erf(x: number): number {
  const size = Math.abs(x);
  const value = size < ERF_SERIES_LIMIT ? erfSeries(size) : 1 - erfcFraction(size);
  return x < 0 ? -value : value;
}

/** erf(x) = 2/sqrt(pi) * e^(-x^2) * sum of 2^n x^(2n+1) / (2n+1)!!, whose terms are all positive. */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * Number.EPSILON; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) = e^(-x^2) / sqrt(pi) / (x + (1/2) / (x + (2/2) / (x + (3/2) / ...))). */
function erfcFraction(x: number): number {
  let denominator = x;
  for (let n = ERF_FRACTION_DEPTH; n >= 1; n--) denominator = x + n / 2 / denominator;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / denominator;
}
