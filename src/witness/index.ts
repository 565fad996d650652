export { matchFrames } from './frames.ts';
export { solveWires } from './solve.ts';
