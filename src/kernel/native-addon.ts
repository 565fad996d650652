/**
 * Finds and types the compiled addon (native/addon.cpp over native/include/bionoir_kernel.h). Nothing here computes; the
 * functions below take exactly what the glue expects, and native.ts sees to that.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BionoirError } from '../errors.ts';

/** The version of bionoir_kernel.h that this file describes. */
const ABI_VERSION = 2;

/** Instruction sets, in the order of bk_path; 'best' is the fastest that the processor has. */
export const NATIVE_PATHS = ['best', 'portable', 'adx', 'ifma'] as const;
export type NativePath = 'portable' | 'adx' | 'ifma';

/** bk_status, by number. */
export const STATUS = {
  badArgument: 1,
  malformedKey: 2,
  malformedWitness: 3,
  malformedR1cs: 4,
  cancelled: 6,
  unsupportedPath: 7,
  malformedProof: 10,
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

/** The addon's exports; see native/addon.cpp. Rejections and errors carry a `status`. */
export interface NativeAddon {
  abiVersion(): number;
  open(path: number, threads: number): KernelHandle;
  describe(kernel: KernelHandle): [path: number, threads: number];
  close(kernel: KernelHandle): void;
  releaseKey(key: KeyHandle): void;
  keyShape(key: KeyHandle): [wires: number, publics: number];
  loadKey(kernel: KernelHandle, zkey: Uint8Array, cancel: Cancel, listener: Listener): Promise<KeyHandle>;
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
  ): Uint8Array;
  msm(kernel: KernelHandle, group: number, points: Uint8Array, scalars: Uint8Array): Uint8Array;
  multiplyGenerator(kernel: KernelHandle, group: number, scalars: Uint8Array): Uint8Array;
  transform(kernel: KernelHandle, values: Uint8Array): Uint8Array;
}

const BUILT_FILE = join('native', 'build', 'Release', 'bionoir_kernel.node');
const HOW_TO_BUILD =
  'Install a C++20 compiler, make and Python 3, run "node scripts/install-native.mjs --verbose" in the package, or use the ffjavascript kernel.';

/** Where the package's addon would be: src/kernel and dist/src/kernel lie at different depths below the root. */
function findAddon(): string | undefined {
  let folder = import.meta.dirname;
  for (let up = 0; up < 4; up++) {
    folder = dirname(folder);
    const candidate = join(folder, BUILT_FILE);
    if (existsSync(candidate)) return candidate;
  }
  return undefined;
}

/** Whether the native kernel was built for this package. */
export function isNativeKernelBuilt(): boolean {
  return findAddon() !== undefined;
}

/**
 * Loads the addon.
 *
 * @throws BionoirError MISSING_KERNEL when it is not built, cannot be loaded, or is of another version.
 */
export function loadAddon(): NativeAddon {
  const file = findAddon();
  if (file === undefined) {
    throw new BionoirError('MISSING_KERNEL', `The native kernel is not built. ${HOW_TO_BUILD}`);
  }
  let addon: NativeAddon;
  try {
    addon = createRequire(import.meta.url)(file) as NativeAddon;
  } catch (cause) {
    throw new BionoirError('MISSING_KERNEL', `The native kernel does not load. ${HOW_TO_BUILD}`, {
      details: { file },
      cause,
    });
  }
  const version = addon.abiVersion();
  if (version === ABI_VERSION) return addon;
  throw new BionoirError(
    'MISSING_KERNEL',
    `The native kernel has interface version ${version}; version ${ABI_VERSION} is needed. ${HOW_TO_BUILD}`,
    { details: { version, expected: ABI_VERSION } },
  );
}
