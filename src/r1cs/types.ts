/**
 * ConstraintSystem: rank-1 constraints (A w)(B w) = (C w) over a prime field, in sparse rows on typed arrays.
 *
 * Wire 0 is the constant one; wires 1..publicCount are public, in the order in which a verifier is given them; all
 * others are private. Coefficients are interned: a row stores ids into `coefficients`.
 */

declare const wireBrand: unique symbol;
declare const constraintBrand: unique symbol;
/** Index of a wire; 0 is the constant one. Not an ACIR witness. */
export type WireId = number & { readonly [wireBrand]: true };
/** Index of a constraint. */
export type ConstraintId = number & { readonly [constraintBrand]: true };

/** Rows of (wire, coefficient) pairs. Row i spans rowStarts[i]..rowStarts[i+1]; wires ascend within a row. */
export interface SparseRows {
  readonly rowStarts: Uint32Array;
  readonly wires: Uint32Array;
  readonly coefficientIds: Uint32Array;
}

/** A place in a Noir source: one call of a call stack. */
export interface Frame {
  readonly file: string;
  readonly line: number;
  readonly functionName?: string;
}

/** Where a constraint comes from, innermost fact first: gadget, Noir line, model layer. */
export interface Provenance {
  /** What the constraint does: 'range', 'relu', 'assert-zero', 'call output' ... */
  readonly gadget: string;
  /** ACIR function and opcode index. */
  readonly functionIndex: number;
  readonly opcodeIndex: number;
  readonly file?: string;
  readonly line?: number;
  readonly functionName?: string;
  /** The model layer: the stem of the generated module that the line belongs to. */
  readonly layer?: string;
  /** The Noir call stack, outermost call first; constraints of one place share one array. */
  readonly stack?: readonly Frame[];
}

/**
 * How the wires of a system with lookups are split by the time at which the prover commits to them (UltraGroth). After
 * the public wires come `challengeCount` challenges, which the verifier calculates; then `roundOneCount` private wires,
 * committed to before the challenges are known; all later wires are round 2.
 */
export interface Rounds {
  readonly challengeCount: number;
  readonly roundOneCount: number;
}

/** Rank-1 constraints; see the head of this file. */
export interface ConstraintSystem {
  /** The field's order; BN254's scalar field except in tiny-field tests. */
  readonly prime: bigint;
  readonly wireCount: number;
  readonly publicCount: number;
  readonly constraintCount: number;
  /** Absent: every private wire belongs to one round, as in plain Groth16. */
  readonly rounds?: Rounds;
  readonly a: SparseRows;
  readonly b: SparseRows;
  readonly c: SparseRows;
  /** Distinct coefficients, canonical in [0, prime). */
  readonly coefficients: readonly bigint[];
  /** provenance[provenanceIds[i]] tells where constraint i comes from. */
  readonly provenance: readonly Provenance[];
  readonly provenanceIds: Uint32Array;
}

/** A linear form outside of a system: wires ascend, coefficients are canonical and non-zero. */
export interface LinearCombination {
  readonly wires: readonly WireId[];
  readonly coefficients: readonly bigint[];
}
