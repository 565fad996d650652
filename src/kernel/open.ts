/** Choosing an engine: an explicit choice, or the best one that is installed. Every result names the engine. */
import { nativeKernel } from './native.ts';
import { isNativeKernelBuilt } from './native-loader.ts';
import type { Kernel } from './types.ts';
import { wasmKernel } from './wasm-node.ts';

/** 'best': native where it was built at installation, WebAssembly otherwise. */
export const KERNEL_CHOICES = ['best', 'native', 'wasm'] as const;
export type KernelChoice = (typeof KERNEL_CHOICES)[number];

/**
 * Starts a kernel. Close it when done.
 *
 * @throws BionoirError MISSING_KERNEL when 'native' is asked for and was not built, or the host cannot run WebAssembly's.
 */
export async function openKernel(choice: KernelChoice = 'best'): Promise<Kernel> {
  if (choice === 'native' || (choice === 'best' && isNativeKernelBuilt())) return nativeKernel();
  return wasmKernel();
}
