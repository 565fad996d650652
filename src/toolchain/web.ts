/** What of this folder needs no Node: a program's inputs by its ABI. */
export { encodeInputs } from './encode-inputs.ts';
export type { AbiParameter, ProgramInputs } from './types.ts';
