/** How a float operator of src/graph/operators becomes integer nodes. */
import type { ExtendedOp, Node } from '../../graph/index.ts';
import type { Builder, Value } from '../builder.ts';

/** What is to be quantised. */
export interface Subject<O extends ExtendedOp> {
  readonly node: Node;
  readonly op: O;
  /** At least one; as many as the operator takes. */
  readonly operands: readonly Value[];
}

/** Appends the integer nodes of an operator and returns the last. */
export type Quantizer<O extends ExtendedOp> = (builder: Builder, subject: Subject<O>) => Value;
