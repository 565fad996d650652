/**
 * The kernel's functions as JavaScript sees them (native/include/bionoir_kernel.h): numbers, handles, types. Two engines
 * offer them: the compiled addon (native/addon.cpp) and the WebAssembly build (wasm/addon.ts). Nothing here computes.
 */
/** The version of bionoir_kernel.h that this file describes. */
export const ABI_VERSION = 3;

/** Instruction sets, in the order of bk_path; 'best' is the fastest that the processor has. */
export const NATIVE_PATHS = ['best', 'portable', 'adx', 'ifma', 'simd128'] as const;
export type NativePath = 'portable' | 'adx' | 'ifma';

/** bk_status, by number. */
export const STATUS = {
  badArgument: 1,
  malformedKey: 2,
  malformedWitness: 3,
  malformedR1cs: 4,
  noMemory: 5,
  cancelled: 6,
  unsupportedPath: 7,
  malformedProof: 10,
  malformedPoint: 11,
  malformedProgram: 12,
} as const;

export const GROUP = { g1: 1, g2: 2 } as const;
export const FIELD = { fq: 1, fr: 2 } as const;
export const OPERATION = { add: 0, sub: 1, mul: 2, sqr: 3, inverse: 4 } as const;

declare const kernelBrand: unique symbol;
declare const keyBrand: unique symbol;
declare const ultraKeyBrand: unique symbol;
/** An open kernel of the addon. */
export type KernelHandle = { readonly [kernelBrand]: true };
/** A loaded key of the addon. */
export type KeyHandle = { readonly [keyBrand]: true };
/** A loaded UltraGroth key of the addon. */
export type UltraKeyHandle = { readonly [ultraKeyBrand]: true };

type Cancel = Int32Array | undefined;
type Listener = ((step: string, fraction: number) => void) | undefined;

type Now<T> = T | Promise<T>;

/** What ceremonies are made of; see native/src/napi_ceremony.h. Groups are numbers of {@link GROUP}. */
export interface CeremonyAddon {
  pointsScale(
    kernel: KernelHandle,
    out: Uint8Array,
    points: Uint8Array,
    scalar: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<void>;
  pointMultiply(kernel: KernelHandle, group: number, point: Uint8Array, scalar: Uint8Array): Now<Uint8Array>;
  pointsCombine(
    kernel: KernelHandle,
    group: number,
    points: Uint8Array,
    scalars: Uint8Array,
    scalarBytes: number,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  checkSubgroup(
    kernel: KernelHandle,
    points: Uint8Array,
    seed: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<void>;
  pairingCheck(kernel: KernelHandle, g1: Uint8Array, g2: Uint8Array): Promise<boolean>;
  /** The 216 bytes of a fresh hash. */
  hashOpen(): Now<Uint8Array>;
  /** Changes `state` in place, as does hashPoints. */
  hashRepeat(
    kernel: KernelHandle,
    state: Uint8Array,
    bytes: Uint8Array,
    times: number,
    cancel: Cancel,
    listener: Listener,
  ): Promise<void>;
  hashPoints(kernel: KernelHandle, state: Uint8Array, group: number, points: Uint8Array): Promise<void>;
  hashClose(state: Uint8Array): Now<Uint8Array>;
  hashBeacon(
    kernel: KernelHandle,
    beacon: Uint8Array,
    exponent: number,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  deriveG2(kernel: KernelHandle, seed: Uint8Array): Now<Uint8Array>;
  /** `count` scalars, then `count` points. */
  deriveKeys(kernel: KernelHandle, seed: Uint8Array, count: number): Now<Uint8Array>;
  /** In place. */
  lagrangeDual(kernel: KernelHandle, scalars: Uint8Array): Promise<void>;
  lagrangeOdd(kernel: KernelHandle, scalars: Uint8Array): Promise<void>;
  /** `parts` in the order of bk_powers. */
  setupPowers(
    kernel: KernelHandle,
    r1cs: Uint8Array,
    power: number,
    parts: readonly Uint8Array[],
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
}

declare const witnessBrand: unique symbol;
declare const solutionBrand: unique symbol;
/** A witness program that is loaded, and what it gave for one input. */
export type WitnessHandle = { readonly [witnessBrand]: true };
export type SolutionHandle = { readonly [solutionBrand]: true };

/** The witness engine. */
export interface WitnessAddon {
  witnessLoad(
    kernel: KernelHandle,
    program: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<WitnessHandle>;
  /** See bk_witness_shape. */
  witnessShape(program: WitnessHandle): Now<Uint32Array>;
  witnessRelease(program: WitnessHandle): void;
  /** Fills `wires` with those of round 1, unless the program stopped. */
  witnessSolve(
    kernel: KernelHandle,
    program: WitnessHandle,
    inputs: Uint8Array,
    wires: Uint8Array,
    stepLimitLow: number,
    stepLimitHigh: number,
    keepFrames: number,
    cancel: Cancel,
    listener: Listener,
  ): Promise<SolutionHandle>;
  /** Empty where the program did not stop. */
  solutionStop(solution: SolutionHandle): Now<Uint32Array>;
  /** Fills `wires`. */
  solutionWires(
    kernel: KernelHandle,
    solution: SolutionHandle,
    wires: Uint8Array,
    challenges: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<void>;
  solutionFrames(solution: SolutionHandle): Now<Uint8Array>;
  solutionRelease(solution: SolutionHandle): void;
}

/** Whether an engine offers it. */
export function hasWitness(addon: NativeAddon): addon is NativeAddon & WitnessAddon {
  return typeof addon.witnessLoad === 'function';
}

/** Whether an engine offers them. */
export function hasCeremony(addon: NativeAddon): addon is NativeAddon & CeremonyAddon {
  return typeof addon.pointsScale === 'function';
}

/** The functions of an engine. Rejections and errors carry a `status`. */
export interface NativeAddon extends Partial<CeremonyAddon>, Partial<WitnessAddon> {
  abiVersion(): number;
  open(path: number, threads: number): KernelHandle;
  describe(kernel: KernelHandle): [path: number, threads: number];
  close(kernel: KernelHandle): void;
  releaseKey(key: KeyHandle): void;
  keyShape(key: KeyHandle): [wires: number, publics: number];
  loadKey(kernel: KernelHandle, zkey: Uint8Array, cancel: Cancel, listener: Listener): Promise<KeyHandle>;
  /** Of the addon only. `cache` may be empty; `source` is a bk_key_source. */
  openKey?(
    kernel: KernelHandle,
    path: string,
    cache: string,
    cancel: Cancel,
    listener: Listener,
  ): Promise<[key: KeyHandle, source: number]>;
  prove(
    kernel: KernelHandle,
    key: KeyHandle,
    witness: Uint8Array,
    blinding: Uint8Array | undefined,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  setup(
    kernel: KernelHandle,
    r1cs: Uint8Array,
    secrets: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  verify(kernel: KernelHandle, key: Uint8Array, publics: Uint8Array, proofs: Uint8Array): Promise<boolean>;
  ultraSetup(
    kernel: KernelHandle,
    r1cs: Uint8Array,
    secrets: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  ultraLoadKey(
    kernel: KernelHandle,
    zkey: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<UltraKeyHandle>;
  ultraKeyShape(
    key: UltraKeyHandle,
  ): [wires: number, publics: number, challenges: number, roundOneWires: number];
  ultraReleaseKey(key: UltraKeyHandle): void;
  ultraCommit(
    kernel: KernelHandle,
    key: UltraKeyHandle,
    roundOne: Uint8Array,
    rho: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  ultraProve(
    kernel: KernelHandle,
    key: UltraKeyHandle,
    witness: Uint8Array,
    blinding: Uint8Array,
    cancel: Cancel,
    listener: Listener,
  ): Promise<Uint8Array>;
  ultraVerify(
    kernel: KernelHandle,
    key: Uint8Array,
    inputs: Uint8Array,
    proofs: Uint8Array,
  ): Promise<boolean>;
  fieldMap(
    kernel: KernelHandle,
    field: number,
    operation: number,
    left: Uint8Array,
    right: Uint8Array,
  ): Now<Uint8Array>;
  msm(kernel: KernelHandle, group: number, points: Uint8Array, scalars: Uint8Array): Now<Uint8Array>;
  multiplyGenerator(kernel: KernelHandle, group: number, scalars: Uint8Array): Now<Uint8Array>;
  transform(kernel: KernelHandle, values: Uint8Array): Now<Uint8Array>;
}
