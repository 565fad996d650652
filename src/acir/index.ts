export * from './abi.ts';
export * from './brillig.ts';
export { checkProgram } from './check.ts';
export * from './expression.ts';
export type * from './types.ts';
