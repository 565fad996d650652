/**
 * Kernel: the engine under set-up, proving and verifying. One interface, several engines; the caller holds the kernel
 * as a value (no global choice), and every result says which one made it.
 *
 * Bytes at this border: an iden3 `.zkey` for keys; field elements as 32 bytes little-endian, canonical (not
 * Montgomery); points as decimal-free affine coordinates in {@link Groth16Points}.
 */
import type { CeremonyKernel } from './ceremony-types.ts';

export type { CeremonyKernel, DerivedKeys, GroupName, PointHash, PreparedPowers } from './ceremony-types.ts';

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

/** An UltraGroth proof: `c1` commits to round 1, `c2` to round 2. */
export interface UltraGrothPoints {
  readonly a: G1Point;
  readonly b: G2Point;
  readonly c1: G1Point;
  readonly c2: G1Point;
}

export interface UltraGrothVerificationKey {
  readonly alpha: G1Point;
  readonly beta: G2Point;
  readonly gamma: G2Point;
  /** Of round 1 and round 2. */
  readonly delta1: G2Point;
  readonly delta2: G2Point;
  readonly challengeCount: number;
  /** publicCount + challengeCount + 1 points: those of the challenges last. */
  readonly ic: readonly G1Point[];
}

/** The secrets of a single-party UltraGroth set-up; see {@link ToxicWaste}. */
export interface UltraGrothToxicWaste extends Omit<ToxicWaste, 'delta'> {
  readonly delta1: bigint;
  readonly delta2: bigint;
}

export interface OpenProvingKeyOptions extends KernelCallOptions {
  /**
   * 'beside' (default): keeps the key in the engine's own form in `<path>.bionoir-<engine>.cache`, so that the next time
   * starts at once; a folder that cannot be written means no cache. 'none': neither reads nor writes one.
   */
  readonly cache?: 'beside' | 'none';
}

/** A key from a file, and where it came from: 'cached' means that the cache was written now. */
export interface OpenedProvingKey extends LoadedProvingKey {
  readonly source: 'file' | 'cached' | 'cache';
}

/** An UltraGroth proving key that the kernel has read; serves many proofs until released. */
export interface LoadedUltraGrothKey {
  /** Without the challenges. */
  readonly publicCount: number;
  readonly challengeCount: number;
  readonly roundOneCount: number;
  readonly wireCount: number;
  release(): void;
}

/** Secret scalars of one proof, uniform in [0, r). */
export interface UltraGrothBlinding {
  /** Hides round 1; the same in both calls. */
  readonly rho: bigint;
  readonly r: bigint;
  readonly s: bigint;
}

/** A statement to verify: `inputs` are the public inputs, then the challenges. */
export interface UltraGrothStatement {
  readonly inputs: readonly bigint[];
  readonly proof: UltraGrothPoints;
}

/** UltraGroth as a kernel sees it. Challenges are drawn above, in src/ultragroth. */
export interface UltraGrothKernel {
  /** Single-party development set-up: the UltraGroth `.zkey` of a system with rounds (iden3 bytes), gamma = 1. */
  setup(r1cs: Uint8Array, secrets: UltraGrothToxicWaste, options?: KernelCallOptions): Promise<Uint8Array>;

  /** Checks every point; those of the verification key are then finite and in their groups. */
  loadProvingKey(zkey: Uint8Array): Promise<LoadedUltraGrothKey>;

  /** C1, the commitment to round 1. `roundOne`: the values of its wires, 32 bytes each. */
  commit(
    key: LoadedUltraGrothKey,
    roundOne: Uint8Array,
    rho: bigint,
    options?: KernelCallOptions,
  ): Promise<G1Point>;

  /** A, B and C2, without checking the witness. `witness`: all wires, the challenges included. */
  prove(
    key: LoadedUltraGrothKey,
    witness: Uint8Array,
    blinding: UltraGrothBlinding,
    options?: KernelCallOptions,
  ): Promise<Omit<UltraGrothPoints, 'c1'>>;

  /**
   * True iff every pairing equation holds; several are checked as one random combination. Curves and groups are checked
   * (MALFORMED_KEY, MALFORMED_PROOF).
   */
  verify(key: UltraGrothVerificationKey, statements: readonly UltraGrothStatement[]): Promise<boolean>;
}

/** One proof of a batch. */
export interface ProofWithInputs {
  readonly publicInputs: readonly bigint[];
  readonly proof: Groth16Points;
}

export interface SolveOptions extends KernelCallOptions {
  /** How many instructions of unconstrained functions may run in all; 2^30 by default. */
  readonly stepLimit?: number;
  /** Whether {@link SolvedWitness.frames} will be asked. */
  readonly keepFrames?: boolean;
}

/** A witness that an engine has solved. */
export interface SolvedWitness {
  readonly kind: 'solved';
  /** All wires, 32 bytes each; in a system with rounds those of round 1, challenges and later wires being 0. */
  readonly wires: Uint8Array;
  readonly challengeCount: number;
  /** All wires for these challenges; it may be called again with others. */
  finish(challenges: readonly bigint[]): Promise<Uint8Array>;
  /** Witnesses of every call; see bk_solution_frames for the bytes. */
  frames(): Uint8Array | Promise<Uint8Array>;
  release(): void;
}

/** A program that an engine could not run to its end, and where that was. */
export interface StoppedProgram {
  readonly kind: 'stopped';
  /** Position in STOP_REASONS of src/witness/program. */
  readonly reason: number;
  /** The innermost ACIR function. */
  readonly functionIndex: number;
  /** ACIR opcodes, outermost call first. */
  readonly opcodes: readonly number[];
  /** The unconstrained function, and its instructions, outermost first. */
  readonly brillig?: { readonly functionIndex: number; readonly instructions: readonly number[] };
}

/** A compiled witness program (.bwp) that the kernel has read; serves many inputs until released. */
export interface LoadedWitnessProgram {
  readonly inputCount: number;
  readonly wireCount: number;
  readonly challengeCount: number;
  /** What solving takes beside the wires, but for values that are no small integers (32 bytes each). */
  readonly workingBytes: number;
  /** Runs the program on canonical values of main's parameters. */
  solve(inputs: readonly bigint[], options?: SolveOptions): Promise<SolvedWitness | StoppedProgram>;
  release(): void;
}

/** Solving witnesses as a kernel sees it; src/witness/program writes what it loads. */
export interface WitnessKernel {
  /** @throws BionoirError MALFORMED_PROGRAM */
  load(program: Uint8Array): Promise<LoadedWitnessProgram>;
}

export interface Kernel {
  /** Witness programs, where the kernel runs them. */
  readonly witness?: WitnessKernel;
  /** What ceremonies need, where the kernel has it. */
  readonly ceremony?: CeremonyKernel;
  /** UltraGroth, where the kernel has it. */
  readonly ultraGroth?: UltraGrothKernel;
  /** 'native', 'wasm' ... */
  readonly name: string;
  /** For people: engine, instruction set, threads. */
  readonly description: string;

  /**
   * Single-party development set-up from known secrets: the `.zkey` of the circuit in `r1cs` (iden3 bytes), gamma = 1.
   */
  setup(r1cs: Uint8Array, secrets: ToxicWaste, options?: KernelCallOptions): Promise<Uint8Array>;

  loadProvingKey(zkey: Uint8Array): Promise<LoadedProvingKey>;

  /**
   * The same from a `.zkey` file, mapped instead of read whole; absent where the engine cannot. It must not be cut short
   * meanwhile.
   */
  openProvingKey?(path: string, options?: OpenProvingKeyOptions): Promise<OpenedProvingKey>;

  /** Proves without checking the witness (the caller has). `witness`: wireCount * 32 bytes. */
  prove(key: LoadedProvingKey, witness: Uint8Array, options?: ProveOptions): Promise<Groth16Points>;

  /** Whether {@link Kernel.verify} itself checks curves and groups (MALFORMED_KEY, MALFORMED_PROOF). */
  readonly checksPoints?: boolean;

  /** True iff the pairing equation holds. Unless the kernel checks points, they are known to be in their groups. */
  verify(
    key: Groth16VerificationKey,
    publicInputs: readonly bigint[],
    proof: Groth16Points,
  ): Promise<boolean>;

  /** Whether all proofs of one key hold, as one random combination: much cheaper than one at a time. */
  verifyBatch?(key: Groth16VerificationKey, proofs: readonly ProofWithInputs[]): Promise<boolean>;

  /** Ends workers and frees memory. */
  close(): Promise<void>;
}
