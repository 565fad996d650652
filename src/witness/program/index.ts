export { STOP_REASONS, type StopReason, VERSION as WITNESS_PROGRAM_VERSION } from './codes.ts';
export { compileWitnessProgram, type WitnessProgram, type WitnessProgramOptions } from './compile.ts';
export type { Probe } from './hints.ts';
