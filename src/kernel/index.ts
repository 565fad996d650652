export { createFfjavascriptKernel, type FfjavascriptKernel } from './ffjavascript.ts';
export { type NativeKernel, type NativeKernelOptions, nativeKernel, type ProofWithInputs } from './native.ts';
export { isNativeKernelBuilt } from './native-addon.ts';
export { KERNEL_CHOICES, type KernelChoice, openKernel } from './open.ts';
export { randomNonZeroScalar, randomScalar } from './random.ts';
export type * from './types.ts';
