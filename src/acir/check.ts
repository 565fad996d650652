/** checkProgram: what every later stage relies on and no type expresses. */
import type { Program } from './types.ts';

export function checkProgram(_program: Program): void {}
