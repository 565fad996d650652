export { createFfjavascriptKernel, type FfjavascriptKernel } from './ffjavascript.ts';
export { randomNonZeroScalar, randomScalar } from './random.ts';
export type * from './types.ts';
