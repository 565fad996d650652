/**
 * The part of ffjavascript 0.3.1 that bionoir uses; the package ships no types.
 *
 * Elements and points are byte arrays in Montgomery form. "LEM" is the affine little-endian Montgomery encoding of the
 * iden3 files.
 */
declare module 'ffjavascript' {
  /** WebAssembly instructions, as wasmbuilder writes them. */
  export type WasmCode = readonly number[];

  export interface WasmCodeBuilder {
    getLocal(name: string): WasmCode;
    setLocal(name: string, value: WasmCode): WasmCode;
    i32_const(value: number): WasmCode;
    i32_add(left: WasmCode, right: WasmCode): WasmCode;
    i32_sub(left: WasmCode, right: WasmCode): WasmCode;
    i32_mul(left: WasmCode, right: WasmCode): WasmCode;
    i32_shl(left: WasmCode, right: WasmCode): WasmCode;
    i32_shr_u(left: WasmCode, right: WasmCode): WasmCode;
    i32_and(left: WasmCode, right: WasmCode): WasmCode;
    i32_or(left: WasmCode, right: WasmCode): WasmCode;
    i32_eq(left: WasmCode, right: WasmCode): WasmCode;
    i32_eqz(value: WasmCode): WasmCode;
    i32_load(address: WasmCode, offset?: number, align?: number): WasmCode;
    i32_store(address: WasmCode, value: WasmCode): WasmCode;
    call(name: string, ...parameters: WasmCode[]): WasmCode;
    if(condition: WasmCode, then: WasmCode, otherwise?: WasmCode): WasmCode;
    block(body: WasmCode): WasmCode;
    loop(...body: WasmCode[]): WasmCode;
    br_if(depth: number, condition: WasmCode): WasmCode;
    br(depth: number): WasmCode;
  }

  export interface WasmFunctionBuilder {
    addParam(name: string, type: 'i32'): void;
    addLocal(name: string, type: 'i32'): void;
    setReturnType(type: 'i32'): void;
    getCodeBuilder(): WasmCodeBuilder;
    addCode(...code: WasmCode[]): void;
  }

  export interface WasmModuleBuilder {
    addFunction(name: string): WasmFunctionBuilder;
    exportFunction(name: string): void;
    /** Address of fresh static memory. */
    alloc(bytes: number): number;
  }

  export interface ThreadManager {
    /** The module's bytes; only of a single-threaded curve. */
    readonly code: Uint8Array<ArrayBuffer>;
  }

  export interface ScalarField {
    fromRng(rng: ChaCha): Uint8Array;
    fromMontgomery(element: Uint8Array): Uint8Array;
    /** Roots of unity: w[k] has order 2^k. */
    readonly w: readonly Uint8Array[];
    e(value: bigint | number): Uint8Array;
  }

  /** Points are affine (2 coordinates) or Jacobian (3), told apart by length. */
  export interface CurveGroup {
    readonly g: Uint8Array;
    readonly zero: Uint8Array;
    add(left: Uint8Array, right: Uint8Array): Uint8Array;
    neg(point: Uint8Array): Uint8Array;
    double(point: Uint8Array): Uint8Array;
    timesFr(point: Uint8Array, scalar: Uint8Array): Uint8Array;
    toAffine(point: Uint8Array): Uint8Array;
    fromRng(rng: ChaCha): Uint8Array;
    batchLEMtoU(points: Uint8Array): Promise<Uint8Array>;
  }

  export interface Curve {
    readonly name: string;
    readonly tm: ThreadManager;
    readonly Fr: ScalarField;
    readonly G1: CurveGroup;
    readonly G2: CurveGroup;
    /** True iff the product of the pairings of (G1, G2) pairs is one. */
    pairingEq(...points: Uint8Array[]): Promise<boolean>;
    terminate(): Promise<void>;
  }

  export class ChaCha {
    constructor(seed: readonly number[]);
  }

  /** Builds the curve; with workers it also stores itself in globalThis.curve_bn128. */
  export function buildBn128(
    singleThread?: boolean,
    plugins?: (module: WasmModuleBuilder) => void,
  ): Promise<Curve>;
}
