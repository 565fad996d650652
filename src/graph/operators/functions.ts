/** Unary functions: those by table, and the two inverses that are proved by hint and check. */
import { checkOneShape } from '../shape-checks.ts';
import type { OperatorDefinition, Values } from './definition.ts';
import { realFunction } from './real-functions.ts';
import type { FunctionOp, InverseOp } from './types.ts';

export const unary: OperatorDefinition<FunctionOp> = {
  operandCount: 1,
  shape: checkOneShape,
  evaluate: (op, operands) => (operands[0] as Values).data.map(realFunction(op)),
  print: op => [op.name, ...(op.alpha === undefined ? [] : [`alpha ${op.alpha}`])],
  complaint: ({ alpha = 1 }) =>
    Number.isFinite(alpha) ? undefined : `the alpha ${alpha}; it must be a number`,
};

/** What is wrong with an epsilon, if anything. */
export function epsilonComplaint({ epsilon }: { readonly epsilon: number }): string | undefined {
  return epsilon >= 0 && Number.isFinite(epsilon)
    ? undefined
    : `the epsilon ${epsilon}; it must be a number of at least 0`;
}

function inverse(apply: (x: number) => number): OperatorDefinition<InverseOp> {
  return {
    operandCount: 1,
    shape: checkOneShape,
    evaluate: (op, operands) => (operands[0] as Values).data.map(x => apply(x + op.epsilon)),
    print: op => [`epsilon ${op.epsilon}`],
    complaint: epsilonComplaint,
  };
}

export const reciprocal = inverse(x => 1 / x);

export const rsqrt = inverse(x => 1 / Math.sqrt(x));
