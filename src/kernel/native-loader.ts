/** Finds and loads the compiled addon (native/addon.cpp). */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BionoirError } from '../errors.ts';
import { ABI_VERSION, type NativeAddon } from './native-addon.ts';

const BUILT_FILE = join('native', 'build', 'Release', 'bionoir_kernel.node');
const HOW_TO_BUILD =
  'Install a C++20 compiler, make and Python 3, run "node scripts/install-native.mjs --verbose" in the package, or use the WebAssembly kernel.';

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
