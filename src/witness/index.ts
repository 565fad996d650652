export { matchFrames } from './frames.ts';
export {
  compileWitnessProgram,
  type Probe,
  STOP_REASONS,
  type StopReason,
  WITNESS_PROGRAM_VERSION,
  type WitnessProgram,
  type WitnessProgramOptions,
} from './program/index.ts';
export { type RoundOne, solveRounds, solveWires } from './solve.ts';
export { applyTruth, wordEntry } from './word-entries.ts';
