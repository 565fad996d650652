/**
 * What an operator of this folder has to state once: operands, shape rule, float meaning, printed options, weights.
 */
import type { ShapeContext } from '../shape-checks.ts';
import type { Shape } from '../types.ts';
import type { ExtendedKind, ExtendedOp } from './types.ts';

/** A tensor inside the float interpreter. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** The operator type of a kind. */
export type OpOfKind<K extends ExtendedKind> = Extract<ExtendedOp, { readonly kind: K }>;

export interface OperatorDefinition<O extends ExtendedOp> {
  readonly operandCount: 1 | 2 | 3;
  /** Checks operands and lengths, and gives the output's shape. */
  readonly shape: (context: ShapeContext, op: O) => Shape;
  /** The reference meaning, accumulated in float64; shapes are checked already. */
  readonly evaluate: (op: O, operands: readonly Values[], shape: Shape) => Float64Array;
  /** Options for the printed form; none when left out. */
  readonly print?: (op: O) => string[];
  /** Weight arrays by name; none when left out. */
  readonly weights?: (op: O) => [what: string, values: Float32Array][];
  /** What is wrong with the scalar options, as "the epsilon -1; it must ...", if anything. */
  readonly complaint?: (op: O) => string | undefined;
}
