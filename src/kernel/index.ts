export { createFfjavascriptKernel } from './ffjavascript.ts';
export { randomNonZeroScalar, randomScalar } from './random.ts';
export type * from './types.ts';
