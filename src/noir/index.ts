/** The face of the Noir generator: a quantised network to a Nargo package, and inputs for it. */
export { type InputTree, proverInputs, proverToml } from './inputs.ts';
export { type GenerateOptions, generatePackage } from './package.ts';
export type { NoirPackage } from './types.ts';
