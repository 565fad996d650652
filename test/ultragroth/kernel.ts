/** A kernel that has UltraGroth, on any machine. */
import { isNativeKernelBuilt, type NativeKernel, nativeKernel, wasmKernel } from '../../src/kernel/index.ts';

/** The native kernel where it is built, else WebAssembly. */
export function openTestKernel(): Promise<NativeKernel> {
  return isNativeKernelBuilt() ? nativeKernel({ threads: 2 }) : wasmKernel({ threads: 2 });
}
