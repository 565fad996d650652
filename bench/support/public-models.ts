/** What public models must be told before they can be read: sizes that they leave open, inputs that are no secret. */
import type { CompileOptions } from '../../src/index.ts';

/** What is said about a model, and the same for people. */
export interface Asked {
  readonly options: CompileOptions;
  readonly told?: string;
}

const TOLD: readonly (readonly [name: RegExp, asked: Asked])[] = [];

/** What a model must be told. */
export function askedOf(model: string): Asked {
  return TOLD.find(([name]) => name.test(model))?.[1] ?? { options: {} };
}
