/**
 * Program: ACIR of any supported Noir release, normalised to one form. Decoders translate older wire forms into it:
 * explicit bit widths on AND/XOR/RANGE, predicates as expressions (absent = constant 1), memory operations as
 * (write, index witness, value witness).
 *
 * Field elements are bigints in [0, p); decoders intern them, so that equal coefficients share one object.
 */

import type { BrilligOpcode } from './brillig.ts';

declare const witnessBrand: unique symbol;
/** Witness index inside one ACIR circuit. Not an R1CS wire. */
export type AcirWitness = number & { readonly [witnessBrand]: true };

/** sum mul.coefficient * w[left] * w[right] + sum linear.coefficients[i] * w[linear.witnesses[i]] + constant. */
export interface Expression {
  readonly mulTerms: readonly MulTerm[];
  readonly linear: LinearTerms;
  readonly constant: bigint;
}

export interface MulTerm {
  readonly coefficient: bigint;
  readonly left: AcirWitness;
  readonly right: AcirWitness;
}

/** Columns, not objects: a dense layer's row has a thousand terms. `coefficients[i]` belongs to `witnesses[i]`. */
export interface LinearTerms {
  readonly witnesses: Uint32Array;
  readonly coefficients: readonly bigint[];
}

/** Argument of a black box: a constant or a witness. */
export type FunctionInput =
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'witness'; readonly witness: AcirWitness };

export interface AssertZero {
  readonly kind: 'assert-zero';
  readonly expression: Expression;
}

export type BlockKind =
  | { readonly kind: 'memory' }
  | { readonly kind: 'call-data'; readonly id: number }
  | { readonly kind: 'return-data' };

export interface MemoryInit {
  readonly kind: 'memory-init';
  readonly block: number;
  readonly init: readonly AcirWitness[];
  readonly blockKind: BlockKind;
}

export interface MemoryOp {
  readonly kind: 'memory-op';
  readonly block: number;
  readonly write: boolean;
  readonly index: Expression;
  readonly value: Expression;
}

export type BrilligInput =
  | { readonly kind: 'single'; readonly expression: Expression }
  | { readonly kind: 'array'; readonly expressions: readonly Expression[] }
  | { readonly kind: 'memory'; readonly block: number };

export type BrilligOutput =
  | { readonly kind: 'simple'; readonly witness: AcirWitness }
  | { readonly kind: 'array'; readonly witnesses: readonly AcirWitness[] };

/** Runs an unconstrained function; its outputs are free witnesses. `predicate` 0 leaves all outputs 0. */
export interface BrilligCall {
  readonly kind: 'brillig-call';
  readonly id: number;
  readonly inputs: readonly BrilligInput[];
  readonly outputs: readonly BrilligOutput[];
  readonly predicate: Expression;
}

/** Calls circuit `id` (never 0). Callee witness k is the k-th input; outputs are its return values, ascending. */
export interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly inputs: readonly AcirWitness[];
  readonly outputs: readonly AcirWitness[];
  readonly predicate: Expression;
}

/** Solver-only hint of old releases: digits of `value` to `radix`, little-endian. Adds no constraint. */
export interface ToLeRadixDirective {
  readonly kind: 'to-le-radix';
  readonly value: Expression;
  readonly outputs: readonly AcirWitness[];
  readonly radix: number;
}

export interface RangeCall {
  readonly name: 'range';
  readonly input: FunctionInput;
  readonly bits: number;
}

export interface BitwiseCall {
  readonly name: 'and' | 'xor';
  readonly left: FunctionInput;
  readonly right: FunctionInput;
  readonly bits: number;
  readonly output: AcirWitness;
}

/** AES-128-CBC; PKCS#7 inside iff outputs are longer than inputs. */
export interface AesCall {
  readonly name: 'aes128-encrypt';
  readonly inputs: readonly FunctionInput[];
  readonly iv: readonly FunctionInput[];
  readonly key: readonly FunctionInput[];
  readonly outputs: readonly AcirWitness[];
}

/** Byte hashes (outputs: 32 bytes), Keccak-f[1600] (25 lanes) and Poseidon2 (4 field elements). */
export interface HashCall {
  readonly name: 'sha256' | 'blake2s' | 'blake3' | 'keccakf1600' | 'poseidon2-permutation';
  readonly inputs: readonly FunctionInput[];
  readonly outputs: readonly AcirWitness[];
}

/** Old releases; `messageSize` is the number of leading bytes hashed. */
export interface Keccak256Call {
  readonly name: 'keccak256';
  readonly inputs: readonly FunctionInput[];
  readonly messageSize?: FunctionInput;
  readonly outputs: readonly AcirWitness[];
}

export interface Sha256CompressionCall {
  readonly name: 'sha256-compression';
  readonly inputs: readonly FunctionInput[];
  readonly state: readonly FunctionInput[];
  readonly outputs: readonly AcirWitness[];
}

export interface PedersenCall {
  readonly name: 'pedersen-commitment' | 'pedersen-hash';
  readonly inputs: readonly FunctionInput[];
  readonly domainSeparator: number;
  /** Commitment: [x, y]; hash: [x]. */
  readonly outputs: readonly AcirWitness[];
}

export interface SchnorrVerifyCall {
  readonly name: 'schnorr-verify';
  readonly publicKeyX: FunctionInput;
  readonly publicKeyY: FunctionInput;
  readonly signature: readonly FunctionInput[];
  readonly message: readonly FunctionInput[];
  readonly output: AcirWitness;
}

export interface EcdsaCall {
  readonly name: 'ecdsa-secp256k1' | 'ecdsa-secp256r1';
  readonly publicKeyX: readonly FunctionInput[];
  readonly publicKeyY: readonly FunctionInput[];
  readonly signature: readonly FunctionInput[];
  readonly hashedMessage: readonly FunctionInput[];
  readonly predicate: FunctionInput;
  readonly output: AcirWitness;
}

/** (low + 2^128 * high) times the Grumpkin generator. */
export interface FixedBaseScalarMulCall {
  readonly name: 'fixed-base-scalar-mul';
  readonly low: FunctionInput;
  readonly high: FunctionInput;
  readonly outputs: readonly AcirWitness[];
}

/** An affine Grumpkin point; `infinite` is present only up to beta.21. Without it infinity is (0, 0). */
export interface CurvePointInput {
  readonly x: FunctionInput;
  readonly y: FunctionInput;
  readonly infinite?: FunctionInput;
}

/** outputs: [x, y] or, when the points carry `infinite` flags, [x, y, infinite]. */
export interface MultiScalarMulCall {
  readonly name: 'multi-scalar-mul';
  readonly points: readonly CurvePointInput[];
  /** lo + 2^128 * hi. */
  readonly scalars: readonly { readonly low: FunctionInput; readonly high: FunctionInput }[];
  readonly predicate: FunctionInput;
  readonly outputs: readonly AcirWitness[];
}

/** `assertsOnCurve` is true from beta.22 on; older releases feed off-curve dummies. */
export interface EmbeddedCurveAddCall {
  readonly name: 'embedded-curve-add';
  readonly left: CurvePointInput;
  readonly right: CurvePointInput;
  readonly predicate: FunctionInput;
  readonly assertsOnCurve: boolean;
  readonly outputs: readonly AcirWitness[];
}

export interface RecursiveAggregationCall {
  readonly name: 'recursive-aggregation';
  readonly verificationKey: readonly FunctionInput[];
  readonly proof: readonly FunctionInput[];
  readonly publicInputs: readonly FunctionInput[];
  readonly keyHash: FunctionInput;
  readonly proofType: number;
  readonly predicate: FunctionInput;
}

/** Ids name big integers of the circuit, not witnesses. */
export interface BigIntArithmeticCall {
  readonly name: 'big-int-add' | 'big-int-sub' | 'big-int-mul' | 'big-int-div';
  readonly left: number;
  readonly right: number;
  readonly output: number;
}

export interface BigIntFromLeBytesCall {
  readonly name: 'big-int-from-le-bytes';
  readonly inputs: readonly FunctionInput[];
  readonly modulus: Uint8Array;
  readonly output: number;
}

export interface BigIntToLeBytesCall {
  readonly name: 'big-int-to-le-bytes';
  readonly input: number;
  readonly outputs: readonly AcirWitness[];
}

export type BlackBoxCall =
  | RangeCall
  | BitwiseCall
  | AesCall
  | HashCall
  | Keccak256Call
  | Sha256CompressionCall
  | PedersenCall
  | SchnorrVerifyCall
  | EcdsaCall
  | FixedBaseScalarMulCall
  | MultiScalarMulCall
  | EmbeddedCurveAddCall
  | RecursiveAggregationCall
  | BigIntArithmeticCall
  | BigIntFromLeBytesCall
  | BigIntToLeBytesCall;

export interface BlackBox {
  readonly kind: 'black-box';
  readonly call: BlackBoxCall;
}

export type Opcode = AssertZero | BlackBox | MemoryInit | MemoryOp | BrilligCall | Call | ToLeRadixDirective;

export interface AssertMessage {
  /** Index of the ACIR opcode, and of the Brillig opcode inside it where the message belongs to one. */
  readonly opcode: number;
  readonly brilligOpcode?: number;
  /** Key of `abi.error_types` (from 0.39 on), or undefined for a plain text of old releases. */
  readonly selector?: bigint;
  readonly text?: string;
  readonly payload: readonly (
    | { readonly kind: 'expression'; readonly expression: Expression }
    | { readonly kind: 'memory'; readonly block: number }
  )[];
}

export interface Circuit {
  readonly name: string;
  readonly opcodes: readonly Opcode[];
  /** Each ascending. Parameters are witnesses 0..n-1. */
  readonly privateParameters: readonly AcirWitness[];
  readonly publicParameters: readonly AcirWitness[];
  readonly returnValues: readonly AcirWitness[];
  readonly assertMessages: readonly AssertMessage[];
}

export interface Program {
  /** functions[0] is main. */
  readonly functions: readonly Circuit[];
  readonly unconstrained: readonly BrilligFunction[];
}

/** An unconstrained function; its instructions are typed in brillig.ts. */
export interface BrilligFunction {
  readonly name: string;
  readonly opcodes: readonly BrilligOpcode[];
}

/** One frame of solved witnesses. */
export interface WitnessFrame {
  readonly functionIndex: number;
  /** Values by witness index; unassigned witnesses are absent. */
  readonly witnesses: ReadonlyMap<number, bigint>;
}

/** Frames in completion order: callees before callers, main last. A call whose predicate is 0 has no frame. */
export type WitnessStack = readonly WitnessFrame[];

/** Where an opcode comes from in Noir source: outermost caller first. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly functionName?: string;
}
