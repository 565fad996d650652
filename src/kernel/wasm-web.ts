/**
 * The WebAssembly kernel in browsers. Nothing that this file imports needs Node; a page can load it as a module.
 */
import type { NativeKernel } from './addon-kernel.ts';
import { webHost } from './wasm/web-host.ts';
import { type WasmKernelOptions, wasmKernelOn } from './wasm.ts';

export interface WebKernelOptions extends WasmKernelOptions {
  /** Where the page serves the kernel's worker, for bundlers that do not follow `new Worker(new URL(...))` by themselves. */
  readonly workerUrl?: string | URL;
}

/**
 * Starts the WebAssembly kernel of a page. It has threads where the page is cross-origin isolated, one otherwise.
 *
 * @param moduleUrl Where the page serves native/wasm/bionoir_kernel.wasm.
 * @throws BionoirError USAGE, MISSING_KERNEL or KERNEL_FAILED as {@link wasmKernelOn} does.
 */
export function webKernel(
  moduleUrl: string | URL,
  { workerUrl, ...options }: WebKernelOptions = {},
): Promise<NativeKernel> {
  return wasmKernelOn(webHost(moduleUrl, workerUrl), options);
}
