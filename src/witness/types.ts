/**
 * Recipe: how every R1CS wire follows from solved ACIR witnesses. Lowering writes it beside the constraint system;
 * the solver executes it. It holds no constraint: the checker, which shares no code with the solver, judges the result.
 *
 * Steps run in order; a step reads only wires written before it.
 */
import type { Expression } from '../acir/types.ts';
import type { LinearCombination, WireId } from '../r1cs/types.ts';

/**
 * Wires that are copies of ACIR witnesses: wire wires[i] = frame(instances[i]).witnesses[witnesses[i]], or 0 where the
 * solver left the witness unassigned or the frame does not exist (a call whose predicate was 0). Columns, since a
 * network has hundreds of thousands.
 */
export interface WitnessCopies {
  readonly wires: Uint32Array;
  readonly instances: Uint32Array;
  readonly witnesses: Uint32Array;
}

/** Consecutive wires `first`..`first + count - 1` are bits 0..count-1 (least significant first) of the source's value. */
export interface BitsStep {
  readonly kind: 'bits';
  readonly source: LinearCombination;
  readonly first: WireId;
  readonly count: number;
  /** Position of the first wire's bit in the value; 0 when absent. */
  readonly shift?: number;
}

export interface ProductStep {
  readonly kind: 'product';
  readonly left: LinearCombination;
  readonly right: LinearCombination;
  readonly output: WireId;
}

export interface LinearStep {
  readonly kind: 'linear';
  readonly source: LinearCombination;
  readonly output: WireId;
}

/** output = 1 / source, or 0 when the source is 0. */
export interface InverseStep {
  readonly kind: 'inverse';
  readonly source: LinearCombination;
  readonly output: WireId;
}

/** quotient = floor(source / divisor), remainder = source - quotient * divisor, on canonical integers. */
export interface DivideStep {
  readonly kind: 'divide';
  readonly source: LinearCombination;
  readonly divisor: bigint;
  readonly quotient: WireId;
  readonly remainder: WireId;
}

export type RecipeStep = BitsStep | ProductStep | LinearStep | InverseStep | DivideStep;

/**
 * The calls of one run of main as a tree: instance 0 is main; children in call order. A call whose predicate evaluates
 * to 0 leaves no frame in the witness stack, nor do its descendants.
 */
export interface CallInstance {
  readonly instance: number;
  readonly functionIndex: number;
  /** Absent: always taken. Otherwise evaluated over the caller's witnesses. */
  readonly predicate?: Expression;
  readonly children: readonly CallInstance[];
}

export interface Recipe {
  readonly prime: bigint;
  readonly wireCount: number;
  readonly calls: CallInstance;
  readonly copies: WitnessCopies;
  readonly steps: readonly RecipeStep[];
}
