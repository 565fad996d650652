/** The kernel's face without Node: for browsers, and for whatever is to run there. */
export type { NativeKernel } from './addon-kernel.ts';
export { randomNonZeroScalar, randomScalar } from './random.ts';
export type * from './types.ts';
export type { WasmKernelOptions, WasmPath } from './wasm.ts';
export { type WebKernelOptions, webKernel } from './wasm-web.ts';
