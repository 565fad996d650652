/**
 * What an integer operator of this folder has to state once: its meaning, its printed form, its fields in files, its cost.
 */
import type { Cells } from '../arithmetic.ts';
import type { Cost, Estimation } from '../costs.ts';
import type { Check } from '../field-checks.ts';
import type { KernelContext } from '../kernel-tools.ts';
import type { QuantNode } from '../types.ts';
import type { ExtendedQuantKind, ExtendedQuantOp } from './types.ts';

/** The operator type of a kind. */
export type QuantOpOfKind<K extends ExtendedQuantKind> = Extract<ExtendedQuantOp, { readonly kind: K }>;

/** A node whose cost is asked for. */
export interface CostSubject<O> {
  readonly op: O;
  readonly node: QuantNode;
  readonly operands: readonly QuantNode[];
}

export interface QuantDefinition<O extends ExtendedQuantOp> {
  /** The exact meaning, in either arithmetic. */
  readonly compute: <T>(context: KernelContext<T>, op: O) => Cells<T>;
  /** An upper limit of partial results that exceed both operands and result in magnitude; none when left out. */
  readonly largestPartial?: (op: O, operands: readonly QuantNode[]) => number;
  /** Options for the printed form. */
  readonly print?: (op: O) => string;
  /** The fields in files, but for `kind`. */
  readonly fields: Readonly<Record<string, Check>>;
  /** Pairs of lengths that must be equal in files. */
  readonly lengths?: (op: O, node: QuantNode) => [actual: number, expected: number][];
  /** Rows; nothing when left out. */
  readonly cost?: (estimation: Estimation, subject: CostSubject<O>) => Cost;
}
