/** The WebAssembly kernel in Node. */
import type { NativeKernel } from './addon-kernel.ts';
import { NODE_HOST } from './wasm/node-host.ts';
import { type WasmKernelOptions, wasmKernelOn } from './wasm.ts';

/**
 * Starts the WebAssembly kernel.
 *
 * @throws BionoirError USAGE, MISSING_KERNEL or KERNEL_FAILED as {@link wasmKernelOn} does.
 */
export function wasmKernel(options: WasmKernelOptions = {}): Promise<NativeKernel> {
  return wasmKernelOn(NODE_HOST, options);
}
