/**
 * Kernel: the engine under set-up, proving and verifying. One interface, several engines; the caller holds the kernel
 * as a value (no global choice), and every result says which one made it.
 *
 * Bytes at this border: an iden3 `.zkey` for keys; field elements as 32 bytes little-endian, canonical (not
 * Montgomery); points as decimal-free affine coordinates in {@link Groth16Points}.
 */

/** Affine coordinates, canonical. G2 coordinates are [c0, c1]. Infinity is (0, 0). */
export type G1Point = readonly [x: bigint, y: bigint];
export type G2Point = readonly [x: readonly [c0: bigint, c1: bigint], y: readonly [c0: bigint, c1: bigint]];

export interface Groth16Points {
  readonly a: G1Point;
  readonly b: G2Point;
  readonly c: G1Point;
}

export interface Groth16VerificationKey {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  readonly delta: G2Point;
  /** publicCount + 1 points. */
  readonly ic: readonly G1Point[];
}

/** The secrets of a single-party set-up, each uniform in [1, r). Whoever knows them can forge proofs. */
export interface ToxicWaste {
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
}

/** `fraction` runs from 0 to 1 inside one step. */
export type Progress = (step: string, fraction: number) => void;

export interface KernelCallOptions {
  readonly onProgress?: Progress;
  readonly signal?: AbortSignal;
}

export interface ProveOptions extends KernelCallOptions {
  /** Blinding scalars in [0, r); drawn from the platform CSPRNG when absent. Tests only. */
  readonly blinding?: { readonly r: bigint; readonly s: bigint };
}

/** A proving key that the kernel has read; serves many proofs until released. */
export interface LoadedProvingKey {
  readonly publicCount: number;
  readonly wireCount: number;
  release(): void;
}

export interface Kernel {
  /** 'ffjavascript', 'native' ... */
  readonly name: string;
  /** For people: engine, instruction set, threads. */
  readonly description: string;

  /**
   * Single-party development set-up from known secrets: the `.zkey` of the circuit in `r1cs` (iden3 bytes), gamma = 1.
   */
  setup(r1cs: Uint8Array, secrets: ToxicWaste, options?: KernelCallOptions): Promise<Uint8Array>;

  loadProvingKey(zkey: Uint8Array): Promise<LoadedProvingKey>;

  /** Proves without checking the witness (the caller has). `witness`: wireCount * 32 bytes. */
  prove(key: LoadedProvingKey, witness: Uint8Array, options?: ProveOptions): Promise<Groth16Points>;

  /** True iff the pairing equation holds. Points are already known to be on the curve and in the subgroup. */
  verify(
    key: Groth16VerificationKey,
    publicInputs: readonly bigint[],
    proof: Groth16Points,
  ): Promise<boolean>;

  /** Ends workers and frees memory. */
  close(): Promise<void>;
}
