export { executeProgram } from './execute.ts';
export type { FailureDetails, FailurePayload, FailurePlace } from './failure.ts';
export { probeFunctions } from './probe.ts';
export type { ExecuteProgramOptions, ForeignCallHandler } from './types.ts';
