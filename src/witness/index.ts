export { matchFrames } from './frames.ts';
export { type RoundOne, solveRounds, solveWires } from './solve.ts';
export { applyTruth, wordEntry } from './word-entries.ts';
