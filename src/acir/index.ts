export * from './abi.ts';
export { publicSpans, witnessNames } from './abi-names.ts';
export * from './brillig.ts';
export { checkProgram } from './check.ts';
export * from './expression.ts';
export { parseProgram, printBrilligOpcode, printOpcode, printProgram } from './text.ts';
export { printConstant, printSum } from './text-values.ts';
export type * from './types.ts';
export * from './witnesses.ts';
