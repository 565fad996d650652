export type { NativeKernel, ProofWithInputs } from './addon-kernel.ts';
export { createFfjavascriptKernel, type FfjavascriptKernel } from './ffjavascript.ts';
export { type FileSource, openFileSource } from './file-source.ts';
export { type NativeKernelOptions, nativeKernel } from './native.ts';
export { isNativeKernelBuilt } from './native-loader.ts';
export { KERNEL_CHOICES, type KernelChoice, openKernel } from './open.ts';
export { randomBytes, randomNonZeroScalar, randomScalar } from './random.ts';
export type * from './types.ts';
